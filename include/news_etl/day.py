"""The five steps of a day: collect, extract and clean, enrich, validate, publish.

Each step reads what the one before it left in the stage, writes its own part, and returns a small manifest of paths
and counts. What a step leaves is a pure function of the landing, the configuration and the code, so two runs of the
same day can only ever write the same thing.
"""

import hashlib
import json
import logging
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

import pyarrow as pa

from news_etl.collect import collect
from news_etl.decisions import Decisions, in_force, remove_taken_down
from news_etl.dedupe import split_duplicates
from news_etl.document import Document
from news_etl.enrich import enrich
from news_etl.landing import landed_ids, read_landing
from news_etl.ledger import CURRENT, count_reasons, count_states, hold, write_books
from news_etl.outcome import BrokenContract, Reason, State
from news_etl.process import SECONDS_DECIMALS, process_all
from news_etl.publish import publish_day, shard_of, tables_of
from news_etl.quality import Quality
from news_etl.runs import begin_run, fail_run, note_trouble
from news_etl.schema import (
    CHECKS,
    DOCUMENTS,
    ENRICH_SECONDS,
    ENTITIES,
    PROFILES,
    QUOTES,
    REJECTED_ROWS,
    STAGED,
    Row,
    record_id_of,
)
from news_etl.settings import Settings
from news_etl.sources import Sources, load_sources
from news_etl.store import Store, open_store
from news_etl.versions import configuration_digest, versions

log = logging.getLogger(__name__)

STEPS = ("collect", "extract_and_clean", "enrich", "validate", "publish")

ROWS_PER_SHARD = 500
"""A shard of 500 articles takes a pipeline seconds to a minute: a task's start-up is small beside it."""

ENRICHED = ("enriched", ENTITIES.name, QUOTES.name, ENRICH_SECONDS.name)
"""The folders of the stage that `enrich` fills: the articles, what was found in them, and how long that took."""

Landing = dict[str, list[str]]
"""The landed parts of a day by source, as they were when the day was read: what lands later waits for the next run."""


@dataclass(frozen=True)
class Run:
    """What all steps of one run share. `restart_from` is the first step that is not taken over from before."""

    day: date
    run_id: str
    settings: Settings
    store: Store
    sources: Sources
    restart_from: str = STEPS[0]

    @classmethod
    def of(cls, day: date, run_id: str, settings: Settings, restart_from: str = STEPS[0]) -> "Run":
        """Open the data root and the sources file.

        Raises:
            SourcesError: when the sources file cannot be used.
            ValueError: when there is no such step.
        """
        if restart_from not in STEPS:
            raise ValueError(f"there is no step {restart_from!r}: {', '.join(STEPS)}")
        return cls(day, run_id, settings, open_store(settings), load_sources(settings.sources), restart_from)

    @cached_property
    def quality(self) -> Quality:
        """By which limits and severities the day is judged."""
        return self.sources.judged_by()

    def reuses(self, step: str) -> bool:
        """Whether this run takes over what an earlier one left of a step, if it still holds."""
        return STEPS.index(step) < STEPS.index(self.restart_from)

    def stage(self, name: str) -> str:
        return self.store.stage(self.day, name)


def resolve_day(asked: str | None, logical_date: datetime | None, run_after: datetime) -> date:
    """The day a run covers: the one that was asked for, else that of the logical date, else yesterday.

    Raises:
        BrokenContract: when what was asked for is not a day.
    """
    if asked:
        try:
            return date.fromisoformat(asked)
        except ValueError:
            raise BrokenContract(f"date {asked!r} is not a day: write it as 2025-11-04") from None
    if logical_date:
        return logical_date.astimezone(UTC).date()
    return run_after.astimezone(UTC).date() - timedelta(days=1)


# ---- collect


def collect_source(run: Run, source_id: str) -> dict[str, Any]:
    """Land what one source has for the day. See `collect`."""
    if run.reuses("collect"):
        log.info("%s %s: not collected again: the run restarts from %s", source_id, run.day, run.restart_from)
        return {"source": source_id, "status": "reused", "new": 0, "known": 0, "bytes": 0, "part": None}
    return collect(run.store, run.sources.get(source_id), run.day, run.settings, run.run_id)


# ---- extract and clean


