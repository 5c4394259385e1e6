"""Validate: audit a day before anyone can read it. Rows are flagged or taken out; a broken promise stops the day."""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from news_etl.outcome import Reason, State
from news_etl.quality import Quality
from news_etl.schema import ARTICLES, DOCUMENTS, Row
from news_etl.settings import Settings
from news_etl.sources import Source
from news_etl.store import Store
from news_etl.validate.audit import Audit, Finding
from news_etl.validate.children import CHILDREN, Parents, check_children, explained, keys_of
from news_etl.validate.frames import article_frame, image_frame, record_ids
from news_etl.validate.profile import (
    DayFacts,
    Past,
    day_frame,
    field_frame,
    mislabelled_shares,
    profile,
    source_frame,
)
from news_etl.validate.suites import (
    ORPHAN,
    article_rules,
    day_rules,
    document_rules,
    field_rules,
    image_rules,
    source_rules,
)

ROWS_REJECTED = (ARTICLES.name, *CHILDREN)
"""The tables whose bad rows are taken out one by one; in the others a bad row means that the day is broken."""

ROWS_FLAGGED = (ARTICLES.name, "images")
"""The tables whose doubtful rows put a flag on their article."""

RELEASED = "released"
"""The flag of an article that a decision by hand let pass."""

COUNTS = {"entities": "entity_count", "quotes": "quote_count"}
"""The columns of `articles` that count the rows of a child table."""


@dataclass(frozen=True)
class Day:
    """What is audited: the enriched articles (schema `STAGED`), what was found in them, every document's state, how
    many were landed.
    """

    day: date
    articles: pa.Table
    documents: list[Row]
    landed: int
    children: Mapping[str, pa.Table] = field(default_factory=dict)


@dataclass(frozen=True)
class Policy:
    """By what a day is judged: the settings, the sources, what is tuned, what was decided by hand, and the past."""

    settings: Settings
    sources: Sequence[Source] = ()
    quality: Quality = field(default_factory=Quality)
    released: frozenset[str] = frozenset()
    past: Past = field(default_factory=lambda: Past({}))


@dataclass
class Verdict:
    """What the audit of a day says: the rows that may be published, every document's state, and what is broken."""

    articles: pa.Table
    children: dict[str, pa.Table]
    """The tables of what was found in those articles, by name, without the rejected rows."""
    rejected: list[Row]
    """Rows of `children` that are not published though their article is: `schema.REJECTED_ROWS`."""
    documents: list[Row]
    findings: list[Finding]
    broken: list[str]
    profiles: list[Row]
    """What each source gave: `schema.PROFILES`."""
    report: str


def audit(store: Store, policy: Policy, day: Day, run_id: str) -> Verdict:
    """Check all tables of a day, write the report, and decide on rows and day. Nothing is published here."""
    report = store.report(day.day, run_id)
    quality = policy.quality
    with tempfile.TemporaryDirectory() as folder:
        checks = Audit(Path(folder))
        frame = article_frame(day.articles, policy.sources, day.children)
        found = checks.check("articles", frame, article_rules(day.day, quality))
        del frame  # it holds the texts of the day
        overruled = _overruled(found, _released(day.documents, policy.released))
        rejected = _rows_of(found, "critical", overruled)
        identities = record_ids(day.articles).to_pylist()
        articles = _without(day.articles, identities, rejected)
        gone = {key for key, identity in zip(keys_of(day.articles), identities, strict=True) if identity in rejected}
        documents = _quarantine(day.documents, rejected)
        found += checks.check("images", image_frame(articles), image_rules(quality))
        parents = Parents.of(articles, gone, frozenset(_released(day.documents, policy.released)))
        children, bad_rows = check_children(checks, parents, day.children, quality)
        del parents
        paths = {document["record_id"]: document["path"] for document in documents}
        bad_rows = [row | {"path": paths[row["record_id"]]} for row in bad_rows]
        checks.check("documents", pd.DataFrame(documents, columns=DOCUMENTS.schema.names), document_rules(day.landed))
        profiles = _check_sources(checks, policy, day.day, articles, documents)
        counts = {
            name: (table.num_rows, sum(row["table"] == name for row in bad_rows)) for name, table in children.items()
        }
        facts = DayFacts(day.day, policy.settings, profiles, _is_conserved(articles, documents))
        whole = day_frame(articles, documents, counts, policy.past, facts)
        checks.check("day", whole, day_rules(quality, policy.settings.max_bad_share))
        checks.write_report()
        store.upload(Path(folder), report)
    flags = _flags(found, bad_rows, overruled)
    return Verdict(
        articles=_counted(_flagged(articles, flags), bad_rows),
        children=children,
        rejected=bad_rows,
        documents=documents,
        findings=checks.findings,
        broken=_broken_promises(checks.findings, _details(documents, bad_rows)),
        profiles=profiles,
        report=f"{report}/index.html",
    )


def _check_sources(checks: Audit, policy: Policy, day: date, articles: pa.Table, documents: list[Row]) -> list[Row]:
    """Check each source within its day and beside its own past; returns the profiles of the day."""
    expected = [source.id for source in policy.sources if not source.paused and source.expects(day)]
    profiles = profile(articles, documents, expected)
    sources = source_frame(profiles, policy.past, day, policy.sources, mislabelled_shares(articles))
    checks.check("sources", sources, source_rules(policy.quality))
    checks.check("source_fields", field_frame(profiles, policy.past), field_rules(policy.quality))
    return profiles


# ---- rows


