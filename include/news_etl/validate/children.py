"""The tables of what was found in the articles: a row that breaks a rule is taken out alone, its article stays."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa

from news_etl.outcome import Reason
from news_etl.quality import Quality
from news_etl.schema import ENTITIES, QUOTES, Row, Table
from news_etl.validate.audit import Audit, Finding
from news_etl.validate.frames import record_ids, to_frame
from news_etl.validate.suites import PARENT_EXISTS, SAME_ENTITY, SPEAKER_EXISTS, TEXT_MATCHES, child_rules

CHILDREN = {table.name: table for table in (ENTITIES, QUOTES)}

ROW_ID = {ENTITIES.name: "mention_id", QUOTES.name: "quote_id"}
"""The column that numbers the rows of an article."""

FIELDS = ("title", "deck", "body")

Key = tuple[str, int]
"""An article: its id and revision."""

Named = tuple[int | None, int]
"""What is named in an article: the number of the article, and the id of the entity in it."""


@dataclass
class Parents:
    """The articles of a day by key, with what their rows are compared with. `gone` are those that were rejected."""

    number: Mapping[Key, int]
    texts: Mapping[str, Any]
    sources: list[str]
    record_ids: list[str]
    pointers: Any
    gone: frozenset[Key]
    released: frozenset[str]

    @classmethod
    def of(cls, articles: pa.Table, gone: Iterable[Key], released: frozenset[str]) -> "Parents":
        return cls(
            number={key: number for number, key in enumerate(keys_of(articles))},
            texts={name: articles[name] for name in FIELDS},
            sources=_list(articles["source"]),
            record_ids=record_ids(articles).to_pylist(),
            pointers=articles["raw_pointer"],
            gone=frozenset(gone),
            released=released,
        )

    def numbers(self, table: pa.Table) -> list[int | None]:
        """The number of the article of each row; null where it is not among the day's."""
        return [self.number.get(key) for key in keys_of(table)]

    def matches(self, table: pa.Table, numbers: Sequence[int | None]) -> list[bool]:
        """Whether the text of each row stands at its offsets in its field; not where there is no such article or field.

        One text at a time is a Python string: the rows of an article follow one another.
        """
        columns = (_list(table[name]) for name in ("field", "start", "end", "text"))
        found, last, whole = [], None, ""
        for number, field, start, end, text in zip(numbers, *columns, strict=True):
            if (number, field) != last:
                last = (number, field)
                is_known = number is not None and field in self.texts
                whole = (self.texts[field][number].as_py() or "") if is_known else ""
            found.append(whole[start:end] == text)
        return found


def keys_of(table: pa.Table) -> list[Key]:
    """The article of each row."""
    return list(zip(_list(table["article_id"]), _list(table["revision"]), strict=True))


def _list(column: Any) -> list[Any]:
    values: list[Any] = column.to_pylist()
    return values


def check_children(
    checks: Audit, parents: Parents, children: Mapping[str, pa.Table], quality: Quality
) -> tuple[dict[str, pa.Table], list[Row]]:
    """Check what was found in the articles; return what may be published, and the rejected rows.

    The rows of rejected articles are left out unchecked: they go with their article. A row whose article is not
    among the day's is no bad row but a broken promise: the finding says so, and no document can be named for it.
    """
    good: dict[str, pa.Table] = {}
    rejected: list[Row] = []
    entities: set[Named] = set()
    for name, contract in CHILDREN.items():
        table = _without_rejected(children.get(name, contract.arrow([])), parents)
        numbers = parents.numbers(table)
        findings = checks.check(name, _frame(table, numbers, parents, entities), child_rules(contract, quality))
        broken = _broken(findings, numbers, parents)
        bad = table.take(pa.array(list(broken), pa.int64())).to_pylist()
        rejected += [
            _rejected(contract, row, number, parents, found)
            for row, (place, found) in zip(bad, broken.items(), strict=True)
            if (number := numbers[place]) is not None
        ]
        kept = [place for place in range(table.num_rows) if place not in broken]
        good[name] = table.take(pa.array(kept, pa.int64())) if broken else table
        if contract is ENTITIES:
            entities = set(zip(parents.numbers(good[name]), _list(good[name]["entity_id"]), strict=True))
    return good, rejected


def _without_rejected(table: pa.Table, parents: Parents) -> pa.Table:
    if not parents.gone:
        return table
    return table.filter(pa.array([key not in parents.gone for key in keys_of(table)], pa.bool_()))


def _frame(
    table: pa.Table,
    numbers: Sequence[int | None],
    parents: Parents,
    entities: set[Named],
) -> pd.DataFrame:
    """The rows with what the rules look at besides: the article, its text at the offsets, the speaker."""
    frame = to_frame(table)
    frame["source"] = [None if number is None else parents.sources[number] for number in numbers]
    frame[PARENT_EXISTS] = [number is not None for number in numbers]
    frame[TEXT_MATCHES] = parents.matches(table, numbers)
    if "speaker_entity_id" in frame:
        speakers = zip(numbers, _list(table["speaker_entity_id"]), strict=True)
        frame[SPEAKER_EXISTS] = [named[1] is None or named in entities for named in speakers]
    else:
        frame[SAME_ENTITY] = _same_entity(frame)
    return frame


def _same_entity(frame: pd.DataFrame) -> "pd.Series[bool]":
    """Whether each mention has the label and name that most mentions of its entity have."""
    entity = ["article_id", "revision", "entity_id"]
    counts = frame.groupby([*entity, "label", "name"], dropna=False)["mention_id"].transform("size")
    largest = counts.groupby([frame[name] for name in entity], dropna=False).transform("max")
    return counts == largest


def _broken(findings: Iterable[Finding], numbers: Sequence[int | None], parents: Parents) -> dict[int, list[Finding]]:
    """The critical findings of each row that broke a rule, by its place in the frame; not those that were overruled."""
    broken: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.rule.severity == "critical":
            for place in map(int, finding.rows):
                number = numbers[place]
                is_released = number is not None and parents.record_ids[number] in parents.released
                if not (is_released and finding.rule.is_judgement):
                    broken[place].append(finding)
    return dict(sorted(broken.items()))


def _rejected(contract: Table, row: Row, number: int, parents: Parents, found: list[Finding]) -> Row:
    return {
        "record_id": parents.record_ids[number],
        "source": parents.sources[number],
        "raw_pointer": parents.pointers[number].as_py(),
        "table": contract.name,
        "row_id": row[ROW_ID[contract.name]],
        "content": json.dumps(row, ensure_ascii=False, sort_keys=True),
        "step": "validate",
        "reason": Reason.FAILED_EXPECTATION,
        "message": explained(found),
    }


def explained(found: Iterable[Finding]) -> str:
    """The rules that a row broke, in words."""
    return "; ".join(f"{finding.rule.name}: not true that {finding.rule.words}" for finding in found)
