"""Every document ends as an article, as rejected with a reason, or as skipped with a reason."""

from typing import Any

import pytest

from news_etl.document import Document
from news_etl.extract import extract
from news_etl.outcome import Reason, Rejected, Skipped

PAGE = b"<html><head><title>t</title></head><body><p>nothing</p></body></html>"


def document(**fields: Any) -> Document:
    return Document(**{"path": "a.warc.gz#x", "payload": PAGE, "media_type": "text/html", **fields})


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"record_type": "revisit"}, Reason.REVISIT),
        ({"http_status": 404, "record_type": "response"}, Reason.HTTP_STATUS),
        ({"http_status": 301, "record_type": "response"}, Reason.HTTP_STATUS),
        ({"http_status": 200, "record_type": "response", "media_type": "image/png"}, Reason.NOT_A_PAGE),
        ({"record_type": "warcinfo", "media_type": "application/warc-fields"}, Reason.NOT_A_PAGE),
    ],
)
def test_records_that_are_no_pages_are_skipped(fields: dict[str, Any], reason: Reason) -> None:
    with pytest.raises(Skipped) as skipped:
        extract(document(**fields))
    assert skipped.value.reason is reason


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"media_type": "application/msword"}, Reason.UNSUPPORTED_TYPE),
        ({"damage": "truncated after record 3"}, Reason.DAMAGED_CONTAINER),
        ({"payload": b""}, Reason.EMPTY_DOCUMENT),
        ({"payload": b"%PDF-1.4", "media_type": "text/plain"}, Reason.BINARY_CONTENT),
        ({"payload": b"\x1f\x8b\x08\x00broken"}, Reason.DAMAGED_GZIP),
        ({"payload": b"{", "media_type": "application/json"}, Reason.NOT_JSON),
        ({"payload": b"one line", "media_type": "text/plain"}, Reason.NOT_AN_ARTICLE),
        ({"payload": b"line\n" * 30_000, "media_type": "text/plain"}, Reason.TOO_LARGE),
        ({"payload": PAGE}, Reason.NOT_AN_ARTICLE),
    ],
)
def test_bad_documents_are_rejected_by_name(fields: dict[str, Any], reason: Reason) -> None:
    with pytest.raises(Rejected) as refused:
        extract(document(**fields))
    assert refused.value.reason is reason
    assert "a.warc.gz#x" in refused.value.message


def test_a_media_type_with_parameters_is_understood() -> None:
    with pytest.raises(Rejected) as refused:
        extract(document(media_type="Text/HTML; charset=utf-8", http_status=200, record_type="response"))
    assert refused.value.reason is Reason.NOT_AN_ARTICLE
