"""Measure names, quotations and speakers on annotated articles and compare them with the pinned floors.

Our own annotated articles are in `tests/quality/articles`, on which no rule was ever tuned, and in
`tests/quality/development`, on which rules may be; further ones are read where `NEWS_ETL_EVAL` holds them.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from annotated_articles import AnnotatedSet, read_gold, read_own
from floors import Figures, Floors
from news_etl.enrich import enrich_text
from news_etl.settings import PROJECT_ROOT, Settings, from_environment
from score_enrichment import Score, score

OWN = PROJECT_ROOT / "tests" / "quality" / "articles"
DEVELOPMENT = PROJECT_ROOT / "tests" / "quality" / "development"
FLOORS = PROJECT_ROOT / "tests" / "quality" / "enrichment_floors.json"
LANGUAGE = "fr"
NAMES_ONLY = frozenset(("press sentences",))
"""The sets whose quotations are not annotated."""


def annotated_sets(settings: Settings) -> list[AnnotatedSet]:
    """The sets that are there."""
    folder = settings.evaluation / "nlp" / LANGUAGE
    text = settings.evaluation / "samples" / "alliance-etats-unis-japon.txt"
    others = {
        "press articles": (folder / "articles-dev" / "gold.jsonl", folder / "articles-dev" / "texts"),
        "sample article": (folder / "sample-article-gold.jsonl", text),
        "press sentences": (folder / "pud-news-entities-dev.jsonl", None),
    }
    own = [read_own(OWN), read_own(DEVELOPMENT, "development articles")]
    return [data for data in own if data.records] + [
        read_gold(name, gold, texts) for name, (gold, texts) in others.items() if gold.is_file()
    ]


def measure(data: AnnotatedSet, settings: Settings) -> Score:
    """What enrichment finds in the texts of a set, scored."""
    found = {record["id"]: predict(record["text"], settings) for record in data.records}
    return score(data.records, found)


def predict(text: str, settings: Settings) -> dict[str, Any]:
    """What `news-etl enrich` prints for a text."""
    return enrich_text(text, LANGUAGE, settings)


def figures_of(data: AnnotatedSet, found: Score) -> Figures:
    """The measures that the annotation of the set allows."""
    figures = found.figures()
    if data.name in NAMES_ONLY:
        return {name: figure for name, figure in figures.items() if name.startswith("entities")}
    return figures


def read_floors(file: Path = FLOORS) -> dict[str, Floors]:
    """The floors of each set."""
    return {name: Floors.of(record) for name, record in json.loads(file.read_text("utf-8")).items()}


START, END = "<!-- enrichment -->", "<!-- end of enrichment -->"
MEASURES = {
    "entities": "names PER, LOC, ORG (exact F1)",
    "quotations": "quotations of all kinds (F1, 80 % of the characters)",
    "quotations, IoU": "quotations, one to one (F1, intersection over union ≥ 0.5)",
    "speakers": "speaker right, of the quotations found",
    "indirect, recall": "indirect speech, recall",
    "indirect, precision": "indirect speech, precision",
    "marks wrongly taken": "marks that are no quotation, wrongly taken (lower is better)",
}


def document(figures: dict[str, Figures], files: tuple[Path, ...]) -> None:
    """Renew the table of figures between its marks in the documents."""
    lines = ["| per cent | " + " | ".join(figures) + " |", "| --- |" + " ---: |" * len(figures)]
    for name, words in MEASURES.items():
        row = [f"{found[name]:.1f}" if name in found else "–" for found in figures.values()]
        lines.append(f"| {words} | " + " | ".join(row) + " |")
    for file in files:
        before, _, rest = file.read_text("utf-8").partition(START)
        _, _, after = rest.partition(END)
        file.write_text(f"{before}{START}\n\n" + "\n".join(lines) + f"\n\n{END}{after}", "utf-8")


def main() -> int:
    """Exit code 1 when a figure is worse than its floor."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--raise", dest="raises", action="store_true", help="raise the floors to what is measured")
    parser.add_argument("--docs", action="store_true", help="renew the table in README.md and docs/enrichment.md")
    parser.add_argument("--errors", action="store_true", help="list what was wrong")
    arguments = parser.parse_args()
    settings = from_environment()
    floors = read_floors() if FLOORS.exists() else {}
    failures: list[str] = []
    all_figures: dict[str, Figures] = {}
    for data in annotated_sets(settings):
        found = measure(data, settings)
        figures = {data.name: figures_of(data, found)}
        all_figures |= figures
        pinned = floors.get(data.name, Floors(data.sha256, {}))
        if arguments.raises:
            pinned = floors[data.name] = pinned.raised(data.sha256, figures)
        known = pinned.figures.get(data.name, {}) if pinned.sha256 == data.sha256 else {}
        print(f"{data.name + f' ({len(data.records)})':<24}{'figure':>8}{'floor':>8}")
        for name, value in figures[data.name].items():
            print(f"  {name:<22}{value:8.1f}{known.get(name, ''):>8}")
        if known:
            failures += pinned.failures(figures) + pinned.slack(figures)
        if arguments.errors:
            print("\n".join(found.errors))
    if arguments.raises:
        FLOORS.write_text(
            json.dumps({name: record.record() for name, record in floors.items()}, indent=2) + "\n", "utf-8"
        )
    if arguments.docs:
        document(all_figures, (PROJECT_ROOT / "README.md", PROJECT_ROOT / "docs" / "enrichment.md"))
    print("\n".join(failures or ["Every figure reaches its floor."]))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
