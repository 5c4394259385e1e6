"""Clean a text without loss: what a reader sees stays, French typography above all (« », ’, no-break spaces, ‑)."""

import re
import unicodedata

import ftfy

_FIX = ftfy.TextFixerConfig(
    unescape_html=False,  # the extractors have done it; twice would change text about HTML
    uncurl_quotes=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    normalization="NFC",
    explain=False,
)
"""Repairs mojibake, control characters and lone surrogates; typography is not touched."""

_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff\u180e]")
"""Soft hyphen, zero-width space, word joiner, byte order mark, Mongolian vowel separator."""

_JOINER = re.compile("[\u200c\u200d]")
# fmt: off
_JOINING_SCRIPTS = (
    "ARABIC", "SYRIAC", "NKO", "MONGOLIAN", "DEVANAGARI", "BENGALI", "GUJARATI", "GURMUKHI", "KANNADA", "MALAYALAM",
    "ORIYA", "SINHALA", "TAMIL", "TELUGU", "KHMER", "MYANMAR", "TIBETAN",
)
# fmt: on
"""As the Unicode names of their letters begin. In these a joiner changes what is read (Unicode standard, 23.2)."""

_SPACES = re.compile(r"[ \t\r\n\f\v\u0085\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000]+")
"""All white space but the no-break spaces (U+00A0, U+202F, U+2007), which typography put there on purpose."""

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")


def clean_text(text: str | None) -> str | None:
    """One line of text in NFC: mojibake repaired, invisible characters gone, white space runs made one space.

    Returns null where nothing is left.
    """
    while text:
        cleaned = _clean_once(text)
        if cleaned == text:
            return text
        text = cleaned  # again: what stood between two halves of mojibake is gone now
    return None


def _clean_once(text: str) -> str:
    fixed = _INVISIBLE.sub("", ftfy.fix_text(text, _FIX))
    fixed = _JOINER.sub(lambda match: match.group() if _joins(fixed, match.start()) else "", fixed)
    fixed = unicodedata.normalize("NFC", _SPACES.sub(" ", fixed))
    return fixed.strip()


def _joins(text: str, position: int) -> bool:
    """Whether a zero-width joiner means something: in scripts that join letters, and between emoji."""
    neighbours = text[max(0, position - 1) : position] + text[position + 1 : position + 2]
    return any(
        unicodedata.name(character, "").startswith(_JOINING_SCRIPTS)
        or unicodedata.category(character) in ("So", "Sk", "Mn")
        for character in neighbours
    )


def count_words(text: str) -> int:
    """Runs of letters and digits; each character of Chinese and Japanese counts as a word."""
    return sum(1 for _ in _WORD.finditer(text))


def fold(text: str) -> str:
    """A form in which two prints of the same text are equal: compatibility forms, case and white space unified."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
