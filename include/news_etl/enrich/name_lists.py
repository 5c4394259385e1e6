"""All lists that names are found by: one gazetteer of listed names, the nouns that go with names, and small words."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from news_etl.enrich.gazetteer import Entry, Gazetteer, fold
from news_etl.enrich.lexicon import read_list
from news_etl.enrich.names import NameLists, load_names
from news_etl.enrich.places import place_entries

SURNAME = "surname"
SHORTEST_DEMONYM = 6
"""The kind of a listed surname that stands alone."""


@dataclass(frozen=True)
class SmallWords:
    """The closed classes of words of a language that patterns ask for: see `small_words.yaml`."""

    particles: frozenset[str]
    ages: frozenset[str]
    negations: frozenset[str]
    contracted: frozenset[str]
    connections: frozenset[str]
    contests: frozenset[str]
    votes: frozenset[str]
    articles: frozenset[str]
    leading: frozenset[str]
    titles_begin: frozenset[str]
    against: frozenset[str]
    reflexive: frozenset[str]
    at_home_of: frozenset[str]
    town_beginnings: frozenset[str]
    town_middles: frozenset[str]
    slogans: frozenset[str]
    links: tuple[str, ...]
    calls: tuple[str, ...]
    """How verbs end that call for something: "Respirer", "Sauvons"."""
    complements: frozenset[str]
    town_links: frozenset[str]
    bare: frozenset[str]
    no_complement: frozenset[str]
    loose_ends: frozenset[str]
    coordinators: frozenset[str]
    place_prepositions: frozenset[str]
    sure_place_prepositions: frozenset[str]
    object_pronouns: frozenset[str]
    units: frozenset[str]
    foreign_links: frozenset[str]
    foreign_of: frozenset[str]


@cache
def load_small_words(language: str) -> SmallWords:
    """The closed classes of a language; the links between nouns in the order of the list, longer ones first."""
    lists = read_list(language, "small_words")
    return SmallWords(
        links=tuple(lists["links"]),
        calls=tuple(lists["calls"]),
        **{name: frozenset(words) for name, words in lists.items() if name not in {"links", "calls"}},
    )


@dataclass(frozen=True)
class Lists:
    """All lists of a language, ready for searching."""

    names: NameLists
    words: SmallWords
    gazetteer: Gazetteer
    inside: dict[str, str]
    """Nouns in lower or upper case that begin a name, with its label."""
    unless_town: frozenset[str]
    without_article: frozenset[str]
    before: dict[str, str]
    """Nouns that announce a name, with its label."""
    of: dict[str, str]
    """Nouns that tell the label of their complement, in lower case."""
    press: frozenset[str]
    press_led: frozenset[str]
    clubs: frozenset[str]
    demonyms: frozenset[str]
    peoples: frozenset[str]
    """Adjectives of countries in lower case."""
    demonym_suffixes: tuple[str, ...]
    adjective_suffixes: tuple[str, ...]
    formal: dict[str, str]
    """Nouns with a capital that begin an official name in lower case, with its label."""
    formal_adjectives: frozenset[str]
    """Adjectives with a capital before such a noun: "Haut Conseil"."""
    foreign: dict[str, str]
    """Words of other languages that end a name, or stand before "of" in one, with its label."""
    events: frozenset[str]
    products: frozenset[str]
    longest_head: int

    def is_listed(self, text: str, label: str | None = None) -> bool:
        """Whether the whole of a text is a listed name, of a label if one is given."""
        return any(
            match.end - match.start == len(text) and any(label in {None, entry.label} for entry in match.entries)
            for match in self.gazetteer.find(text)
        )

    def is_demonym(self, word: str) -> bool:
        """Whether a word with a capital names the member of a people, region or town: "Vosgienne"."""
        known = word in self.demonyms
        if not known and not (len(word) >= SHORTEST_DEMONYM and word.endswith(self.demonym_suffixes)):
            return False
        return not any(entry.label in {"LOC", "ORG"} for match in self.gazetteer.find(word) for entry in match.entries)

    def is_adjective_of_people(self, word: str) -> bool:
        """Whether a word in lower case may be the adjective of a town: "lavallois"."""
        return len(word) >= SHORTEST_DEMONYM and word.islower() and word.endswith(self.adjective_suffixes)


@cache
def load_lists(language: str) -> Lists:
    """The lists of a language."""
    heads = read_list(language, "heads")
    inside, before = _labelled(heads["inside"]), _labelled(heads["before"])
    demonyms = read_list(language, "demonyms")
    gazetteer = Gazetteer()
    for entries in (organisation_entries, place_entries, person_entries, other_entries):
        for entry in entries(language):
            gazetteer.add(entry)
    return Lists(
        names=load_names(language),
        words=load_small_words(language),
        gazetteer=gazetteer,
        inside=inside,
        unless_town=frozenset(heads["unless_town"]),
        without_article=frozenset(heads["without_article"]),
        before=before,
        of={noun.lower(): label for noun, label in _labelled(heads["of"]).items()},
        press=frozenset(heads["press"]),
        press_led=frozenset(heads["press_led"]),
        clubs=frozenset(heads["clubs"]),
        demonyms=frozenset(demonyms["words"]),
        peoples=frozenset(demonyms["peoples"]),
        demonym_suffixes=tuple(demonyms["suffixes"]),
        adjective_suffixes=tuple(demonyms["suffixes"] + demonyms["weak_suffixes"]),
        formal=_labelled(heads["formal"]),
        formal_adjectives=frozenset(heads["formal_adjectives"]),
        foreign=_labelled(heads["foreign"]),
        events=frozenset(heads["events"]),
        products=frozenset(heads["product"]),
        longest_head=max(len(head.replace("'", " ").split()) for head in [*inside, *before]),
    )


def _labelled(heads: dict[str, list[str]]) -> dict[str, str]:
    return {head: label for label in ("LOC", "ORG", "MISC") for head in heads.get(label, [])}


def other_entries(language: str) -> Iterator[Entry]:
    """Names of no person, place or body: contests, products, works …"""
    others = read_list(language, "others")
    ambiguous = set(others["ambiguous"])
    for kind, forms in others.items():
        if kind != "ambiguous":
            yield from (Entry(form, "MISC", form, kind, ambiguous=form in ambiguous) for form in forms)


def person_entries(language: str) -> Iterator[Entry]:
    """The persons whom the press names by surname alone."""
    for line in read_list(language, "persons")["persons"]:
        full, _, short = (part.strip() for part in line.partition("|"))
        yield Entry(full, "PER", full, "person")
        alone = short or full.split()[-1]
        if alone != full:
            yield Entry(alone, "PER", full, SURNAME)


def organisation_entries(language: str) -> Iterator[Entry]:
    """The organisations of a language for a gazetteer, in the order of the list."""
    organisations = read_list(language, "organisations")
    lower = {fold(head) for head in read_list(language, "heads")["lower"]}
    ambiguous = set(organisations["ambiguous"])
    for kind, rows in organisations.items():
        if kind == "ambiguous":
            continue
        for forms in rows:
            for form in forms:
                words = form.split()
                may_be_lower = len(words) > 1 and fold(words[0]) in lower
                yield Entry(form, "ORG", forms[0], kind, None, form in ambiguous, may_be_lower)
