"""Candidates for names: what the model, the lists and patterns of words each take for a name, with a label and a score.

The sources know nothing of each other; `entities.py` weighs them. A score is evidence, not a probability: 1 is what the
model alone gives a name.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from spacy.tokens import Doc

from news_etl.enrich import evidence
from news_etl.enrich.body_patterns import foreign_names, formal_names, heads, products, quoted_titles
from news_etl.enrich.context_patterns import (
    appositions,
    at_home,
    clubs,
    complements,
    connections,
    contests,
    eponyms,
    members,
    nationals,
    newspapers,
    town_forms,
    towns,
)
from news_etl.enrich.evidence import Candidate
from news_etl.enrich.gazetteer import Entry, Match
from news_etl.enrich.name_lists import SURNAME
from news_etl.enrich.person_patterns import (
    after_functions,
    after_titles,
    aged,
    given_names,
    initials,
    led_surnames,
    speakers,
)
from news_etl.enrich.places import CITY, COUNTRY
from news_etl.enrich.wordview import WordView

Source = Callable[[WordView], Iterator[Candidate]]


# ---- the model


def from_model(view: WordView) -> Iterator[Candidate]:
    """The names of the model, with their bounds repaired: titles, functions and marks off, lists of names split."""
    for span in view.doc.ents:
        for start, end in _split(view, span.start, span.end, span.label_):
            bounds = _trim(view, start, end, span.label_)
            if bounds is None or _is_opening(view, *bounds) or _is_headline(view, *bounds):
                continue
            if not _is_code(view, *bounds):
                yield Candidate(*bounds, span.label_, evidence.MODEL, "model")


_NO_NAMES = frozenset({"VERB", "AUX", "ADV", "ADP", "DET", "PRON", "SCONJ", "CCONJ"})
_STOPS = frozenset(".!?…")
"""A word alone between them is a sentence, not a name: "Justement."."""
INDEX = "indices"
"""The kind of stock indices, which have an article: "le Dax", but "pour Dax"."""
HEADLINE = 4
"""Words in capitals from which on they are a headline and no name."""


def _is_opening(view: WordView, start: int, end: int) -> bool:
    """Whether a word has its capital only because it begins a sentence."""
    if end - start > 1 or not view.first[start]:
        return False
    alone = end < len(view.texts) and view.texts[end] in _STOPS
    return alone or view.doc[start].pos_ in _NO_NAMES or _begins_only(view, start)


def _begins_only(view: WordView, index: int) -> bool:
    """Whether the text has a word with a capital only here, at a beginning, and it is no word of a name by its form."""
    text, after = view.texts[index], index + 1
    if text.isupper() or "-" in text or view.texts[index - 1 : index] == ["("]:
        return False
    if text.lower() in view.lower:
        return True
    acts = after < len(view.texts) and (
        view.doc[after].pos_ in {"VERB", "AUX"} or view.texts[after] in {":", *view.lists.words.negations}
    )
    return view.occurrences[text] == 1 and not acts


_CODE = re.compile(r"[A-Z]{1,4}[a-z]{0,2}\d+")


def _is_code(view: WordView, start: int, end: int) -> bool:
    """Whether a word is a rating, a class or a hashtag: "Baa2", "M11", "#AvecAnne"."""
    if start > 0 and view.texts[start - 1] == "#":
        return True
    return end - start == 1 and (_CODE.fullmatch(view.texts[start]) is not None or view.texts[start].startswith("#"))


def _is_headline(view: WordView, start: int, end: int) -> bool:
    return end - start >= HEADLINE and all(text.isupper() for text in view.texts[start:end] if text[0].isalpha())


def _split(view: WordView, start: int, end: int, label: str) -> Iterator[tuple[int, int]]:
    """The names of a coordination: "Durand et Petit" are two persons."""
    for index in range(start, end):
        text = view.texts[index]
        joins = text in {*view.lists.words.coordinators, "/", "–", ";"} or "\n" in text
        if (joins and (label == "PER" or text in {"/", "–", ";"} or "\n" in text)) or (text == "," and label != "ORG"):
            yield start, index
            start = index + 1
    yield start, end


def _trim(view: WordView, start: int, end: int, label: str) -> tuple[int, int] | None:
    """The bounds without what does not belong to a name; None when nothing is left."""
    names = view.lists.names
    while start < end and not view.named[start] and not _begins_name(view, start, end):
        start += 1
    for index in range(start + 1, end):
        if view.doc[index].pos_ in {"VERB", "AUX"} and not view.capital[index]:
            end = index
            break
    while start < end and view.texts[end - 1].strip("\"'(),;:!?-–—«»[]…") == "":
        end -= 1
    while start < end and view.texts[end - 1] in view.lists.words.loose_ends:
        end -= 1
    while label == "PER" and end - start > FULL_NAME and view.texts[end - 1].islower():
        end -= 1
    if start >= end or (end - start == 1 and view.texts[start] in names.not_names):
        return None
    return (start, end) if any(view.capital[start:end]) else None


def _begins_name(view: WordView, start: int, end: int) -> bool:
    """Whether a word in lower case begins the name: "mer Noire", "ministère de la Défense"."""
    text = view.texts[start]
    return text in view.lists.inside and any(view.capital[start + 1 : end])


# ---- the lists


def from_lists(view: WordView) -> Iterator[Candidate]:
    """Listed places and organisations."""
    matches = list(view.lists.gazetteer.find(view.doc.text))
    for place, match in enumerate(matches):
        bounds = view.tokens(match.start, match.end)
        if bounds is None or ((match.bound_before or match.bound_after) and not _is_pair(matches, place)):
            continue
        for entry in _readings_of(match):
            score = _listed_score(view, *bounds, entry)
            yield Candidate(*bounds, entry.label, score, "list", entry)


def _readings_of(match: Match) -> list[Entry]:
    """The first entry of each label; a city that shares its name with another place is that place."""
    first: dict[str, Entry] = {}
    for entry in match.entries:
        first.setdefault(entry.label, entry)
    return list(first.values())


def _is_pair(matches: list[Match], place: int) -> bool:
    """Whether a name tied by a hyphen is one of two of a kind: "Ukraine-Russie", not "Paris-Nice"."""
    match = matches[place]
    others = [matches[place - 1]] if match.bound_before and place else []
    others += [matches[place + 1]] if match.bound_after and place + 1 < len(matches) else []
    kinds = {entry.kind for entry in match.entries} - {CITY}
    return any(
        abs(gap) == 1 and kinds & {entry.kind for entry in other.entries}
        for other in others
        for gap in (other.start - match.end, match.start - other.end)
    )


def _listed_score(view: WordView, start: int, end: int, entry: Entry) -> float:
    if entry.ambiguous:
        score = evidence.AMBIGUOUS
        if entry.kind.endswith("institutions") and not view.first[start] and view.after_article(start):
            score += evidence.CAPITAL_OF_INSTITUTION
        if end - start > 1 and view.texts[start] in view.lists.words.titles_begin and not view.first[start]:
            score += evidence.CAPITAL_OF_TITLE
        if entry.label == "LOC" and _after_place_preposition(view, start):
            score += evidence.PLACE_PREPOSITION
        return score
    if entry.kind == INDEX and not view.after_article(start):
        return evidence.AMBIGUOUS
    if entry.kind == SURNAME:
        touches = view.touches_name(start - 1) or view.touches_name(end)
        opens = view.first[start] and view.texts[start] in view.lists.names.starts
        return 0.0 if touches or opens else evidence.KNOWN_SURNAME
    if end - start > 1 or "-" in view.texts[start]:
        return evidence.LISTED_LONG
    if entry.kind != COUNTRY and (view.touches_name(start - 1) or view.touches_name(end)):
        return evidence.PART_OF_RUN
    return evidence.LISTED


def _after_place_preposition(view: WordView, start: int) -> bool:
    """Whether "à" stands before, which in French asks for a place before a name without article."""
    return start > 0 and view.texts[start - 1] in view.lists.words.place_prepositions


SOURCES: dict[str, Source] = {
    "model": from_model,
    "lists": from_lists,
    "titles": after_titles,
    "given names": given_names,
    "functions": after_functions,
    "speakers": speakers,
    "heads": heads,
    "formal names": formal_names,
    "foreign names": foreign_names,
    "products": products,
    "quoted titles": quoted_titles,
    "complements": complements,
    "towns": towns,
    "town forms": town_forms,
    "at home": at_home,
    "appositions": appositions,
    "newspapers": newspapers,
    "clubs": clubs,
    "contests": contests,
    "aged": aged,
    "initials": initials,
    "led surnames": led_surnames,
    "eponyms": eponyms,
    "members": members,
    "nationals": nationals,
    "connections": connections,
}
"""All sources by name; the evaluation leaves out one at a time."""


MEDIA = "media"
"""The section of bodies that stand right before who speaks to them: "a dit au micro de France Inter Anne Durand"."""


def _without_medium(view: WordView, candidate: Candidate, media: Mapping[int, int]) -> Candidate:
    """A person's name without the medium before it, a body's without the person: "l'agence Reuters Anne Vidal".

    `media` gives the ends of the media by their first words.
    """
    end = media.get(candidate.start, candidate.end)
    if candidate.end - end < FULL_NAME:
        return candidate
    if candidate.label == "PER":
        return replace(candidate, start=end)
    return replace(candidate, end=end) if view.lists.names.is_given(view.texts[end]) else candidate


FULL_NAME = 2
"""Words of a given name and a surname."""


def find(doc: Doc, language: str, sources: dict[str, Source] | None = None) -> tuple[WordView, list[Candidate]]:
    """All candidates of a document, from all sources."""
    view = WordView(doc, language)
    chosen = SOURCES if sources is None else sources
    found = [candidate for source in chosen.values() for candidate in source(view)]
    media = {one.start: one.end for one in found if one.entry and one.entry.kind == MEDIA and one.source == "list"}
    found = [_without_medium(view, candidate, media) for candidate in found]
    not_names = view.lists.names.not_names
    return view, [
        candidate
        for candidate in found
        if candidate.end - candidate.start > 1
        or doc[candidate.start].text not in not_names
        or candidate.score >= evidence.NEWSPAPER
    ]
