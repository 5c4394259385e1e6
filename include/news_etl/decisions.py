"""Decisions by hand: a document is released from quarantine, an article is taken down, a decision is revoked.

A decision is a file in `raw/decisions/`, with who, why and when. It belongs to the landing: it is never changed, every
later run honours it, and no backfill undoes it.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

from news_etl.outcome import Reason, State
from news_etl.quality import JUDGEMENTS
from news_etl.schema import Row, record_id_of
from news_etl.store import Store

Kind = Literal["release", "take_down", "revoke"]

BROKEN_RULE = re.compile(r"(?:^|; )(\w+): not true that ")
"""A rule in the message of a rejected row, as `validate` writes it."""


class DecisionError(ValueError):
    """The decision cannot be taken. The message says why, and what can be done instead."""


@dataclass(frozen=True)
class Decision:
    """One decision. `subject` is the record id of a released document, the article id or address of what is taken
    down, or the id of the revoked decision.
    """

    kind: Kind
    subject: str
    who: str
    why: str
    when: str
    note: str = ""
    """What a person would want to see of the subject: source, day, path, title."""

    @property
    def id(self) -> str:
        content = json.dumps(asdict(self), sort_keys=True).encode()
        return f"{re.sub('[^0-9]', '', self.when)[:14]}-{hashlib.sha256(content).hexdigest()[:12]}"


@dataclass(frozen=True)
class Decisions:
    """The decisions that are in force."""

    released: frozenset[str] = frozenset()
    """Record ids of documents that pass the judgements of the gate."""
    taken_down: tuple[Decision, ...] = ()

    def removal(self, row: Row) -> Decision | None:
        """The decision by which an article is taken down, if there is one."""
        names = {row["article_id"], row["url"], row["canonical_url"]}
        return next((decision for decision in self.taken_down if decision.subject in names), None)

    def key(self) -> list[str]:
        """What the stage of a day depends on."""
        return sorted([*self.released, *(decision.subject for decision in self.taken_down)])


def read_log(store: Store) -> list[Decision]:
    """All decisions that were ever taken, in their order.

    Raises:
        DecisionError: naming a file that is none: a take-down must not be forgotten for a slip of the pen.
    """
    found = []
    for path in store.decisions():
        try:
            found.append(Decision(**store.read_json(path)))
        except (ValueError, TypeError) as error:
            raise DecisionError(f"{store.shown(path)} is no decision: {error}") from None
    return sorted(found, key=lambda decision: (decision.when, decision.id))


def in_force(store: Store) -> Decisions:
    """The decisions that no later one revokes.

    Raises:
        DecisionError: as `read_log`.
    """
    log = read_log(store)
    revoked = {decision.subject for decision in log if decision.kind == "revoke"}
    valid = [decision for decision in log if decision.id not in revoked]
    return Decisions(
        frozenset(decision.subject for decision in valid if decision.kind == "release"),
        tuple(decision for decision in valid if decision.kind == "take_down"),
    )


def release(store: Store, entry: Row, who: str, why: str, when: datetime) -> Decision:
    """Publish a quarantined document anyway, with its rows: later runs pass over the judgements that rejected it.

    `entry` is its row of the quarantine. What the schema promises cannot be passed over.

    Raises:
        DecisionError: when it was rejected for something that nobody can decide otherwise.
    """
    rules = BROKEN_RULE.findall(entry["message"])
    judged = entry["reason"] == Reason.FAILED_EXPECTATION and rules and set(rules) <= set(JUDGEMENTS)
    if not judged and entry["reason"] != Reason.ABSURD_DATE:
        raise DecisionError(
            f"{entry['path']} cannot be released: {entry['reason']} ({entry['message']}). Only what judges can be "
            f"overruled: {Reason.ABSURD_DATE}, and the rules of `news-etl quality`. Mend the cause and replay it."
        )
    return _take(store, "release", entry["record_id"], (who, why, when), f"{entry['source']} {entry['path']}")


def take_down(store: Store, subject: str, who: str, why: str, when: datetime) -> Decision:
    """Leave an article out of every later publication, whatever day and source it comes from again.

    `subject` is its article id, or its address as published in `url` or `canonical_url`.

    Raises:
        DecisionError: when that is neither.
    """
    if not re.fullmatch(r"[0-9a-f]{32}|https?://\S+", subject):
        raise DecisionError(f"{subject!r} is neither an article_id (32 hexadecimal digits) nor an address")
    return _take(store, "take_down", subject, (who, why, when), "")


def revoke(store: Store, identity: str, who: str, why: str, when: datetime) -> Decision:
    """Take a decision back, from the next run on.

    Raises:
        DecisionError: when there is no such decision.
    """
    known = {decision.id: decision for decision in read_log(store)}
    if identity not in known:
        raise DecisionError(f"there is no decision {identity!r}; news-etl decisions lists them")
    decision = known[identity]
    return _take(store, "revoke", identity, (who, why, when), f"{decision.kind} {decision.subject}")


def _take(store: Store, kind: Kind, subject: str, how: tuple[str, str, datetime], note: str) -> Decision:
    who, why, when = how
    if not who.strip() or not why.strip():
        raise DecisionError("a decision needs a name and a reason")
    decision = Decision(kind, subject, who.strip(), why.strip(), when.astimezone(UTC).isoformat(), note)
    store.write_json(store.decision(decision.id), asdict(decision))
    return decision


# ---- honoured


def remove_taken_down(rows: list[Row], documents: list[Row], decisions: Decisions) -> tuple[list[Row], list[Row]]:
    """The articles and documents of a day without what is taken down: those documents are skipped.

    Another copy of the same text, in any source, goes with it.
    """
    removed = {row["content_hash"]: decision for row in rows if (decision := decisions.removal(row))}
    if not removed:
        return rows, documents
    gone = {record_id_of(row): removed[row["content_hash"]] for row in rows if row["content_hash"] in removed}
    kept = [row for row in rows if record_id_of(row) not in gone]
    return kept, [_skipped(row, gone.get(row["record_id"])) for row in documents]


def _skipped(document: Row, decision: Decision | None) -> Row:
    if not decision:
        return document
    message = f"taken down by {decision.who} at {decision.when}: {decision.why} (decision {decision.id})"
    return document | {
        "state": State.SKIPPED,
        "reason": Reason.TAKEN_DOWN,
        "step": "clean",
        "message": message,
    }
