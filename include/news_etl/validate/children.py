"""The tables of what was found in the articles: a row that breaks a rule is taken out alone, its article stays."""

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa

from news_etl.outcome import Reason
from news_etl.schema import ENTITIES, QUOTES, Row, Table, record_id_of
from news_etl.validate.audit import Audit, Finding
from news_etl.validate.suites import IDENTITY, PARENT_EXISTS, SPEAKER_EXISTS, TEXT_MATCHES, child_rules

CHILDREN = {table.name: table for table in (ENTITIES, QUOTES)}

ROW_ID = {ENTITIES.name: "mention_id", QUOTES.name: "quote_id"}
"""The column that numbers the rows of an article."""

Key = tuple[str, int]
"""An article: its id and revision."""


def article_key(row: Mapping[str, Any]) -> Key:
    return row["article_id"], row["revision"]


def check_children(
    checks: Audit, rows: list[Row], rejected_articles: set[Key], children: Mapping[str, pa.Table]
) -> tuple[dict[str, pa.Table], list[Row]]:
    """Check what was found in the articles; return what may be published, and the rejected rows.

    The rows of rejected articles are left out unchecked: they go with their article. A row whose article is not
    among the day's is no bad row but a broken promise: the finding says so, and no document can be named for it.
    """
    articles = {article_key(row): row for row in rows}
    good: dict[str, pa.Table] = {}
    rejected: list[Row] = []
    entities: set[tuple[str, int, int]] = set()
    for name, contract in CHILDREN.items():
        frame = _frame(children.get(name, contract.arrow([])), articles, rejected_articles, entities)
        keys = list(zip(frame["article_id"], frame["revision"], strict=True))
        before = len(checks.findings)
        checks.check(name, frame, child_rules(contract))
        broken = _broken(checks.findings[before:])
        rejected += [
            _rejected(contract, frame.iloc[number], articles[key], found)
            for number, found in broken.items()
            if (key := keys[number]) in articles
        ]
        kept = frame.drop(index=list(broken))
        good[name] = pa.Table.from_pandas(kept[contract.schema.names], contract.schema, preserve_index=False)
        if contract is ENTITIES:
            entities = set(zip(kept["article_id"], kept["revision"], kept["entity_id"], strict=True))
    return good, rejected


def _frame(
    table: pa.Table, articles: dict[Key, Row], rejected_articles: set[Key], entities: set[tuple[str, int, int]]
) -> pd.DataFrame:
    """The rows with what the rules look at besides: the article, its text at the offsets, the speaker.

    Whole numbers keep a type that admits null: else pandas makes floats of them.
    """
    frame = table.to_pandas(types_mapper=lambda kind: pd.Int32Dtype() if kind == pa.int32() else None)
    keys = list(zip(frame["article_id"], frame["revision"], strict=True))
    kept = pd.Series([key not in rejected_articles for key in keys], dtype=bool)
    frame = frame[kept].reset_index(drop=True)
    keys = [key for key in keys if key not in rejected_articles]
    frame[IDENTITY] = frame.index.astype(str)
    frame[PARENT_EXISTS] = [key in articles for key in keys]
    fields = ((articles.get(key) or {}).get(field) or "" for key, field in zip(keys, frame["field"], strict=True))
    spans = zip(fields, frame["start"], frame["end"], frame["text"], strict=True)
    frame[TEXT_MATCHES] = [field[start:end] == text for field, start, end, text in spans]
    if "speaker_entity_id" in frame:
        speakers = zip(keys, frame["speaker_entity_id"], strict=True)
        frame[SPEAKER_EXISTS] = [pd.isna(speaker) or (*key, speaker) in entities for key, speaker in speakers]
    return frame


def _broken(findings: list[Finding]) -> dict[int, list[Finding]]:
    """The critical findings of each row that broke a rule, by its number in the frame."""
    broken: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.rule.severity == "critical":
            for identity in finding.rows:
                broken[int(identity)].append(finding)
    return dict(sorted(broken.items()))


def _rejected(contract: Table, values: "pd.Series[Any]", article: Row, found: list[Finding]) -> Row:
    content = {name: None if pd.isna(values[name]) else values[name] for name in contract.schema.names}
    return {
        "record_id": record_id_of(article),
        "source": article["source"],
        "raw_pointer": article["raw_pointer"],
        "table": contract.name,
        "row_id": int(values[ROW_ID[contract.name]]),
        "content": json.dumps(content, ensure_ascii=False, sort_keys=True, default=lambda value: value.item()),
        "step": "validate",
        "reason": Reason.FAILED_EXPECTATION,
        "message": "; ".join(f"{finding.rule.name}: not true that {finding.rule.words}" for finding in found),
    }
