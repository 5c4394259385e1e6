"""Enrich: names, quotations and who said them, where a language has a pipeline; counts for every language."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from spacy.tokens import Doc

from news_etl.enrich.annotation import FIELD_SEPARATOR, Entity, Field, Quote, annotation
from news_etl.enrich.lexicon import LexiconError, has_lists
from news_etl.enrich.pipeline import PipelineError, annotate, has_model, model_name
from news_etl.schema import SHARE_DECIMALS, Row
from news_etl.settings import Settings

log = logging.getLogger(__name__)

FIELDS = ("title", "deck", "body")
"""The fields that are read, in the order in which a reader meets them."""


Written = Callable[[str | None], str | None]


@dataclass
class Enriched:
    """An article's row with its counts, and its rows of the tables `entities` and `quotes`."""

    row: Row
    entities: list[Row] = field(default_factory=list)
    quotes: list[Row] = field(default_factory=list)


def enrich(row: Row, settings: Settings) -> Enriched:
    """What the article holds. A failure on one article is said in its row, and does not stop the others.

    Raises:
        PipelineError, LexiconError: when the pipeline of its language cannot be used, which concerns every article.
    """
    language = row["language"]
    name = settings.models.get(language)
    try:
        text, fields = article_text(row)
        doc = annotate(text, fields, language, name)
        key = {"article_id": row["article_id"], "revision": row["revision"]}
        entities, quotes = entity_rows(doc, text), quote_rows(doc, text)
    except (PipelineError, LexiconError):
        raise
    except Exception:
        log.exception("enrichment of article %s failed", row["article_id"])
        flags = sorted({*row["quality_flags"], "enrichment_failed"})
        return Enriched(row | {"enrichment": "none", "quality_flags": flags})
    model = model_name(language, name)
    return Enriched(
        row | counts(doc, fields[-1], quotes) | {"enrichment": _depth(language, name)},
        [key | entity | {"model": model} for entity in entities],
        [key | quote | {"model": model or "marks"} for quote in quotes],
    )


def enrich_text(text: str, language: str, settings: Settings) -> dict[str, Any]:
    """What a text alone holds: `{enrichment, model, sentence_count, …, entities: […], quotes: […]}`.

    Offsets are into the text. `speaker` of a quotation is the resolved speaker, else the one written there, or null.

    Raises:
        PipelineError, LexiconError: as `enrich`.
    """
    name = settings.models.get(language)
    body = Field("body", 0, len(text))
    doc = annotate(text, [body], language, name)
    quotes = quote_rows(doc, text)
    return {
        "enrichment": _depth(language, name),
        "model": model_name(language, name),
        **counts(doc, body, quotes),
        "entities": [_without_place(entity) for entity in entity_rows(doc, text)],
        "quotes": [
            _without_place(quote) | {"speaker": quote["speaker_name"] or quote["speaker_text"]} for quote in quotes
        ],
    }


def _without_place(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in ("field", "mention_id", "quote_id")}


def _depth(language: str, name: str | None) -> str:
    return "full" if has_model(language, name) and has_lists(language) else "basic"


def article_text(row: Row) -> tuple[str, list[Field]]:
    """Title, deck and body as one text, and where each stands in it; the body is the last."""
    parts, fields, start = [], [], 0
    for name in FIELDS:
        if content := row[name]:
            parts.append(content)
            fields.append(Field(name, start, start + len(content)))
            start += len(content) + len(FIELD_SEPARATOR)
    return FIELD_SEPARATOR.join(parts), fields


def counts(doc: Doc, body: Field, quotes: list[Row]) -> dict[str, Any]:
    """The columns of `articles` that count: sentences and tokens of the body, names and quotations of all fields."""
    sentences = [sentence for sentence in doc.sents if sentence.start_char >= body.start and sentence.text.strip()]
    tokens = [token for token in doc if body.start <= token.idx < body.end and not token.is_space]
    entities = annotation(doc).entities
    quoted = sum(
        quote["end"] - quote["start"] for quote in quotes if quote["field"] == "body" and quote["kind"] != "indirect"
    )
    return {
        "sentence_count": len(sentences),
        "token_count": len(tokens),
        "entity_count": sum(len(entity.mentions) for entity in entities),
        "person_count": sum(1 for entity in entities if entity.label == "PER"),
        "quote_count": len(quotes),
        "quoted_share": round(min(1.0, quoted / max(1, body.end - body.start)), SHARE_DECIMALS),
    }


def entity_rows(doc: Doc, text: str) -> list[Row]:
    """The mentions of a text in their order, as rows of `entities` without article and model."""
    found, written = annotation(doc), as_written(doc, text)
    quotes = [(quote.start, quote.end) for quote in found.quotes]
    mentions = sorted(
        ((mention.start_char, mention.end_char, entity) for entity in found.entities for mention in entity.mentions),
        key=lambda mention: mention[:2],
    )
    return [
        {"mention_id": number}
        | _place(found.fields, text, start, end)
        | {"label": entity.label, "entity_id": entity.id}
        | {"is_in_quote": any(first <= start and end <= last for first, last in quotes)}
        | _known(entity, written)
        for number, (start, end, entity) in enumerate(mentions, start=1)
    ]


def _known(entity: Entity, written: Written) -> Row:
    return {
        "name": written(entity.name),
        "gender": entity.gender,
        "country_code": entity.country_code,
        "latitude": _rounded(entity.latitude),
        "longitude": _rounded(entity.longitude),
    }


def quote_rows(doc: Doc, text: str) -> list[Row]:
    """The quotations of a text in their order, as rows of `quotes` without article and model."""
    found, written = annotation(doc), as_written(doc, text)
    genders = {entity.id: entity.gender for entity in found.entities}
    ordered = sorted(found.quotes, key=lambda quote: (quote.start, quote.end))
    return [
        {"quote_id": number}
        | _place(found.fields, text, quote.start, quote.end)
        | _said(quote, written)
        | {"speaker_gender": genders.get(quote.speaker_entity) if quote.speaker_entity else None}
        for number, quote in enumerate(ordered, start=1)
    ]


def _said(quote: Quote, written: Written) -> Row:
    return {
        "kind": quote.kind,
        "cue": written(quote.cue),
        "speaker_text": written(quote.speaker_text),
        "speaker_name": written(quote.speaker_name),
        "speaker_entity_id": quote.speaker_entity,
        "speaker_kind": quote.speaker_kind,
        "attribution": quote.attribution,
        "confidence": round(quote.confidence, SHARE_DECIMALS),
    }


def _place(fields: list[Field], text: str, start: int, end: int) -> Row:
    """Where a span stands: its field, its offsets there, and its words as published."""
    home = next(field for field in reversed(fields) if field.start <= start)
    return {"field": home.name, "start": start - home.start, "end": end - home.start, "text": text[start:end]}


def as_written(doc: Doc, text: str) -> Written:
    """What gives words of the normalised text the apostrophes and spaces of the published one."""
    normal = doc.text

    def written(words: str | None) -> str | None:
        place = normal.find(words) if words else -1
        return words if words is None or place < 0 else text[place : place + len(words)]

    return written


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, SHARE_DECIMALS)
