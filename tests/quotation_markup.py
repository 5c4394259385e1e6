"""Texts with marked-up quotations: {Speaker|words}, {~Speaker|words} without marks, {-|words} of nobody."""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from news_etl.enrich import pipeline
from news_etl.enrich.annotation import Field, Quote, annotation

_QUOTATION = re.compile(r"\{([~?]?)([^|{}]*)\|([^{}]*)\}")
CASES: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("quotation_cases.yaml").read_text("utf-8"))


@dataclass(frozen=True)
class Expected:
    start: int
    end: int
    speaker: str | None
    indirect: bool


def parse(marked_up: str) -> tuple[str, list[Expected]]:
    """The text without its markup, and the quotations it holds."""
    text, position, expected = "", 0, []
    for match in _QUOTATION.finditer(marked_up):
        text += marked_up[position : match.start()]
        position = match.end()
        flag, speaker, words = match.groups()
        expected.append(Expected(len(text), len(text) + len(words), None if speaker == "-" else speaker, flag == "~"))
        text += words
    return text + marked_up[position:], expected


def quotes_of(text: str) -> list[Quote]:
    return annotation(pipeline.annotate(text, [Field("body", 0, len(text))], "fr")).quotes


def found(text: str, quote: Quote) -> tuple[str, str | None]:
    return text[quote.start : quote.end], quote.speaker_name


def problems(marked_up: str, *, speakers: bool = True) -> list[str]:
    """What is found otherwise than marked up."""
    text, expected = parse(marked_up)
    quotes = quotes_of(text)
    told: list[str] = []
    for wanted in expected:
        near = [
            q
            for q in quotes
            if min(q.end, wanted.end) - max(q.start, wanted.start) >= 0.8 * (wanted.end - wanted.start)
        ]
        if not near:
            told.append(f"not found: {text[wanted.start : wanted.end]!r}")
            continue
        quote = near[0]
        if wanted.indirect != (quote.kind == "indirect"):
            told.append(f"{quote.kind}: {text[wanted.start : wanted.end]!r}")
        said = (quote.speaker_name or "").lower()
        if (speakers and (wanted.speaker is None) != (not said)) or (wanted.speaker or "").lower() not in said:
            told.append(f"{text[wanted.start : wanted.end]!r}: {quote.speaker_name!r}, not {wanted.speaker!r}")
    wrong = [q for q in quotes if not any(q.start < w.end and w.start < q.end for w in expected)]
    return told + [f"no quotation: {text[q.start : q.end]!r}" for q in wrong]
