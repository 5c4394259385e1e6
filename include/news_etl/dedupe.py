"""Dedupe: within a day, one row for each text and one number for each revision. No other day is looked at."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from news_etl.schema import Row, record_id_of

LAST = datetime.max.replace(tzinfo=UTC)
"""Where a time is unknown, others come first."""


def split_duplicates(rows: list[Row], paths: dict[str, str]) -> tuple[list[Row], dict[str, str]]:
    """Keep one row of each content; number the revisions of each article.

    `paths` gives the path of each record id. Of rows with equal title and body the smallest by publication time,
    source and path is kept.

    Returns the kept rows and, for each duplicate's record id, the record id of the kept one.
    """
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["content_hash"]].append(row)
    kept: list[Row] = []
    duplicates: dict[str, str] = {}
    for group in groups.values():
        first, *others = sorted(group, key=lambda row: _rank(row, paths))
        kept.append(first)
        duplicates |= {record_id_of(other): record_id_of(first) for other in others}
    _number_revisions(kept)
    return kept, duplicates


def _rank(row: Row, paths: dict[str, str]) -> tuple[Any, ...]:
    return (row["published_at"] or LAST, row["source"], paths[record_id_of(row)], record_id_of(row))


def _number_revisions(rows: list[Row]) -> None:
    articles: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        articles[row["article_id"]].append(row)
    for versions in articles.values():
        versions.sort(key=lambda row: (row["fetched_at"] or LAST, row["content_hash"]))
        for number, row in enumerate(versions, start=1):
            row["revision"] = number
