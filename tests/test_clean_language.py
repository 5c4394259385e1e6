"""Language: read from the text; the page's word counts only where the text is too short."""

import pytest

from news_etl.clean.language import MIN_CHARACTERS, UNKNOWN, identify, known_languages

FRENCH = "Le conseil municipal a adopté mardi soir le plan de rénovation de l’école, après une longue discussion."
ENGLISH = "The town council approved the plan to renovate the school on Tuesday evening after a long discussion."
GERMAN = "Der Stadtrat hat am Dienstagabend nach langer Diskussion den Plan zur Renovierung der Schule beschlossen."


@pytest.mark.parametrize(("text", "language"), [(FRENCH, "fr"), (ENGLISH, "en"), (GERMAN, "de")])
def test_the_text_decides_against_the_page(text, language):
    found, confidence = identify(text, "es")
    assert found == language
    assert confidence == round(confidence, 3)
    assert 0.9 < confidence <= 1


@pytest.mark.parametrize(
    ("declared", "language"),
    [
        ("fr", "fr"),
        ("fr-FR", "fr"),
        ("FR_be", "fr"),
        (" en ", "en"),
        ("klingon", UNKNOWN),
        ("", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_a_few_words_take_the_word_of_the_page(declared, language):
    assert identify("Oui.", declared) == (language, None)


def test_the_change_is_at_the_stated_length():
    assert identify(FRENCH[: MIN_CHARACTERS - 1], "en") == ("en", None)
    assert identify(FRENCH[:MIN_CHARACTERS], "en")[0] == "fr"


@pytest.mark.parametrize("text", ["", "1234567890 " * 10, "…" * 100, "👩‍👩‍👧" * 50, "\u200f" * 100])
def test_what_is_no_language_is_still_an_answer(text):
    assert identify(text)[0] in known_languages()


def test_the_same_text_always_gives_the_same_answer():
    assert identify(FRENCH * 1000) == identify(FRENCH * 1000)
