"""The data dictionary is written from the schema, and the page in the repository is that of today's schema."""

import pytest

from news_etl.dictionary import data_dictionary
from news_etl.outcome import Reason, State
from news_etl.schema import TABLES


def test_the_page_in_the_repository_is_not_stale(project):
    page = project / "docs" / "data-dictionary.md"
    assert page.read_text(encoding="utf-8") == data_dictionary(), (
        "renew it: news-etl dictionary > docs/data-dictionary.md"
    )


def test_the_command_prints_the_page(news_etl):
    assert news_etl("dictionary") == (0, data_dictionary(), "")


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_table_and_column_is_described(table):
    section = data_dictionary().split(f"\n## {table.name}\n")[1].split("\n## ")[0]
    for column in table.columns:
        (row,) = [line for line in section.splitlines() if line.startswith(f"| `{column.name}` ")]
        assert column.description in row
        assert all(f"`{value}`" in row for value in column.values)
        assert ("| yes |" in row) != column.required


def test_every_state_and_reason_is_listed():
    section = data_dictionary().split("## States and reasons")[1]
    for word in (*State, *Reason):
        assert word in section


def test_no_row_of_a_table_is_broken_by_its_text():
    for line in data_dictionary().splitlines():
        if line.startswith("| `"):
            assert line.replace("\\|", "").count("|") in (3, 5), line
