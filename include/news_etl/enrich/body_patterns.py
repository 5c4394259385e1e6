"""Patterns of words that tell the name of a place, a body, or of something that is neither."""

from collections.abc import Iterator

from news_etl.enrich import evidence
from news_etl.enrich.evidence import Candidate
from news_etl.enrich.gazetteer import fold
from news_etl.enrich.places import CITY
from news_etl.enrich.wordview import WordView

MAX_FORMAL = 14
"""Tokens of a body's official name."""
MAX_ABBREVIATED = 24
"""The same where an acronym in brackets vouches for its end."""


def heads(view: WordView) -> Iterator[Candidate]:
    """Names with the noun that begins or announces them: "palais impérial de Tokyo", "la société Acme"."""
    for index in range(len(view.texts)):
        for length in range(view.lists.longest_head, 0, -1):
            head = _joined(view, index, index + length)
            inside, before = view.lists.inside.get(head), view.lists.before.get(head)
            if inside is None and before is None:
                continue
            found = _headed(view, index, index + length, inside, before)
            if found is not None:
                yield found
            break


def _joined(view: WordView, start: int, end: int) -> str:
    """The words as one writes them: without a space after an elision."""
    if end > len(view.texts):
        return ""
    return " ".join(view.texts[start:end]).replace("' ", "'") if end - start > 1 else view.texts[start]


def _headed(view: WordView, start: int, after: int, inside: str | None, before: str | None) -> Candidate | None:
    if inside is not None:
        head = view.texts[start]
        if not (view.capital[start] or head in view.lists.without_article or view.after_determiner(start)):
            return None
        name = _over_link(view, _over_description(view, after))
        if head in view.lists.unless_town and _is_listed_place(view, name, _own_end(view, name)):
            return None
        end = max(_own_end(view, name), name + 1 if view.is_capital(name) and inside == "ORG" else name)
        return Candidate(start, end, inside, evidence.HEAD_INSIDE, "head") if end > name else None
    if before == "ORG" and (quoted := _quoted_name(view, after)) is not None:
        return quoted
    name = view.over_adjectives(after)
    if name == after and after < len(view.texts) and view.lists.is_adjective_of_people(view.texts[after]):
        name += 1
    if before == "LOC":
        name = _over_link(view, name)
    end = view.run_end(name)
    if before == "ORG" and end > name:
        end = _over_joined(view, name, _over_common_words(view, _before_person(view, name, end)))
    if before is not None and end > name and view.named[name]:
        return Candidate(name, end, before, evidence.HEAD_BEFORE, "head before")
    return None


def _quoted_name(view: WordView, mark: int) -> Candidate | None:
    """The name in marks after a noun of bodies: "l'auberge « Les Trois Meules »"."""
    if mark + 2 >= len(view.texts) or view.texts[mark] != '"' or not view.is_capital(mark + 1):
        return None
    for end in range(mark + 2, min(mark + 2 + MAX_QUOTED, len(view.texts))):
        if view.texts[end] == '"':
            return Candidate(mark + 1, end, "ORG", evidence.QUOTED_BODY, "quoted name")
        if view.texts[end] in {".", ";", "!", "?"} or view.doc[end].pos_ in _VERBS:
            return None
    return None


MAX_QUOTED = 5
"""Tokens of a body's name in marks."""


def _before_person(view: WordView, name: int, end: int) -> int:
    """The end of a body's name before who speaks to it: "l'agence Reuters Anne Durand"."""
    names = view.lists.names
    for index in range(name + 1, end - 1):
        if not names.is_surely_given(view.texts[index]) or view.tight[index - 1] or view.tight[index + 1]:
            continue
        listed = view.lists.is_listed(view.doc[name:index].text, "ORG")
        if listed or (index == name + 1 and not names.may_be_given(view.texts[name])):
            return index
    return end


def _over_joined(view: WordView, name: int, end: int) -> int:
    """The end of a name of two parts, or of a call: "la holding Forges et Participations", "Respirer en Ferrain"."""
    if end + 1 >= len(view.texts) or end != name + 1:
        return end
    link, after = view.texts[end], end + 1
    joined = link in view.lists.words.coordinators and view.named[after] and not view.lists.is_listed(view.texts[after])
    called = view.texts[name].endswith(view.lists.words.calls) and view.doc[end].pos_ in {"ADP", "DET"}
    after = after + 1 if called and not view.is_capital(after) else after
    if not (joined or called) or view.lists.is_listed(view.texts[name]) or not view.touches_name(after):
        return end
    return view.run_end(after)


def _over_common_words(view: WordView, end: int) -> int:
    """The end of a company's or list's name that goes on in words that are no names elsewhere: "Van Oosten Energie"."""
    names = view.lists.names
    while view.is_capital(end) and view.texts[end] in names.not_names and not view.first[end]:
        end += 1
    return end + 1 if end < len(view.texts) and view.texts[end] in view.lists.words.slogans else end


