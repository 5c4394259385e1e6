"""Publication: files of fixed number and equal bytes, children first, an empty day as an empty partition."""

import hashlib
from datetime import date

import pandas as pd
import pytest

from news_etl.article import Image
from news_etl.publish import images_of, publish_day, shard_of, tables_of
from news_etl.schema import WAREHOUSE
from news_etl.store import TEMPORARY

DAY = date(2025, 11, 4)


@pytest.fixture
def rows(article_row):
    return [article_row(f"Article numéro {n}", path=f"{n}.json", images=[Image(alt=f"{n}")] * n) for n in range(6)]


def warehouse(store):
    root = store.path("warehouse")
    return {name.removeprefix(root): store.fs.cat_file(name) for name in sorted(store.fs.find(root))}


def test_a_day_has_the_configured_number_of_files_and_each_article_once(store, rows):
    manifest = publish_day(store, DAY, tables_of(rows), 4, {})
    assert len(store.files("warehouse/articles/date=2025-11-04")) == 4
    assert len(store.files("warehouse/images/date=2025-11-04")) == 4
    frame = pd.read_parquet(store.path("warehouse/articles"))
    assert sorted(frame["title"]) == [f"Article numéro {n}" for n in range(6)]
    assert manifest["tables"]["articles"]["rows"] == 6
    assert manifest["tables"]["images"]["rows"] == sum(range(6))


def test_the_file_of_an_article_depends_on_its_id_alone(store, rows):
    publish_day(store, DAY, tables_of(rows), 4, {})
    for number in range(4):
        table = store.read_table(store.part("articles", DAY, number))
        assert {shard_of(identity, 4) for identity in table["article_id"].to_pylist()} <= {number}
        children = store.read_table(store.part("images", DAY, number))
        assert set(children["article_id"].to_pylist()) <= set(table["article_id"].to_pylist())


def test_the_order_of_the_rows_changes_no_byte(store, rows):
    publish_day(store, DAY, tables_of(rows), 2, {"versions": "1"})
    before = warehouse(store)
    publish_day(store, DAY, tables_of(rows[::-1]), 2, {"versions": "1"})
    assert warehouse(store) == before


def test_the_manifest_gives_the_digest_of_every_file(store, rows):
    manifest = publish_day(store, DAY, tables_of(rows), 2, {"versions": {"a": "1"}})
    assert store.read_json(store.day_manifest(DAY)) == manifest
    assert (manifest["date"], manifest["versions"]) == ("2025-11-04", {"a": "1"})
    files = [file for table in manifest["tables"].values() for file in table["files"]]
    assert len(files) == 2 * len(WAREHOUSE)
    for file in files:
        content = store.read_bytes(file["path"])
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])


def test_an_empty_day_is_an_empty_partition_with_the_schema(store):
    publish_day(store, DAY, tables_of([]), 1, {})
    for table in WAREHOUSE:
        published = store.read_table(store.part(table.name, DAY, 0))
        assert published.num_rows == 0
        assert published.schema.equals(table.schema)
        for field in table.schema:
            assert published.schema.field(field.name).metadata[b"description"] == field.metadata[b"description"]


def test_what_an_earlier_publication_or_a_crash_left_is_removed(store, rows):
    publish_day(store, DAY, tables_of(rows), 4, {})
    store.write_bytes(f"warehouse/articles/date=2025-11-04/{TEMPORARY}1-part-0000.parquet", b"half")
    store.write_bytes(f"warehouse/_days/{TEMPORARY}1-date=2025-11-04.json", b"half")
    publish_day(store, DAY, tables_of(rows), 1, {})
    names = {name.rsplit("/", 1)[-1] for name in warehouse(store)}
    assert names == {"part-0000.parquet", "date=2025-11-04.json"}
    assert store.publishing_days() == []


def test_another_day_is_not_touched(store, rows):
    publish_day(store, date(2025, 11, 3), tables_of(rows), 1, {})
    before = {name: content for name, content in warehouse(store).items() if "2025-11-03" in name}
    publish_day(store, DAY, tables_of(rows[:1]), 2, {})
    after = warehouse(store)
    assert before
    assert before.items() <= after.items()


def test_children_are_written_before_the_articles_and_the_marker_stands_all_the_while(store, rows, monkeypatch):
    written = []
    original = type(store).write_bytes

    def spy(self, relative, content):
        written.append((relative, self.publishing_days() == [DAY]))
        original(self, relative, content)

    monkeypatch.setattr(type(store), "write_bytes", spy)
    publish_day(store, DAY, tables_of(rows), 1, {})
    names = [name.removeprefix("warehouse/").split("/")[0] for name, _ in written]
    assert names == ["_publishing", "images", "entities", "quotes", "articles", "_days"]
    assert [marked for _, marked in written] == [False, True, True, True, True, True]


def test_a_row_that_breaks_the_schema_leaves_the_published_day_as_it_was(store, rows):
    publish_day(store, DAY, tables_of(rows), 1, {})
    before = warehouse(store)
    with pytest.raises(ValueError, match="must not be null"):
        publish_day(store, DAY, tables_of([rows[0] | {"title": None}]), 1, {})
    assert warehouse(store) == before


def test_pictures_are_numbered_in_their_order(article_row):
    row = article_row(images=[Image(alt="un"), Image(caption="deux")])
    assert [(image["position"], image["alt"], image["caption"]) for image in images_of(row)] == [
        (1, "un", None),
        (2, None, "deux"),
    ]
