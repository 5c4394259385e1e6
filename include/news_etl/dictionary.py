"""The data dictionary, written from the schema: what an analyst looks up."""

from news_etl.outcome import REASONS
from news_etl.schema import OPERATIONS, WAREHOUSE, Column, Table

HEAD = """# Data dictionary

This page is written from the schema (`news-etl dictionary > docs/data-dictionary.md`); a test fails when it is stale.

Days are UTC. A table lies at `warehouse/<table>/date=YYYY-MM-DD/`, the partition column `date` being the day the
document belongs to: the day of its fetch, or the day it was filed under. Offsets are half-open and count Unicode code
points of the published text. Tables under `ops/` are operational: they carry run ids and times of processing, which
published tables never do.
"""


def data_dictionary() -> str:
    """All tables and the closed sets, as Markdown."""
    return "\n".join([HEAD, *(_table(table) for table in (*WAREHOUSE, *OPERATIONS)), _reasons()])


def _table(table: Table) -> str:
    lines = [
        f"## {table.name}",
        "",
        f"A row is {table.row}. Key: {_codes(table.key)}. Order: {_codes(table.order)}. Area: `{table.area}/`.",
        "",
        "| column | type | null? | meaning |",
        "| --- | --- | --- | --- |",
        *(
            f"| `{column.name}` | {_type(column)} | {'' if column.required else 'yes'} | {_meaning(column)} |"
            for column in table.columns
        ),
        "",
    ]
    return "\n".join(lines)


def _reasons() -> str:
    lines = ["## States and reasons", "", "| state | reasons |", "| --- | --- |", "| published | |"]
    lines += [f"| {state} | {_codes(reasons)} |" for state, reasons in REASONS.items()]
    return "\n".join(lines) + "\n"


def _meaning(column: Column) -> str:
    values = f" One of {_codes(column.values)}." if column.values else ""
    unit = f" Unit: {column.unit}." if column.unit else ""
    return f"{column.description}{values}{unit}"


def _type(column: Column) -> str:
    return f"`{column.type}`"


def _codes(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
