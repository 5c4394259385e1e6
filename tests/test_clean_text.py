"""Text cleaning: what a reader sees stays to the last no-break space; what nobody sees goes; mojibake is repaired."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from news_etl.clean.text import clean_text, count_words, fold

NBSP, NNBSP, FIGURE, NBHYPHEN = "\u00a0", "\u202f", "\u2007", "\u2011"

# What breaks texts: halves of mojibake, marks that are not seen, joiners, spaces, combining marks.
AWKWARD = (
    "Ãâ€™©\u00ad\u200b\u200c\u200d\u2060\ufeff\u180e\u0301\u0327\u00a0\u202f"
    "\u2028\n\t \x85\x00\x1b[0meE’«»œﬁ👩🏽❤\ufe0f"
)


@pytest.mark.parametrize(
    "text",
    [
        f"«{NBSP}Non{NNBSP}!{NBSP}»",
        f"États{NBHYPHEN}Unis",
        f"1{FIGURE}234 et 1{NNBSP}234,5{NBSP}€",
        "l’œuvre d’Élise, ﬁn — et ‘puis’ “ça”…",
        "50 % de moins – ou plus ?",
        "½ ⅓ x² H₂O nº 5 ™ €",
        "👩‍👩‍👧 👩🏽‍🚒 ❤️‍🔥 🏳️‍🌈",
        "نمی‌خواهم",
        "क्‍ष",
        "שלום \u200fעולם",
        "Ｆｕｌｌ 全角 テスト",
        "&amp; reste tel quel, comme <b>",
        "PARCE QUE SUR LEURS PLAQUES IL Y MARQUÉ…",
        "Ça, là, où : à Âcre, l’Âne",
        "Ødegård, Łódź, Čapek, ẞ",
    ],
)
def test_what_a_reader_sees_stays(text):
    assert clean_text(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("broken", "repaired"),
    [
        ("dÃ©jÃ\u00a0 vu", "déjà vu"),
        ("lâ€™Ã©tÃ©", "l’été"),
        ("Â« Non Â»", "« Non »"),
        ("Å“uvre", "œuvre"),
        ("CÃ\u00adrculo", "Círculo"),
        ("ðŸ˜€", "😀"),
        ("\ud83d\ude00", "😀"),
    ],
)
def test_mojibake_is_repaired(broken, repaired):
    assert clean_text(broken) == repaired


@pytest.mark.parametrize(
    "mark", ["\u00ad", "\u200b", "\u2060", "\ufeff", "\u180e", "\u200c", "\u200d", "\x00", "\x1b[31m"]
)
def test_what_nobody_sees_goes(mark):
    assert clean_text(f"{mark}ré{mark}union{mark}") == "réunion"
    assert clean_text(mark) is None


@pytest.mark.parametrize("space", ["\n", "\r\n", "\t", "  ", "\u2028", "\u2003", "\u3000", "\u2009", " \n \u2029 "])
def test_white_space_becomes_one_space(space):
    assert clean_text(f"{space}un{space}deux{space}") == "un deux"


@pytest.mark.parametrize("text", [None, "", " ", "\n\u00a0\t", "\u200b\ufeff"])
def test_nothing_is_null(text):
    assert clean_text(text) is None


def test_letters_are_composed():
    assert clean_text("e\u0301te\u0301") == "été"


def test_half_of_a_surrogate_pair_can_be_stored():
    assert clean_text("a\ud800b").encode() == "a\ufffdb".encode()


@given(st.one_of(st.text(), st.text(AWKWARD, max_size=30)))
@example("\u00c3\u200b\u00a9")  # two halves of mojibake, met when what is between them goes
@example("\u00c3\n\u00a9")
@example("e\u200b\u0301\u200dx")  # the same with a letter and its accent
def test_cleaning_is_idempotent_and_composed(text):
    once = clean_text(text)
    assert clean_text(once) == once
    if once is not None:
        assert unicodedata.is_normalized("NFC", once)
        assert once == once.strip()
        assert not set(once) & set("\n\r\t\u00ad\u200b\ufeff\u2060")
        once.encode()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("… — !", 0),
        ("Le chat dort.", 3),
        (f"«{NBSP}Oui{NNBSP}!{NBSP}»", 1),
        ("3,5 millions", 3),
        ("日本語", 3),
        ("日本 et Tokyo", 4),
        ("été", 1),
    ],
)
def test_words_are_counted(text, words):
    assert count_words(text) == words


def test_two_prints_of_one_text_fold_to_the_same():
    assert fold(f"L’ÉTÉ{NBSP}ﬁni") == fold("l’été  fini\n")
    assert fold("été") != fold("ete")
