"""Which reader a document gets, and which documents get none."""

import logging
from collections.abc import Callable

from news_etl.article import Article
from news_etl.decode import MAX_BYTES, open_payload
from news_etl.document import Document
from news_etl.outcome import Reason, Rejected, Skipped

log = logging.getLogger(__name__)

Reader = Callable[[Document, bytes], Article]

_KINDS = {
    "text/plain": "dump",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/json": "ready",
}
_PAGE_RECORDS = ("response", "resource", "conversion")


def extract(document: Document, max_bytes: int = MAX_BYTES) -> Article:
    """Read one document. A pure function of it: no clock, no network, no state.

    Raises Rejected for a document that is no article (reason and message say why), and Skipped for a record
    of an archive that is no page. Nothing else is raised, whatever the bytes.
    """
    kind = _kind(document)
    payload = open_payload(document.payload, document.path, max_bytes)
    reader = _reader(kind)
    try:
        return reader(document, payload)
    except (Rejected, Skipped):
        raise
    except Exception as error:  # whatever a parser makes of hostile bytes, the batch goes on
        log.warning("extraction of %s crashed", document.path, exc_info=True)
        message = (
            f"{document.path}: extraction failed with {type(error).__name__}: {str(error)[:200]}; report the document"
        )
        raise Rejected(Reason.STEP_CRASHED, message) from error


def _kind(document: Document) -> str:
    """The reader's name, or the verdict that there is none."""
    if document.damage is not None:
        raise Rejected(
            Reason.DAMAGED_CONTAINER, f"{document.path}: {document.damage}; the rest of the container is unreadable"
        )
    if document.record_type == "revisit":
        raise Skipped(Reason.REVISIT, f"{document.path}: a revisit record repeats an earlier response")
    archived = document.http_status is not None
    if document.http_status is not None and not 200 <= document.http_status < 300:
        raise Skipped(Reason.HTTP_STATUS, f"{document.path}: the server answered {document.http_status}")
    media_type = document.media_type.split(";")[0].strip().lower()
    kind = _KINDS.get(media_type)
    # what a server answers as plain text or JSON is robots.txt or an interface, not a page
    if document.record_type not in _PAGE_RECORDS or (archived and kind != "html"):
        raise Skipped(
            Reason.NOT_A_PAGE, f"{document.path}: a {document.record_type} record of type {media_type or 'unknown'}"
        )
    if kind is None:
        supported = ", ".join(_KINDS)
        raise Rejected(
            Reason.UNSUPPORTED_TYPE,
            f"{document.path}: the type {media_type or 'unknown'} is not supported ({supported} are); convert it first",
        )
    if document.is_cut:
        raise Rejected(
            Reason.DAMAGED_GZIP, f"{document.path}: its content encoding ends before the page does; fetch it again"
        )
    return kind


def _reader(kind: str) -> Reader:
    """Imported on first use: a batch of dumps needs no HTML parser."""
    if kind == "html":
        from news_etl.extract.html import read_page

        return read_page
    if kind == "dump":
        from news_etl.extract.dump import read_dump

        return read_dump
    from news_etl.extract.ready import read_ready

    return read_ready
