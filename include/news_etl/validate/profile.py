"""The profile of a day: what each source gave, and how that compares with its own past.

The past is the profiles of the published days before. It warns, or fails a day where somebody decided so, but never
changes a row: what is published of a day depends on its landing alone, in whatever order days are run.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute

from news_etl.clean.language import UNKNOWN, identify
from news_etl.ledger import CURRENT
from news_etl.outcome import State
from news_etl.schema import PROFILES, SHARE_DECIMALS, Row
from news_etl.settings import Settings
from news_etl.sources import Source
from news_etl.store import Store
from news_etl.validate.suites import IDENTITY

compute: Any = pyarrow.compute  # its type stubs know little of chunked columns

PAST_DAYS = 56
"""Eight weeks: long enough for a median of each weekday, short enough to follow a newsroom that grows."""

MIN_WEEKDAYS = 3
"""Of one or two days of the same weekday the median says nothing."""

MIN_DAYS = 5
"""Days with enough articles, for a comparison that does not ask for the weekday."""

MIN_ARTICLES = 10
MIN_FOR_SHARE = 20
"""Under so many articles a share within one day says nothing; beside the past, half of it will do."""

MIN_FOR_NEWEST = 5
"""Of fewer articles a day, the newest may well be some days old."""

SIGNIFICANT = 3.5
"""Standard errors: of 100 sources a day, a Poisson count is as far off by chance once in 20 days."""

SAMPLE = 20
"""Articles of a source whose language is read again: by id, so that the choice is the same on every run."""

SAMPLED_CHARACTERS = 5_000

FIELDS = (
    "kicker",
    "deck",
    "section",
    "topics",
    "authors",
    "byline",
    "published_at",
    "modified_at",
    "canonical_url",
    "publisher",
    "images",
)
"""The fields that a template may lose."""

ALWAYS_VARY = ("title", "deck", "canonical_url", "published_at", "word_count")
OFTEN_VARY = ("byline", "section")
"""Fields that are the same throughout only where a constant was taken for them; of the latter, the past must tell."""

FINISHED = r"[.!?…。！？؟।։።][\s»«›”“\"'’)\]*]*$"
WITHOUT_FULL_STOP = ("th", "lo", "my", "km")
"""Languages whose sentences end without a mark."""

FRESH_DAYS = 7


@dataclass(frozen=True)
class Past:
    """The profiles of the published days before a day, by source and day."""

    days: Mapping[date, Mapping[str, Row]]

    def of(self, source: str) -> dict[date, Row]:
        return {day: rows[source] for day, rows in self.days.items() if source in rows}


def read_past(store: Store, day: date) -> Past:
    """The profiles of the `PAST_DAYS` before a day, as far as they are published."""
    days = {}
    for back in range(1, PAST_DAYS + 1):
        path = store.ops(PROFILES.name, day - timedelta(days=back), CURRENT)
        if store.exists(path):
            rows = store.read_table(path).to_pylist(maps_as_pydicts="strict")
            days[day - timedelta(days=back)] = {row["source"]: row for row in rows}
    return Past(days)


# ---- what a source gave


def profile(articles: pa.Table, documents: Iterable[Row], expected: Iterable[str] = ()) -> list[Row]:
    """A row of `profiles` for each source that has documents or was expected to have some, by source.

    `articles` is of the schema `STAGED`, as it came from the steps before: its flags are those of the extraction.
    """
    states: dict[str, Counter[str]] = defaultdict(Counter)
    for document in documents:
        states[document["source"]][document["state"]] += 1
    frame = _facts(articles)
    groups = {str(source): rows for source, rows in frame.groupby("source")}
    nothing = frame.iloc[:0]
    return [
        _profile(source, states[source], groups.get(source, nothing))
        for source in sorted({*states, *groups, *expected})
    ]


def _facts(articles: pa.Table) -> pd.DataFrame:
    """For each article the values that are counted; for lists and long texts only whether there is something."""
    facts: dict[str, Any] = {name: articles[name] for name in ("source", "language", "published_at", "word_count")}
    facts |= {f"value:{name}": _value(articles, name) for name in (*ALWAYS_VARY, *OFTEN_VARY)}
    facts |= {f"filled:{name}": _filled(articles[name]) for name in FIELDS}
    facts["flagged"] = _filled(articles["quality_flags"])
    is_open = compute.invert(compute.match_substring_regex(articles["body"], FINISHED))
    facts["unfinished"] = compute.and_(is_open, compute.invert(_is_in(articles["language"], WITHOUT_FULL_STOP)))
    frame: pd.DataFrame = pa.Table.from_pydict(facts).to_pandas()
    return frame


def _value(articles: pa.Table, name: str) -> Any:
    """The values that can differ: a time that is known to the day is the same for all articles of that day."""
    if name != "published_at":
        return articles[name]
    return compute.if_else(_is_in(articles["published_precision"], ("minute",)), articles[name], None)


def _is_in(column: Any, values: Sequence[str]) -> Any:
    return compute.is_in(column, pa.array(values, pa.string()))


def _filled(column: Any) -> Any:
    if pa.types.is_list(column.type):
        return compute.fill_null(compute.greater(compute.list_value_length(column), 0), False)
    return compute.is_valid(column)


def _profile(source: str, states: Counter[str], articles: pd.DataFrame) -> Row:
    newest = articles["published_at"].max() if len(articles) else None
    return {
        "source": source,
        "documents": sum(states.values()) - states[State.SKIPPED],
        "articles": len(articles),
        "quarantined": states[State.QUARANTINED],
        "median_words": float(articles["word_count"].median()) if len(articles) else None,
        "flagged": int(articles["flagged"].sum()),
        "unfinished": int(articles["unfinished"].sum()),
        "newest_at": None if newest is None or pd.isna(newest) else newest.to_pydatetime(),
        "filled": {name: int(articles[f"filled:{name}"].sum()) for name in FIELDS},
        "distinct": {name: articles[f"value:{name}"].nunique() for name in (*ALWAYS_VARY, *OFTEN_VARY)},
        "languages": dict(sorted(Counter(articles["language"].dropna()).items())),
    }


def mislabelled_shares(articles: pa.Table) -> dict[str, float]:
    """For each source the share of sampled articles that are in another language than their column says.

    Articles whose language the page had to tell, because they are too short, are left out.
    """
    known = compute.and_(
        compute.is_valid(articles["language_confidence"]), compute.not_equal(articles["language"], UNKNOWN)
    )
    columns = articles.select(["source", "article_id"]).append_column("row", pa.array(range(articles.num_rows)))
    frame = columns.filter(compute.fill_null(known, False)).to_pandas().sort_values("article_id")
    shares = {}
    for source, rows in frame.groupby("source")["row"]:
        sample = (
            articles.select(["language", "body"]).take(pa.array(rows.head(SAMPLE).to_list(), pa.int64())).to_pylist()
        )
        if len(sample) >= MIN_FOR_NEWEST:
            wrong = sum(
                identify(row["body"][:SAMPLED_CHARACTERS])[0] not in (row["language"], UNKNOWN) for row in sample
            )
            shares[str(source)] = _rounded(wrong / len(sample))
    return shares


# ---- the frames that the rules look at


def source_frame(
    profiles: Sequence[Row], past: Past, day: date, sources: Sequence[Source], mislabelled: Mapping[str, float]
) -> pd.DataFrame:
    """A row a source. What says nothing, for want of articles or of a past, is null."""
    languages = {source.id: source.languages for source in sources}
    rows = [
        {
            IDENTITY: row["source"],
            "source": row["source"],
            "documents": row["documents"],
            "rejected_share": _share(row["quarantined"], row["documents"], MIN_ARTICLES),
            "flagged_share": _share(row["flagged"], row["articles"], MIN_FOR_SHARE),
            "unfinished_share": _share(row["unfinished"], row["articles"], MIN_ARTICLES),
            "newest_age_days": _age(row, day),
            "unexpected_language_share": _unexpected(row, languages.get(row["source"], ())),
            "mislabelled_share": mislabelled.get(row["source"]),
            **_volume(row, past, day),
            "length_ratio": _length_ratio(row, past),
        }
        for row in profiles
    ]
    return _numbers(rows, SOURCE_NUMBERS)


SOURCE_NUMBERS = (
    "rejected_share",
    "flagged_share",
    "unfinished_share",
    "newest_age_days",
    "unexpected_language_share",
    "mislabelled_share",
    "usual_documents",
    "volume_drop",
    "volume_rise",
    "length_ratio",
)


def field_frame(profiles: Sequence[Row], past: Past) -> pd.DataFrame:
    """A row for each source and field that has enough articles."""
    rows = []
    for row in profiles:
        before = [day for day in past.of(row["source"]).values() if day["articles"] >= MIN_ARTICLES]
        if row["articles"] >= MIN_ARTICLES:
            for name in sorted({*FIELDS, *ALWAYS_VARY, *OFTEN_VARY}):
                place = {IDENTITY: f"{row['source']}: {name}", "source": row["source"], "field": name}
                rows.append(place | _fill(row, before, name) | {"varies": _varies(row, before, name)})
    frame = _numbers(rows, ("fill_rate", "usual_fill_rate", "fill_drop"))
    frame["varies"] = pd.Series([row["varies"] for row in rows], dtype=object)
    return frame


def day_frame(
    articles: pa.Table, documents: Sequence[Row], children: Mapping[str, tuple[int, int]], past: Past, about: "DayFacts"
) -> pd.DataFrame:
    """One row: the shares of the day as a whole. `children` gives good and rejected rows by table."""
    counted = [row for row in documents if row["state"] != State.SKIPPED]
    bad = sum(row["state"] == State.QUARANTINED for row in counted)
    least = about.settings.min_rows_for_share
    total = articles.num_rows
    dated = articles["published_at"].drop_null()
    end = datetime(about.day.year, about.day.month, about.day.day, tzinfo=UTC) + timedelta(days=1)
    fresh = (
        compute.sum(compute.greater_equal(dated, pa.scalar(end - timedelta(days=FRESH_DAYS), dated.type))).as_py() or 0
    )
    numbers = {
        "bad_share": _exact(bad, len(counted), least),
        **{
            f"bad_{name}_share": _exact(rejected, good + rejected, least) for name, (good, rejected) in children.items()
        },
        "undated_share": _share(articles["published_at"].null_count, total, MIN_FOR_SHARE),
        "undetermined_share": _share(_count(articles["language"], UNKNOWN), total, MIN_FOR_SHARE),
        "unenriched_share": _share(_count(articles["enrichment"], "none"), total, MIN_FOR_SHARE),
        "fresh_share": _share(fresh, len(dated), MIN_FOR_SHARE),
        "language_drift": _language_drift(about.profiles, past),
    }
    frame = _numbers([{IDENTITY: "day", **numbers}], tuple(numbers))
    frame["is_conserved"] = about.is_conserved
    return frame


@dataclass(frozen=True)
class DayFacts:
    """What `day_frame` is told besides the rows."""

    day: date
    settings: Settings
    profiles: Sequence[Row]
    is_conserved: bool


def _numbers(rows: list[Row], names: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(rows[0]) if rows else [IDENTITY, "source", "field", *names])
    return frame.astype(dict.fromkeys(names, "float64"))


# ---- within the day


def _share(part: int, whole: int, least: int) -> float | None:
    share = _exact(part, whole, least)
    return None if share is None else _rounded(share)


def _exact(part: int, whole: int, least: int) -> float | None:
    return part / whole if whole >= max(1, least) else None


def _rounded(value: float) -> float:
    return round(value, SHARE_DECIMALS)


def _count(column: Any, value: str) -> int:
    return int(compute.sum(_is_in(column, (value,))).as_py() or 0)


def _age(row: Row, day: date) -> float | None:
    """Days from the newest article to the end of the day."""
    if row["articles"] < MIN_FOR_NEWEST or row["newest_at"] is None:
        return None
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    return _rounded((end - row["newest_at"]) / timedelta(days=1))


def _unexpected(row: Row, languages: Sequence[str]) -> float | None:
    known = sum(count for language, count in row["languages"].items() if language in languages)
    return _share(row["articles"] - known, row["articles"], MIN_FOR_SHARE) if languages else None


# ---- beside the past


def _volume(row: Row, past: Past, day: date) -> dict[str, float | None]:
    """Documents beside the median of the same weekday. A difference that chance explains is none.

    The root of a Poisson count has a standard error of one half whatever its mean (Bartlett 1936).
    """
    before = past.of(row["source"])
    same = [one["documents"] for other, one in before.items() if other.weekday() == day.weekday()]
    if len(same) < MIN_WEEKDAYS or not (usual := median(same)):
        return {"usual_documents": None, "volume_drop": None, "volume_rise": None}
    errors = 2 * (math.sqrt(row["documents"]) - math.sqrt(usual))
    ratio = _rounded(row["documents"] / usual)
    return {
        "usual_documents": usual,
        "volume_drop": ratio if errors < -SIGNIFICANT else None,
        "volume_rise": ratio if errors > SIGNIFICANT else None,
    }


def _length_ratio(row: Row, past: Past) -> float | None:
    before = [one["median_words"] for one in past.of(row["source"]).values() if one["articles"] >= MIN_ARTICLES]
    if row["articles"] < MIN_ARTICLES or len(before) < MIN_DAYS:
        return None
    return _rounded(row["median_words"] / median(before))


def _fill(row: Row, before: Sequence[Row], name: str) -> dict[str, float | None]:
    if name not in FIELDS:
        return {"fill_rate": None, "usual_fill_rate": None, "fill_drop": None}
    rate = row["filled"][name] / row["articles"]
    rates = [one["filled"][name] / one["articles"] for one in before if name in one["filled"]]
    if len(rates) < MIN_DAYS:
        return {"fill_rate": _rounded(rate), "usual_fill_rate": None, "fill_drop": None}
    usual = median(rates)
    error = math.sqrt(usual * (1 - usual) / row["articles"])
    drop = usual - rate if usual - rate > SIGNIFICANT * error else 0.0
    return {"fill_rate": _rounded(rate), "usual_fill_rate": _rounded(usual), "fill_drop": _rounded(drop)}


def _varies(row: Row, before: Sequence[Row], name: str) -> bool | None:
    """Whether a field has more than one value; null where one would be no surprise."""
    if name not in row["distinct"] or row["articles"] < MIN_FOR_SHARE or _filled_count(row, name) < MIN_FOR_SHARE:
        return None
    usual = [one["distinct"].get(name, 0) for one in before]
    if name in OFTEN_VARY and (len(usual) < MIN_DAYS or median(usual) <= 1):
        return None
    if name == "published_at" and not row["distinct"][name]:
        return None
    return bool(row["distinct"][name] > 1)


def _filled_count(row: Row, name: str) -> int:
    return int(row["filled"].get(name, row["articles"]))


def _language_drift(profiles: Sequence[Row], past: Past) -> float | None:
    """The share of articles that moved from one language to another, beside the median of the days before."""
    today = _language_shares(profiles)
    before = [shares for rows in past.days.values() if (shares := _language_shares(list(rows.values())))]
    if not today or len(before) < MIN_DAYS:
        return None
    known = sorted({*today, *(language for shares in before for language in shares)})
    usual = {language: median(shares.get(language, 0.0) for shares in before) for language in known}
    return _rounded(max(0.0, *(usual[language] - today.get(language, 0.0) for language in known)))


def _language_shares(profiles: Sequence[Row]) -> dict[str, float]:
    counts: Counter[str] = Counter()
    for row in profiles:
        counts.update(row["languages"])
    total = counts.total()
    return {language: count / total for language, count in sorted(counts.items())} if total >= MIN_FOR_SHARE else {}
