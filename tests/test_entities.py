"""Names of a document: what lists, patterns and the document correct in the names of a model, on words without tags."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import spacy
import yaml
from spacy.tokens import Doc, Span

from news_etl.enrich import lexicon, name_lists, names, places
from news_etl.enrich.candidates import SOURCES
from news_etl.enrich.entities import EntityLayer
from news_etl.enrich.gazetteer import Entry, Gazetteer
from news_etl.enrich.text import normalise

FRENCH = spacy.blank("fr")
FRENCH.add_pipe("sentencizer")
LAYER = EntityLayer(FRENCH, "news_entities", "fr")

CACHES = (
    lexicon.read_list,
    names.load_names,
    name_lists.load_lists,
    name_lists.load_small_words,
    places.country_names,
    places.exonyms,
)


def read(text: str, model: dict[str, str] | None = None, layer: EntityLayer = LAYER) -> Doc:
    """The document after the layer; `model`: what a model took for a name, with its label."""
    doc = FRENCH(normalise(text))
    spans: list[Span] = []
    for name, label in (model or {}).items():
        start = doc.text.index(normalise(name))
        span = doc.char_span(start, start + len(name), label, alignment_mode="expand")
        assert span is not None
        spans.append(span)
    doc.ents = sorted(spans, key=lambda span: span.start)
    return layer(doc)


def found(text: str, model: dict[str, str] | None = None) -> list[tuple[str, str]]:
    return [(span.text, span.label_) for span in read(text, model).ents if span.label_ != "MISC"]


@pytest.fixture
def own_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the French lists that a test may edit before it reads a text."""
    shutil.copytree(lexicon.LANGUAGES / "fr", tmp_path / "fr")
    monkeypatch.setattr(lexicon, "LANGUAGES", tmp_path)
    clear()
    yield tmp_path / "fr"
    clear()


def clear() -> None:
    for cached in CACHES:
        cached.cache_clear()


# ---- bounds


def test_titles_stand_outside_a_name():
    assert found("Selon M. Osgood et Mme Kerouani, le pont tiendra.") == [("Osgood", "PER"), ("Kerouani", "PER")]
    assert found("Le vote de MM. Brunel et Tassart compte.") == [("Brunel", "PER"), ("Tassart", "PER")]


def test_titles_functions_and_marks_are_taken_off_the_names_of_a_model():
    text = "Hier, le président Paul Vaugrenard, candidat, a ri."
    assert found(text, {"le président Paul Vaugrenard,": "PER"}) == [("Paul Vaugrenard", "PER")]


def test_a_coordination_of_persons_is_split():
    text = "Ce soir, Nadège Kerouani et Luc Tassart débattront."
    expected = [("Nadège Kerouani", "PER"), ("Luc Tassart", "PER")]
    assert found(text, {"Nadège Kerouani et Luc Tassart": "PER"}) == expected


def test_the_noun_of_an_official_name_stands_inside_and_the_article_outside():
    assert found("Il l’a dit au ministère russe de la Défense.") == [("ministère russe de la Défense", "ORG")]
    assert found("Un dîner au palais royal de Vaubrisse a suivi.") == [("palais royal de Vaubrisse", "LOC")]
    assert found("La flotte a quitté la mer Noire.") == [("mer Noire", "LOC")]


def test_the_town_that_a_school_stands_in_is_no_part_of_its_name():
    expected = [("lycée Simone-Veil", "ORG"), ("Toulouse", "LOC")]
    assert found("Une élève du lycée Simone-Veil de Toulouse a gagné.") == expected


def test_a_pair_of_countries_is_two_places_and_a_hyphenated_name_one():
    assert found("L’alliance États-Unis–Japon tient.") == [("États-Unis", "LOC"), ("Japon", "LOC")]
    assert found("La guerre Ukraine-Russie dure.") == [("Ukraine", "LOC"), ("Russie", "LOC")]
    assert found("Elle habite Saint-Nazaire, en Bretagne.")[0] == ("Saint-Nazaire", "LOC")


def test_a_noun_before_a_name_tells_its_kind_and_stays_outside():
    assert found("La société Corvandel embauche.", {"Corvandel": "PER"}) == [("Corvandel", "ORG")]
    assert found("Le village de Vaubrisse fête ses régates.") == [("Vaubrisse", "LOC")]


# ---- lists and patterns


def test_countries_are_found_as_the_press_writes_them():
    for form in ("États-Unis", "Etats-Unis", "États Unis", "États‑Unis", "USA", "Grande-Bretagne", "Corée du Nord"):
        assert found(f"Un accord lie le Gabon et les {form}.")[-1] == (normalise(form), "LOC"), form


