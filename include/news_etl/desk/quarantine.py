"""What was rejected: in groups that have one cause, one by one, and the raw document behind an entry."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from news_etl.decode import binary_kind, decode
from news_etl.desk.days import day_in
from news_etl.landing import find_document
from news_etl.ledger import CURRENT
from news_etl.schema import QUARANTINE, Row
from news_etl.store import Store

RAW_BYTES = 200_000
"""Of a document, as much is shown: more than any article, and a page that a browser shows at once."""

DUMP_BYTES = 2_048
"""Of binary data: enough to see what it is."""

FAILED_RULE = re.compile(r"(?:^|; )([a-z0-9_]+): not true that ")
"""How the audit names the broken rules in the message of a document."""


@dataclass(frozen=True)
class Entry:
    """A rejected document, or a rejected row of a child table, on its day."""

    day: date
    row: Row

    def __getattr__(self, name: str) -> Any:
        try:
            return self.row[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def rules(self) -> list[str]:
        """The expectations that it failed, where the audit rejected it."""
        return FAILED_RULE.findall(self.row["message"])


@dataclass(frozen=True)
class Wanted:
    """Which entries: an empty field asks for nothing."""

    first: date | None = None
    last: date | None = None
    source: str = ""
    reason: str = ""
    rule: str = ""
    table: str = ""
    text: str = ""
    is_resolved: bool = False

    def admits(self, entry: Entry) -> bool:
        row = entry.row
        return (
            row["is_resolved"] == self.is_resolved
            and (not self.source or row["source"] == self.source)
            and (not self.reason or row["reason"] == self.reason)
            and (not self.table or row["table"] == self.table)
            and (not self.rule or self.rule in entry.rules)
            and (not self.text or self.text.lower() in f"{row['path']} {row['message']} {row['record_id']}".lower())
        )


@dataclass(frozen=True)
class Group:
    """Entries that one fix may put right: the same reason, expectation and source."""

    source: str
    reason: str
    rule: str
    entries: int
    first: date
    last: date
    attempts: int
    message: str


@dataclass(frozen=True)
class Raw:
    """A landed document as text. `is_cut`: there is more of it than is shown."""

    text: str
    media_type: str
    url: str | None
    http_status: int | None
    fetched_at: str | None
    bytes: int
    is_binary: bool
    is_cut: bool


class Quarantine:
    """The quarantine of a data root, read once and again where its files changed."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._known: dict[str, tuple[float, list[Entry]]] = {}

    def find(self, wanted: Wanted) -> list[Entry]:
        """The entries, newest day first."""
        return [entry for day in reversed(self._days(wanted)) for entry in self._of(*day) if wanted.admits(entry)]

    def get(self, day: date, record_id: str, table: str, row_id: int) -> Entry | None:
        """One entry by its key."""
        key = (record_id, table, row_id)
        return next(
            (entry for entry in self.find_all(day) if tuple(entry.row[name] for name in QUARANTINE.key) == key),
            None,
        )

    def find_all(self, day: date) -> list[Entry]:
        """All entries of a day, resolved or not."""
        return [entry for found in self._days(Wanted(day, day)) for entry in self._of(*found)]

    def _days(self, wanted: Wanted) -> list[tuple[date, str, float]]:
        folder = self.store.ops_folder(QUARANTINE.name)
        files = [
            (day, path, changed)
            for path, changed in self.store.stamps(folder).items()
            if path.endswith(f"/{CURRENT}.parquet") and (day := day_in(path))
        ]
        return sorted(
            (day, path, changed)
            for day, path, changed in files
            if (not wanted.first or day >= wanted.first) and (not wanted.last or day <= wanted.last)
        )

    def _of(self, day: date, path: str, changed: float) -> list[Entry]:
        known = self._known.get(path)
        if known and known[0] == changed:
            return known[1]
        entries = [Entry(day, row) for row in self.store.read_table(path).to_pylist()]
        self._known[path] = changed, entries
        return entries


def groups(entries: Iterable[Entry]) -> list[Group]:
    """The entries by reason, expectation and source, the largest group first."""
    found: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in entries:
        rule = ", ".join(entry.rules)
        found.setdefault((entry.row["source"], entry.row["reason"], rule), []).append(entry)
    listed = [
        Group(
            *key,
            entries=len(members),
            first=min(entry.day for entry in members),
            last=max(entry.day for entry in members),
            attempts=max(entry.row["attempts"] for entry in members),
            message=members[0].row["message"],
        )
        for key, members in found.items()
    ]
    return sorted(listed, key=lambda group: (-group.entries, group.source, group.reason, group.rule))


def choices(entries: Sequence[Entry]) -> Mapping[str, list[tuple[str, int]]]:
    """What the entries can be told apart by, with counts: for the filters."""
    return {
        name: sorted(Counter(str(entry.row[name]) for entry in entries).items())
        for name in ("source", "reason", "table")
    }


def raw(store: Store, entry: Entry) -> Raw | None:
    """The landed document of an entry; null where the landing does not hold it any more."""
    pointer = entry.row["raw_pointer"]
    if not pointer["file"] or not store.is_file(pointer["file"]):
        return None
    document = find_document(store, pointer["file"], pointer["record_id"], entry.row["source"], entry.day, RAW_BYTES)
    if document is None:
        return None
    payload = document.payload[:RAW_BYTES]
    is_binary = binary_kind(payload) is not None
    return Raw(
        text=_dump(payload) if is_binary else decode(payload, document.charset).text,
        media_type=document.media_type,
        url=document.url,
        http_status=document.http_status,
        fetched_at=f"{document.fetched_at:%Y-%m-%d %H:%M:%S}" if document.fetched_at else None,
        bytes=len(document.payload),
        is_binary=is_binary,
        is_cut=len(document.payload) > (DUMP_BYTES if is_binary else RAW_BYTES),
    )


def _dump(data: bytes) -> str:
    """The first bytes as a person reads them: place, sixteen bytes, and their characters."""
    lines = []
    for start in range(0, min(len(data), DUMP_BYTES), 16):
        piece = data[start : start + 16]
        text = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in piece)
        lines.append(f"{start:06x}  {piece.hex(' '):<47}  {text}")
    return "\n".join(lines)
