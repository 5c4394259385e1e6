"""Which language a text is written in."""

from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from news_etl.schema import SHARE_DECIMALS

UNKNOWN = "und"
"""ISO 639-2 code for a language that was not determined."""

MIN_CHARACTERS = 40
"""Under it a text is a few words, and the page's own word is the better evidence."""

MAX_CHARACTERS = 20_000
"""More text does not change the answer, and only costs time."""


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def known_languages() -> list[str]:
    """The codes that can occur in the column `language`, sorted."""
    return sorted({*_identifier().labels, UNKNOWN})


def identify(text: str, declared: str | None = None) -> tuple[str, float | None]:
    """Language (ISO 639-1) and confidence (0..1) of a text.

    Where the text is too short to tell, the declared language and no confidence.
    """
    stated = (declared or "").replace("_", "-").partition("-")[0].strip().lower()
    if len(text) < MIN_CHARACTERS:
        return (stated if stated in known_languages() else UNKNOWN), None
    language, confidence = _identifier().classify(text[:MAX_CHARACTERS])
    return str(language), round(float(confidence), SHARE_DECIMALS)
