"""Count how often each way of finding a speaker is right on annotated articles: the measure behind `confidence`.

Writes `languages/fr/attribution_accuracy.yaml`, one row for each way and form of reference. The untouched test articles
are left out, so that the table can be made again after every change of the rules. Run it from the project's root:
`python scripts/measure_attribution.py`.
"""

from collections import Counter

import yaml

from annotated_articles import AnnotatedSet, read_own
from evaluate_enrichment import LANGUAGE, OWN, annotated_sets
from news_etl.enrich import lexicon, pipeline
from news_etl.enrich.annotation import Field, Quote, annotation
from news_etl.enrich.speakers import form_of
from news_etl.settings import from_environment
from score_enrichment import speaker_is_right

TABLE = lexicon.LANGUAGES / LANGUAGE / "attribution_accuracy.yaml"
HEADER = """\
# How often each way of finding a speaker was right, on annotated articles: made by scripts/measure_attribution.py.
# A quotation's confidence is this share, smoothed (see `load_accuracy` in speakers.py).
#   way    as in `Quote.attribution`     form   how the speaker was referred to
"""


def count(data: AnnotatedSet, found: Counter[tuple[str, str]], right: Counter[tuple[str, str]]) -> None:
    """Add a set's attributed quotations that overlap an annotated one by half, and those with the right speaker."""
    for record in data.records:
        persons = {span["text"] for span in record["entities"] if span["label"] == "PER"}
        text = record["text"]
        for quote in annotation(pipeline.annotate(text, [Field("body", 0, len(text))], LANGUAGE)).quotes:
            gold = [
                g
                for g in record["quotes"]
                if 2 * _overlap(quote, g) >= min(g["end"] - g["start"], quote.end - quote.start)
            ]
            if not gold or quote.attribution == "none":
                continue
            best = max(gold, key=lambda g, quote=quote: _overlap(quote, g))  # type: ignore[misc]
            key = (quote.attribution, form_of(quote))
            found[key] += 1
            right[key] += speaker_is_right(best, quote.speaker_name, persons)


def _overlap(quote: Quote, gold: dict[str, int]) -> int:
    return max(0, min(quote.end, gold["end"]) - max(quote.start, gold["start"]))


def main() -> None:
    """Measure and write the table."""
    untouched = read_own(OWN).name
    sets = [data for data in annotated_sets(from_environment()) if data.name not in {untouched, "press sentences"}]
    found: Counter[tuple[str, str]] = Counter()
    right: Counter[tuple[str, str]] = Counter()
    for data in sets:
        count(data, found, right)
    rows = [
        {"way": way, "form": form, "found": found[way, form], "right": right[way, form]} for way, form in sorted(found)
    ]
    table = {"source": [f"{data.name}: {len(data.records)} texts" for data in sets], "counts": rows}
    TABLE.write_text(HEADER + yaml.safe_dump(table, allow_unicode=True, sort_keys=False, width=120), "utf-8")


if __name__ == "__main__":
    main()