def test_a_word_in_lower_case_is_no_name():
    assert found("La manche de sa veste est orange, et la marne est grise.") == []


def test_a_given_name_makes_a_person_of_what_follows():
    assert found("Hier, Nadège de la Raudelière a parlé.") == [("Nadège de la Raudelière", "PER")]
    assert found("Hier, Xi Tianlong a parlé.") == [("Xi Tianlong", "PER")]


def test_an_acronym_in_brackets_tells_how_far_a_name_goes():
    text = "La Commission nationale de suivi des ports de plaisance (CNSPP) enquête."
    expected = [("Commission nationale de suivi des ports de plaisance", "ORG"), ("CNSPP", "ORG")]
    assert found(text) == expected


def test_parties_may_stand_in_lower_case():
    assert found("Au sein du parti socialiste, on hésite.") == [("parti socialiste", "ORG")]


def test_an_ambiguous_name_asks_for_more_than_its_form():
    assert found("Tours et détours : Sens interdit.") == []
    assert found("Il est né à Tours en 1950.") == [("Tours", "LOC")]
    assert found("Le groupe Orange recrute.") == [("Orange", "ORG")]


def test_ships_models_and_contests_are_no_places_or_bodies():
    assert found("L’USS George Vaugrenard a suivi le Tour de France.") == []
    assert found("La Renault 5 et l’Airbus A350 sont exposés.") == []


def test_peoples_days_and_months_are_no_names():
    text = "Les Français voteront un Dimanche de Juin."
    assert found(text, {"Français": "ORG", "Dimanche": "PER", "Juin": "LOC"}) == []


def test_members_of_an_enumeration_are_of_one_kind():
    text = "Danone, Corvandel et Lactalis ont signé."
    assert found(text, {"Corvandel": "LOC"}) == [("Danone", "ORG"), ("Corvandel", "ORG"), ("Lactalis", "ORG")]


# ---- unknown names, by the words around them


def test_the_noun_before_de_tells_the_kind_of_an_unknown_name():
    assert found("Le maire de Vaubrisse a ri.", {"Vaubrisse": "ORG"}) == [("Vaubrisse", "LOC")]
    assert found("Hier, les salariés de Corvandel ont ri.", {"Corvandel": "PER"}) == [("Corvandel", "ORG")]


def test_a_name_beside_the_noun_of_a_body_is_a_body():
    expected = [("Corvandel", "ORG")]
    assert found("Le fabricant, Corvandel, promet une baisse.", {"Corvandel": "PER"}) == expected
    assert found("Hier, on a vu Corvandel, fabricant de vélos.", {"Corvandel": "PER"}) == expected
    assert found("Hier, chez Corvandel, on riait.", {"Corvandel": "PER"}) == expected


def test_a_place_may_open_a_sentence_or_a_headline():
    assert found("À Vaubrisse, on rit.", {"Vaubrisse": "ORG"}) == [("Vaubrisse", "LOC")]
    assert found("Vaubrisse : la mairie ferme.", {"Vaubrisse": "PER"}) == [("Vaubrisse", "LOC")]
    assert found("Tassart : « Je pars demain »", {"Tassart": "PER"}) == [("Tassart", "PER")]


def test_the_form_of_a_town_is_known():
    assert found("Elle part pour Vaubrisse-les-Bains.", {"Vaubrisse-les-Bains": "PER"}) == [
        ("Vaubrisse-les-Bains", "LOC")
    ]


def test_members_of_a_people_are_no_names_and_titles_of_newspapers_are():
    text = "Le Vaubrissois et la Marolaise ont ri avec deux Vosgiens."
    assert found(text, {"Vaubrissois": "LOC", "Marolaise": "LOC"}) == []
    assert found("Hier, l’Illinois votait.") == [("Illinois", "LOC")]
    assert found("Selon Le Phare vaubrissois, il part.", {"Phare": "PER"}) == [("Le Phare vaubrissois", "ORG")]
    assert found("Dans Le Nouveau Corvan, il rit.", {"Le Nouveau Corvan": "PER"}) == [("Le Nouveau Corvan", "ORG")]


def test_towns_beside_a_score_are_clubs():
    text = "Marolles-le-Bois reçoit. Contre Vaubrisse (24-23), la pluie tombait."
    assert ("Vaubrisse", "ORG") in found(text, {"Vaubrisse": "PER"})
    assert found("Hier, l’Olympique vaubrissois a perdu.") == [("Olympique vaubrissois", "ORG")]


def test_a_count_of_votes_is_no_score():
    text = "Vaubrisse a voté contre (7-5), après deux heures de débat."
    assert ("Vaubrisse", "ORG") not in found(text, {"Vaubrisse": "LOC"})


