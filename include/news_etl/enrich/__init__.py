"""Enrich: what a language pipeline adds to an article. Sentence and token counts, for every language."""

import logging
from typing import Any

from news_etl.enrich.pipeline import PipelineError, load_pipeline
from news_etl.settings import Settings

log = logging.getLogger(__name__)


def enrich(row: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """The row with its counts. A failure on one article is said in the row, and does not stop the others.

    Raises:
        PipelineError: when the configured pipeline cannot be loaded, which concerns every article.
    """
    try:
        counts = count(row["language"], [block["text"] for block in row["blocks"]], settings)
    except PipelineError:
        raise
    except Exception:
        log.exception("enrichment of article %s failed", row["article_id"])
        flags = sorted({*row["quality_flags"], "enrichment_failed"})
        return row | {"enrichment": "none", "quality_flags": flags}
    return row | counts | {"enrichment": "basic"}


def count(language: str, paragraphs: list[str], settings: Settings) -> dict[str, int]:
    """Sentences and tokens of a text, paragraph by paragraph: a sentence never spans two."""
    pipeline = load_pipeline(language, settings.models.get(language))
    documents = list(pipeline.pipe(paragraphs))
    return {
        "sentence_count": sum(1 for document in documents for sentence in document.sents if sentence.text.strip()),
        "token_count": sum(1 for document in documents for token in document if not token.is_space),
    }
