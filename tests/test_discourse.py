"""The running discourse: pronouns, roles and set phrases find whom they mean."""

import pytest

from quotation_markup import parse, quotes_of

TWO = "Laure Simonet, maire de Rezay, a reçu Alain Verdier, avocat à Lyon."


def last_speaker(text):
    return quotes_of(text)[-1].speaker_name


@pytest.mark.parametrize(
    ("following", "speaker"),
    [
        ("« Je reste », a-t-elle dit.", "Laure Simonet"),
        ("« Je reste », a-t-il dit.", "Alain Verdier"),
        ("« Je reste », a dit la maire.", "Laure Simonet"),
        ("« Je reste », a dit l'élue.", "Laure Simonet"),
        ("« Je reste », a dit l'avocat.", "Alain Verdier"),
        ("« Je reste », a dit Me Verdier.", "Alain Verdier"),
        ("« Je reste », a dit cette dernière.", "Laure Simonet"),
        ("« Je reste », a dit ce dernier.", "Alain Verdier"),
        ("« Je reste », a dit le préfet.", "le préfet"),
        ("Selon lui, « tout reste à faire ».", "Alain Verdier"),
        ("Selon elle, « tout reste à faire ».", "Laure Simonet"),
    ],
)
def test_a_pronoun_or_a_role_finds_the_person(following, speaker):
    assert last_speaker(f"{TWO} {following}") == speaker


def test_a_role_with_another_complement_is_somebody_else():
    text = "Le ministre de la Santé, Alain Verdier, est absent. « C'est grave », dit le ministre du Travail."
    assert last_speaker(text) == "le ministre du Travail"


def test_two_nouns_of_one_office_are_one_person():
    text = "La garde des Sceaux, Laure Simonet, est arrivée. « C'est grave », dit la ministre de la Justice."
    assert last_speaker(text) == "Laure Simonet"


def test_an_age_finds_its_bearer():
    text = "Alain Verdier, 63 ans, et Luc Petit, 34 ans, courent ensemble. « Je souffre », avoue le sexagénaire."
    assert last_speaker(text) == "Alain Verdier"


def test_a_body_is_found_by_its_kind():
    text = "Le groupe Valcor a perdu un procès. « Nous ferons appel », annonce l'entreprise."
    assert last_speaker(text) == "Valcor"


def test_an_impersonal_pronoun_is_nobody():
    text = "Alain Verdier est parti. Il faut agir. « Je reviendrai », a-t-il promis."
    assert last_speaker(text) == "Alain Verdier"


def test_a_plural_pronoun_means_the_group():
    text = "Les éleveurs ont vu Alain Verdier. « On nous oublie », regrettent-ils."
    assert last_speaker(text) == "Les éleveurs"


def test_who_spoke_last_goes_on_without_a_cue():
    text, _ = parse(
        "« {x|Je pars} », dit Laure Simonet. Sa valise est faite. « {x|Je ne reviendrai pas avant l'hiver.} »"
    )
    assert last_speaker(text) == "Laure Simonet"


def test_names_without_a_pronoun_to_find_stay_as_written():
    assert last_speaker("« C'est grave », dit une passante.") == "une passante"
