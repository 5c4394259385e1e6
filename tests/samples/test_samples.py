"""The sample data keeps what its README promises, before any pipeline reads it."""

import json
import re
import runpy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from warcio.archiveiterator import ArchiveIterator

from news_etl.outcome import REASONS, State

INCLUDE = Path(__file__).parents[2] / "include"
SAMPLES = INCLUDE / "samples"
DAYS = ("2025-11-03", "2025-11-04", "2025-11-05")
ROW = re.compile(r"^\| (\d{4}-\d\d-\d\d) \| ([\w-]+) \| `([^`]+)` \| (\S+) \| (\w+) \| (\w*) \|", re.MULTILINE)

Key = tuple[str, str, str]


def expected() -> dict[Key, tuple[str, str]]:
    """(day, source, document) -> (state, reason), as the README's table has it."""
    rows = ROW.findall((SAMPLES / "README.md").read_text(encoding="utf-8"))
    return {(day, source, document): (state, reason) for day, source, document, _, state, reason in rows}


def responses(archive: Path) -> list[tuple[str, bytes]]:
    with archive.open("rb") as stream:
        return [
            (record.rec_headers.get_header("WARC-Target-URI"), record.content_stream().read())
            for record in ArchiveIterator(stream)
            if record.rec_type == "response"
        ]


def documents(source: str, day: str, file: Path) -> list[Key]:
    if file.suffix == ".jsonl":
        lines = file.read_text(encoding="utf-8").splitlines()
        return [(day, source, f"{file.name}#line={number}") for number in range(1, len(lines) + 1)]
    if file.name.endswith(".warc.gz"):
        return [(day, source, f"{file.name}#{url}") for url, _ in responses(file)]
    return [(day, source, file.name)]


def present() -> set[Key]:
    found: set[Key] = set()
    for source in yaml.safe_load((INCLUDE / "sources.yaml").read_text(encoding="utf-8"))["sources"]:
        for day in source.get("days", ()):  # the newsroom is served, and has none
            files = sorted(INCLUDE.parent.glob(source["path"].replace("{date}", day)))
            assert files, f"{source['id']} promises files for {day} and has none"
            for file in files:
                found.update(documents(source["id"], day, file))
    return found


def wire(day: str) -> list[dict[str, str]]:
    lines = (SAMPLES / "fil-de-presse" / f"date={day}" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_the_readme_lists_exactly_the_documents_that_the_sources_collect() -> None:
    assert set(expected()) == present()


def test_every_file_of_a_day_belongs_to_a_source() -> None:
    listed = {(day, source, document.partition("#")[0]) for day, source, document in expected()}
    lying = {(f.parent.name[5:], f.parent.parent.name, f.name) for f in SAMPLES.glob("*/date=*/*")}
    assert lying == listed


def test_expected_states_are_those_the_ledger_knows() -> None:
    for key, (state, reason) in expected().items():
        reasons = [str(known) for known in REASONS.get(State(state), ())] or [""]
        assert reason in reasons, key


@pytest.mark.parametrize(("day", "least"), [(DAYS[0], 4), (DAYS[1], 9), (DAYS[2], 4)])
def test_each_day_has_enough_to_publish(day: str, least: int) -> None:
    assert sum(state == "published" for (on, _, _), (state, _) in expected().items() if on == day) >= least


def test_the_archive_is_what_its_maker_writes(tmp_path: Path) -> None:
    archive = SAMPLES / "archive-regionale" / "date=2025-11-04" / "echo-des-combes.warc.gz"
    again = tmp_path / archive.name
    runpy.run_path(str(SAMPLES / "make_archive.py"))["make_archive"](again)
    # Compared unpacked: another zlib may pack the same records into other bytes.
    assert responses(again) == responses(archive), "run include/samples/make_archive.py"


@pytest.mark.parametrize("day", DAYS)
def test_wire_copy_is_of_its_day(day: str) -> None:
    start = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
    for line in wire(day):
        published, fetched = (datetime.fromisoformat(line[key]) for key in ("published_at", "fetched_at"))
        assert start <= fetched < start + timedelta(days=1)
        assert start - timedelta(days=3) <= published <= fetched
        assert 250 <= len(line["body"].split()) <= 600


def test_one_url_has_two_revisions_on_the_main_day() -> None:
    first, second = wire("2025-11-04")[1], wire("2025-11-04")[4]
    assert first["url"] == second["url"]
    assert first["fetched_at"] < second["fetched_at"]
    assert first["body"] != second["body"]


def test_the_wire_story_and_the_newspaper_page_have_the_same_text() -> None:
    story = wire("2025-11-04")[0]
    page = SAMPLES / "la-gazette-du-port" / "date=2025-11-04" / "accord-sur-la-mersanne.html"
    html = page.read_text(encoding="utf-8")
    container = html.partition('<div class="article-body">')[2].partition("</div>")[0]
    assert re.findall(r"<p>(.*?)</p>", container) == story["body"].split("\n\n")
    assert f"<h1>{story['title']}</h1>" in html


def test_the_copy_is_byte_for_byte() -> None:
    folder = SAMPLES / "le-courrier-du-lac" / "date=2025-11-04"
    original, copy = folder / "festival-des-lanternes.txt", folder / "festival-lanternes-copie.txt"
    assert original.read_bytes() == copy.read_bytes()
    assert original.name < copy.name, "the copy must be the one that gives way"


def test_the_page_that_lies_about_its_encoding_is_utf8() -> None:
    page = (SAMPLES / "la-gazette-du-port" / "date=2025-11-04" / "bibliotheque-flottante.html").read_bytes()
    assert b'<meta charset="iso-8859-1">' in page
    assert "Éléonore Cœurdevey" in page.decode("utf-8")


def test_every_address_is_an_invented_one() -> None:
    for file in [*SAMPLES.glob("*/date=*/*.html"), *SAMPLES.glob("*/pages/*.html"), *SAMPLES.glob("*/*/*.jsonl")]:
        hosts = set(re.findall(r"https?://([\w.-]+)", file.read_text(encoding="utf-8"))) - {"schema.org"}
        assert all(host.endswith(".example") for host in hosts), (file, hosts)
