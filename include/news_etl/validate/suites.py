"""The expectations, as code: what the schema promises of every table, and the rules of the field.

Severity says what a failure means. critical: the row is quarantined (for a rule on the whole table, the day fails);
warning: the row is flagged with the rule's name; info: it is counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.row_conditions import Column as RowColumn

from news_etl.clean.language import UNKNOWN, known_languages
from news_etl.clean.times import EARLIEST, TOLERANCE
from news_etl.schema import ARTICLES, DOCUMENTS, IMAGES, QUOTES, Column, Table
from news_etl.sources import Inbox

CRITICAL, WARNING, INFO = FailureSeverity.CRITICAL, FailureSeverity.WARNING, FailureSeverity.INFO

MIN_BODY_WORDS = 50
"""Shorter texts are mostly captions, teasers or remains of a paywall; a brief of 50 words is still news."""

MAX_BODY_CHARACTERS = 500_000
"""About 80,000 words, longer than any article and than most books: a page that was not segmented."""

MAX_QUOTE_CHARACTERS = 20_000
"""A speech printed whole runs to 3,000 words; a longer quotation is a mark that was never closed."""

TITLE_CHARACTERS = (3, 300)
"""Real headlines run to 200 characters; beyond 300 a paragraph was taken for one."""

# Columns that exist only while a day is checked, because a rule looks at more than one value.
BLOCKS_MATCH = "blocks_match_body"
PARENT_EXISTS = "article_exists"
TEXT_MATCHES = "text_matches_field"
SPEAKER_EXISTS = "speaker_entity_exists"
IDENTITY = "record_id"


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


def article_rules(day: date, sources: Iterable[Inbox]) -> list[Rule]:
    """What must hold for the articles of a day."""
    return [*_schema_rules(ARTICLES), *_field_rules(day), *_source_rules(sources)]


def image_rules() -> list[Rule]:
    """What must hold for the pictures of a day."""
    return [
        *_schema_rules(IMAGES),
        _in_set(PARENT_EXISTS, [True], ORPHAN, "the article of a picture is among the day's articles"),
    ]


def child_rules(table: Table) -> list[Rule]:
    """What must hold for the names or the quotations of a day."""
    rules = [
        *_schema_rules(table),
        _in_set(PARENT_EXISTS, [True], ORPHAN, "the article is among the day's articles"),
        _in_set(TEXT_MATCHES, [True], "text_shifted", "the offsets give the text in the article's field"),
        _matches("text", r"\w", "text_blank", "the text holds a letter or digit"),
    ]
    if table is QUOTES:
        rules += [
            _in_set(SPEAKER_EXISTS, [True], "speaker_unknown", "the speaker is among the entities of the article"),
            Rule(
                "quote_length",
                f"a quotation has at most {MAX_QUOTE_CHARACTERS:,} characters",
                gxe.ExpectColumnValueLengthsToBeBetween(
                    column="text", max_value=MAX_QUOTE_CHARACTERS, severity=CRITICAL
                ),
            ),
        ]
    return rules


def document_rules(landed: int) -> list[Rule]:
    """The conservation law: every landed document is there once, in one of the states."""
    return [
        *_schema_rules(DOCUMENTS),
        Rule(
            "conservation",
            f"as many documents have a state as were landed ({landed})",
            gxe.ExpectTableRowCountToEqual(value=landed, severity=CRITICAL),
        ),
    ]


def _schema_rules(table: Table) -> list[Rule]:
    rules = [
        Rule(
            "unique_key",
            f"{', '.join(table.key)} is unique",
            gxe.ExpectColumnValuesToBeUnique(column=table.key[0], severity=CRITICAL)
            if len(table.key) == 1
            else gxe.ExpectCompoundColumnsToBeUnique(column_list=list(table.key), severity=CRITICAL),
        )
    ]
    for column in table.columns:
        rules.extend(_column_rules(column))
    return rules


def _column_rules(column: Column) -> list[Rule]:
    rules = []
    if column.required:
        words = f"{column.name} is never null"
        rules.append(
            Rule(
                f"{column.name}_missing",
                words,
                gxe.ExpectColumnValuesToNotBeNull(column=column.name, severity=CRITICAL),
            )
        )
    if column.values:
        words = f"{column.name} is one of {', '.join(column.values)}"
        rules.append(_in_set(column.name, list(column.values), f"{column.name}_unknown", words))
    if column.low is not None or column.high is not None:
        words = f"{column.name} lies between {column.low} and {column.high}"
        rules.append(
            Rule(
                f"{column.name}_out_of_range",
                words,
                gxe.ExpectColumnValuesToBeBetween(
                    column=column.name, min_value=column.low, max_value=column.high, severity=CRITICAL
                ),
            )
        )
    return rules


def _field_rules(day: date) -> list[Rule]:
    low, high = TITLE_CHARACTERS
    latest = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1) + TOLERANCE
    return [
        _matches("article_id", r"^[0-9a-f]{32}$", "article_id_malformed", "article_id is 32 hexadecimal digits"),
        _matches("content_hash", r"^[0-9a-f]{64}$", "content_hash_malformed", "content_hash is a SHA-256"),
        _matches("url", r"^https?://\S+$", "url_malformed", "url is an http address"),
        _matches("canonical_url", r"^https?://\S+$", "canonical_url_malformed", "canonical_url is an http address"),
        _matches("title", r"\w", "title_blank", "the title holds a letter or digit"),
        _matches("body", r"\w", "body_blank", "the body holds a letter or digit"),
        _in_set("language", known_languages(), "language_unknown", "the language is one that can be identified"),
        Rule(
            "language_undetermined",
            "the language was determined",
            gxe.ExpectColumnValuesToNotBeInSet(column="language", value_set=[UNKNOWN], severity=WARNING),
        ),
        Rule(
            "published_at_absurd",
            f"published_at lies between {EARLIEST:%Y} and a day after the end of {day}",
            gxe.ExpectColumnValuesToBeBetween(
                column="published_at", min_value=EARLIEST, max_value=latest, severity=CRITICAL
            ),
        ),
        Rule(
            "published_at_missing",
            "published_at is known",
            gxe.ExpectColumnValuesToNotBeNull(column="published_at", severity=INFO),
        ),
        Rule(
            "title_length",
            f"the title has {low} to {high} characters",
            gxe.ExpectColumnValueLengthsToBeBetween(column="title", min_value=low, max_value=high, severity=WARNING),
        ),
        Rule(
            "short_body",
            f"the body has {MIN_BODY_WORDS} words or more",
            gxe.ExpectColumnValuesToBeBetween(column="word_count", min_value=MIN_BODY_WORDS, severity=WARNING),
        ),
        Rule(
            "body_length",
            f"the body has at most {MAX_BODY_CHARACTERS:,} characters",
            gxe.ExpectColumnValueLengthsToBeBetween(column="body", max_value=MAX_BODY_CHARACTERS, severity=CRITICAL),
        ),
        Rule(
            "damaged_characters",
            "the body holds no replacement characters",
            gxe.ExpectColumnValuesToNotMatchRegex(column="body", regex="\ufffd", severity=WARNING),
        ),
        Rule(
            "markup_in_body",
            "the body holds no HTML",
            gxe.ExpectColumnValuesToNotMatchRegex(
                column="body", regex=r"(?i)</?(?:p|div|span|script|style|br)\b[^>]*>", severity=WARNING
            ),
        ),
        _in_set(BLOCKS_MATCH, [True], "blocks_shifted", "every block's offsets give its text in the body"),
    ]


def _source_rules(sources: Iterable[Inbox]) -> list[Rule]:
    """For each source that states its languages: an article in another one is flagged."""
    return [
        Rule(
            "unexpected_language",
            f"articles of {source.id} are in {', '.join(source.languages)}",
            gxe.ExpectColumnValuesToBeInSet(
                column="language",
                value_set=list(source.languages),
                row_condition=RowColumn("source") == source.id,
                severity=WARNING,
            ),
        )
        for source in sources
        if source.languages
    ]


def _in_set(column: str, values: list[Any], name: str, words: str) -> Rule:
    return Rule(name, words, gxe.ExpectColumnValuesToBeInSet(column=column, value_set=values, severity=CRITICAL))


def _matches(column: str, regex: str, name: str, words: str) -> Rule:
    return Rule(name, words, gxe.ExpectColumnValuesToMatchRegex(column=column, regex=regex, severity=CRITICAL))
