"""The pipelines of a language: one that reads paragraphs (tokens, sentences, names), one that reads whole documents."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from news_etl.enrich.annotation import Annotation, Field
from news_etl.enrich.text import normalise
from news_etl.outcome import BrokenContract
from news_etl.settings import PROJECT_ROOT

ANY_LANGUAGE = "xx"
"""spaCy's code for a pipeline that knows no particular language."""

BUNDLED = {"fr": PROJECT_ROOT / "include" / "models" / "fr_news"}
"""The pipelines that ship with the project, by language; settings name others."""

DOCUMENT_LAYERS = ("news_entities", "news_identities", "news_quotes", "news_speakers")
"""What is decided over a whole document, in this order. Each is a spaCy component that takes and gives a Doc."""

BATCH = 64
"""Paragraphs that the model reads at once: larger batches are no faster on a CPU."""

_SEGMENT = re.compile(r"[^\n]+|\n+")


class PipelineError(BrokenContract):
    """A configured pipeline cannot be loaded: no article of its language could be enriched."""


def annotate(texts: Iterable[tuple[str, list[Field]]], language: str, name: str | None = None) -> Iterator[Doc]:
    """Read texts of one language, each with its fields; yield a document for each, in order.

    The model reads paragraph by paragraph, all texts in one stream; the layers above read the whole document.
    `doc.text` is the normalised text: as long as the given one.
    """
    model = load_pipeline(language, name)
    layers = load_layers(language)
    given = list(texts)
    segments = [_SEGMENT.findall(normalise(text)) for text, _ in given]
    read = model.pipe((part for parts in segments for part in parts if part[0] != "\n"), batch_size=BATCH)
    for (_, fields), parts in zip(given, segments, strict=True):
        docs = [_line_break(model, part) if part[0] == "\n" else next(read) for part in parts]
        doc = Doc.from_docs(docs, ensure_whitespace=False) if docs else Doc(model.vocab)
        assert doc is not None
        doc._.news = Annotation(fields=fields)
        for _, layer in layers.pipeline:
            doc = layer(doc)
        yield doc


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
    chosen: str | Path | None = name or BUNDLED.get(language)
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


def _blank_language(language: str) -> Language:
    try:
        return spacy.blank(language)
    except (ImportError, ValueError):  # unknown to spaCy, or its tokenizer asks for a package that is not installed
        return spacy.blank(ANY_LANGUAGE)
