"""Which mentions of a document name the same person, place or body: entities with a name, a gender, a code, a position.

Persons by full name, then by surname; bodies by list, by acronym defined in the text, and by the begin of their name;
places by list. Two persons of one surname are told apart by title and nearness.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from spacy.language import Language
from spacy.tokens import Doc, Span

from news_etl.enrich import lexicon
from news_etl.enrich.annotation import Entity, annotation
from news_etl.enrich.body_patterns import abbreviates
from news_etl.enrich.gazetteer import Entry, fold
from news_etl.enrich.name_lists import Lists, load_lists
from news_etl.enrich.places import CITY, COUNTRY, locate

APPOSITION = 4
"""Tokens after a name within which a function tells the person's gender: "Anne Durand, l'ancienne ministre"."""
SHORT_FORM = 4
"""Letters of the shortest begin of a body's name that stands for it."""


@dataclass
class Group:
    """Mentions of one entity, while they are collected."""

    label: str
    mentions: list[Span] = field(default_factory=list)
    entry: Entry | None = None
    gender: str | None = None

    @property
    def fullest(self) -> Span:
        """The mention with most words, of these the longest, of these the first."""
        return max(self.mentions, key=lambda span: (len(span), len(span.text), -span.start))


@Language.factory("news_identities", default_config={"language": "fr"})
class IdentityLayer:
    """Makes the entities of a document from `doc.ents`, and gives each mention the id of its entity."""

    def __init__(self, nlp: Language, name: str, language: str) -> None:
        self.language = language

    def __call__(self, doc: Doc) -> Doc:
        groups = group(list(doc.ents), self.language)
        groups.sort(key=lambda found: found.mentions[0].start)
        codes = {found.entry.code for found in groups if found.entry is not None and found.entry.kind == COUNTRY}
        countries = frozenset(code for code in codes if code is not None)
        entities = [_entity(number, found, self.language, countries) for number, found in enumerate(groups, 1)]
        spans = [
            Span(doc, span.start, span.end, span.label_, span_id=str(entity.id))
            for entity in entities
            for span in entity.mentions
        ]
        doc.ents = sorted(spans, key=lambda span: span.start)
        for entity in entities:
            entity.mentions = [span for span in doc.ents if span.id_ == str(entity.id)]
        annotation(doc).entities = entities
        return doc


def group(mentions: list[Span], language: str) -> list[Group]:
    """The mentions of a document by what they name."""
    if not lexicon.has_lists(language):
        return _by_text(mentions)
    lists = load_lists(language)
    persons = _Persons(lists)
    persons.add([span for span in mentions if span.label_ == "PER"])
    things = _group_things([span for span in mentions if span.label_ != "PER"], lists)
    return [*persons.groups, *things]


def _by_text(mentions: Iterable[Span]) -> list[Group]:
    groups: dict[tuple[str, str], Group] = {}
    for span in mentions:
        groups.setdefault((span.label_, fold(span.text)), Group(span.label_)).mentions.append(span)
    return list(groups.values())


# ---- persons


class _Persons:
    """The persons of a document."""

    def __init__(self, lists: Lists) -> None:
        self.lists = lists
        self.groups: list[Group] = []
        self._by_part: defaultdict[str, list[Group]] = defaultdict(list)

    def add(self, mentions: list[Span]) -> None:
        """Group the mentions: full names first, then the surnames and given names that stand alone."""
        full = [span for span in mentions if _is_full(span)]
        for span in sorted(full, key=lambda span: (-len(span), span.start)):
            self._join(span, self._same_person(span))
        for span in (span for span in mentions if not _is_full(span)):
            self._join(span, self._meant_by(span))
        for found in self.groups:
            found.mentions.sort(key=lambda span: span.start)
            found.gender = found.gender or next(
                filter(None, (self._gender_near(span) for span in found.mentions)), None
            )

    def _join(self, span: Span, found: Group | None) -> None:
        if found is None:
            found = Group("PER", gender=self._title_gender(span) or self._given_gender(span))
            self.groups.append(found)
            for part in _parts(span, self.lists.words.particles):
                self._by_part[part].append(found)
        found.mentions.append(span)
        found.gender = self._title_gender(span) or found.gender

    def _same_person(self, span: Span) -> Group | None:
        """The person with a longer full name that holds this one: "Passos Coelho", "J.-L. Durand"."""
        words = [fold(token.text) for token in span]
        for found in self._by_part.get(words[-1], []):
            if _holds([fold(token.text) for token in found.fullest], words):
                return found
        return None

    def _meant_by(self, span: Span) -> Group | None:
        """The person whom a name alone means: of several, the one whose gender fits and who was named last."""
        found = self._by_part.get(fold(span.text), []) or self._by_part.get(fold(span[-1].text), [])
        gender = self._title_gender(span)
        fitting = [person for person in found if gender is None or person.gender in {None, gender}]
        if not fitting:
            return None
        return min(fitting, key=lambda person: _distance(person, span))

    def _title_gender(self, span: Span) -> str | None:
        if span.start == 0:
            return None
        title = self.lists.names.titles.get(span.doc[span.start - 1].text)
        return title.gender if title is not None else None

    def _given_gender(self, span: Span) -> str | None:
        return self.lists.names.gender_of(span[0].text)

    def _gender_near(self, span: Span) -> str | None:
        """The gender of a function beside a name: "la ministre Durand", "Durand, directrice de l'école"."""
        functions, doc = self.lists.names.functions, span.doc
        before = doc[span.start - 1].lower_ if span.start else ""
        if functions.get(before) is not None:
            return functions[before]
        if span.end < len(doc) and doc[span.end].text == ",":
            for token in doc[span.end + 1 : span.end + 1 + APPOSITION]:
                if token.is_punct:
                    break
                if functions.get(token.lower_) is not None:
                    return functions[token.lower_]
        return None