def _own_end(view: WordView, name: int) -> int:
    """The end of a building's or body's own name, without the town it stands in: "lycée Simone-Veil de Gignac"."""
    end = view.run_end(name)
    for index in range(name + 1, end):
        if view.texts[index] in view.lists.words.town_links and not view.texts[index - 1][0].islower():
            return index if _is_listed_place(view, index + 1, end) else end
    return end


def _is_listed_place(view: WordView, start: int, end: int) -> bool:
    text = view.doc[start:end].text
    return any(
        match.end - match.start == len(text) and any(entry.label == "LOC" for entry in match.entries)
        for match in view.lists.gazetteer.find(text)
    )


def _over_description(view: WordView, index: int) -> int:
    """The word after an adjective between a noun and "de": "palais impérial de Tokyo"; whatever its tag."""
    if index + 1 < len(view.texts) and len(view.texts[index]) > SHORTEST_ADJECTIVE:
        plain = view.texts[index].replace("-", "").isalpha() and not view.capital[index]
        if plain and view.texts[index + 1] in view.lists.words.complements:
            return index + 1
    return index


SHORTEST_ADJECTIVE = 3


def _over_link(view: WordView, index: int) -> int:
    """The word after "de", "de la", "du", "aux" …"""
    for link in view.lists.words.links:
        length = 2 if " " in link else 1
        if _joined(view, index, index + length) == link:
            return index + length
    return index


def formal_names(view: WordView) -> Iterator[Candidate]:
    """Official names of bodies, from a noun with a capital on, and the acronym in brackets behind one."""
    for index, text in enumerate(view.texts):
        label = view.lists.formal.get(
            text, "ORG" if text in view.lists.formal_adjectives and view.is_capital(index + 1) else None
        )
        if label is None or view.touches_name(index - 1):
            continue
        end = _acronym_name_end(view, index)
        if end is not None:
            yield Candidate(index, end, "ORG", evidence.ACRONYM, "acronym")
            yield Candidate(end + 1, end + 2, "ORG", evidence.ACRONYM, "acronym")
            continue
        end = _formal_end(view, index)
        if label == "LOC":
            end = _over_places(view, end)
        if end - index > 1:
            yield Candidate(index, end, label, evidence.FORMAL, "formal")


def _acronym_name_end(view: WordView, start: int) -> int | None:
    """Where a name ends that an acronym in brackets abbreviates: "Commission nationale de … (CNCTR)"."""
    texts = view.texts
    for end in range(start + 2, min(start + MAX_ABBREVIATED, len(texts) - 2)):
        if texts[end] in {".", ";", "\n"}:
            return None
        if texts[end] == "(":
            acronym = texts[end + 1]
            closed = texts[end + 2] in {")", ",", ";"}
            return end if closed and abbreviates(acronym, texts[start:end]) else None
    return None


def abbreviates(acronym: str, words: list[str]) -> bool:
    """Whether the letters of an acronym are initials of the words, in order, the first word's first."""
    letters = fold(acronym)
    if len(letters) < 2 or not letters.isalpha() or not acronym[0].isupper():
        return False
    initials = [fold(part)[0] for word in words for part in word.split("-") if part and part[0].isalpha()]
    if not initials or initials[0] != letters[0]:
        return False
    position = 0
    for initial in initials:
        if position < len(letters) and initial == letters[position]:
            position += 1
    return position >= len(letters) - 1


def _formal_end(view: WordView, start: int) -> int:
    """The end of an official name without an acronym: adjectives, then complements.

    The first complement may be any ("de l'audiovisuel", "pour la santé"). Further ones are taken without an article
    ("de renseignement"), or as a country or region ("de France", "du Cameroun"): what else follows is rather the town
    a body sits in, or no name.
    """
    end = _over_name_adjectives(view, start + 1, loose=True)
    for place in range(MAX_COMPLEMENTS):
        after = _over_link(view, end)
        if after == end or after >= len(view.texts) or view.texts[end] in view.lists.words.no_complement:
            break
        if view.named[after]:
            run = _own_end(view, after)
            inner = place == 0 or _is_large(view, after, run)
            return run if inner else end
        if view.doc[after].pos_ != "NOUN" or (place > 0 and view.texts[end] not in view.lists.words.bare):
            break
        end = _over_name_adjectives(view, after + 1)
    return end


MAX_COMPLEMENTS = 3
_VERBS = frozenset({"VERB", "AUX"})


def _is_large(view: WordView, start: int, end: int) -> bool:
    """Whether a name is a listed country or region."""
    text = view.doc[start:end].text
    return any(
        match.end - match.start == len(text)
        and any(entry.label == "LOC" and entry.kind != CITY for entry in match.entries)
        for match in view.lists.gazetteer.find(text)
    )


def _over_places(view: WordView, end: int) -> int:
    """The end of "d'État d'Akasaka" and the like after the name of a building."""
    while end + 1 < len(view.texts) and view.texts[end] in view.lists.words.bare and view.is_capital(end + 1):
        end += 2
    return end