def test_initials_belong_to_a_name():
    assert found("Le colistier du candidat, JD Marchal, a parlé.") == [("JD Marchal", "PER")]


def test_an_agency_before_a_person_stands_apart():
    names = found("Elle l'a dit auprès de l'agence Reuters Anne Tassart, hier.")
    assert names == [("Reuters", "ORG"), ("Anne Tassart", "PER")]


def test_the_name_of_a_company_goes_on_in_ordinary_words():
    assert found("Elle dirige le groupe vaubrissois Corvandel Énergie.") == [("Corvandel Énergie", "ORG")]
    assert found("Elle mène la liste Vaubrisse ensemble.") == [("Vaubrisse ensemble", "ORG")]


def test_a_party_between_a_function_and_a_person_stands_apart():
    expected = [("Renaissance", "ORG"), ("Maud Tassart", "PER")]
    assert found("Hier, la députée Renaissance Maud Tassart a ri.") == expected


def test_a_word_alone_is_a_sentence_and_no_name():
    assert found("« Justement. » Elle se tait.", {"Justement": "PER"}) == []


def test_a_court_is_one_name_with_its_town():
    assert found("Le tribunal correctionnel de Vaubrisse siège.", {"Vaubrisse": "PER"}) == [
        ("tribunal correctionnel de Vaubrisse", "ORG")
    ]


def test_an_article_in_a_surname_stays_where_the_surname_opens_a_sentence():
    assert found("Hier, Hervé Le Quinvic a ri. Le Quinvic part.")[-1] == ("Le Quinvic", "PER")


# ---- one decision over the document


def test_a_surname_alone_follows_the_full_name():
    text = "Luc Washington arrive. Le soir, Washington repart. Washington dort."
    labels = {label for name, label in found(text, {"Washington": "LOC"})}
    assert labels == {"PER"}


def test_a_city_after_its_preposition_stays_a_place_beside_a_person_of_that_name():
    text = "Luc Houston arrive. Il vit à Houston."
    assert found(text) == [("Luc Houston", "PER"), ("Houston", "LOC")]


def test_mentions_that_no_source_saw_are_added():
    text = "Le pays écoute Mme Kerouani. Alors Kerouani rit, puis Kerouani part."
    assert [name for name, _ in found(text)] == ["Kerouani"] * 3


def test_a_country_is_not_taken_for_the_person_who_bears_its_name():
    assert found("Anatole France écrit. La France lit.")[-1] == ("France", "LOC")


# ---- lists are data


def edit(path: Path, change: dict[str, list[object]]) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    for section, added in change.items():
        content[section] = [*content[section], *added]
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


EDITS: dict[str, tuple[dict[str, list[object]], str, str]] = {
    "organisations": ({"companies": [["Tricorvandel"]]}, "Hier, on a vu Tricorvandel.", "ORG"),
    "titles": ({"titles": [{"form": "Capitan", "gender": "m"}]}, "Hier, Capitan Zurbaxe est venu.", "PER"),
    "functions": ({"person": [{"m": "zélateur", "f": "zélatrice"}]}, "Hier, la zélatrice Olmstrux a ri.", "PER"),
    "places": ({"nature": ["Mont Zarpe"]}, "Hier, on a vu Mont Zarpe.", "LOC"),
    "persons": ({"persons": ["Ulf Granvaux"]}, "Hier, on a vu Granvaux.", "PER"),
    "given_names": ({"f": ["Zurbaxine"]}, "Hier, on a vu Zurbaxine Olm.", "PER"),
}


def test_edited_lists_take_effect(own_lists):
    for file, (change, _, _) in EDITS.items():
        edit(own_lists / f"{file}.yaml", change)
    for file, (_, text, label) in EDITS.items():
        assert [label for _, label in found(text)] == [label], file


def test_without_the_edits_these_names_are_unknown():
    assert [found(text) for _, text, _ in EDITS.values() if "Mont" not in text] == [[]] * (len(EDITS) - 1)


def test_a_language_without_lists_keeps_the_names_of_its_model():
    layer = EntityLayer(FRENCH, "news_entities", "de")
    doc = read("Herr Osgood wohnt in Orange.", {"Herr Osgood": "PER", "Orange": "MISC"}, layer)
    assert [(span.text, span.label_) for span in doc.ents] == [("Herr Osgood", "PER"), ("Orange", "MISC")]


# ---- sound on any text

