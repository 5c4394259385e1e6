"""A real dump of a French newspaper's page, from the evaluation folder: every field exactly, by every way in."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from news_etl.day import Run, run_day
from news_etl.settings import from_environment

NAME = "alliance-etats-unis-japon.txt"


@pytest.fixture(scope="module")
def dump() -> Path:
    file = from_environment().evaluation / "samples" / NAME
    if not file.is_file():
        pytest.skip(f"{file} is not there; NEWS_ETL_EVAL names the folder of the evaluation data")
    return file


@pytest.fixture
def printed(dump: Path, news_etl: Callable[..., tuple[int, str, str]]) -> dict[str, Any]:
    """What `news-etl extract` prints."""
    code, out, _ = news_etl("extract", str(dump))
    assert code == 0
    return json.loads(out)


@pytest.fixture
def published(dump: Path, filed: Callable[..., Any], run_over: Callable[..., Run]) -> tuple[dict[str, Any], Any]:
    """The row in the Parquet file after a whole day, and its images."""
    run = run_over(filed({NAME: dump.read_bytes()}))
    for _ in run_day(run):
        pass
    warehouse = Path(run.settings.data) / "warehouse"
    articles = pd.read_parquet(warehouse / "articles")
    assert len(articles) == 1
    row = articles.iloc[0].to_dict()
    return row | {"body_text": row["body"], "body": row["blocks"]}, pd.read_parquet(warehouse / "images")


def check(row: dict[str, Any]) -> None:
    """The fields that both ways show."""
    assert row["publisher"] == "Epoch Times"
    assert row["label"] == "Exclusif"
    assert row["kicker"] == "Alliance États Unis–Japon"
    assert row["title"].startswith("Donald Trump et la Première ministre japonaise scellent des accords")
    assert row["title"].endswith("pour les deux pays")
    assert row["deck"].startswith("Le président américain a fait escale à Tokyo")
    assert row["deck"].endswith("en trois pays.")
    assert row["reading_minutes_stated"] == 5
    assert row["language"] == "fr"
    assert row["published_precision"] == "day"
    assert row["published_source"] == "inferred"
    author, *others = row["authors"]
    assert (author["name"], author["kind"], len(others)) == ("Travis Gillmore", "person", 0)
    assert author["bio"].startswith("Travis Gillmore est un lecteur passionné")
    check_body(list(row["body"]))


def check_body(blocks: list[dict[str, Any]]) -> None:
    assert [block["text"] for block in blocks if block["kind"] == "heading"] == ["Alliés solides"]
    paragraphs = [block["text"] for block in blocks if block["kind"] == "paragraph"]
    assert len(paragraphs) == 25 == len(blocks) - 1
    assert paragraphs[0].startswith("Le président des États‑Unis, Donald Trump, a rencontré")
    assert paragraphs[-1].endswith("qui viendra clore son voyage.")
    text = "\n".join(paragraphs)
    for line in ("Logo", "plus-icon", "-image", "Partager un article", "Durée de lecture", "Photo", "Articles actuels"):
        assert line not in text
    assert "Travis Gillmore" not in text


def check_image(image: dict[str, Any]) -> None:
    assert image["caption"].startswith("Le président américain Donald Trump et la Première ministre japonaise")
    assert image["caption"].endswith("à Tokyo, le 28 octobre 2025.")
    assert image["credit"] == "KIYOSHI OTA/POOL/AFP via Getty Images"


def test_the_command_prints_every_field(printed: dict[str, Any]) -> None:
    check(printed)
    assert printed["published_at"] == "2025-10-28T00:00:00Z"
    assert len(printed["images"]) == 1
    check_image(printed["images"][0])


def test_a_day_publishes_every_field(published: tuple[dict[str, Any], Any]) -> None:
    row, images = published
    check(row)
    assert row["published_at"] == datetime(2025, 10, 28, tzinfo=UTC)
    assert len(images) == 1
    check_image(images.iloc[0].to_dict())
    for block in row["blocks"]:
        assert row["body_text"][block["start"] : block["end"]] == block["text"]