def _is_full(span: Span) -> bool:
    return sum(1 for token in span if token.text[0].isupper()) > 1


def _parts(span: Span, particles: frozenset[str]) -> Iterator[str]:
    """What may stand alone for a name: itself, its ends, its first word."""
    words = [token.text for token in span]
    yield fold(" ".join(words))
    for place in range(1, len(words)):
        if words[place][0].isupper() or words[place].lower() in particles:
            yield fold(" ".join(words[place:]))
    if len(words) > 1:
        yield fold(words[0])


def _holds(longer: list[str], shorter: list[str]) -> bool:
    """Whether a full name holds another one: its words in order, given names perhaps as initials."""
    place = 0
    for word in longer:
        if place < len(shorter) and (word == shorter[place] or _is_initial(shorter[place], word)):
            place += 1
    return place == len(shorter)


def _is_initial(short: str, word: str) -> bool:
    letters = [part.strip(".") for part in short.split("-")]
    parts = word.split("-")
    return short.endswith(".") and len(letters) <= len(parts) and all(map(str.startswith, parts, letters))


def _distance(person: Group, span: Span) -> tuple[bool, int]:
    """How near a person was named: before the mention if at all, the nearest first."""
    before = [mention.start for mention in person.mentions if mention.start < span.start]
    if before:
        return False, span.start - max(before)
    return True, min(mention.start for mention in person.mentions) - span.start


# ---- places and bodies


def _group_things(mentions: list[Span], lists: Lists) -> list[Group]:
    groups: dict[tuple[str, str], Group] = {}
    for span in mentions:
        entry = _entry(span, lists)
        key = (
            fold(span.text) if entry is None else f"{entry.kind}:{entry.code if entry.kind == COUNTRY else entry.name}"
        )
        found = groups.setdefault((span.label_, key), Group(span.label_, entry=entry))
        found.mentions.append(span)
    _join_acronyms(groups)
    _join_short_forms(groups)
    return list(groups.values())


def _entry(span: Span, lists: Lists) -> Entry | None:
    """The listed entry of a whole mention."""
    for match in lists.gazetteer.find(span.text):
        if match.end - match.start == len(span.text):
            return next((entry for entry in match.entries if entry.label == span.label_), None)
    return None


def _join_acronyms(groups: dict[tuple[str, str], Group]) -> None:
    """An acronym in brackets behind a body's name is that body."""
    at = {span.start: (key, span) for key, found in groups.items() if found.label == "ORG" for span in found.mentions}
    for key, span in [at[start] for start in sorted(at)]:
        doc = span.doc
        if span.end + 1 >= len(doc) or doc[span.end].text != "(" or span.end + 1 not in at:
            continue
        other, short = at[span.end + 1]
        if other != key and key in groups and other in groups and abbreviates(short.text, [t.text for t in span]):
            _merge(groups, key, other)


def _join_short_forms(groups: dict[tuple[str, str], Group]) -> None:
    """The begin of a body's name stands for it, where one body alone begins so and no list knows the short form."""
    bodies = {key: found for key, found in groups.items() if found.label == "ORG"}
    first: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, found in bodies.items():
        for name in {fold(span.text) for span in found.mentions if len(span) > 1}:
            first[name.split()[0]].append(key)
    for key, found in bodies.items():
        name = fold(found.fullest.text)
        longer = [other for other in first.get(name, []) if other != key and other in groups]
        if found.entry is None and len(name) >= SHORT_FORM and len(set(longer)) == 1:
            _merge(groups, longer[0], key)


def _merge(groups: dict[tuple[str, str], Group], kept: tuple[str, str], joined: tuple[str, str]) -> None:
    other = groups.pop(joined)
    groups[kept].mentions = sorted(groups[kept].mentions + other.mentions, key=lambda span: span.start)
    groups[kept].entry = groups[kept].entry or other.entry


def _entity(number: int, found: Group, language: str, countries: frozenset[str]) -> Entity:
    entity = Entity(number, found.fullest.text, found.label, found.mentions, gender=found.gender)
    entry = found.entry
    if found.label != "LOC" or entry is None:
        return entity
    entity.country_code = entry.code
    if entry.kind == COUNTRY:
        entity.name = entry.name
    city = locate(entry.name, language, countries) if entry.kind == CITY else None
    if city is not None:
        entity.country_code, entity.latitude, entity.longitude = city.country, city.latitude, city.longitude
    return entity