def extract_and_clean(run: Run) -> dict[str, Any]:
    """Read everything that is landed for the day; leave the day's articles in shards, and every document's state.

    The day is one batch, so that duplicates across sources are seen. Returns `{day, shards, documents, states}`.
    """
    landing = {name: run.store.landed_parts(name, run.day) for name in run.store.landed_sources(run.day)}
    decisions = in_force(run.store)
    key = _stage_key(run, landing, decisions)
    if run.reuses("extract_and_clean") and _stage_manifest(run).get("key") == key:
        log.info("%s: the extracted articles are taken over from an earlier run", run.day)
        return _summary(run)
    for name in ("manifest.json", "validated.json"):
        run.store.remove(run.stage(name))
    rows, documents = remove_taken_down(*_process_landing(run, landing, decisions), decisions)
    kept, duplicates = split_duplicates(rows, {document["record_id"]: document["path"] for document in documents})
    documents = _settle(documents, kept, duplicates)
    shards = min(run.settings.shards, max(1, math.ceil(len(kept) / ROWS_PER_SHARD)))
    for number in range(shards):
        shard = [row for row in kept if shard_of(row["article_id"], shards) == number]
        run.store.write_table(run.stage(_shard("clean", number)), STAGED.arrow(shard))
        for folder in ENRICHED:
            run.store.remove(run.stage(_shard(folder, number)))
    _remove_surplus_shards(run, shards)
    run.store.write_table(run.stage("documents.parquet"), DOCUMENTS.arrow(documents))
    run.store.write_json(run.stage("manifest.json"), {"key": key, "shards": shards, "landing": landing})
    return _summary(run)


def _process_landing(run: Run, landing: Landing, decisions: Decisions) -> tuple[list[Row], list[Row]]:
    rows, documents = [], []
    known = {source.id: source for source in run.sources.sources}
    landed = (
        document
        for name, parts in landing.items()
        for document in read_landing(run.store, name, run.day, parts, run.settings.max_document_bytes)
    )

    def tolerance(document: Document) -> timedelta | None:
        days = run.quality.limit("max_days_ahead", document.source)
        return None if document.record_id in decisions.released else timedelta(days=days)

    for row, state in process_all(landed, known, run.settings, tolerance):
        documents.append(state)
        if row:
            rows.append(row)
    return rows, documents


def _settle(documents: list[Row], kept: list[Row], duplicates: dict[str, str]) -> list[Row]:
    """The documents with what the day as a whole decides: which are duplicates, and which article each became."""
    articles = {record_id_of(row): row for row in kept}
    return [document | _settled(document["record_id"], articles, duplicates) for document in documents]


def _settled(identity: str, articles: dict[str, Row], duplicates: dict[str, str]) -> Row:
    original = duplicates.get(identity)
    row = articles.get(original or identity)
    if not row:
        return {}
    article = {"article_id": row["article_id"], "revision": row["revision"]}
    if not original:
        return article
    return article | {
        "state": State.DUPLICATE,
        "reason": Reason.EXACT_DUPLICATE,
        "step": "clean",
        "message": f"same title and body as a document of {row['source']}: {original}",
        "duplicate_of": original,
    }


def _stage_key(run: Run, landing: Landing, decisions: Decisions) -> str:
    """What the stage of a day depends on; another key means that it must be made again."""
    configuration = configuration_digest(run.settings, run.sources)
    content = [landing, versions(), configuration, run.settings.shards, decisions.key()]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _stage_manifest(run: Run) -> dict[str, Any]:
    path = run.stage("manifest.json")
    return dict(run.store.read_json(path)) if run.store.exists(path) else {}


def _summary(run: Run) -> dict[str, Any]:
    documents = run.store.read_table(run.stage("documents.parquet")).to_pylist()
    summary = {
        "day": run.day.isoformat(),
        "shards": _stage_manifest(run)["shards"],
        "documents": len(documents),
        "states": count_states(documents),
    }
    log.info("%s: %s; %s", run.day, summary, count_reasons(documents))
    return summary


def _shard(folder: str, number: int) -> str:
    return f"{folder}/part-{number:04d}.parquet"


def _remove_surplus_shards(run: Run, shards: int) -> None:
    for folder in ("clean", *ENRICHED):
        keep = {run.stage(_shard(folder, number)) for number in range(shards)}
        run.store.remove_surplus(run.stage(folder), keep)


# ---- enrich


