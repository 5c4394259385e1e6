"""One landed document: the bytes as they came, and what is known of where they came from."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Document:
    """A file, a JSON line or a WARC response, as landed.

    `path` is the file's path within its inbox (`a.txt`, `b.jsonl#line=3`, `c.warc.gz#http://…`);
    `media_type` is what the landing knows of it (`text/plain`, `text/html`, `application/json`, …).
    `day` is the day it is filed under, null outside the pipeline (`news-etl extract FILE`).
    `fetched_at` is the time of the fetch in UTC, null where the document does not carry it.
    `damage` says that this is the unreadable rest of a container; `is_cut` that its compression ends too early.
    `charset` is the one that the HTTP header declares, if any: it may lie.
    `tdm_opt_out` is what headers and robots.txt say against text and data mining.
    """

    path: str
    payload: bytes
    media_type: str
    url: str | None = None
    fetched_at: datetime | None = None
    charset: str | None = None
    http_status: int | None = None
    record_type: str = "resource"
    damage: str | None = None
    is_cut: bool = False
    source: str | None = None
    day: date | None = None
    record_id: str = ""
    sha256: str = ""
    raw_file: str | None = None
    tdm_opt_out: tuple[str, ...] = ()
