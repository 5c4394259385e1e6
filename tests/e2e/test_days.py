"""A day is a pure function of what was landed, every document ends in one state, and nothing is lost."""

import importlib.util
import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from news_etl.landing import find_document
from news_etl.outcome import BrokenContract
from news_etl.store import Store

DAYS = [date(2025, 11, 3), date(2025, 11, 4), date(2025, 11, 5)]
TESTS = Path(__file__).parents[1]


def expected_states() -> dict[str, tuple]:
    """What `include/samples/README.md` promises of each sample document."""
    spec = importlib.util.spec_from_file_location("samples", TESTS / "samples" / "test_samples.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.expected()


@pytest.fixture(scope="module")
def three_days(tmp_path_factory):
    """The three sample days, in order, in one data root."""
    from news_etl.day import Run, run_day
    from news_etl.settings import Settings

    data = tmp_path_factory.mktemp("three-days")
    for day in DAYS:
        dict(run_day(Run.of(day, f"run-{day}", Settings(data=str(data)))))
    return data


def test_every_sample_document_ends_in_the_state_that_its_readme_promises(three_days):
    promised = expected_states()
    ledger = pd.concat(
        pd.read_parquet(file).assign(day=file.parent.name.removeprefix("date="))
        for file in (three_days / "ops" / "ledger").rglob("*.parquet")
    )
    found = {
        (row.day, row.source, row.path): (row.state, row.reason if isinstance(row.reason, str) else "")
        for row in ledger.itertuples()
    }
    assert found == promised


def test_states_add_up_to_the_documents_landed_for_each_day(three_days):
    store = Store(str(three_days))
    for day in DAYS:
        manifest = store.read_json(store.day_manifest(day))
        ledger = pd.read_parquet(three_days / "ops" / "ledger" / f"date={day}")
        assert sum(manifest["documents"].values()) == len(ledger) == ledger.record_id.nunique()
        assert manifest["documents"]["published"] == manifest["tables"]["articles"]["rows"]


def test_the_warehouse_opens_in_one_call_of_pandas(three_days):
    frame = pd.read_parquet(three_days / "warehouse" / "articles")
    assert len(frame) == 28
    assert set(frame["date"].astype(str)) == {str(day) for day in DAYS}
    assert frame.title.str.len().min() > 3
    assert frame.body.str.len().min() > 500


def test_every_published_article_points_to_its_landed_document(three_days):
    store = Store(str(three_days))
    frame = pd.read_parquet(three_days / "warehouse" / "articles")
    for row in frame.itertuples():
        pointer = row.raw_pointer
        day = date.fromisoformat(str(row.date))
        document = find_document(store, pointer["file"], pointer["record_id"], row.source, day, 10**8)
        assert document is not None
        assert document.sha256 == pointer["sha256"]


def test_blocks_are_where_their_offsets_say(three_days):
    frame = pd.read_parquet(three_days / "warehouse" / "articles")
    for row in frame.itertuples():
        assert row.body == "\n\n".join(block["text"] for block in row.blocks)
        assert all(row.body[block["start"] : block["end"]] == block["text"] for block in row.blocks)


def test_a_later_version_of_a_page_is_a_second_revision(three_days):
    frame = pd.read_parquet(three_days / "warehouse" / "articles")
    revised = frame[frame.revision == 2]
    assert len(revised) == 1
    both = frame[frame.article_id == revised.article_id.iloc[0]].sort_values("revision")
    assert both.revision.tolist() == [1, 2]
    assert both.fetched_at.is_monotonic_increasing
    assert both.content_hash.nunique() == 2


def test_days_in_reverse_order_and_twice_give_the_same_bytes(three_days, tmp_path, run_one, digests):
    for day in reversed(DAYS):
        run_one(tmp_path, day, "first")
    assert digests(tmp_path) == digests(three_days)
    assert digests(tmp_path, "raw") == digests(three_days, "raw")
    run_one(tmp_path, DAYS[1], "again")
    assert digests(tmp_path) == digests(three_days)
    assert digests(tmp_path, "raw") == digests(three_days, "raw")


def test_neither_the_shards_nor_a_restart_change_a_byte(three_days, tmp_path, run_one, digests, monkeypatch):
    monkeypatch.setattr("news_etl.day.ROWS_PER_SHARD", 3)
    for day in DAYS:
        run_one(tmp_path, day, shards=5)
    assert len(list(tmp_path.glob("stage/date=2025-11-04/enriched/*.parquet"))) == 5
    assert digests(tmp_path) == digests(three_days)
    for step in ("extract_and_clean", "enrich", "validate", "publish"):
        run_one(tmp_path, DAYS[1], f"from-{step}", restart_from=step, shards=5)
        assert digests(tmp_path) == digests(three_days), step


def test_collecting_one_source_again_keeps_the_rows_of_the_others(three_days, tmp_path, run_one, digests):
    run_one(tmp_path, DAYS[1], "all")
    before = digests(tmp_path)
    run_one(tmp_path, DAYS[1], "one", only=["fil-de-presse"])
    assert digests(tmp_path) == before


def test_a_restart_with_a_grown_landing_extracts_again(inbox, tmp_path, run_one):
    sources = inbox({"a.jsonl": article("Premier titre")})
    run_one(tmp_path / "data", DAYS[1], sources=sources)
    inbox({"b.jsonl": article("Second titre")})
    run_one(tmp_path / "data", DAYS[1], "collect-only", sources=sources)
    steps = run_one(tmp_path / "data", DAYS[1], "restart", restart_from="publish", sources=sources)
    assert steps["publish"]["rows"]["articles"] == 2


def test_a_day_without_documents_is_an_explicit_empty_day(inbox, tmp_path, run_one):
    sources = inbox({})
    steps = run_one(tmp_path / "data", DAYS[1], sources=sources)
    assert steps["publish"]["rows"] == {"articles": 0, "images": 0, "entities": 0, "quotes": 0}
    frame = pd.read_parquet(tmp_path / "data" / "warehouse" / "articles" / "date=2025-11-04")
    assert len(frame) == 0
    assert "title" in frame.columns


def test_fewer_files_a_day_leave_no_surplus(three_days, tmp_path, run_one, digests):
    run_one(tmp_path, DAYS[1], "three", files_per_day=3)
    folder = tmp_path / "warehouse" / "articles" / "date=2025-11-04"
    assert len(list(folder.iterdir())) == 3
    rows = len(pd.read_parquet(folder))
    run_one(tmp_path, DAYS[1], "one", files_per_day=1)
    assert [file.name for file in folder.iterdir()] == ["part-0000.parquet"]
    assert len(pd.read_parquet(folder)) == rows


def test_a_day_with_too_many_bad_documents_fails_before_anything_is_published(inbox, tmp_path, run_one, digests):
    data = tmp_path / "data"
    sources = inbox({f"{n}.jsonl": article(f"Titre {n}") for n in range(8)})
    run_one(data, DAYS[1], "good", sources=sources)
    before = digests(data)
    inbox({f"bad-{n}.txt": b"" for n in range(14)})
    with pytest.raises(BrokenContract) as failure:
        run_one(data, DAYS[1], "bad", sources=sources)
    message = str(failure.value)
    assert "14 of 22" in message
    assert "empty_document 14" in message
    assert (report := Path(message.split("Report: ")[1].splitlines()[0])).is_file()
    assert "articles" in report.read_text()
    assert digests(data) == before
    ledger = pd.read_parquet(data / "ops" / "ledger" / "date=2025-11-04" / "bad.parquet")
    assert ledger.state.value_counts().to_dict() == {"quarantined": 14, "held": 8}


def article(title: str, words: int = 80, **fields) -> bytes:
    """A line of ready-made article."""
    body = f"{title} : " + " ".join(
        f"le conseil a examiné le point numéro {n} de son ordre du jour." for n in range(words // 12)
    )
    return json.dumps({"title": title, "body": body, "language": "fr"} | fields, ensure_ascii=False).encode() + b"\n"
