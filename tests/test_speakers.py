"""Speakers: whose words a quotation gives, how that was found, and how sure it is."""

import pytest

from news_etl.enrich.speakers import WAYS, load_accuracy
from quotation_markup import CASES, parse, problems, quotes_of

KINDS = {"person", "group", "organisation", "document", "unknown"}


@pytest.mark.parametrize("name", CASES["attribution"])
def test_the_speaker_is_found(name):
    assert problems(CASES["attribution"][name]) == []


@pytest.mark.parametrize("name", CASES["passages"])
def test_the_speakers_of_a_passage_are_found(name):
    assert problems(CASES["passages"][name]) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("« Tout va bien », assure Anne Vidal.", "person"),
        ("« Tout va bien », assure une riveraine.", "person"),
        ("« Tout va bien », assurent les syndicats.", "group"),
        ("« Tout va bien », assure la préfecture.", "organisation"),
        ("« Tout va bien », indique le rapport.", "document"),
        ("Entendu dans la file : « Tout va bien et tout ira bien. »", "unknown"),
    ],
)
def test_the_kind_of_the_speaker_is_told(text, kind):
    assert [quote.speaker_kind for quote in quotes_of(text)] == [kind]


def test_the_speaker_stands_beside_the_person_as_written():
    quote = quotes_of("Anne Vidal est revenue. « Je suis prête », a-t-elle dit.")[0]
    assert (quote.speaker_text or "").endswith("elle")
    assert (quote.speaker_name, quote.cue, quote.attribution) == ("Anne Vidal", "a-t-elle dit", "incise")
    assert quote.speaker_entity is not None


def test_a_quotation_of_nobody_has_no_speaker_and_no_confidence():
    (quote,) = quotes_of("Entendu dans la file : « Tout va bien et tout ira bien. »")
    assert (quote.speaker_name, quote.attribution, quote.confidence) == (None, "none", 0.0)


def test_every_attribution_is_one_of_the_named_ways_with_a_measured_confidence():
    for group in ("attribution", "passages"):
        for marked_up in CASES[group].values():
            for quote in quotes_of(parse(marked_up)[0]):
                assert quote.attribution in WAYS
                assert quote.speaker_kind in KINDS
                assert (0 < quote.confidence < 1) == (quote.attribution != "none")


def test_a_cue_in_the_sentence_is_surer_than_a_guess_from_around_it():
    accuracy = load_accuracy("fr")
    assert accuracy["incise", "name"] > accuracy["preceding_sentence", ""]
    assert all(0 < share < 1 for share in accuracy.values())


def test_a_receiving_agency_and_a_microphone_are_no_speakers():
    for receiver in ("à l'AFP", "au micro de BFM", "à nos confrères du Parisien", "auprès de l'agence Reuters"):
        (quote,) = quotes_of(f"« Tout va bien », a déclaré {receiver} Anne Vidal.")
        assert quote.speaker_name == "Anne Vidal"
