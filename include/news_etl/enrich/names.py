"""What the lists know of persons' names: titles, given names with their gender, functions, words that are no names."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from news_etl.enrich.gazetteer import fold
from news_etl.enrich.lexicon import read_list

GIVEN_NAMES = Path(__file__).with_name("data") / "given_names.tsv"


@dataclass(frozen=True)
class Title:
    """A title before a name."""

    gender: str | None
    plural: bool


@dataclass(frozen=True)
class NameLists:
    """The lists of one language, keyed by the forms as written unless said otherwise."""

    titles: dict[str, Title]
    functions: dict[str, str | None]
    """Functions of persons in lower case, plurals included, with their gender."""
    given: dict[str, str | None]
    """Given names by their folded form, with their gender; those of the list and of the table."""
    listed: frozenset[str]
    """The folded given names of the list: better evidence than those of the table."""
    family_first: frozenset[str]
    """Folded family names that stand before the given name: "Xi Jinping"."""
    careful: frozenset[str]
    """Folded given names that are ordinary words or places too."""
    not_names: frozenset[str]
    starts: frozenset[str]

    def gender_of(self, given_name: str) -> str | None:
        """The gender that a given name tells; a compound tells it by its first part."""
        folded = fold(given_name)
        if folded in self.given:
            return self.given[folded]
        return self.given.get(folded.split("-")[0])

    def is_given(self, word: str) -> bool:
        """Whether a word is a given name of the list, or a compound of two."""
        folded = fold(word)
        return folded in self.listed or ("-" in folded and all(part in self.listed for part in folded.split("-")))

    def is_surely_given(self, word: str) -> bool:
        """Whether a word is a given name and hardly anything else."""
        return self.is_given(word) and fold(word) not in self.careful

    def may_be_given(self, word: str) -> bool:
        """Whether a word is a given name somewhere."""
        return fold(word) in self.given


@cache
def load_names(language: str) -> NameLists:
    """The lists of a language."""
    names = read_list(language, "given_names")
    listed: dict[str, str | None] = {}
    for gender in ("f", "m", "both"):
        for line in names[gender]:
            for name in line.split():
                known = listed.setdefault(fold(name), None if gender == "both" else gender)
                if known != gender:
                    listed[fold(name)] = None
    others = read_list(language, "not_names")
    return NameLists(
        titles={
            row["form"]: Title(None if row["gender"] == "both" else row["gender"], row.get("plural", False))
            for row in read_list(language, "titles")["titles"]
        },
        functions=_functions(read_list(language, "functions")["person"]),
        given=_baked_names() | listed,
        listed=frozenset(listed),
        family_first=_words(names["family_first"]),
        careful=_words(names["careful"]),
        not_names=frozenset(others["words"]),
        starts=frozenset(others["starts"]),
    )


def _words(lines: list[str]) -> frozenset[str]:
    return frozenset(fold(name) for line in lines for name in line.split())


def _functions(rows: list[dict[str, str]]) -> dict[str, str | None]:
    """Forms of the functions in lower case, singular and plural, with the gender that a form tells."""
    forms: dict[str, str | None] = {}
    for row in rows:
        for gender, form in row.items():
            for written in (form, _plural(form)):
                told = None if gender == "both" or len(set(row.values())) < len(row) else gender
                forms[written.lower()] = told if forms.get(written.lower(), told) == told else None
    return forms


def _plural(form: str) -> str:
    """The regular plural of the first word of a function."""
    first, _, rest = form.partition(" ")
    if first.endswith(("s", "x")):
        plural = first
    elif first.endswith("eau"):
        plural = first + "x"
    elif first.endswith("al"):
        plural = first[:-2] + "aux"
    else:
        plural = first + "s"
    return f"{plural} {rest}".strip()


@cache
def _baked_names() -> dict[str, str | None]:
    with GIVEN_NAMES.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {fold(row["name"]): None if row["gender"] == "both" else row["gender"] for row in rows}
