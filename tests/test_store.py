"""The store: files whole or not at all, on a disk or behind a URL."""

import uuid
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from news_etl.store import TEMPORARY, Store, file_name

DAY = date(2025, 11, 4)


@pytest.fixture(params=["local", "memory"])
def any_store(request, tmp_path) -> Store:
    return Store(str(tmp_path) if request.param == "local" else f"memory://{uuid.uuid4()}")


def fail_within(store: Store, path: str, error: type[BaseException]) -> None:
    with store.write(path) as file:
        file.write(b"half of what was to be writ")
        raise error


def test_what_is_written_is_read(any_store):
    any_store.write_bytes("raw/a/b.bin", b"\x00\xff")
    any_store.write_json("stage/m.json", {"é": [1, None]})
    any_store.write_table("stage/t.parquet", pa.table({"a": [1, 2]}))
    assert any_store.read_bytes("raw/a/b.bin") == b"\x00\xff"
    assert any_store.read_json("stage/m.json") == {"é": [1, None]}
    assert any_store.read_table("stage/t.parquet").to_pydict() == {"a": [1, 2]}


def test_an_exception_while_writing_leaves_the_old_file(any_store):
    any_store.write_bytes("warehouse/x/part-0000.parquet", b"old")
    with pytest.raises(RuntimeError):
        fail_within(any_store, "warehouse/x/part-0000.parquet", RuntimeError)
    assert any_store.read_bytes("warehouse/x/part-0000.parquet") == b"old"


def test_an_exception_while_writing_leaves_no_file_where_there_was_none(any_store):
    with pytest.raises(KeyboardInterrupt):
        fail_within(any_store, "warehouse/x/part-0000.parquet", KeyboardInterrupt)
    assert not any_store.exists("warehouse/x/part-0000.parquet")
    assert any_store.files("warehouse/x") == []


def test_a_failed_write_leaves_nothing_behind_on_a_disk(tmp_path):
    with pytest.raises(RuntimeError):
        fail_within(Store(str(tmp_path)), "a/b", RuntimeError)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_reader_sees_the_old_file_until_the_new_one_is_whole(tmp_path):
    store = Store(str(tmp_path))
    store.write_bytes("a", b"old")
    with store.write("a") as file:
        file.write(b"new")
        file.flush()
        assert store.read_bytes("a") == b"old"
    assert store.read_bytes("a") == b"new"


def test_a_reader_in_the_middle_of_the_old_file_reads_it_to_its_end(tmp_path):
    store = Store(str(tmp_path))
    store.write_bytes("a", b"old content")
    with store.open("a") as reader:
        assert reader.read(3) == b"old"
        reader.seek(0)
        store.write_bytes("a", b"new")
        assert reader.read() == b"old content"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_a_crash_left_is_not_listed_and_is_removed_as_surplus(any_store):
    folder = "warehouse/articles/date=2025-11-04"
    for name in ("part-0000.parquet", "part-0001.parquet", f"{TEMPORARY}0123-part-0000.parquet"):
        any_store.write_bytes(f"{folder}/{name}", b"x")
    assert any_store.files(folder) == [f"{folder}/part-0000.parquet", f"{folder}/part-0001.parquet"]
    any_store.remove_surplus(folder, {f"{folder}/part-0000.parquet"})
    left = [str(entry).rsplit("/", 1)[-1] for entry in any_store.fs.ls(any_store.path(folder), detail=False)]
    assert left == ["part-0000.parquet"]


def test_removing_what_is_unfinished_spares_every_whole_file(any_store):
    for name in ("date=2025-11-04.json", f"{TEMPORARY}0123-date=2025-11-05.json"):
        any_store.write_bytes(f"warehouse/_days/{name}", b"{}")
    any_store.remove_unfinished("warehouse/_days")
    left = [str(entry).rsplit("/", 1)[-1] for entry in any_store.fs.ls(any_store.path("warehouse/_days"), detail=False)]
    assert left == ["date=2025-11-04.json"]


def test_folders_that_are_not_there_are_empty(any_store):
    assert any_store.files("nowhere") == []
    assert any_store.days("articles") == []
    assert any_store.publishing_days() == []
    assert any_store.landed_sources(DAY) == []
    any_store.remove("nowhere/file")
    any_store.remove_surplus("nowhere", set())


