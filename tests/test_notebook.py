"""The notebook of the first look: it runs on published days, from any folder, and its numbers are the ledger's."""

import hashlib
import os
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from html import escape, unescape
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from news_etl.day import Run, run_day
from news_etl.ledger import read_ledger
from news_etl.schema import Row
from news_etl.settings import PROJECT_ROOT, Settings
from news_etl.store import Store

NOTEBOOK = PROJECT_ROOT / "include" / "notebooks" / "first_look.ipynb"
THREE_DAYS = (date(2025, 11, 3), date(2025, 11, 4), date(2025, 11, 5))
MAIN_DAY = (date(2025, 11, 4),)
PICTURES = {"coverage", "words", "hours", "delay", "authors", "voices", "provenance"}
PNG = "iVBORw0KGgo"
"""How a PNG file begins, in base64."""
SECONDS = 120


@dataclass
class Look:
    """A notebook that has run: its cells by their id, what it read, and what the ledgers say of that."""

    cells: dict[str, Any]
    store: Store
    ledger: list[Row]

    @property
    def published(self) -> list[Row]:
        return [document for document in self.ledger if document["state"] == "published"]

    def text(self, cell: str) -> str:
        """What a cell printed and showed, as plain text."""
        outputs = self.cells[cell]["outputs"]
        return "\n".join(output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs)

    def data(self, cell: str, kind: str) -> list[str]:
        """What a cell showed as one MIME type."""
        return [output["data"][kind] for output in self.cells[cell]["outputs"] if kind in output.get("data", {})]


def executed(data: Path, folder: Path) -> dict[str, Any]:
    """The cells after a run in a folder that has nothing to do with the project."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    folder.mkdir()
    client = NotebookClient(notebook, timeout=SECONDS, resources={"metadata": {"path": str(folder)}})
    outside = {name: value for name, value in os.environ.items() if not name.startswith("NEWS_ETL_")}
    client.execute(env=outside | {"NEWS_ETL_DATA": str(data)})
    return {cell["id"]: cell for cell in notebook["cells"]}


@pytest.fixture(scope="module", params=[THREE_DAYS, MAIN_DAY], ids=["three days", "one day"])
def look(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Look:
    folder = tmp_path_factory.mktemp("first-look")
    settings = Settings(data=str(folder / "data"))
    ledger: list[Row] = []
    for day in request.param:
        run = Run.of(day, f"test__{day}", settings)
        assert [step for step, _ in run_day(run)][-1] == "publish"
        ledger += read_ledger(run.store, day, run.run_id).to_pylist()
    return Look(executed(folder / "data", folder / "elsewhere"), Store(settings.data_url), ledger)


def test_every_picture_is_there(look: Look) -> None:
    pictures = {name: look.data(name, "image/png") for name in PICTURES}
    assert {name for name, found in pictures.items() if len(found) == 1 and found[0].startswith(PNG)} == PICTURES


def test_nothing_is_written_to_stderr(look: Look) -> None:
    """No warning of a library stands between a newcomer and the data."""
    noise = [
        output["text"]
        for cell in look.cells.values()
        for output in cell.get("outputs", ())
        if output.get("name") == "stderr"
    ]
    assert noise == []


def test_rows_articles_and_sources_are_those_of_the_ledger(look: Look) -> None:
    articles = {document["article_id"] for document in look.published}
    second = sum(document["revision"] > 1 for document in look.published)
    sources = Counter(document["source"] for document in look.published)
    text = look.text("there")
    assert f"{len(look.published)} rows: {len(articles)} articles, of which {second} came a second time" in text
    assert f"{len(sources)} sources" in text
    assert {
        name: int(rows)
        for name, rows in re.findall(r"^([a-z][a-z-]+) +(\d+) .*\\?$", text, re.MULTILINE)
        if name in sources
    } == sources
    assert sum(int(rows) for rows in re.findall(r"^language \w+: (\d+)$", text, re.MULTILINE)) == len(look.published)


def test_the_end_of_every_document_is_that_of_the_ledger(look: Look) -> None:
    text = look.text("documents")
    assert f"{len(look.ledger)} documents came in, {len(look.published)} were published" in text
    states = Counter(document["state"] for document in look.ledger)
    rows = [
        [int(number) for number in row.split()] for row in re.findall(r"^\d{4}-\d\d-\d\d +(.+)$", text, re.MULTILINE)
    ]
    names = ("published", "duplicate", "quarantined", "skipped")
    assert [sum(column) for column in zip(*rows, strict=True)] == [*(states[name] for name in names), len(look.ledger)]


def test_an_article_is_shown_from_its_title_to_its_last_word(look: Look) -> None:
    (page,) = look.data("reading", "text/html")
    title = look.text("reading").splitlines()[0]
    rows = [
        row
        for day in look.store.days("articles")
        for part in look.store.files(look.store.partition("articles", day))
        for row in look.store.read_table(part, columns=["title", "blocks"]).to_pylist()
    ]
    blocks = next(row["blocks"] for row in rows if row["title"] == title)
    shown = unescape(page)
    assert title in shown
    assert [block["text"] for block in blocks if block["text"] not in shown] == []


def test_names_and_voices_are_those_of_their_tables(look: Look) -> None:
    rows = {
        name: [
            row
            for day in look.store.days(name)
            for part in look.store.files(look.store.partition(name, day))
            for row in look.store.read_table(part).to_pylist()
        ]
        for name in ("entities", "quotes")
    }
    named = {row["article_id"] for row in rows["entities"]}
    assert f"{len(rows['entities'])} mentions of names in {len(named)} articles" in look.text("names")
    (shown,) = look.data("said", "text/html")
    speakers = {row["speaker_name"] for row in rows["quotes"] if row["speaker_name"]}
    assert any(escape(speaker) in shown for speaker in speakers)


def test_arrow_and_duckdb_give_the_same_rows(look: Look) -> None:
    published = len(look.published)
    assert f"Arrow: {published} rows" in look.text("tools")
    by_language = re.findall(r" (?:fr|en) +(\d+) +[\d.]+$", look.text("tools"), re.MULTILINE)
    assert sum(map(int, by_language)) == published
    by_day = re.findall(r"\d{4}-\d\d-\d\d +(\d+) +\d+$", look.text("files"), re.MULTILINE)
    assert sum(map(int, by_day)) == published


def test_a_day_is_cited_by_the_digest_of_its_manifest(look: Look) -> None:
    lines = look.text("cite").splitlines()
    for day in look.store.days("articles"):
        digest = hashlib.sha256(look.store.read_bytes(look.store.day_manifest(day))).hexdigest()
        published = look.store.read_json(look.store.day_manifest(day))["tables"]["articles"]["rows"]
        (number,) = [n for n, line in enumerate(lines) if line.startswith(f"News of {day}: {published} articles")]
        assert lines[number].endswith(f"manifest sha256:{digest}")
        assert lines[number + 1].endswith("unchanged")


def test_before_the_first_run_the_remedy_is_named(tmp_path: Path) -> None:
    with pytest.raises(CellExecutionError, match=r"(?s)NothingPublished.*make run"):
        executed(tmp_path / "nothing", tmp_path / "elsewhere")


def test_it_is_committed_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["id"] for cell in code if cell["outputs"] or cell["execution_count"] is not None] == []
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