def enrich_shard(run: Run, number: int) -> dict[str, Any]:
    """Enrich one shard of the day's articles. Returns `{shard, articles, sentences, tokens, entities, quotes}`."""
    targets = [run.stage(_shard(folder, number)) for folder in ENRICHED]
    if not (run.reuses("enrich") and all(map(run.store.exists, targets))):
        run.store.remove(run.stage("validated.json"))
        staged = run.store.read_table(run.stage(_shard("clean", number))).to_pylist()
        enriched, seconds = [], []
        longest_first = sorted(staged, key=lambda row: -row["word_count"])
        for shortest in {row["language"]: row for row in longest_first}.values():
            enrich(shortest, run.settings)  # what is loaded on first use is on no article's account
        for row in staged:
            started = time.process_time()
            enriched.append(enrich(row, run.settings))
            taken = round(time.process_time() - started, SECONDS_DECIMALS)
            seconds.append({"record_id": record_id_of(row), "enrich_seconds": taken})
        tables = (
            STAGED.arrow([article.row for article in enriched]),
            ENTITIES.arrow([entity for article in enriched for entity in article.entities]),
            QUOTES.arrow([quote for article in enriched for quote in article.quotes]),
            ENRICH_SECONDS.arrow(seconds),
        )
        for target, table in zip(targets, tables, strict=True):
            run.store.write_table(target, table)
    counts = _enriched_counts(run.store.read_table(targets[0], columns=list(COUNTED)))
    log.info("%s: shard %d: %s", run.day, number, counts)
    return {"shard": number} | counts


COUNTED = {
    "sentence_count": "sentences",
    "token_count": "tokens",
    "entity_count": "entities",
    "quote_count": "quotes",
}


def _enriched_counts(table: pa.Table) -> dict[str, int]:
    sums = {name: sum(filter(None, table[column].to_pylist())) for column, name in COUNTED.items()}
    return {"articles": table.num_rows} | sums


# ---- validate


def validate(run: Run) -> dict[str, Any]:
    """Audit the day: flag doubtful rows, quarantine bad ones, and leave what may be published.

    Returns `{articles, states, failed_expectations, report}`.

    Raises:
        BrokenContract: when the day must not be published; its documents are held, and the books say so.
    """
    from news_etl.validate import (
        Day,
        Policy,
        audit,
    )  # Great Expectations takes seconds to import, and only this step needs it
    from news_etl.validate.profile import read_past

    if run.reuses("validate") and run.store.exists(run.stage("validated.json")):
        log.info("%s: the audit is taken over from an earlier run", run.day)
        _write_checks(run, run.store.read_table(run.stage("checks.parquet")).to_pylist())
        return dict(run.store.read_json(run.stage("validated.json")))
    landed = sum(len(landed_ids(run.store, parts)) for parts in _stage_manifest(run)["landing"].values())
    articles, entities, quotes, seconds = (_of_all_shards(run, folder) for folder in ENRICHED)
    documents = _timed(run.store.read_table(run.stage("documents.parquet")).to_pylist(), seconds)
    day = Day(run.day, articles, documents, landed, {ENTITIES.name: entities, QUOTES.name: quotes})
    released = in_force(run.store).released
    policy = Policy(run.settings, run.sources.sources, run.quality, released, read_past(run.store, run.day))
    verdict = audit(run.store, policy, day, run.run_id)
    checks = [finding.as_row(run.run_id) for finding in verdict.findings]
    run.store.write_table(run.stage("checks.parquet"), CHECKS.arrow(checks))
    _write_checks(run, checks)
    report = run.store.shown(verdict.report)
    if verdict.broken:
        message = _failure(run.day, verdict.broken, report)
        held = hold(verdict.documents, "validate", message)
        write_books(run.store, run.day, run.run_id, held, verdict.rejected, message)
        raise BrokenContract(message)
    run.store.write_table(run.stage("validated.parquet"), STAGED.ordered(verdict.articles))
    run.store.write_table(run.stage("profiles.parquet"), PROFILES.arrow(verdict.profiles))
    for name, table in verdict.children.items():
        run.store.write_table(run.stage(f"validated_{name}.parquet"), table)
    run.store.write_table(run.stage("rejected_rows.parquet"), REJECTED_ROWS.arrow(verdict.rejected))
    run.store.write_table(run.stage("audited_documents.parquet"), DOCUMENTS.arrow(verdict.documents))
    failed = {finding.rule.name: finding.unexpected_count for finding in verdict.findings if not finding.is_success}
    summary = {
        "articles": verdict.articles.num_rows,
        "states": count_states(verdict.documents),
        "failed_expectations": failed,
        "report": report,
    }
    run.store.write_json(run.stage("validated.json"), summary)
    log.info("%s: %s", run.day, summary)
    return summary


