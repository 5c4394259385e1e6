"""From a document to its article and its state: extract, then clean."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial

from news_etl.clean import clean
from news_etl.clean.times import TOLERANCE
from news_etl.document import Document
from news_etl.extract import extract
from news_etl.extract.sites import sites
from news_etl.guard import Limits, Stopped, guarded
from news_etl.outcome import Reason, Rejected, Skipped, State
from news_etl.schema import STAGED, Row
from news_etl.settings import Settings
from news_etl.sources import Source

log = logging.getLogger(__name__)

SECONDS_DECIMALS = 3

Tolerance = Callable[[Document], timedelta | None]
"""How long after its fetch a document may be dated; null for any time."""


def process_all(
    documents: Iterable[Document],
    sources: Mapping[str, Source],
    settings: Settings,
    tolerance: Tolerance = lambda _: TOLERANCE,
) -> Iterator[tuple[Row | None, Row]]:
    """`process` for each document, in their order, in worker processes. `sources` by id.

    A document that takes too long or too much memory there is quarantined alone, and the others go on.

    Raises:
        SitesError: when a file of site rules cannot be used.
    """
    sites()  # a fault in the rules is no fault of a document
    known: deque[Document] = deque()

    def given() -> Iterator[tuple[Document, Source | None, timedelta | None]]:
        for document in documents:
            known.append(replace(document, payload=b""))
            yield document, sources.get(document.source or ""), tolerance(document)

    limits = Limits(settings.max_seconds, settings.max_memory_bytes, settings.workers)
    for outcome in guarded(partial(_process, settings), given(), limits):
        document = known.popleft()
        if isinstance(outcome, Stopped):
            message = f"{document.path}: it {outcome.message}; it was stopped, look at the document"
            log.warning(message)
            state = _state(document, State.QUARANTINED, outcome.reason, "extract", message)
            yield None, state | {"extract_seconds": settings.max_seconds if outcome.reason is Reason.TIMEOUT else None}
        else:
            yield outcome


WARM_UP = Document(
    path="warm-up.html",
    media_type="text/html",
    payload=(
        "<html><head><title>Un titre sans nouvelle</title></head><body><article><h1>Un titre sans nouvelle</h1>"
        "<p>Par Une Plume, le 4 novembre 2025</p>"
        + "<p>Cette page ne dit rien à personne, mais elle a la forme d’un article, pour que tout soit chargé.</p>" * 9
        + "</article></body></html>"
    ).encode(),
)


@cache
def _warm_up() -> None:
    """Read a page once: what is loaded on first use is on no document's account."""
    process(WARM_UP, None, Settings())


def _process(settings: Settings, item: tuple[Document, Source | None, timedelta | None]) -> tuple[Row | None, Row]:
    document, source, tolerance = item
    _warm_up()
    started = time.process_time()
    row, state = process(document, source, settings, tolerance)
    return row, state | {"extract_seconds": round(time.process_time() - started, SECONDS_DECIMALS)}


def process(
    document: Document, source: Source | None, settings: Settings, tolerance: timedelta | None = TOLERANCE
) -> tuple[Row | None, Row]:
    """One document: its article, if it holds one, and its state. Never raises for what a document holds."""
    step = "extract"
    try:
        article = extract(document, settings.max_document_bytes)
        step = "clean"
        row = clean(document, article, source, tolerance)
        STAGED.arrow([row])  # a value that the schema refuses must not stop the others at the end
    except Rejected as verdict:
        return None, _state(document, State.QUARANTINED, verdict.reason, step, verdict.message)
    except Skipped as verdict:
        return None, _state(document, State.SKIPPED, verdict.reason, step, verdict.message)
    except ImportError:
        raise  # the installation is broken, not the document
    except Exception as error:
        log.exception("%s: %s crashed", document.path, step)
        message = f"{document.path}: {step} crashed: {type(error).__name__}: {error}"
        return None, _state(document, State.QUARANTINED, Reason.STEP_CRASHED, step, message)
    return row, _state(document, State.PUBLISHED, None, None, None)


def _state(document: Document, state: State, reason: Reason | None, step: str | None, message: str | None) -> Row:
    return {
        "record_id": document.record_id,
        "source": document.source,
        "path": document.path,
        "raw_pointer": {"file": document.raw_file, "record_id": document.record_id, "sha256": document.sha256},
        "state": state,
        "reason": reason,
        "step": step,
        "message": message,
        "article_id": None,
        "revision": None,
        "duplicate_of": None,
        "extract_seconds": None,
        "enrich_seconds": None,
    }
