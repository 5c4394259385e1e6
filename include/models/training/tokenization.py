"""The tokenizer of the French pipeline: spaCy's rules, cut to how French treebanks divide words.

spaCy's own French rules divide "Seine-Maritime" and "Peut-être" and leave "-t" and "-il" apart. Here a hyphen divides
nothing but an inverted pronoun ("dit | -il", "a | -t-il") and the pairs of places that news set side by side
("Paris | - | Berlin"), and an apostrophe divides only after the words that French elides ("l' | Inserm", but
"O'Connor", "aujourd'hui"). All of it is saved with the pipeline, which loads without this file.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from spacy.lang.char_classes import (
    ALPHA,
    ALPHA_LOWER,
    ALPHA_UPPER,
    CONCAT_QUOTES,
    CURRENCY,
    LIST_CURRENCY,
    LIST_ELLIPSES,
    LIST_ICONS,
    LIST_PUNCT,
    LIST_QUOTES,
    UNITS,
)
from spacy.lang.tokenizer_exceptions import URL_MATCH
from spacy.language import Language
from spacy.tokenizer import Tokenizer  # type: ignore[import-not-found]
from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex

ELIDED = "[CcDdJjLlSsTt]|[Qq][Uu]|(?:[Jj][Uu][Ss]|[Ll][Oo][Rr][Ss]|[Pp][Uu][Ii][Ss]|[Qq][Uu][Oo][Ii])[Qq][Uu]"
"""Words that lose their vowel before another word; m' and n' stand apart, for "N'Djamena" and "M'Bappé" begin so."""

PRONOUNS = "ce|elle|elles|en|il|ils|je|la|le|les|leur|lui|moi|nous|on|toi|tu|vous|y"

WHOLE = [
    "aujourd'hui", "c'est-à-dire", "l'on", "rendez-vous", "peut-être", "etc.", "cf.", "pp.", "p.", "art.", "av.",
    "bd.", "M.", "MM.", "Mr.", "Mme.", "Mmes.", "Mlle.", "Dr.", "Pr.", "Me.", "St.", "Ste.", "Mgr.", "Cie.", "No.",
    "no.", "n°", "N°", "vol.", "Vol.", "chap.", "éd.", "env.", "max.", "min.", "tél.", "janv.", "févr.", "avr.",
    "juill.", "sept.", "oct.", "nov.", "déc.", "c.-à-d.",
]  # fmt: skip


def _prefixes() -> list[str]:
    return [
        "§", "%", "=", "—", "–", r"\+(?![0-9])", *LIST_PUNCT, *LIST_ELLIPSES, *LIST_QUOTES, *LIST_CURRENCY, *LIST_ICONS,
        rf"(?:{ELIDED})'(?=\S)",
        rf"[MmNn]'(?=[{ALPHA_LOWER}0-9])",
        rf"(?:[Ee]x|[Aa]nti|[Pp]ro|[Pp]ost|[Nn]on)-(?=[{ALPHA_UPPER}])",
        rf"[MN]'(?=[{ALPHA_UPPER}]{{2}})",
        rf"-(?=[{ALPHA}]{{2}})(?!(?:t-)?(?:{PRONOUNS})\b)",
    ]  # fmt: skip


def _suffixes() -> list[str]:
    return [
        *LIST_PUNCT, *LIST_ELLIPSES, *LIST_QUOTES, *LIST_ICONS, "—", "–",
        r"(?<=[0-9])\+",
        r"(?<=[0-9])%",
        rf"(?<=[0-9])(?:{CURRENCY})",
        rf"(?<=[0-9])(?:{UNITS}|h)",
        rf"(?<=[0-9{ALPHA_LOWER}%²\-\+\])(?:{CONCAT_QUOTES})])\.",
        rf"(?<=[{ALPHA_UPPER}][{ALPHA_UPPER}])\.",
        rf"(?<=[{ALPHA}])-(?:t-)?(?:{PRONOUNS}|{PRONOUNS.upper()})",
        rf"(?<=[{ALPHA}0-9)])-",
    ]  # fmt: skip


def _infixes(paired: Iterable[str]) -> list[str]:
    names = [re.escape(name) for name in paired]
    before = "|".join(rf"(?<=\b{name})" for name in names)
    after = "|".join(names)
    return [
        *LIST_ELLIPSES, *LIST_ICONS,
        r"(?<=[0-9])[+\*^](?=[0-9-])",
        rf"(?<=[{ALPHA_LOWER}{CONCAT_QUOTES}])\.(?=[{ALPHA_UPPER}{CONCAT_QUOTES}])",
        rf"(?<=[{ALPHA}]),(?=[{ALPHA}])",
        rf"(?<=[{ALPHA}0-9])(?:–|—|--|---|~)(?=[{ALPHA}0-9])",
        rf"(?<=[{ALPHA}0-9])[:<>=](?=[{ALPHA}])",
        rf"(?<=[{ALPHA}])/(?=[{ALPHA}])",
        r"(?<=[0-9])h(?=[0-9])",
        r"(?<=[0-9]h)(?=[0-9])",
        rf"(?:{before})-(?=(?:{after})\b)",
    ]  # fmt: skip


def install(nlp: Language, paired_places: Path) -> None:
    """Give `nlp` this tokenizer. `paired_places` holds the names that a hyphen between them divides, one a line."""
    names = [line for line in paired_places.read_text(encoding="utf-8").split("\n") if line and line[0] != "#"]
    nlp.tokenizer = Tokenizer(
        nlp.vocab,
        rules={form: [{"ORTH": form}] for word in WHOLE for form in (word, word[0].upper() + word[1:])},
        prefix_search=compile_prefix_regex(_prefixes()).search,
        suffix_search=compile_suffix_regex(_suffixes()).search,
        infix_finditer=compile_infix_regex(_infixes(names)).finditer,
        url_match=URL_MATCH,
    )