def _rows_of(findings: Iterable[Finding], severity: str, overruled: Mapping[str, set[str]]) -> dict[str, list[Finding]]:
    """The findings of that severity for each row that broke a rule, without those that were overruled."""
    broken: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.rule.severity == severity:
            for identity in finding.rows:
                if finding.rule.name not in overruled.get(identity, ()):
                    broken[identity].append(finding)
    return broken


def _released(documents: Iterable[Row], released: frozenset[str]) -> set[str]:
    """The released documents, and the one that was kept where a released one is a duplicate of it."""
    return {
        document["duplicate_of"] or document["record_id"] for document in documents if document["record_id"] in released
    }


def _overruled(findings: Iterable[Finding], released: set[str]) -> dict[str, set[str]]:
    """For each released document the judgements that a decision by hand overrules."""
    overruled: dict[str, set[str]] = defaultdict(set)
    for finding in findings:
        if finding.rule.is_judgement and finding.rule.severity == "critical":
            for identity in released.intersection(finding.rows):
                overruled[identity].add(finding.rule.name)
    return overruled


def _without(articles: pa.Table, identities: Sequence[str], rejected: Iterable[str]) -> pa.Table:
    if not rejected:
        return articles  # a filter copies, also where nothing is taken out
    gone = set(rejected)
    return articles.filter(pa.array([identity not in gone for identity in identities], pa.bool_()))


def _quarantine(documents: list[Row], rejected: Mapping[str, list[Finding]]) -> list[Row]:
    """The documents, those of rejected rows now quarantined; duplicates of a rejected row go with it."""
    return [
        document
        | {
            "state": State.QUARANTINED,
            "reason": Reason.FAILED_EXPECTATION,
            "step": "validate",
            "message": explained(found),
        }
        if (found := rejected.get(document["record_id"]) or rejected.get(document["duplicate_of"] or ""))
        else document
        for document in documents
    ]


def _flags(
    findings: Iterable[Finding], bad_rows: Iterable[Row], overruled: Mapping[str, set[str]]
) -> dict[str, set[str]]:
    """The flags of each article: the warnings it broke, the tables that lost a row, and whether it was released."""
    flags: dict[str, set[str]] = defaultdict(set)
    warned = (finding for finding in findings if finding.table in ROWS_FLAGGED)
    for identity, found in _rows_of(warned, "warning", {}).items():
        flags[identity] |= {finding.rule.name for finding in found}
    for row in bad_rows:
        flags[row["record_id"]].add(f"{row['table']}_rejected")
    for identity in overruled:
        flags[identity].add(RELEASED)
    return flags


def _flagged(articles: pa.Table, flags: Mapping[str, set[str]]) -> pa.Table:
    if not flags:
        return articles
    rows = zip(record_ids(articles).to_pylist(), articles["quality_flags"].to_pylist(), strict=True)
    values = [sorted({*(before or ()), *flags.get(identity, ())}) for identity, before in rows]
    return _replaced(articles, "quality_flags", values)


def _counted(articles: pa.Table, bad_rows: Iterable[Row]) -> pa.Table:
    """The articles, their counts without the rows that are not published."""
    for name, column in COUNTS.items():
        lost = Counter(row["record_id"] for row in bad_rows if row["table"] == name)
        if lost:
            rows = zip(record_ids(articles).to_pylist(), articles[column].to_pylist(), strict=True)
            values = [None if count is None else count - lost[identity] for identity, count in rows]
            articles = _replaced(articles, column, values)
    return articles


def _replaced(table: pa.Table, name: str, values: list[Any]) -> pa.Table:
    place = table.schema.get_field_index(name)
    column_field = table.schema.field(place)
    return table.set_column(place, column_field, pa.array(values, column_field.type))


# ---- the day


def _broken_promises(findings: Iterable[Finding], details: Mapping[str, str]) -> list[str]:
    """Critical rules that the day as a whole breaks, and those broken by rows that cannot be taken out alone."""
    return [
        f"{finding.table}: {finding.rule.name}: not true that {finding.rule.words}: {_detail(finding, details)}"
        for finding in findings
        if finding.rule.severity == "critical"
        and not finding.is_success
        and not (finding.table in ROWS_REJECTED and finding.concerns_rows and finding.rule.name != ORPHAN)
    ]


def _detail(finding: Finding, details: Mapping[str, str]) -> str:
    if finding.rule.name in details:
        return details[finding.rule.name]
    named = ", ".join(map(str, finding.examples)) if finding.table in ("sources", "source_fields") else ""
    return named or f"{finding.unexpected_count} found"


def _details(documents: Iterable[Row], bad_rows: Sequence[Row]) -> dict[str, str]:
    """What there is to say besides, by the rule that failed."""
    counted = [document for document in documents if document["state"] != State.SKIPPED]
    reasons = Counter(str(row["reason"]) for row in counted if row["state"] == State.QUARANTINED)
    listed = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))
    details = {"bad_share": f"{reasons.total()} of {len(counted)} documents are quarantined ({listed})"}
    for name in CHILDREN:
        rows = [row for row in bad_rows if row["table"] == name]
        if rows:
            details[f"bad_{name}_share"] = f"{len(rows)} rows of {name} are rejected, the first: {rows[0]['message']}"
    return details


def _is_conserved(articles: pa.Table, documents: Iterable[Row]) -> bool:
    """Whether the articles to publish are exactly the documents that say they are."""
    published = {document["record_id"] for document in documents if document["state"] == State.PUBLISHED}
    identities = record_ids(articles).to_pylist()
    return len(identities) == len(published) and set(identities) == published
