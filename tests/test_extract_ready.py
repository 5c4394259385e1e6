"""A JSON article is taken as it is, and a wrong one is refused with the name of the field."""

import json
from typing import Any

import pytest

from news_etl.article import Article
from news_etl.document import Document
from news_etl.extract import extract
from news_etl.outcome import Reason, Rejected

RECORD: dict[str, Any] = {
    "title": "Le pont de Lavergne rouvre",
    "deck": "Deux ans de travaux.",
    "body": "Le pont a rouvert lundi.\n\nLes riverains s’en félicitent.",
    "authors": ["Claire Montfort", {"name": "AFP"}],
    "published_at": "2025-11-04T08:42:00+01:00",
    "language": "fr",
    "topics": ["Transports", "Lavergne"],
    "images": [{"url": "https://phare.example/p.jpg", "caption": "Le pont.", "credit": "L. Arnal"}],
    "publisher": "Le Phare",
    "an_unknown_field": {"x": 1},
}


def read(record: object) -> Article:
    payload = record if isinstance(record, bytes) else json.dumps(record).encode()
    return extract(Document(path="a.jsonl#line=3", payload=payload, media_type="application/json"))


def test_the_fields_are_taken_over() -> None:
    article = read(RECORD)
    assert article.title == RECORD["title"]
    assert [block.text for block in article.blocks] == ["Le pont a rouvert lundi.", "Les riverains s’en félicitent."]
    assert [(author.name, author.kind) for author in article.authors] == [
        ("Claire Montfort", "person"),
        ("AFP", "agency"),
    ]
    assert article.published
    assert article.published.tz == "+01:00"
    assert article.published.source == "json"
    assert article.images[0].credit == "L. Arnal"
    assert article.field_provenance["title"] == "json"


def test_the_body_may_be_a_list_of_strings_or_of_blocks() -> None:
    assert [block.text for block in read({**RECORD, "body": ["Un.", "Deux."]}).blocks] == ["Un.", "Deux."]
    blocks = read(
        {**RECORD, "body": [{"kind": "heading", "text": "Un"}, {"kind": "paragraph", "text": "Deux."}]}
    ).blocks
    assert [(block.kind, block.text) for block in blocks] == [("heading", "Un"), ("paragraph", "Deux.")]


@pytest.mark.parametrize("payload", [b"{", b"{'a': 1}", b"not json", b"[" * 100_000])
def test_what_is_no_json_is_refused(payload: bytes) -> None:
    with pytest.raises(Rejected) as refused:
        read(payload)
    assert refused.value.reason is Reason.NOT_JSON


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"title": None}, "title"),
        ({"title": 3}, "title"),
        ({"body": None}, "body"),
        ({"body": [{"kind": "poem", "text": "x"}]}, "body"),
        ({"body": [3]}, "body"),
        ({"authors": [{"names": "x"}]}, "authors"),
        ({"topics": 5}, "topics"),
        ({"images": [7]}, "images"),
        ({"published_at": "soon"}, "published_at"),
        ({"access": "sometimes"}, "access"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(Rejected) as refused:
        read({**RECORD, **change})
    assert refused.value.reason is Reason.NOT_AN_ARTICLE
    assert named in refused.value.message
    assert "a.jsonl#line=3" in refused.value.message


@pytest.mark.parametrize("record", [[], "text", 5, None, {}])
def test_another_kind_of_json_is_no_article(record: object) -> None:
    with pytest.raises(Rejected) as refused:
        read(record)
    assert refused.value.reason is Reason.NOT_AN_ARTICLE
