"""Captions and the credits at their end: `… à Tokyo. (Photo : A. Blanc/AFP)`."""

import re
from functools import cache

from news_etl.extract.lexicon import any_of, lexicon

_MAX_CREDIT = 110
_MARK = "\u241f"
"""Stands between a caption and a piece that its page sets apart."""
_SENTENCE_TAIL = re.compile(
    r"(?<=[.!?…»”\"’')])\s+(?![»”]\s)(?P<credit>(?:[A-ZÀ-Þ]\.[\s-]?){0,4}[^.!?…]{2,90}?(?:\b[A-Z]\.[^.!?…]{2,60})?)\.?$"
)
_PARENTHESIS = re.compile(r"\s*[(\[（](?P<credit>[^()\[\]（）]{2,70})[)\]）]\.?$")
_SMALL_WORDS = frozenset(
    [
        "de",
        "von",
        "van",
        "der",
        "den",
        "di",
        "da",
        "del",
        "la",
        "le",
        "via",
        "by",
        "und",
        "et",
        "and",
        "e",
        "y",
        "for",
        "für",
        "pour",
        "per",
        "of",
        "the",
        "/",
        "|",
        "-",
        "–",
        "&",
        "via",
    ]
)


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    words = any_of("credit_words")
    agencies = "|".join(re.escape(name) for name in lexicon().picture_agencies)
    by = r"(?:\s*[:=|]\s*|(?:\.{3}|…)(?=\S)|\s+(?:by|von|par|de|di|courtesy of)\s+(?-i:(?=[^a-zß-ÿ])))"
    word = r"(?:[^\s.!?…]*[^\s.!?…,;:]|(?:[A-ZÀ-Þ]\.-?){1,4})"
    return (
        # (Foto: X)  [Photo by X]  (© X)
        re.compile(
            rf"\s*[(\[（]\s*(?:(?:{words}){by}|©\s*)(?P<credit>[^()\[\]（）]{{2,90}})[)\]）]\.?$", re.IGNORECASE
        ),
        # © X   (C) X
        re.compile(r"\s*(?:©|\([cC]\)|（[CcＣ]）|&copy;)\s*(?P<credit>[^©]{2,100}?)[)\]]?$"),
        # Photo: X   Photograph by X
        re.compile(rf"(?:^|(?<=[\s.!?»”\"|/–)-]))(?:{words}){by}(?P<credit>[^:]{{2,100}})$", re.IGNORECASE),
        # … – PHOTO X
        re.compile(rf"\s[–—-]\s*(?:{words})\s+(?P<credit>(?-i:[A-ZÀ-Þ])[^.!?:]{{2,60}})$", re.IGNORECASE),
        # … | X
        re.compile(r"\s+\|\s+(?P<credit>[^|.!?]{2,80})$"),
        # (X/AFP)
        re.compile(rf"\s*[(\[](?P<credit>[^()\[\]]{{0,80}}(?:\b(?:{agencies})\b|/)[^()\[\]]{{0,50}})[)\]]\.?$"),
        # A. Blanc/AFP, alone on its line
        re.compile(rf"^(?P<credit>[A-ZÀ-Þ]\S*(?:\s\S+){{0,3}}\s?/\s?(?:{agencies})\b[^.!?]{{0,30}})$"),
        # … AP Photo/X   … X/Getty Images
        re.compile(
            r"(?:(?<=[.!?»”\"a-zß-ÿ])\s+|(?<=[.!?)])(?=[A-ZÀ-Þ]))(?P<credit>AP Photo(?:\s?/.{2,60})?"
            rf"|{word}(?:\s{word}){{0,3}}\s?/\s?(?:{agencies})\b.{{0,30}})$"
        ),
    )


def split_credit(text: str) -> tuple[str | None, str | None]:
    """A caption and its credit; either may be missing."""
    if _MARK in text:
        caption, _, credit = text.partition(_MARK)
        return caption.strip() or None, split_credit(credit.strip())[1] or credit.strip() or None
    match = _signed(text)
    if match:
        return _parts(text, match)
    for pattern in (_PARENTHESIS, _SENTENCE_TAIL):
        match = pattern.search(text)
        if match and match.start() > 0 and _is_naming(without_credit_words(match["credit"])):
            return _parts(text, match)
    named = without_credit_words(text)
    alone = " " in named or named.isupper()
    if named != text and alone and _is_naming(named):  # "Photo A. Blanc, La Gazette" is a line of its own
        return None, named
    return text or None, None


@cache
def _leading_words() -> re.Pattern[str]:
    words = any_of("credit_words")
    return re.compile(rf"^(?:(?:{words})(?:\s*:\s*|\s+(?-i:(?=[^a-zß-ÿ]))))+", re.IGNORECASE)


def without_credit_words(credit: str) -> str:
    """A credit without the words that announce it: "Crédit photo : A. Blanc", "Photo A. Blanc"."""
    return _leading_words().sub("", credit)


def is_signed(text: str) -> bool:
    """Whether a text has a credit that says so (a sign, a word such as "Photo", an agency), not a mere name."""
    return _signed(text) is not None


def _signed(text: str) -> re.Match[str] | None:
    for pattern in _patterns():
        match = pattern.search(text)
        if match and len(match["credit"]) <= _MAX_CREDIT:
            return match
    return None


def _parts(text: str, match: re.Match[str]) -> tuple[str | None, str | None]:
    caption = text[: match.start()].strip(" |–—-/")
    return caption or None, without_credit_words(match["credit"].strip(" .|)")) or None


def _is_naming(text: str) -> bool:
    """Whether the words can name a photographer or an agency: nearly all capitalised, and few."""
    words = [word for word in re.split(r"[\s/|,–«»“”\"-]+", text) if word]
    named = [word for word in words if word[0].isupper() or word[0] in "@'" or word.lower() in _SMALL_WORDS]
    return (
        1 <= len(words) <= 9 and len(named) == len(words) and any(word[0].isupper() or word[0] == "@" for word in words)
    )


def join_credit(text: str, last: str | None) -> str:
    """The text of a caption, with a mark before its last piece where that piece can be a credit."""
    if last and last != text and text.endswith(last) and (_is_naming(last) or split_credit(last)[0] is None):
        return f"{text[: -len(last)].strip()}{_MARK}{last}"
    return text
