"""The command line: what it prints, how it ends, and what it says when it is used wrongly."""

import csv
import gzip
import io
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import click
import pytest
import typer

from news_etl.article import Image
from news_etl.cli import app
from news_etl.publish import publish_day, tables_of
from news_etl.settings import VARIABLES

DAY = date(2025, 11, 4)


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [path]
    for name, command in group.commands.items():
        nested = hasattr(command, "commands")
        found += commands(command, (*path, name)) if nested else [(*path, name)]
    return found


COMMANDS = commands(typer.main.get_command(app))


@pytest.fixture
def published(store, article_row, monkeypatch):
    """A published day; its headlines are such as would be taken for markup by a careless terminal."""
    monkeypatch.setenv("NEWS_ETL_DATA", store.url)
    rows = [
        article_row("[vidéo] Le départ [/red] des régates", images=[Image(alt="x")]),
        article_row("Un second titre", path="b.json", source="autre"),
    ]
    publish_day(store, DAY, tables_of(rows), 1, {})
    return store


@pytest.fixture
def one_source(filed, line, sources_file, tmp_path, monkeypatch):
    """A sources file with one source, which has three lines for the day, one of them no article."""
    source = filed({"a.jsonl": line("Un") + line("Deux", body="Un autre texte. " * 30) + b"not json\n"})
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(sources_file(source)))
    monkeypatch.setenv("NEWS_ETL_DATA", str(tmp_path / "data"))
    return source


# ---- help


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(news_etl, command):
    code, out, _ = news_etl(*command, "--help")
    assert code == 0
    assert "Usage:" in out


def test_every_option_and_argument_is_explained():
    for path in COMMANDS:
        command = typer.main.get_command(app)
        for name in path:
            command = command.commands[name]
        assert command.help, path
        for parameter in command.params:
            assert getattr(parameter, "help", "") or parameter.name == "help", (path, parameter.name)


def test_the_help_names_every_variable_of_the_environment(news_etl):
    out = " ".join(news_etl("--help")[1].split())
    for name in VARIABLES:
        assert name in out


def test_the_command_is_installed():
    script = Path(sys.executable).with_name("news-etl")
    done = subprocess.run([script, "--help"], capture_output=True, text=True, check=False)
    assert (done.returncode, "extract" in done.stdout) == (0, True)


# ---- extract


def test_extract_prints_one_object_a_document_and_names_what_is_refused(news_etl, tmp_path, line):
    (tmp_path / "a.jsonl").write_bytes(line("Un titre", authors=["A. B."]) + b"{broken\n")
    (tmp_path / "b.txt").write_bytes(b"")
    code, out, _ = news_etl("extract", str(tmp_path / "a.jsonl"), str(tmp_path / "b.txt"))
    article, broken, empty = map(json.loads, out.splitlines())
    assert code == 0
    assert article["id"] == f"{tmp_path}/a.jsonl#line=1"
    assert (article["title"], article["language"], article["published_at"]) == (
        "Un titre",
        "fr",
        "2025-11-04T08:00:00Z",
    )
    assert [block["kind"] for block in article["body"]] == ["paragraph", "paragraph"]
    assert article["authors"][0]["name"] == "A. B."
    assert (broken["reason"], broken["state"]) == ("not_json", "quarantined")
    assert empty["reason"] == "empty_document"
    assert str(tmp_path / "b.txt") in empty["error"]


def test_extract_takes_id_address_and_fetch_from_a_manifest(news_etl, tmp_path, line):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.json").write_bytes(line())
    entry = {
        "id": "7",
        "path": "pages/a.json",
        "url": "https://x.example/a#top",
        "fetched_at": "2025-11-04T10:00:00+01:00",
    }
    (tmp_path / "m.jsonl").write_text(json.dumps(entry) + "\n\n", encoding="utf-8")
    code, out, _ = news_etl("extract", "--manifest", str(tmp_path / "m.jsonl"))
    article = json.loads(out)
    assert code == 0
    assert (article["id"], article["path"], article["url"]) == ("7", "pages/a.json", "https://x.example/a")
    assert article["fetched_at"] == "2025-11-04T09:00:00Z"


