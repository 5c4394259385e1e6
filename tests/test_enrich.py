"""Enrich: counts for every language, from a pipeline that is loaded once; a wrong configuration is no small matter."""

import logging

import pytest
import spacy

from news_etl.enrich import count, enrich
from news_etl.enrich.pipeline import PipelineError, load_pipeline
from news_etl.outcome import BrokenContract
from news_etl.settings import Settings


@pytest.fixture(autouse=True)
def fresh_pipelines():
    load_pipeline.cache_clear()
    yield
    load_pipeline.cache_clear()


def test_sentences_and_tokens_are_counted_paragraph_by_paragraph():
    paragraphs = ["Le train part. Il arrive !", "Sans point final", "  "]
    assert count("fr", paragraphs, Settings()) == {"sentence_count": 3, "token_count": 10}


def test_nothing_counts_nothing():
    assert count("fr", [], Settings()) == {"sentence_count": 0, "token_count": 0}


@pytest.mark.parametrize("language", ["en", "ja", "ko", "qu", "ru", "th", "uk", "und", "vi", "zh", "no such"])
def test_every_language_has_a_pipeline_also_one_whose_tokenizer_is_not_installed(language):
    assert load_pipeline(language)("Un. Deux.").has_annotation("SENT_START")


def test_a_pipeline_is_loaded_once():
    assert load_pipeline("fr") is load_pipeline("fr")


def test_a_row_gets_its_counts_and_keeps_all_else(article_row):
    before = article_row()
    after = enrich(before, Settings())
    assert after["enrichment"] == "basic"
    assert after["sentence_count"] == 4
    counted = ("enrichment", "sentence_count", "token_count")
    assert {name: value for name, value in after.items() if name not in counted} == {
        name: value for name, value in before.items() if name not in counted
    }


def test_a_configured_pipeline_is_used_and_gets_a_rule_for_sentences(tmp_path):
    spacy.blank("fr").to_disk(tmp_path / "mine")
    settings = Settings(models={"fr": str(tmp_path / "mine")})
    assert count("fr", ["Un mot. Deux mots."], settings) == {"sentence_count": 2, "token_count": 6}


def test_a_pipeline_that_cannot_be_loaded_stops_the_day_with_the_remedy(article_row):
    with pytest.raises(PipelineError, match="Install it, or unset NEWS_ETL_MODEL_FR") as error:
        enrich(article_row(), Settings(models={"fr": "not_installed"}))
    assert isinstance(error.value, BrokenContract)


def test_an_article_that_crashes_the_pipeline_is_flagged_and_the_others_go_on(article_row, caplog):
    row = article_row() | {"quality_flags": ["z"]}
    broken = row | {"blocks": [{"text": None}]}
    with caplog.at_level(logging.CRITICAL):
        after = enrich(broken, Settings())
    assert (after["enrichment"], after["quality_flags"]) == ("none", ["enrichment_failed", "z"])
    assert after["sentence_count"] is None
