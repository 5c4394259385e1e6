"""The sample documents are read exactly: every field of every article, and nothing of the pages around them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from news_etl.documents import from_files
from news_etl.process import process
from news_etl.settings import Settings

SAMPLES = Path(__file__).resolve().parents[2] / "include" / "samples"
EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "samples.yaml").read_text(encoding="utf-8")
)
INTERFACE = (
    "lire aussi", "read more", "sign up", "inscrivez-vous", "recevez", "s’inscrire", "cookie", "partager", "facebook",
    "copier le lien", "durée de lecture", "temps de lecture", "commentaires", "all rights reserved", "tous droits",
    "articles actuels", "logo", "author-image", "photo :", "©", "se connecter", "s’abonner",
)  # fmt: skip


def read_samples() -> Iterator[tuple[str, dict[str, Any]]]:
    """Document and row of every article in the samples."""
    files = sorted(SAMPLES.glob("*/date=*/*"))
    for path, document in from_files(files):
        row, _ = process(document, None, Settings())
        if row:
            yield path.removeprefix(f"{SAMPLES}/"), row


@pytest.fixture(scope="module")
def articles() -> dict[str, dict[str, Any]]:
    return dict(read_samples())


def seen(row: dict[str, Any]) -> dict[str, Any]:
    """A row in the words of `samples.yaml`; a field that has no value is not there."""
    blocks = row["blocks"]
    kinds = {"person": ""}
    fields = {
        "title": row["title"],
        "deck": row["deck"],
        "authors": [author["name"] + kinds.get(author["kind"], f" ({author['kind']})") for author in row["authors"]],
        "kicker": row["kicker"],
        "label": row["label"],
        "images": [{name: image[name] for name in ("caption", "credit") if image[name]} for image in row["images"]],
        "day": row["published_at"].date().isoformat(),
        "headings": [block["text"] for block in blocks if block["kind"] == "heading"],
        "paragraphs": sum(block["kind"] != "heading" for block in blocks),
    }
    return {name: value for name, value in fields.items() if value}


def test_every_article_among_the_samples_is_described(articles: dict[str, dict[str, Any]]) -> None:
    assert articles.keys() == EXPECTED.keys()


@pytest.mark.parametrize("path", EXPECTED)
def test_the_fields_of_a_sample(path: str, articles: dict[str, dict[str, Any]]) -> None:
    expected = dict(EXPECTED[path])
    begins, ends = expected.pop("begins"), expected.pop("ends")
    assert seen(articles[path]) == expected
    assert articles[path]["body"].startswith(begins)
    assert articles[path]["body"].endswith(ends)


@pytest.mark.parametrize("path", EXPECTED)
def test_no_line_of_the_interface_is_in_the_text(path: str, articles: dict[str, dict[str, Any]]) -> None:
    lines = [block["text"].casefold() for block in articles[path]["blocks"]]
    assert not [line for line in lines if line.startswith(INTERFACE)]
