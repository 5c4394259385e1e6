"""Run the expectations with Great Expectations over one table, and say which rows broke which rule."""

import json
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")  # before the import: it reports its use to its makers otherwise

import great_expectations as gx
import pandas as pd
from great_expectations.data_context.types.base import ProgressBarsConfig

from news_etl.validate.suites import IDENTITY, Rule

logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)  # it reports each folder

SITE = "report"
EXAMPLES = 5
COMPLETE: dict[str, Any] = {"result_format": "COMPLETE"}
NAMED = COMPLETE | {"unexpected_index_column_names": [IDENTITY]}
"""With the names of the rows. Great Expectations looks them up one by one, some thousand in a second."""

NAMED_ROWS = ("sources", "source_fields")
"""Tables of which the name of a row tells more than its value."""


@dataclass
class Finding:
    """The result of one rule: `rows` are the identities (record ids) of the rows that broke it."""

    table: str
    rule: Rule
    column: str
    is_success: bool
    row_count: int
    unexpected_count: int
    rows: list[str] = field(default_factory=list)
    examples: list[Any] = field(default_factory=list)

    @property
    def concerns_rows(self) -> bool:
        """Whether single rows broke it; else the table as a whole did."""
        return bool(self.rows)

    def as_row(self, run_id: str) -> dict[str, Any]:
        """A row of the table `checks`."""
        return {
            "run_id": run_id,
            "table": self.table,
            "expectation": self.rule.name,
            "column": self.column,
            "severity": self.rule.severity,
            "is_success": self.is_success,
            "row_count": self.row_count,
            "unexpected_count": self.unexpected_count,
            "rule": self.rule.words,
            "examples": json.dumps(self.examples, ensure_ascii=False, default=str) if self.examples else None,
        }


class Audit:
    """One audit of a day: a report of its own, and the findings table by table."""

    def __init__(self, report: Path) -> None:
        self.context = gx.get_context(mode="ephemeral")
        self.context.variables.progress_bars = ProgressBarsConfig(globally=False)
        self.context.add_data_docs_site(
            SITE,
            {
                "class_name": "SiteBuilder",
                "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(report)},
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            },
        )
        self.source = self.context.data_sources.add_pandas("day")
        self.findings: list[Finding] = []

    def check(self, table: str, frame: pd.DataFrame, rules: list[Rule]) -> list[Finding]:
        """Check one table; returns its findings.

        A column `record_id` tells which document a row came from; without one, rows go by their number.

        Raises:
            RuntimeError: when an expectation itself cannot be evaluated: that is a fault of the rule, not of a row.
        """
        for rule in rules:
            rule.expectation.description = rule.words
        suite = self.context.suites.add(gx.ExpectationSuite(table, expectations=[rule.expectation for rule in rules]))
        batch = self.source.add_dataframe_asset(table).add_batch_definition_whole_dataframe("day")
        definition = self.context.validation_definitions.add(
            gx.ValidationDefinition(name=table, data=batch, suite=suite)
        )
        result_format: Any = NAMED if IDENTITY in frame else COMPLETE
        result = definition.run(batch_parameters={"dataframe": frame}, result_format=result_format)
        by_id = {rule.expectation.id: rule for rule in rules}
        findings = [_finding(table, by_id, outcome, len(frame)) for outcome in result.results]
        self.findings += findings
        return findings

    def write_report(self) -> None:
        """Render all checks as one report: once, since each rendering also renders what was there before."""
        self.context.build_data_docs()


def _finding(table: str, by_id: dict[str | None, Rule], outcome: Any, rows: int) -> Finding:
    rule = by_id[outcome.expectation_config.id]
    if outcome.exception_info and _raised(outcome.exception_info):
        raise RuntimeError(f"the rule {rule.name!r} of {table} cannot be evaluated: {outcome.exception_info}")
    result = outcome.result or {}
    entries = result.get("unexpected_index_list") or []
    broken = sorted({str(entry[IDENTITY] if isinstance(entry, dict) else entry) for entry in entries})
    values = broken if table in NAMED_ROWS else result.get("partial_unexpected_list") or []
    kwargs = outcome.expectation_config.kwargs
    return Finding(
        table=table,
        rule=rule,
        column=kwargs.get("column") or ",".join(kwargs.get("column_list") or []) or "*",
        is_success=bool(outcome.success),
        row_count=int(result.get("element_count") or rows),
        unexpected_count=int(result.get("unexpected_count") or (0 if outcome.success else 1)),
        rows=[] if outcome.success else broken,
        examples=[] if outcome.success else list(values)[:EXAMPLES],
    )


def _raised(info: dict[str, Any]) -> bool:
    nested = [value for value in info.values() if isinstance(value, dict)]
    return any(entry.get("raised_exception") for entry in nested or [info])
