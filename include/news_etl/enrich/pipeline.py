"""The pipelines of a language: one that reads paragraphs (tokens, sentences, names), one that reads whole documents."""

import re
from functools import cache
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from news_etl.enrich import entities, identities, quotes, speakers  # noqa: F401 - they register the layers
from news_etl.enrich.annotation import Annotation, Field
from news_etl.enrich.text import normalise
from news_etl.outcome import BrokenContract
from news_etl.settings import BUNDLED_MODELS

ANY_LANGUAGE = "xx"
"""spaCy's code for a pipeline that knows no particular language."""

DOCUMENT_LAYERS = ("news_entities", "news_identities", "news_quotes", "news_speakers")
"""What is decided over a whole document, in this order. Each is a spaCy component that takes and gives a Doc."""

BATCH = 64
"""Paragraphs that the model reads at once: larger batches are no faster on a CPU."""

_SEGMENT = re.compile(r"[^\n]+|\n+")


class PipelineError(BrokenContract):
    """A configured pipeline cannot be loaded: no article of its language could be enriched."""


def annotate(text: str, fields: list[Field], language: str, name: str | None = None) -> Doc:
    """Read one text: the model paragraph by paragraph, then the layers that look at all of it.

    `doc.text` is the normalised text, as long as the given one. The paragraphs of one text are the whole batch of the
    model: what it finds then depends on the text alone, not on what else is read with it.
    """
    model = load_pipeline(language, name)
    segments = _SEGMENT.findall(normalise(text))
    read = model.pipe((segment for segment in segments if segment[0] != "\n"), batch_size=BATCH)
    docs = [_line_break(model, segment) if segment[0] == "\n" else next(read) for segment in segments]
    doc = _joined(docs) or Doc(model.vocab)
    doc._.news = Annotation(fields=fields)
    doc._.given_text = text
    for _, layer in load_layers(language).pipeline:
        doc = layer(doc)
    return doc


def _joined(docs: list[Doc]) -> Doc | None:
    """The documents as one; None for none. Line breaks have no tensors, and spaCy joins those of all or of none."""
    return Doc.from_docs(docs, ensure_whitespace=False, exclude=("tensor",))  # type: ignore[call-arg] # stubs lag behind


def _line_break(model: Language, text: str) -> Doc:
    return Doc(model.vocab, words=[text], spaces=[False], sent_starts=[True])


@cache
def load_layers(language: str) -> Language:
    """The document-level layers of a language."""
    layers = _blank_language(language)
    for name in DOCUMENT_LAYERS:
        layers.add_pipe(name, config={"language": language})
    return layers


@cache
def load_pipeline(language: str, name: str | None = None) -> Language:
    """The configured pipeline of a language, else the bundled one, else spaCy's tokenizer and a rule for sentences.

    Raises:
        PipelineError: when a pipeline is configured and cannot be loaded, with the remedy.
    """
    chosen: str | Path | None = name or BUNDLED_MODELS.get(language)
    if not chosen:
        blank = _blank_language(language)
        blank.add_pipe("sentencizer")
        return blank
    try:
        pipeline = spacy.load(chosen)
    except (OSError, ImportError, ValueError) as error:
        raise PipelineError(
            f"the pipeline {str(chosen)!r} for language {language!r} cannot be loaded: {error}. "
            f"Install it, or unset NEWS_ETL_MODEL_{language.upper()}."
        ) from error
    if not any(pipeline.has_pipe(pipe) for pipe in ("parser", "senter", "sentencizer")):
        pipeline.add_pipe("sentencizer")
    return pipeline


def has_model(language: str, name: str | None = None) -> bool:
    """Whether a trained pipeline reads the language."""
    return bool(name or language in BUNDLED_MODELS)


def model_name(language: str, name: str | None = None) -> str | None:
    """The trained pipeline of a language and its version; None where there is none."""
    if not has_model(language, name):
        return None
    meta = load_pipeline(language, name).meta
    return f"{meta['lang']}_{meta['name']} {meta['version']}"


def _blank_language(language: str) -> Language:
    try:
        return spacy.blank(language)
    except (ImportError, ValueError):  # unknown to spaCy, or its tokenizer asks for a package that is not installed
        return spacy.blank(ANY_LANGUAGE)
