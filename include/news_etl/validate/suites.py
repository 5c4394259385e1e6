"""The expectations, as code: what the schema promises of every table, and what the trade expects of a day of news.

Two kinds of rules. A *contract* is what the schema promises: it holds for every row of every source. A *judgement* is
what can be right or wrong in a single case: its severity and limits can be tuned (`news_etl.quality`, with the reason
for each limit), and a decision by hand overrules it for a document.

Severity says what a failure means. critical: the row is quarantined (for a rule on a source or the day: the day fails);
warning: the row is flagged with the rule's name; info: it is counted. What is compared with the past of a source never
changes a row, so that what is published depends on the day's landing alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.row_conditions import Column as RowColumn

from news_etl.clean.language import UNKNOWN, known_languages
from news_etl.clean.times import EARLIEST
from news_etl.quality import JUDGEMENTS, Quality, Severity
from news_etl.schema import ARTICLES, DOCUMENTS, IMAGES, QUOTES, Column, Table

# Columns that exist only while a day is checked, because a rule looks at more than one value.
IDENTITY = "record_id"
BODY_HAS_WORDS = "body_has_words"
BODY_CHARACTERS = "body_characters"
BODY_INTACT = "body_is_intact"
BODY_PLAIN = "body_is_plain"
BLOCKS_MATCH = "blocks_match_body"
KINDS_KNOWN = "kinds_are_known"
COUNTS_MATCH = "counts_match_rows"
IN_ORDER = "modified_after_published"
LANGUAGE_EXPECTED = "language_is_expected"
PARENT_EXISTS = "article_exists"
TEXT_MATCHES = "text_matches_field"
SPEAKER_EXISTS = "speaker_entity_exists"
SAME_ENTITY = "entity_is_the_same"

ORPHAN = "article_exists"
"""The rule that a row of a child table has its article among those of the day."""


@dataclass(frozen=True)
class Rule:
    """An expectation, the name that a flag carries, and the rule in words."""

    name: str
    words: str
    expectation: Expectation

    @property
    def severity(self) -> str:
        return str(FailureSeverity(self.expectation.severity).value)

    @property
    def is_judgement(self) -> bool:
        """Whether a decision by hand can overrule it."""
        return self.name in JUDGEMENTS


# ---- the tables of the warehouse


def article_rules(day: date, quality: Quality) -> list[Rule]:
    """What must hold for the articles of a day."""
    judge = _Judge(quality)
    return [
        *_schema_rules(ARTICLES),
        _matches("article_id", r"^[0-9a-f]{32}$", "article_id_malformed", "article_id is 32 hexadecimal digits"),
        _matches("content_hash", r"^[0-9a-f]{64}$", "content_hash_malformed", "content_hash is a SHA-256"),
        _unique("content_twice", "content_hash"),
        _matches("country", r"^[A-Z]{2}$", "country_malformed", "country is a code of two capitals"),
        _in_set("language", known_languages(), "language_unknown", "the language is one that can be identified"),
        _true(BLOCKS_MATCH, "blocks_shifted", "the blocks' offsets give their texts, which make up the body"),
        _true(KINDS_KNOWN, "kind_unknown", "the kinds of blocks and authors are known"),
        _true(COUNTS_MATCH, "counts_differ", "entity_count and quote_count are the rows of entities and quotes"),
        *judge.matches("title_blank", "title", r"\w", "the title holds a letter or digit"),
        *judge.true("body_blank", BODY_HAS_WORDS, "the body holds a letter or digit", "critical"),
        *judge.matches("url_malformed", "url", r"^https?://\S+$", "url is an http address"),
        *judge.matches(
            "canonical_url_malformed", "canonical_url", r"^https?://\S+$", "canonical_url is an http address"
        ),
        *judge(
            "published_at_absurd",
            "critical",
            f"published_at lies between {EARLIEST:%Y} and {{limit:g}} days after the end of {day}",
            lambda limit: gxe.ExpectColumnValuesToBeBetween(
                column="published_at", min_value=EARLIEST, max_value=_end_of(day) + timedelta(days=limit)
            ),
            "max_days_ahead",
        ),
        *judge(
            "published_at_missing",
            "info",
            "published_at is known",
            lambda _: gxe.ExpectColumnValuesToNotBeNull(column="published_at"),
        ),
        *judge.true("modified_before_published", IN_ORDER, "an article is not modified before it is published", "info"),
        *judge.longer("title_too_short", "warning", "title", "min_title_characters"),
        *judge.shorter("title_too_long", "warning", "title", "max_title_characters"),
        *judge(
            "short_body",
            "warning",
            "the body has {limit:g} words or more",
            lambda limit: gxe.ExpectColumnValuesToBeBetween(column="word_count", min_value=limit),
            "min_body_words",
        ),
        *judge(
            "body_length",
            "critical",
            "the body has at most {limit:,.0f} characters",
            lambda limit: gxe.ExpectColumnValuesToBeBetween(column=BODY_CHARACTERS, max_value=limit),
            "max_body_characters",
        ),
        *judge.true("damaged_characters", BODY_INTACT, "the body holds no replacement characters", "warning"),
        *judge.true("markup_in_body", BODY_PLAIN, "the body holds no HTML", "warning"),
        *judge(
            "language_undetermined",
            "warning",
            "the language was determined",
            lambda _: gxe.ExpectColumnValuesToNotBeInSet(column="language", value_set=[UNKNOWN]),
        ),
        *judge.true("unexpected_language", LANGUAGE_EXPECTED, "the language is one that the source states", "warning"),
    ]


def image_rules(quality: Quality) -> list[Rule]:
    """What must hold for the pictures of a day."""
    judge = _Judge(quality)
    return [
        *_schema_rules(IMAGES),
        _true(PARENT_EXISTS, ORPHAN, "the article of a picture is among the day's articles"),
        *judge.matches("image_url_malformed", "url", r"^https?://\S+$", "url is an http address", "warning"),
    ]


def child_rules(table: Table, quality: Quality) -> list[Rule]:
    """What must hold for the names or the quotations of a day."""
    rules = [
        *_schema_rules(table),
        _unique("span_twice", "article_id", "revision", "field", "start", "end"),
        _true(PARENT_EXISTS, ORPHAN, "the article is among the day's articles"),
        _true(TEXT_MATCHES, "text_shifted", "the offsets give the text in the article's field"),
        _matches("text", r"\w", "text_blank", "the text holds a letter or digit"),
    ]
    if table is QUOTES:
        return [
            *rules,
            _true(SPEAKER_EXISTS, "speaker_unknown", "the speaker is among the entities of the article"),
            *_Judge(quality).shorter("quote_length", "critical", "text", "max_quote_characters"),
        ]
    return [
        *rules,
        _matches("name", r"\w", "name_blank", "the name holds a letter or digit"),
        _true(SAME_ENTITY, "entity_differs", "all mentions of an entity have the same label and name"),
    ]


# ---- the books


def document_rules(landed: int) -> list[Rule]:
    """The conservation law: every landed document is there once, in one of the states."""
    return [
        *_schema_rules(DOCUMENTS),
        Rule(
            "conservation",
            f"as many documents have a state as were landed ({landed})",
            gxe.ExpectTableRowCountToEqual(value=landed, severity=FailureSeverity.CRITICAL),
        ),
    ]


def day_rules(quality: Quality, max_bad_share: float) -> list[Rule]:
    """What must hold for the day as a whole: one row, with the shares that `profile.day_frame` takes."""
    judge = _Judge(Quality(defaults=quality.defaults))  # what is decided for a source does not concern the day
    bad = f"at most {max_bad_share:.0%} of the {{}} are rejected (NEWS_ETL_MAX_BAD_SHARE)"
    return [
        _at_most("bad_share", max_bad_share, "bad_share", bad.format("documents")),
        *(
            _at_most(f"bad_{name}_share", max_bad_share, f"bad_{name}_share", bad.format(f"rows of {name}"))
            for name in ("entities", "quotes")
        ),
        _true("is_conserved", "published_differs", "the articles are exactly the documents whose state is published"),
        *judge.most("undated_share", "undated_share", "max_undated_share", "{limit:.0%} of the articles are undated"),
        *judge.most(
            "undetermined_share", "undetermined_share", "max_undetermined_share", "{limit:.0%} are of unknown language"
        ),
        *judge.most(
            "unenriched_share", "unenriched_share", "max_unenriched_share", "{limit:.0%} failed to be enriched"
        ),
        *judge(
            "fresh_share",
            "warning",
            "at least {limit:.0%} of the dated articles are of the last week",
            lambda limit: gxe.ExpectColumnValuesToBeBetween(column="fresh_share", min_value=limit),
            "min_fresh_share",
        ),
        *judge.most(
            "language_drift", "language_drift", "max_language_drift", "{limit:.0%} moved from one language to another"
        ),
    ]


# ---- the sources


def source_rules(quality: Quality) -> list[Rule]:
    """What is expected of each source, within the day and beside its own past: a row each, of `profile.source_frame`.

    Values that say nothing, for want of articles or of a past, are null there, and pass.
    """
    judge = _Judge(quality)
    return [
        *judge.most("rejected_share", "rejected_share", "max_rejected_share", "{limit:.0%} of a source are rejected"),
        *judge.most("flagged_share", "flagged_share", "max_flagged_share", "{limit:.0%} were extracted doubtfully"),
        *judge.most(
            "unfinished_share", "unfinished_share", "max_unfinished_share", "{limit:.0%} end within a sentence"
        ),
        *judge.most("stale", "newest_age_days", "max_age_days", "{limit:g} days passed since the newest article"),
        *judge.most(
            "unexpected_language_share",
            "unexpected_language_share",
            "max_unexpected_language_share",
            "{limit:.0%} are in a language that the source does not state",
        ),
        *judge.most(
            "language_mislabelled",
            "mislabelled_share",
            "max_mislabelled_share",
            "{limit:.0%} are in another language than `language` says",
            "critical",
        ),
        *judge(
            "volume_low",
            "warning",
            "there are at least {limit:.0%} of the documents usual for the weekday",
            lambda limit: gxe.ExpectColumnValuesToBeBetween(column="volume_drop", min_value=limit),
            "min_volume_ratio",
        ),
        *judge.most("volume_high", "volume_rise", "max_volume_ratio", "{limit:.0%} of the documents usual that day"),
        *judge(
            "length_changed",
            "warning",
            "the median body has at least {limit:.0%} of its usual length",
            lambda limit: gxe.ExpectColumnValuesToBeBetween(column="length_ratio", min_value=limit),
            "min_length_ratio",
        ),
        *judge.most("length_changed", "length_ratio", "max_length_ratio", "{limit:.0%} of the usual median length"),
    ]


def field_rules(quality: Quality) -> list[Rule]:
    """What is expected of each field of each source: a row each, of `profile.field_frame`."""
    judge = _Judge(quality)
    return [
        *judge.most("fill_rate_dropped", "fill_drop", "max_fill_drop", "{limit:.0%} of the articles lost the field"),
        *judge.true("one_value", "varies", "a field that varies has more than one value", "warning"),
    ]


# ---- how rules are made


def _schema_rules(table: Table) -> list[Rule]:
    rules = [_unique("unique_key", *table.key)]
    for column in table.columns:
        rules.extend(_column_rules(column))
    return rules


def _column_rules(column: Column) -> list[Rule]:
    rules = []
    if column.required:
        filled = gxe.ExpectColumnValuesToNotBeNull(column=column.name, severity=FailureSeverity.CRITICAL)
        rules.append(Rule(f"{column.name}_missing", f"{column.name} is never null", filled))
    if column.values:
        words = f"{column.name} is one of {', '.join(column.values)}"
        rules.append(_in_set(column.name, list(column.values), f"{column.name}_unknown", words))
    if column.low is not None or column.high is not None:
        words = f"{column.name} lies between {column.low} and {column.high}"
        within = gxe.ExpectColumnValuesToBeBetween(
            column=column.name, min_value=column.low, max_value=column.high, severity=FailureSeverity.CRITICAL
        )
        rules.append(Rule(f"{column.name}_out_of_range", words, within))
    return rules


def _unique(name: str, *columns: str) -> Rule:
    critical = FailureSeverity.CRITICAL
    expectation: Expectation = (
        gxe.ExpectColumnValuesToBeUnique(column=columns[0], severity=critical)
        if len(columns) == 1
        else gxe.ExpectCompoundColumnsToBeUnique(column_list=list(columns), severity=critical)
    )
    return Rule(name, f"{', '.join(columns)} is unique", expectation)


def _in_set(column: str, values: list[Any], name: str, words: str) -> Rule:
    critical = FailureSeverity.CRITICAL
    return Rule(name, words, gxe.ExpectColumnValuesToBeInSet(column=column, value_set=values, severity=critical))


def _true(column: str, name: str, words: str) -> Rule:
    return _in_set(column, [True], name, words)


def _matches(column: str, regex: str, name: str, words: str) -> Rule:
    critical = FailureSeverity.CRITICAL
    return Rule(name, words, gxe.ExpectColumnValuesToMatchRegex(column=column, regex=regex, severity=critical))


def _at_most(column: str, limit: float, name: str, words: str) -> Rule:
    critical = FailureSeverity.CRITICAL
    return Rule(name, words, gxe.ExpectColumnValuesToBeBetween(column=column, max_value=limit, severity=critical))


def _end_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


class _Judge:
    """Makes rules that can be tuned: one for all sources, and one for each source about which else is decided."""

    def __init__(self, quality: Quality) -> None:
        self.quality = quality

    def __call__(
        self,
        name: str,
        severity: Severity,
        words: str,
        expect: Callable[[float], Expectation],
        limit: str | None = None,
    ) -> list[Rule]:
        """The variants of a rule; `words` may name the `{limit}`."""

        def decided(source: str | None) -> tuple[Severity, float]:
            number = self.quality.limit(limit, source) if limit else 0.0
            return self.quality.severity(name, severity, source), number

        general = decided(None)
        special = {source: own for source in self.quality.sources if (own := decided(source)) != general}
        others = RowColumn("source").is_not_in(sorted(special)) if special else None
        rules = [_judgement(name, words, expect, general, others)]
        rules += [
            _judgement(name, f"{words} ({source})", expect, own, RowColumn("source") == source)
            for source, own in sorted(special.items())
        ]
        return [rule for rule in rules if rule]

    def matches(self, name: str, column: str, regex: str, words: str, severity: Severity = "critical") -> list[Rule]:
        return self(name, severity, words, lambda _: gxe.ExpectColumnValuesToMatchRegex(column=column, regex=regex))

    def true(self, name: str, column: str, words: str, severity: Severity) -> list[Rule]:
        return self(name, severity, words, lambda _: gxe.ExpectColumnValuesToBeInSet(column=column, value_set=[True]))

    def longer(self, name: str, severity: Severity, column: str, limit: str) -> list[Rule]:
        words = f"{column} has at least {{limit:,.0f}} characters"
        return self(
            name,
            severity,
            words,
            lambda low: gxe.ExpectColumnValueLengthsToBeBetween(column=column, min_value=int(low)),
            limit,
        )

    def shorter(self, name: str, severity: Severity, column: str, limit: str) -> list[Rule]:
        words = f"{column} has at most {{limit:,.0f}} characters"
        return self(
            name,
            severity,
            words,
            lambda high: gxe.ExpectColumnValueLengthsToBeBetween(column=column, max_value=int(high)),
            limit,
        )

    def most(self, name: str, column: str, limit: str, words: str, severity: Severity = "warning") -> list[Rule]:
        return self(
            name,
            severity,
            f"at most {words}",
            lambda high: gxe.ExpectColumnValuesToBeBetween(column=column, max_value=high),
            limit,
        )


def _judgement(
    name: str,
    words: str,
    expect: Callable[[float], Expectation],
    decided: tuple[Severity, float],
    condition: Any,
) -> Rule | None:
    severity, limit = decided
    if severity == "off":
        return None
    expectation = expect(limit)
    expectation.severity = FailureSeverity(severity)
    expectation.row_condition = condition  # type: ignore[attr-defined]
    return Rule(name, words.format(limit=limit), expectation)
