"""Validate: audit a day before anyone can read it. Rows are flagged or taken out; a broken promise stops the day."""

import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa

from news_etl.outcome import Reason, State
from news_etl.publish import images_of
from news_etl.schema import ARTICLES, DOCUMENTS, STAGED, Row, record_id_of
from news_etl.settings import Settings
from news_etl.sources import Inbox
from news_etl.store import Store
from news_etl.validate.audit import Audit, Finding
from news_etl.validate.children import CHILDREN, article_key, check_children
from news_etl.validate.suites import (
    BLOCKS_MATCH,
    IDENTITY,
    ORPHAN,
    PARENT_EXISTS,
    article_rules,
    document_rules,
    image_rules,
)

ROWS_REJECTED = (ARTICLES.name, *CHILDREN)
"""The tables whose bad rows are taken out one by one; in the others a bad row means that the day is broken."""


@dataclass
class Verdict:
    """What the audit of a day says: the rows that may be published, every document's state, and what is broken."""

    rows: list[Row]
    children: dict[str, pa.Table]
    """The tables of what was found in those articles, by name, without the rejected rows."""
    rejected: list[Row]
    """Rows of `children` that are not published though their article is: `schema.REJECTED_ROWS`."""
    documents: list[Row]
    findings: list[Finding]
    broken: list[str]
    report: str


@dataclass(frozen=True)
class Day:
    """What is audited: the enriched articles, what was found in them, every document's state, how many were landed."""

    day: date
    rows: list[Row]
    documents: list[Row]
    landed: int
    children: dict[str, pa.Table] = field(default_factory=dict)


def audit(store: Store, settings: Settings, sources: list[Inbox], day: Day, run_id: str) -> Verdict:
    """Check all tables of a day, write the report, and decide on rows and day. Nothing is published here."""
    report = store.report(day.day, run_id)
    with tempfile.TemporaryDirectory() as folder:
        checks = Audit(Path(folder))
        checks.check("articles", _article_frame(day.rows), article_rules(day.day, sources))
        rejected = _broken_rows(checks.findings, "critical")
        rows = _flagged([row for row in day.rows if record_id_of(row) not in rejected], checks.findings)
        gone = {article_key(row) for row in day.rows if record_id_of(row) in rejected}
        documents = _quarantine(day.documents, rejected)
        checks.check("images", _image_frame(rows), image_rules())
        children, bad_rows = check_children(checks, rows, gone, day.children)
        paths = {document["record_id"]: document["path"] for document in documents}
        rejected_rows = [row | {"path": paths[row["record_id"]]} for row in bad_rows]
        checks.check("documents", pd.DataFrame(documents, columns=_columns(documents)), document_rules(day.landed))
        store.upload(Path(folder), report)
    broken = [
        *_broken_promises(checks.findings),
        *_too_many_bad(documents, settings),
        *_too_many_rejected(children, rejected_rows, settings),
        *_not_conserved(rows, documents),
    ]
    rows = _flag_rejected(rows, rejected_rows)
    return Verdict(rows, children, rejected_rows, documents, checks.findings, broken, f"{report}/index.html")


def _article_frame(rows: list[Row]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=_columns(rows))
    frame[IDENTITY] = [record_id_of(row) for row in rows]
    frame[BLOCKS_MATCH] = [_blocks_match(row) for row in rows]
    for column in ("published_at", "modified_at", "fetched_at"):
        frame[column] = pd.to_datetime(frame[column], utc=True)
    return frame


def _image_frame(rows: list[Row]) -> pd.DataFrame:
    images = [image | {IDENTITY: record_id_of(row)} for row in rows for image in images_of(row)]
    articles = {(row["article_id"], row["revision"]) for row in rows}
    columns = ["article_id", "revision", "position", "url", "caption", "credit", "alt", IDENTITY]
    frame = pd.DataFrame(images, columns=columns)
    frame[PARENT_EXISTS] = [(image["article_id"], image["revision"]) in articles for image in images]
    return frame


def _columns(rows: list[Row]) -> list[str]:
    if rows:
        return list(rows[0])
    return sorted({*STAGED.schema.names, *DOCUMENTS.schema.names})


