"""The one schema: what does not fit it is refused, and every column says what it means."""

import dataclasses

import pyarrow as pa
import pytest

from news_etl.article import Access, Article, AuthorKind, BlockKind, Precision
from news_etl.outcome import REASONS, Reason, State
from news_etl.schema import ARTICLES, DOCUMENTS, LEDGER, STAGED, TABLES, TEXT, Column, Table

TABLE = Table(
    name="t",
    area="ops",
    row="a test",
    key=("id",),
    order=("group", "id"),
    columns=(
        Column("id", pa.int32(), "The id.", required=True),
        Column("group", TEXT, "The group.", unit="groups"),
    ),
)
EVERY = [*TABLES.values(), STAGED, DOCUMENTS]


def test_rows_come_in_the_order_of_the_table_with_nulls_last():
    rows = [{"id": 2, "group": "b"}, {"id": 3}, {"id": 1, "group": "b"}, {"id": 9, "group": "a"}]
    assert TABLE.arrow(rows)["id"].to_pylist() == [9, 1, 2, 3]
    assert TABLE.arrow(list(reversed(rows))).equals(TABLE.arrow(rows))


def test_no_rows_are_a_table_of_the_same_schema():
    assert TABLE.arrow([]).schema.equals(TABLE.schema, check_metadata=True)


def test_a_column_that_the_table_has_not_is_refused():
    with pytest.raises(ValueError, match="table t has no column a, b"):
        TABLE.arrow([{"id": 1, "b": 1, "a": 1}])


@pytest.mark.parametrize("row", [{"id": None}, {}, {"group": "a"}])
def test_a_required_value_that_is_missing_is_refused(row):
    with pytest.raises(pa.ArrowInvalid, match="column id must not be null"):
        TABLE.arrow([row])


@pytest.mark.parametrize("value", ["one", 1 << 40, [1]])
def test_a_value_of_another_type_is_refused(value):
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError)):
        TABLE.arrow([{"id": value}])


def test_the_file_carries_descriptions_and_units():
    field = TABLE.schema.field("group")
    assert field.metadata == {b"description": b"The group.", b"unit": b"groups"}
    assert TABLE.schema.metadata == {b"table": b"t", b"row": b"a test"}


@pytest.mark.parametrize("table", EVERY, ids=lambda table: table.name)
def test_keys_and_orders_are_columns_that_are_never_null(table):
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    for name in (*table.key, *table.order):
        assert table.column(name).required, name


@pytest.mark.parametrize("table", EVERY, ids=lambda table: table.name)
def test_names_say_what_is_in_them(table):
    for column in table.columns:
        assert column.description.endswith("."), column.name
        if column.name.endswith("_at"):
            assert (column.type, column.unit) == (pa.timestamp("us", tz="UTC"), "UTC"), column.name
        assert (column.type == pa.bool_()) == column.name.startswith("is_"), column.name
        if column.values or column.low is not None:
            assert not pa.types.is_nested(column.type), column.name


def test_the_same_name_is_the_same_type_in_every_table():
    types: dict[str, set[str]] = {}
    for table in EVERY:
        for column in table.columns:
            types.setdefault(column.name, set()).add(str(column.type))
    assert {name: kinds for name, kinds in types.items() if len(kinds) > 1} == {}


def test_the_closed_sets_are_those_of_the_article():
    assert ARTICLES.column("access").values == Access.__args__
    assert ARTICLES.column("published_precision").values == Precision.__args__
    assert set(LEDGER.column("state").values) == set(State)
    assert AuthorKind.__args__ == ("person", "agency", "outlet")
    assert BlockKind.__args__ == ("paragraph", "heading", "list", "quote")


def test_every_reason_belongs_to_exactly_one_state():
    listed = [reason for reasons in REASONS.values() for reason in reasons]
    assert sorted(listed) == sorted(Reason)
    assert set(REASONS) == set(State) - {State.PUBLISHED}


def test_every_field_of_an_article_has_its_column():
    renamed = {"published": "published_at", "modified": "modified_at"}
    fields = {renamed.get(name, name) for name in Article.model_fields}
    assert fields <= set(STAGED.schema.names)


def test_a_contract_cannot_be_changed_by_accident():
    with pytest.raises(dataclasses.FrozenInstanceError):
        ARTICLES.name = "other"