def test_files_are_sorted_and_can_be_chosen_by_their_end(any_store):
    for name in ("b.parquet", "a.parquet", "_hidden.parquet", ".crc.parquet", "c.json"):
        any_store.write_bytes(f"stage/{name}", b"x")
    assert any_store.files("stage", ".parquet") == ["stage/a.parquet", "stage/b.parquet"]


def test_the_days_of_a_table_are_its_partitions(any_store):
    for day in (date(2025, 11, 5), date(2025, 11, 3)):
        any_store.write_bytes(any_store.part("articles", day, 0), b"x")
    any_store.write_bytes("warehouse/articles/README", b"x")
    any_store.write_bytes(any_store.publishing_marker(DAY), b"{}")
    assert any_store.days("articles") == [date(2025, 11, 3), date(2025, 11, 5)]
    assert any_store.publishing_days() == [DAY]


def test_a_source_counts_as_landed_once_it_has_a_closed_part(any_store):
    any_store.write_bytes(f"{any_store.landing('b', DAY)}/part-1.warc.gz", b"x")
    any_store.write_bytes(f"{any_store.landing('a', DAY)}/part-1.warc.gz", b"x")
    any_store.write_bytes(f"{any_store.landing('c', date(2025, 11, 5))}/part-1.warc.gz", b"x")
    any_store.write_bytes(f"{any_store.landing('d', DAY)}/{TEMPORARY}part-1.warc.gz", b"x")
    assert any_store.landed_sources(DAY) == ["a", "b"]


def test_the_same_rows_give_the_same_bytes():
    rows = [{"a": n, "b": "é" * n} for n in range(50)]
    assert Store.encode(pa.Table.from_pylist(rows)) == Store.encode(pa.Table.from_pylist(list(rows)))


def test_pandas_opens_a_table_with_its_days_in_one_call_although_a_crash_left_a_file(tmp_path):
    store = Store(str(tmp_path))
    for number, day in enumerate((date(2025, 11, 3), DAY)):
        store.write_table(store.part("articles", day, 0), pa.table({"n": [number]}))
    (tmp_path / "warehouse/articles/date=2025-11-04" / f"{TEMPORARY}1-part-0000.parquet").write_bytes(b"half")
    frame = pd.read_parquet(tmp_path / "warehouse" / "articles")
    assert sorted(zip(frame["n"], frame["date"].astype(str), strict=True)) == [(0, "2025-11-03"), (1, "2025-11-04")]


@pytest.mark.parametrize(
    "run_id",
    [
        "manual__2025-11-04T00:00:00+00:00",
        "../../../etc/passwd",
        "_hidden",
        ".hidden",
        "",
        "réessai nº 2",
        "a\nb",
        "..",
    ],
)
def test_any_run_id_is_a_visible_file_of_its_folder(tmp_path, run_id):
    store = Store(str(tmp_path))
    path = store.ops("ledger", DAY, run_id)
    store.write_bytes(path, b"x")
    assert store.files("ops/ledger/date=2025-11-04") == [path]
    assert Path(store.path(path)).resolve().parent == (tmp_path / "ops/ledger/date=2025-11-04").resolve()


def test_run_ids_of_airflow_stay_readable():
    assert file_name("scheduled__2025-11-04T00:00:00+00:00") == "scheduled__2025-11-04T00-00-00-00-00"


def test_a_folder_is_uploaded_with_what_is_below_it(any_store, tmp_path):
    report = tmp_path / "a report"
    (report / "static").mkdir(parents=True)
    (report / "index.html").write_text("é", encoding="utf-8")
    (report / "static" / "x.css").write_bytes(b"y")
    any_store.upload(report, "reports/r")
    assert any_store.read_bytes("reports/r/index.html") == "é".encode()
    assert any_store.read_bytes("reports/r/static/x.css") == b"y"


def test_paths_are_shown_as_one_would_type_them(tmp_path):
    assert Store(str(tmp_path)).shown("warehouse") == f"{tmp_path}/warehouse"
    assert Store("memory://root").shown("warehouse").startswith("memory://")