ODD = {
    "empty": "",
    "a space": " ",
    "punctuation": "… !? « » — – ( ) [ ] \" ' , ; : . - _ / \\ \0",
    "emojis": "🎉👩‍👩‍👧‍👦 M. 🎉 à 🇫🇷 (🙂)",
    "right to left": "قال محمد في باريس، إن M. أحمد وصل. שלום à ירושלים",
    "capitals": "LE PRÉSIDENT MACRON ET LA SNCF À PARIS",
    "titles alone": "M. Mme MM. et Dr de la le d' à (",
    "combining marks": "Etats-Unis a\u0300 Pe\u0301kin \u0301\u0301",
    "one long line": "à " * 50_000,
    "brackets": "(((((((((Commission nationale (((((CN" * 50,
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_text_is_read_without_harm(text):
    doc = read(text)
    assert len(doc.text) == len(text)
    assert all(span.label_ in {"PER", "LOC", "ORG", "MISC"} for span in doc.ents)


def test_names_do_not_depend_on_what_was_read_before():
    text = "Luc Tassart, de la CGT, a vu M. Osgood à Tours. Osgood l’a dit au Monde."
    first = found(text)
    found("Osgood est une ville de la CGT ; Tassart aussi, selon Tours.")
    assert found(text) == first


def test_the_time_grows_with_the_length_of_a_text():
    paragraph = "Selon M. Osgood, président du Cercle nautique, la France et l’ONU (Paris) ont parlé à Luc Tassart. "
    short, long = (FRENCH(paragraph * times) for times in (100, 800))
    timings = []
    for doc in (short, long):
        started = time.process_time()
        LAYER(doc)
        timings.append(time.process_time() - started)
    assert timings[1] < 8 * 4 * max(timings[0], 0.01)


# ---- the gazetteer


def test_the_longest_listed_name_is_taken():
    gazetteer = Gazetteer([Entry("mer", "LOC", "mer", "x"), Entry("mer Noire", "LOC", "mer Noire", "x")])
    assert [(match.start, match.end) for match in gazetteer.find("la mer  Noire")] == [(3, 13)]


def test_every_source_is_known_by_name():
    assert "model" in SOURCES
    assert "lists" in SOURCES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Elle pense au petit Orsino, 8 ans, et à lui.", ("Orsino", "PER")),
        ("Le classement sourit à P. Le Dantrec hier.", ("P. Le Dantrec", "PER")),
        ("La surprise est venue de Pierrig Le Dantrec hier.", ("Pierrig Le Dantrec", "PER")),
        ("Devant Luc Marquet (Valbormont), il a souri.", ("Valbormont", "ORG")),
        ("Il devance L. Marquet (ITA, Valbormont) de peu.", ("Valbormont", "ORG")),
        ("L'offre de l'allemand Corvandel Guss est rejetée.", ("Corvandel Guss", "ORG")),
        ("Le café ferme tôt, mais pas celui de Chez Rosette.", ("Chez Rosette", "ORG")),
        ("Le chef de l'auberge « Les Deux Meules » cuisine.", ("Les Deux Meules", "ORG")),
        ("Par la holding Forges et Participations, il vote.", ("Forges et Participations", "ORG")),
        ("Dans un entretien au Parisien, il a promis.", ("Parisien", "ORG")),
        ("La ligne Paris-Milan est coupée.", ("Milan", "LOC")),
    ],
)
def test_the_words_beside_an_unknown_name_tell_its_kind(text: str, expected: tuple[str, str]) -> None:
    assert expected in found(text)


def test_a_persons_age_does_not_make_a_town_a_person() -> None:
    assert ("Porto", "PER") not in found("Une lectrice de Porto, 37 ans, nous écrit.")


def test_an_agency_is_no_part_of_the_name_of_who_speaks_to_it() -> None:
    names = found("Joint par l'agence Reuters, puis par l'agence Reuters Anne Vidal, il se tait.")
    assert names == [("Reuters", "ORG"), ("Reuters", "ORG"), ("Anne Vidal", "PER")]


def test_a_word_with_a_capital_only_at_a_beginning_is_no_name() -> None:
    text = "Le toit a cédé.\nToit effondré à Lyon. Beurre, piles et croquettes manquent."
    assert found(text, {"Toit": "LOC", "Beurre": "LOC"}) == [("Lyon", "LOC")]


@pytest.mark.parametrize("code", ["Baa2", "M11"])
def test_a_rating_or_class_is_no_body(code: str) -> None:
    assert found(f"On parle de {code} depuis hier.", {code: "ORG"}) == []


def test_the_count_of_a_vote_makes_a_town_no_club() -> None:
    assert ("Bayonne", "ORG") not in found("Les juges ont donné raison à Bayonne (7-5), voix contre voix.")
    assert ("Bayonne", "ORG") not in found("La cour a désavoué Bayonne (7-5).")
    assert ("Bayonne", "ORG") in found("Le match contre Bayonne (24-23) fut long.")
