"""One spaCy pipeline for each language, loaded once per process and configurable."""

from functools import cache

import spacy
from spacy.language import Language

from news_etl.outcome import BrokenContract

ANY_LANGUAGE = "xx"
"""spaCy's code for a pipeline that knows no particular language."""


class PipelineError(BrokenContract):
    """A configured pipeline cannot be loaded: no article of its language could be enriched."""


@cache
def load_pipeline(language: str, name: str | None = None) -> Language:
    """The configured pipeline of a language; without one, spaCy's tokenizer for it and a rule for sentence ends.

    Raises:
        PipelineError: when a pipeline is configured and cannot be loaded, with the remedy.
    """
    if not name:
        return _blank(language)
    try:
        pipeline = spacy.load(name)
    except (OSError, ImportError, ValueError) as error:
        raise PipelineError(
            f"the pipeline {name!r} for language {language!r} cannot be loaded: {error}. "
            f"Install it, or unset NEWS_ETL_MODEL_{language.upper()}."
        ) from error
    if not any(pipeline.has_pipe(pipe) for pipe in ("parser", "senter", "sentencizer")):
        pipeline.add_pipe("sentencizer")
    return pipeline


def _blank(language: str) -> Language:
    try:
        pipeline = spacy.blank(language)
    except (ImportError, ValueError):  # unknown to spaCy, or its tokenizer asks for a package that is not installed
        pipeline = spacy.blank(ANY_LANGUAGE)
    pipeline.add_pipe("sentencizer")
    return pipeline