def test_a_line_separator_in_a_manifest_ends_no_line(news_etl, tmp_path, line):
    (tmp_path / "a.json").write_bytes(line())
    (tmp_path / "m.jsonl").write_text('{"id": "a\u2028b", "path": "a.json"}\n', encoding="utf-8")
    code, out, _ = news_etl("extract", "--manifest", str(tmp_path / "m.jsonl"))
    assert (code, json.loads(out)["id"]) == (0, "a\u2028b")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"id": "1", "path": "a.json"}\n{broken\n', "m.jsonl, line 2: not JSON"),
        (b'\n{"id": "1", "path": "none.html"}\n', "m.jsonl, line 2: "),
        (b'{"id": 1, "path": "a.json"}', 'm.jsonl, line 1: each line is {"id"'),
        (b'{"id": "1", "path": "a.json", "url": 5}', 'm.jsonl, line 1: each line is {"id"'),
        (b'{"id": "1", "path": "a.json", "fetched_at": "yesterday"}', "m.jsonl, line 1: fetched_at is no time"),
        (b'{"id": "1", "path": "a.json", "fetched_at": 5}', 'm.jsonl, line 1: each line is {"id"'),
        (b"[]", "m.jsonl, line 1: "),
        (b"\xff\xfe", "m.jsonl: not UTF-8"),
    ],
)
def test_a_bad_manifest_is_refused_by_file_and_line(news_etl, tmp_path, line, content, words):
    (tmp_path / "a.json").write_bytes(line())
    (tmp_path / "m.jsonl").write_bytes(content)
    code, _, err = news_etl("extract", "--manifest", str(tmp_path / "m.jsonl"))
    assert code == 2
    assert words in err
    assert "Traceback" not in err


# ---- wrong usage and missing things: exit code 2, one message, no trace


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["frobnicate"], "No such command"),
        (["extract"], "give either files or --manifest"),
        (["extract", "none.txt"], "none.txt: there is no such file"),
        (["extract", "/tmp"], "/tmp: there is no such file"),
        (["extract", "--manifest", "none.jsonl"], "none.jsonl"),
        (["extract", "a.txt", "b.txt", "--url", "https://x.example"], "--url is for a single file"),
        (["extract", "[/red].txt"], "[/red].txt: there is no such file"),
        (["run", "--date", "2025-13-01"], "2025-13-01"),
        (["run", "--date", "yesterday"], "yesterday"),
        (["run"], "--date"),
        (["run", "--date", "2025-11-04", "--restart-from", "lunch"], "lunch"),
        (["run", "--date", "2025-11-04", "--source", "nope"], "unknown source: nope"),
        (["sources", "check", "nope"], "unknown source: nope"),
        (["read", "quotations"], "there is no table 'quotations': articles, images"),
        (["read", "quotations", "--schema"], "there is no table 'quotations'"),
        (["read", "quotations", "--partitions"], "there is no table 'quotations'"),
        (["read", "--columns", "titel"], "has no column titel"),
        (["read", "images", "--language", "fr"], "join it with articles"),
        (["read", "images", "--from", "2025-11-04", "--published"], "join it with articles"),
        (["read", "--from", "4 November"], "4 November"),
        (["read", "--rows", "-1"], "--rows"),
        (["enrich", "none.jsonl"], "none.jsonl: No such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(news_etl, published, arguments, words):
    code, out, err = news_etl(*arguments)
    assert (code, out) == (2, "")
    assert words in " ".join(err.replace("│", " ").split())
    assert "Traceback" not in err


def test_reading_before_anything_is_published_tells_the_remedy(news_etl, tmp_path, monkeypatch):
    monkeypatch.setenv("NEWS_ETL_DATA", str(tmp_path / "empty"))
    code, _, err = news_etl("read")
    assert code == 2
    assert f"{tmp_path}/empty/warehouse holds no table 'articles'" in err


def test_a_bad_variable_is_named(news_etl, monkeypatch):
    monkeypatch.setenv("NEWS_ETL_SHARDS", "many")
    code, _, err = news_etl("read")
    assert (code, "NEWS_ETL_SHARDS='many'" in err) == (2, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sources:\n  - id: a\n    kind: fax\n    path: x/{date}\n", "sources.yaml, line 3: sources.0.kind"),
        ("sources: [", "sources.yaml: not YAML"),
        (None, "sources.yaml: there is no such file. Set NEWS_ETL_SOURCES"),
    ],
)
@pytest.mark.parametrize("arguments", [["sources", "check"], ["run", "--date", "2025-11-04"]], ids=" ".join)
def test_a_bad_sources_file_is_named_by_file_and_line(news_etl, tmp_path, monkeypatch, text, words, arguments):
    path = tmp_path / "sources.yaml"
    if text:
        path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(path))
    monkeypatch.setenv("NEWS_ETL_DATA", str(tmp_path / "data"))
    code, _, err = news_etl(*arguments)
    assert code == 2
    assert words in err


# ---- enrich


def test_enrich_prints_what_each_text_holds(news_etl, tmp_path):
    file = tmp_path / "t.jsonl"
    file.write_text('{"id": 1, "text": "Un mot. Deux mots.\\n\\nTrois."}\n\n{"id": 2, "text": "", "language": "fr"}\n')
    code, out, _ = news_etl("enrich", str(file))
    first, second = map(json.loads, out.splitlines())
    assert code == 0
    assert (first["id"], first["sentence_count"], first["token_count"]) == (1, 3, 8)
    assert (second["language"], second["sentence_count"]) == ("fr", 0)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"text": "a"}\n{"id": 1}\n', "line 2: each line is"),
        (b'{"text": "a", "language": 3}\n', "line 1: each line is"),
        (b"\n{broken\n", "line 2: not JSON"),
        (b"[1]\n", "line 1: not a JSON object"),
        (b'{"text": "\xff"}\n', "not UTF-8"),
    ],
)
def test_a_bad_line_of_enrich_is_named(news_etl, tmp_path, content, words):
    (tmp_path / "[a] t.jsonl").write_bytes(content)
    code, _, err = news_etl("enrich", str(tmp_path / "[a] t.jsonl"))
    assert code == 2
    assert "[a] t.jsonl" in err
    assert words in err