def _blocks_match(row: Row) -> bool:
    body = row["body"]
    return bool(row["blocks"]) and all(body[block["start"] : block["end"]] == block["text"] for block in row["blocks"])


def _broken_rows(findings: list[Finding], severity: str) -> dict[str, list[Finding]]:
    """The findings of that severity for each row that broke a rule."""
    broken: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.rule.severity == severity:
            for identity in finding.rows:
                broken[identity].append(finding)
    return broken


def _flagged(rows: list[Row], findings: list[Finding]) -> list[Row]:
    warned = _broken_rows(findings, "warning")
    return [
        row
        | {
            "quality_flags": sorted(
                {*row["quality_flags"], *(finding.rule.name for finding in warned[record_id_of(row)])}
            )
        }
        if record_id_of(row) in warned
        else row
        for row in rows
    ]


def _flag_rejected(rows: list[Row], rejected: list[Row]) -> list[Row]:
    flags: dict[str, set[str]] = defaultdict(set)
    for row in rejected:
        flags[row["record_id"]].add(f"{row['table']}_rejected")
    return [
        row | {"quality_flags": sorted({*row["quality_flags"], *flags[record_id_of(row)]})}
        if record_id_of(row) in flags
        else row
        for row in rows
    ]


def _quarantine(documents: list[Row], rejected: dict[str, list[Finding]]) -> list[Row]:
    """The documents, those of rejected rows now quarantined; duplicates of a rejected row go with it."""
    return [
        document
        | {
            "state": State.QUARANTINED,
            "reason": Reason.FAILED_EXPECTATION,
            "step": "validate",
            "message": "; ".join(f"{finding.rule.name}: not true that {finding.rule.words}" for finding in found),
        }
        if (found := rejected.get(document["record_id"]) or rejected.get(document["duplicate_of"] or ""))
        else document
        for document in documents
    ]


def _broken_promises(findings: list[Finding]) -> list[str]:
    """Critical rules that the day as a whole breaks, and those broken by rows that cannot be taken out alone."""
    return [
        f"{finding.table}: {finding.rule.name}: not true that {finding.rule.words} ({finding.unexpected_count} found)"
        for finding in findings
        if finding.rule.severity == "critical"
        and not finding.is_success
        and not (finding.table in ROWS_REJECTED and finding.concerns_rows and finding.rule.name != ORPHAN)
    ]


def _too_many_bad(documents: list[Row], settings: Settings) -> list[str]:
    counted = [document for document in documents if document["state"] != State.SKIPPED]
    bad = [document for document in counted if document["state"] == State.QUARANTINED]
    if len(counted) < settings.min_rows_for_share or len(bad) <= settings.max_bad_share * len(counted):
        return []
    reasons: dict[str, int] = defaultdict(int)
    for document in bad:
        reasons[str(document["reason"])] += 1
    listed = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))
    return [
        f"{len(bad)} of {len(counted)} documents are quarantined ({listed}), "
        f"more than the share of {settings.max_bad_share:.0%} that NEWS_ETL_MAX_BAD_SHARE allows"
    ]


def _too_many_rejected(children: dict[str, pa.Table], rejected: list[Row], settings: Settings) -> list[str]:
    broken = []
    for name, table in children.items():
        bad = [row for row in rejected if row["table"] == name]
        counted = table.num_rows + len(bad)
        if counted >= settings.min_rows_for_share and len(bad) > settings.max_bad_share * counted:
            broken.append(
                f"{len(bad)} of {counted} rows of {name} are rejected, "
                f"more than the share of {settings.max_bad_share:.0%} that NEWS_ETL_MAX_BAD_SHARE allows; "
                f"the first: {bad[0]['message']}"
            )
    return broken


def _not_conserved(rows: list[Row], documents: list[Row]) -> list[str]:
    """The rows to publish are exactly the documents that say they are."""
    published = {document["record_id"] for document in documents if document["state"] == State.PUBLISHED}
    identities = {record_id_of(row) for row in rows}
    if published == identities and len(rows) == len(identities):
        return []
    return [f"{len(rows)} articles would be published for {len(published)} documents whose state is published"]
