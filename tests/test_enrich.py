"""Enrich: what stands in an article, as rows; every language gets its counts; a wrong configuration stops the day."""

import logging

import pytest
import spacy

from news_etl.enrich import enrich, enrich_text
from news_etl.enrich.pipeline import PipelineError, load_pipeline
from news_etl.outcome import BrokenContract
from news_etl.schema import ENTITIES, QUOTES, STAGED
from news_etl.settings import Settings

TITLE = "À Vaubrisse, la maire défend l’école de voile"
DECK = "Le chantier commence au printemps, promet Nadège Kerouani."
BODY = (
    "« Nous tiendrons le calendrier », a déclaré jeudi Nadège Kerouani, maire de Vaubrisse. Le conseil a dit oui.\n\n"
    "« Il était temps », a répondu M. Osgood, président du Cercle nautique d’Irlande du Nord. Selon Mme Kerouani, les "
    "travaux coûteront deux millions d’euros."
)


@pytest.fixture(autouse=True)
def fresh_pipelines():
    yield
    load_pipeline.cache_clear()


@pytest.fixture
def article(article_row):
    return article_row(title=TITLE, deck=DECK, body=BODY) | {"language": "fr"}


def test_an_article_gets_names_quotations_and_speakers(article):
    found = enrich(article, Settings())
    assert found.row["enrichment"] == "full"
    assert {entity["name"] for entity in found.entities if entity["label"] == "PER"} >= {"Nadège Kerouani"}
    speakers = {quote["text"]: quote["speaker_name"] for quote in found.quotes}
    assert speakers["Nous tiendrons le calendrier"] == "Nadège Kerouani"
    assert "Osgood" in (speakers["Il était temps"] or "")


def test_every_row_says_where_it_stands_in_its_field(article):
    found = enrich(article, Settings())
    rows = found.entities + found.quotes
    assert {row["field"] for row in rows} == {"title", "deck", "body"}
    for row in rows:
        assert article[row["field"]][row["start"] : row["end"]] == row["text"]


def test_the_rows_are_those_of_the_published_tables(article):
    found = enrich(article, Settings())
    assert ENTITIES.arrow(found.entities).num_rows == len(found.entities) > 0
    assert QUOTES.arrow(found.quotes).num_rows == len(found.quotes) > 0
    assert STAGED.arrow([found.row]).num_rows == 1
    model = "fr_" + load_pipeline("fr").meta["name"]
    assert all(row["model"].startswith(model) for row in found.entities + found.quotes)


def test_the_counts_of_the_article_are_those_of_its_rows(article):
    found = enrich(article, Settings())
    assert found.row["entity_count"] == len(found.entities)
    assert found.row["quote_count"] == len(found.quotes)
    people = {entity["entity_id"] for entity in found.entities if entity["label"] == "PER"}
    assert found.row["person_count"] == len(people)
    marked = sum(len(q["text"]) for q in found.quotes if q["field"] == "body" and q["kind"] != "indirect")
    assert found.row["quoted_share"] == round(marked / len(BODY), 3) > 0
    assert 3 <= found.row["sentence_count"] <= 6, "two paragraphs of four sentences, as a model sees them"


def test_the_rest_of_the_row_stays_as_it_was(article):
    counted = {"enrichment", "entity_count", "person_count", "quote_count", "quoted_share"}
    counted |= {"sentence_count", "token_count"}
    after = enrich(article, Settings()).row
    assert {name for name in after if after[name] != article.get(name)} <= counted


def test_a_language_without_a_pipeline_gets_counts_and_quotations_by_their_marks(article_row):
    body = "„Wir halten den Plan ein“, sagte die Bürgermeisterin von Grünau am Montag. Der Rat stimmte zu."
    found = enrich(article_row(title="Grünau baut", body=body) | {"language": "de"}, Settings())
    assert found.row["enrichment"] == "basic"
    assert (found.row["sentence_count"], found.row["entity_count"]) == (2, 0)
    assert [quote["text"] for quote in found.quotes] == ["Wir halten den Plan ein"]
    assert [(quote["speaker_name"], quote["model"]) for quote in found.quotes] == [(None, "marks")]


@pytest.mark.parametrize("language", ["en", "ja", "ko", "qu", "ru", "th", "uk", "und", "vi", "zh", "no such"])
def test_every_language_has_a_pipeline_also_one_whose_tokenizer_is_not_installed(language):
    assert load_pipeline(language)("Un. Deux.").has_annotation("SENT_START")
    assert enrich_text("Un. « Deux », dit-il.", language, Settings())["enrichment"] == "basic"


def test_a_text_alone_is_read_as_an_article_is():
    found = enrich_text(BODY, "fr", Settings())
    assert found["quotes"][0]["speaker"] == "Nadège Kerouani"
    for row in found["entities"] + found["quotes"]:
        assert BODY[row["start"] : row["end"]] == row["text"]


def test_speakers_and_names_are_given_as_published_also_in_their_apostrophes():
    text = "« Nous partons », a annoncé l’adjointe Maud L’Hénoret. Selon l’adjointe, le bail court jusqu’en mars."
    found = enrich_text(text, "fr", Settings())
    for quote in found["quotes"]:
        assert all(quote[name] is None or quote[name] in text for name in ("speaker_text", "speaker_name", "cue"))
    assert all(entity["name"] in text for entity in found["entities"])


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\n« \n", "«" * 500, "😀\u200d🎉 مرحبا \x00\x1f", "a" * 50_000])
def test_no_text_crashes_it(text):
    found = enrich_text(text, "fr", Settings())
    assert found["sentence_count"] <= 1
    for row in found["entities"] + found["quotes"]:
        assert text[row["start"] : row["end"]] == row["text"]


def test_the_result_depends_on_the_text_alone(article, article_row):
    alone = enrich(article, Settings())
    for n in range(3):
        enrich(
            article_row(title=f"Autre {n}", body="Paul Martin habite Lyon. Selon lui, tout va bien. " * 20), Settings()
        )
    assert enrich(article, Settings()) == alone


def test_a_pipeline_is_loaded_once():
    assert load_pipeline("fr") is load_pipeline("fr")


def test_a_configured_pipeline_is_used_and_gets_a_rule_for_sentences(tmp_path):
    spacy.blank("fr").to_disk(tmp_path / "mine")
    found = enrich_text("Un mot. Deux mots.", "fr", Settings(models={"fr": str(tmp_path / "mine")}))
    assert (found["sentence_count"], found["token_count"], found["model"]) == (2, 6, "fr_pipeline 0.0.0")


def test_a_pipeline_that_cannot_be_loaded_stops_the_day_with_the_remedy(article):
    with pytest.raises(PipelineError, match="Install it, or unset NEWS_ETL_MODEL_FR") as error:
        enrich(article, Settings(models={"fr": "not_installed"}))
    assert isinstance(error.value, BrokenContract)


def test_an_article_that_crashes_the_pipeline_is_flagged_and_the_others_go_on(article, caplog):
    broken = article | {"quality_flags": ["z"], "body": 7}
    with caplog.at_level(logging.CRITICAL):
        after = enrich(broken, Settings())
    assert (after.row["enrichment"], after.row["quality_flags"]) == ("none", ["enrichment_failed", "z"])
    assert (after.row["sentence_count"], after.entities, after.quotes) == (None, [], [])
