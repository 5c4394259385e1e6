"""Quotations: every style of marks, reported speech without marks, and marks that quote nobody."""

import shutil
import time
from pathlib import Path

import pytest
import yaml

from news_etl.enrich import lexicon, quotes
from news_etl.enrich.marks import find_marked
from news_etl.enrich.pipeline import load_layers
from news_etl.enrich.quotes import load_not_quotations
from news_etl.enrich.verbs import load_verbs
from quotation_markup import CASES, parse, problems, quotes_of


def stretches(text):
    return [(text[m.start : m.end], m.depth) for m in find_marked(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("« Oui », dit-il.", [("Oui", 0)]),
        ("«Oui», dit-il.", [("Oui", 0)]),
        ('"Oui", dit-il, "non".', [("Oui", 0), ("non", 0)]),
        ("“Oui”, dit-il.", [("Oui", 0)]),
        ('Une situation "intenable” à terme.', [("intenable", 0)]),
        ('Près d\'"un millier" de cas.', [("un millier", 0)]),
        ("« Il a dit “non” hier », dit-elle.", [("Il a dit “non” hier", 0), ("non", 1)]),
        ('Il dit : "On l\'appelle "le Chef" ici".', [('On l\'appelle "le Chef" ici', 0), ("le Chef", 1)]),
        ("« Il n'a pas fini\nAutre chose.", [("Il n'a pas fini", 0)]),
        ("« Un.\n« Deux.\n« Trois. »", [("Un.", 0), ("Deux.", 0), ("Trois.", 0)]),
        ("« Un.\nDeux.\nTrois. »", [("Un.", 0), ("Deux.", 0), ("Trois.", 0)]),
        ("Il manque un « mot et « un autre ».", [("un autre", 0)]),
        ('Un mur de 5" et un de 6" d\'épaisseur.', []),
        ("« »", []),
    ],
)
def test_stretches_between_marks_are_found_whatever_the_style(text, expected):
    assert stretches(text) == expected


@pytest.mark.parametrize("name", CASES["indirect"])
def test_reported_speech_without_marks(name):
    assert problems(CASES["indirect"][name]) == []


@pytest.mark.parametrize("name", CASES["no_quotation"])
def test_titles_names_legal_terms_and_scare_quotes_are_no_quotations(name):
    assert problems(CASES["no_quotation"][name]) == []


@pytest.mark.parametrize("name", [*CASES["attribution"], *CASES["passages"]])
def test_quotations_of_a_passage_are_found_and_nothing_else(name):
    group = CASES["attribution"] if name in CASES["attribution"] else CASES["passages"]
    assert problems(group[name], speakers=False) == []


def test_offsets_are_those_of_the_given_text():
    text, expected = parse("Titre\n\n« {Anne Vidal|Je n’ai rien à cacher} », a déclaré Anne Vidal.")
    assert [(q.start, q.end) for q in quotes_of(text)] == [(e.start, e.end) for e in expected]


def test_whole_sentences_are_direct_and_fragments_mixed():
    text = "« Je pars demain », a dit Anne Vidal. Elle juge la situation « intenable pour tous »."
    assert [q.kind for q in quotes_of(text)] == ["direct", "mixed"]


def test_every_feature_has_a_weight_and_every_weight_a_feature():
    source = Path(quotes.__file__).read_text("utf-8")
    for name in load_not_quotations("fr").weights:
        assert f'"{name}"' in source


@pytest.fixture
def editable_lists(tmp_path, monkeypatch):
    """A copy of the word lists that a test may edit; what was read from it is forgotten afterwards."""
    caches = (lexicon.read_list, load_verbs, load_not_quotations)
    copy = tmp_path / "languages"
    shutil.copytree(lexicon.LANGUAGES, copy)
    monkeypatch.setattr(lexicon, "LANGUAGES", copy)
    for cached in caches:
        cached.cache_clear()
    yield copy / "fr"
    for cached in caches:
        cached.cache_clear()


def test_a_new_speech_verb_takes_effect(editable_lists):
    text = "Anne Vidal a zigouigné que le pont rouvrirait en mai."
    assert quotes_of(text) == []
    file = editable_lists / "speech_verbs.yaml"
    lists = yaml.safe_load(file.read_text("utf-8"))
    lists["that_clause"].append("zigouigner")
    file.write_text(yaml.safe_dump(lists, allow_unicode=True), "utf-8")
    lexicon.read_list.cache_clear()
    load_verbs.cache_clear()
    (quote,) = quotes_of(text)
    assert (quote.kind, quote.speaker_name) == ("indirect", "Anne Vidal")


def test_a_new_named_thing_takes_effect(editable_lists):
    text = "Le gloubiboulga « Grand large du soir » ouvre samedi."
    file = editable_lists / "not_quotations.yaml"
    lists = yaml.safe_load(file.read_text("utf-8"))
    lists["named_things"].append("gloubiboulga")
    file.write_text(yaml.safe_dump(lists, allow_unicode=True), "utf-8")
    lexicon.read_list.cache_clear()
    load_not_quotations.cache_clear()
    assert quotes_of(text) == []


OWN_LISTS = ("speech_verbs", "conjugation", "cues", "not_quotations", "speakers")


@pytest.mark.parametrize("name", OWN_LISTS)
def test_no_word_of_the_lists_is_read_as_yes_or_no(name):
    """YAML reads a bare "on" or "no" as a truth value, which would be no word."""

    def values(node):
        if isinstance(node, dict):
            return [value for pair in node.items() for part in pair for value in values(part)]
        return [value for part in node for value in values(part)] if isinstance(node, list) else [node]

    assert not [value for value in values(lexicon.read_list("fr", name)) if isinstance(value, bool)]


@pytest.mark.parametrize("verb", ["révèle", "appelait", "écrivit", "soutiendra", "reconnaît", "annonçant", "prédisent"])
def test_forms_are_made_from_the_infinitive(verb):
    forms = load_verbs("fr").forms
    assert verb in forms or verb.startswith("appel")


def test_a_language_without_lists_gets_direct_quotations_by_marks_and_no_speaker():
    import spacy

    from news_etl.enrich.annotation import annotation

    text = "Er sagte: „Wir fahren morgen nach Hause“. Das „Haus“ steht."
    doc = spacy.blank("de")(text)
    for _, layer in load_layers("de").pipeline[2:]:
        doc = layer(doc)
    assert [(text[q.start : q.end], q.kind, q.speaker_name) for q in annotation(doc).quotes] == [
        ("Wir fahren morgen nach Hause", "direct", None)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "«",
        "»",
        '"',
        "« »",
        "« »»» ««",
        "que que que",
        "selon",
        ": « - » –",
        "dit-il",
        "« a\n\n\n»",
        "a-t-il dit",
    ],
)
def test_odd_input_does_not_fail(text):
    quotes_of(text)


def test_a_thousand_unclosed_marks_cost_little_more_than_as_many_words():
    text = "Il dit « a " * 1000
    quotes_of("Bonjour.")
    started = time.process_time()
    quotes_of(text)
    assert time.process_time() - started < 20


def test_marks_are_read_in_linear_time():
    for text in ("« a " * 20000, '" a' * 20000, "«" * 20000 + "»" * 20000, "« a\n" * 20000):
        started = time.process_time()
        find_marked(text)
        assert time.process_time() - started < 3


def test_the_same_text_gives_the_same_quotations_again():
    text, _ = parse(CASES["passages"]["court"])
    other, _ = parse(CASES["passages"]["village"])
    first = quotes_of(text)
    quotes_of(other)
    assert quotes_of(text) == first