def test_a_pipeline_that_is_not_installed_is_a_broken_contract(news_etl, tmp_path, monkeypatch):
    monkeypatch.setenv("NEWS_ETL_MODEL_FR", "not_installed")
    (tmp_path / "t.jsonl").write_text('{"text": "Un mot.", "language": "fr"}\n')
    code, _, err = news_etl("enrich", str(tmp_path / "t.jsonl"))
    assert (code, "unset NEWS_ETL_MODEL_FR" in err) == (1, True)


# ---- sources


def test_sources_check_shows_what_would_land_and_lands_nothing(news_etl, one_source, tmp_path):
    code, out, err = news_etl("sources", "check", "inbox", "--date", "2025-11-04")
    assert code == 0
    assert "3 documents" in out
    assert "a.jsonl#line=3" in out
    assert "1 sources, valid" in err
    assert not (tmp_path / "data").exists()


def test_sources_check_of_an_inbox_that_is_not_there_says_so(news_etl, one_source, tmp_path):
    (tmp_path / "inboxes").rename(tmp_path / "away")
    code, _, err = news_etl("sources", "check", "inbox")
    assert (code, "is it mounted" in err) == (2, True)


# ---- read and show


def test_read_shows_the_rows_as_they_are(news_etl, published):
    code, out, _ = news_etl("read", "--columns", "title")
    assert code == 0
    assert "[vidéo] Le départ [/red] des régates" in out
    assert "2 of 2 rows" in out


def test_read_as_json_lines_and_csv_can_be_read_again(news_etl, published):
    _, lines, _ = news_etl("read", "--format", "jsonl", "--rows", "0")
    assert {json.loads(text)["source"] for text in lines.splitlines()} == {"inbox", "autre"}
    _, table, _ = news_etl("read", "--format", "csv", "--columns", "title,date", "--source", "inbox")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert rows == [{"title": "[vidéo] Le départ [/red] des régates", "date": "2025-11-04"}]


def test_read_shows_schema_and_partitions(news_etl, published):
    _, schema, _ = news_etl("read", "--schema")
    assert "canonical_url" in schema
    _, partitions, _ = news_etl("read", "images", "--partitions")
    assert "2025-11-04" in partitions


def test_partitions_of_a_first_publication_that_crashed_are_shown(news_etl, published):
    published.remove(published.day_manifest(DAY))
    code, out, _ = news_etl("read", "--partitions")
    assert (code, "2025-11-04" in out) == (0, True)


def test_show_of_a_day_prints_its_articles_and_the_next_command(news_etl, published):
    code, out, _ = news_etl("show", "--date", "2025-11-04")
    assert code == 0
    assert "2 articles" in out
    assert "[vidéo]" in out
    assert "news-etl read" in out


def test_show_of_a_day_that_is_not_published_ends_with_1(news_etl, published):
    code, _, err = news_etl("show", "--date", "2025-11-05")
    assert code == 1
    assert "news-etl run --date 2025-11-05" in err


def test_show_says_that_a_publication_was_interrupted(news_etl, published):
    published.write_json(published.publishing_marker(DAY), {})
    assert "interrupted" in news_etl("show", "--date", "2025-11-04")[1]


# ---- run


def test_run_publishes_the_day_also_with_quarantined_documents(news_etl, one_source):
    code, out, err = news_etl("run", "--date", "2025-11-04")
    assert code == 0
    for step in ("collect", "extract_and_clean", "enrich", "validate", "publish"):
        assert step in err
    assert "2 articles" in out
    assert "not_json 1" in out


def test_a_day_without_any_source_ends_with_1(news_etl, one_source, tmp_path):
    (tmp_path / "inboxes").rename(tmp_path / "away")
    code, _, err = news_etl("run", "--date", "2025-11-04")
    assert code == 1
    assert "no source could be collected" in err


def test_a_gone_reader_is_no_error(published):
    """`news-etl read | head`: the output is longer than the pipe holds."""
    code = (
        "import sys; from news_etl import cli; sys.argv = ['news-etl', 'read', '--schema']\n"
        "import os; read, write = os.pipe(); os.close(read); os.dup2(write, 1); cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_a_compressed_file_is_read_as_what_it_holds(news_etl, tmp_path, line):
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(line("Un titre")))
    code, out, _ = news_etl("extract", str(tmp_path / "a.jsonl.gz"))
    assert (code, json.loads(out)["title"]) == (0, "Un titre")