def _over_name_adjectives(view: WordView, index: int, *, loose: bool = False) -> int:
    """The word after adjectives; `loose`: whatever the model calls the word between a noun and its complement."""
    end = min(index + 3, len(view.texts))
    while index < end and view.texts[index].isalpha():
        described = loose and _over_description(view, index) > index and view.doc[index].pos_ not in _VERBS
        loose = False
        if not (view.doc[index].pos_ == "ADJ" or view.named[index] or described):
            break
        index += 1
    return index


def products(view: WordView) -> Iterator[Candidate]:
    """Names of ships, models and works, which are no places, bodies or persons: "USS Iwo Jima", "Airbus A350"."""
    for index in range(len(view.texts) - 1):
        text = view.texts[index]
        if text in view.lists.products:
            start = index if view.capital[index] else index + 1
            end = view.run_end(index + 1)
            if end > index + 1:
                yield Candidate(start, end, "MISC", evidence.HEAD_INSIDE + end - start, "product")
        elif text in view.lists.events and (found := _event(view, index)) is not None:
            yield found
        elif _is_numbered(view, index) or _is_model(view, index):
            yield Candidate(index, index + 2, "MISC", evidence.LISTED_LONG, "product")


def _is_numbered(view: WordView, index: int) -> bool:
    """Whether a listed company's name stands before the number of a model: "Renault 5", not "Renault 5 %"."""
    number = view.texts[index + 1]
    if not (view.named[index] and number.isdigit() and len(number) <= MODEL_DIGITS):
        return False
    after = view.texts[index + 2] if index + 2 < len(view.texts) else "."
    matches = view.lists.gazetteer.find(view.texts[index])
    listed = any(entry.kind == "companies" for match in matches for entry in match.entries)
    return listed and not (after.isdigit() or after in view.lists.words.units)


MODEL_DIGITS = 4


def _event(view: WordView, index: int) -> Candidate | None:
    """An event, treaty or contest with the place or name that follows: "Accord de Paris", "Tour de France"."""
    name = index + 1
    while name < min(index + MAX_EVENT, len(view.texts)) and not view.named[name]:
        if not view.texts[name].rstrip("'").isalpha() or view.doc[name].pos_ in {"VERB", "AUX"}:
            return None
        name += 1
    if not view.capital[index] and view.texts[name - 1] not in view.lists.words.links:
        return None
    end = view.run_end(name)
    return Candidate(index, end, "MISC", evidence.EVENT, "event") if end > name else None


MAX_EVENT = 6
"""Tokens up to the name: "Championnat du monde de rugby", "Open de tennis d'Australie"."""


def quoted_titles(view: WordView) -> Iterator[Candidate]:
    """Short names that stand between marks and begin with a capital: titles of works, where no list knows better."""
    opened: int | None = None
    for index, text in enumerate(view.texts):
        if "\n" in text:
            opened = None
        if text not in {'"', "«", "»", "“", "”"}:
            continue
        if opened is not None and 1 < index - opened <= MAX_TITLE:
            first, last = opened + 1, index - 1 if view.texts[index - 1] == "," else index
            if (
                view.capital[first]
                and any(map(view.is_capital, range(first + 1, last)))
                and not _says(view, first, last)
            ):
                yield Candidate(first, last, "MISC", evidence.QUOTED_TITLE, "quoted title")
        opened = None if opened is not None else index


def _says(view: WordView, start: int, end: int) -> bool:
    """Whether words are a sentence: "J'ai tout dit à Dumortier"."""
    begins = view.texts[start] in view.lists.names.starts
    return begins and any(view.doc[i].pos_ in _VERBS for i in range(start + 1, end))


MAX_TITLE = 8
"""Tokens of a title of a work; longer ones are rather somebody's words."""


def foreign_names(view: WordView) -> Iterator[Candidate]:
    """Names of bodies and places by a word of another language: "Hack Forums", "Glasgow School of Art", "H Street"."""
    index = 0
    while index < len(view.texts):
        if not view.named[index]:
            index += 1
            continue
        end = _foreign_end(view, index)
        inner = range(index + 1, end)
        label = next((view.lists.foreign[view.texts[i]] for i in inner if _is_foreign_head(view, i, end)), None)
        if label is not None:
            yield Candidate(index, end, label, evidence.FOREIGN_HEAD, "foreign")
        index = end


def _is_foreign_head(view: WordView, index: int, end: int) -> bool:
    if view.texts[index] not in view.lists.foreign:
        return False
    return index == end - 1 or view.texts[index + 1] in view.lists.words.foreign_of


def _foreign_end(view: WordView, start: int) -> int:
    """The end of capitalised words, with "of", "for", "and", "&" between them."""
    end = start + 1
    while end < len(view.texts) and end - start < MAX_FORMAL:
        if view.named[end]:
            end += 1
        elif view.texts[end] in view.lists.words.foreign_links and view.is_capital(end + 1):
            end += 2
        else:
            break
    return end


def _is_model(view: WordView, index: int) -> bool:
    """Whether a name and the number of a model stand there: "Airbus A350"."""
    number = view.texts[index + 1]
    lettered = number[0].isupper() and any(map(str.isdigit, number))
    return view.named[index] and lettered and not view.first[index]