def _write_checks(run: Run, checks: list[Row]) -> None:
    own = [check | {"run_id": run.run_id} for check in checks]
    run.store.write_table(run.store.ops(CHECKS.name, run.day, run.run_id), CHECKS.arrow(own))


def _timed(documents: list[Row], seconds: pa.Table) -> list[Row]:
    """The documents with the time that their enrichment took; null for those that did not become an article."""
    taken = dict(zip(*seconds.to_pydict().values(), strict=True))
    return [document | {"enrich_seconds": taken.get(document["record_id"])} for document in documents]


def _of_all_shards(run: Run, folder: str) -> pa.Table:
    shards = range(_stage_manifest(run)["shards"])
    return pa.concat_tables(run.store.read_table(run.stage(_shard(folder, number))) for number in shards)


def _failure(day: date, broken: list[str], report: str) -> str:
    faults = "\n".join(f"  - {fault}" for fault in broken)
    return (
        f"{day} is not published: it breaks {len(broken)} of its promises.\n{faults}\n"
        f"Report: {report}\nWhat was published of this day before is unchanged; its documents are held. "
        "Mend the cause and run the day again."
    )


# ---- publish


def publish(run: Run) -> dict[str, Any]:
    """Replace the day in the warehouse, and close the books.

    Returns `{date, rows, states, reasons, path, report}`.
    """
    rows = run.store.read_table(run.stage("validated.parquet")).to_pylist()
    children = {
        name: run.store.read_table(run.stage(f"validated_{name}.parquet")) for name in (ENTITIES.name, QUOTES.name)
    }
    rejected = run.store.read_table(run.stage("rejected_rows.parquet")).to_pylist()
    documents = run.store.read_table(run.stage("audited_documents.parquet")).to_pylist()
    states = count_states(documents)
    about = {
        "documents": states,
        "landing": [part for parts in _stage_manifest(run)["landing"].values() for part in parts],
        "versions": versions(),
        "configuration": configuration_digest(run.settings, run.sources),
        "decisions": in_force(run.store).key(),
    }
    manifest = publish_day(run.store, run.day, tables_of(rows, children), run.settings.files_per_day, about)
    profiles = run.store.read_table(run.stage("profiles.parquet"))
    run.store.write_table(run.store.ops(PROFILES.name, run.day, CURRENT), profiles)
    write_books(run.store, run.day, run.run_id, documents, rejected)
    summary = {
        "date": run.day.isoformat(),
        "rows": {name: table["rows"] for name, table in manifest["tables"].items()},
        "states": states,
        "reasons": count_reasons(documents),
        "path": run.store.shown("warehouse"),
        "report": run.store.read_json(run.stage("validated.json"))["report"],
    }
    log.info("%s: %s", run.day, summary)
    return summary


# ---- all five


def run_day(run: Run, only: list[str] | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """The five steps one after the other, without Airflow; yields each step's name and manifest.

    A source that cannot be collected is reported and does not stop the day, unless all of them fail.

    Raises:
        BrokenContract: when the day must not be published.
    """
    begin_run(run.store, run.day, run.run_id)
    try:
        yield from _steps(run, only)
    except (Exception, KeyboardInterrupt) as error:
        note_trouble(run.store, run.day, run.run_id, error)
        fail_run(run.store, run.day, run.run_id)
        raise


def _steps(run: Run, only: list[str] | None) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from _collect_all(run, only)
    extracted = extract_and_clean(run)
    yield "extract_and_clean", extracted
    for number in range(extracted["shards"]):
        yield "enrich", enrich_shard(run, number)
    yield "validate", validate(run)
    yield "publish", publish(run)


def _collect_all(run: Run, only: list[str] | None) -> Iterator[tuple[str, dict[str, Any]]]:
    failures = {}
    sources = run.sources.active(only)
    for source in sources:
        try:
            yield "collect", collect_source(run, source.id)
        except OSError as error:
            log.error("%s %s: not collected: %s", source.id, run.day, error)
            failures[source.id] = str(error)
            yield "collect", {"source": source.id, "status": "failed", "new": 0, "error": str(error)}
    if sources and len(failures) == len(sources):
        raise BrokenContract(f"{run.day}: no source could be collected: {failures}")
