"""What the words around a name that no list knows tell of its kind: town, body, newspaper, club.

The press introduces a person by full name, title or function, but a town or a company by the words beside it: "le maire
de Vaubrisse", "les salariés de Corvandel", "Le fabricant, Corvandel, …", "selon La Gazette du Ferrain".
"""

import re
from collections.abc import Iterable, Iterator

from news_etl.enrich import evidence
from news_etl.enrich.evidence import Candidate
from news_etl.enrich.places import CITY
from news_etl.enrich.wordview import WordView

_SCORE = re.compile(r"\(\d{1,3}-\d{1,3}\b")
_OPENING_MARKS = frozenset('"«“')
_ENDS = frozenset(".!?…;")
LATE_HEAD = 4
"""Tokens after a name and a comma within which a noun tells its kind: "Corvandel, le petit fabricant"."""
REACH = 25
"""Tokens on either side of a score within which the clubs stand."""


def complements(view: WordView) -> Iterator[Candidate]:
    """Names whose kind the noun before "de" tells: "le maire de Vaubrisse", "la filiale de Corvandel"."""
    bare = view.lists.words.bare
    for index, text in enumerate(view.texts):
        label = view.lists.of.get(text.lower())
        if label is None or index + 2 >= len(view.texts):
            continue
        name = index + 2 if view.texts[index + 1] in bare else view.over_adjectives(index + 1) + 1
        if name < len(view.texts) and view.texts[name - 1] in bare and view.named[name]:
            yield Candidate(name, view.run_end(name), label, evidence.COMPLEMENT, "complement")
        elif label == "LOC" and view.texts[index + 1] in view.lists.words.complements and view.named[index + 2]:
            yield Candidate(index + 2, view.run_end(index + 2), label, evidence.LOOSE_COMPLEMENT, "complement")


def towns(view: WordView) -> Iterator[Candidate]:
    """Places at the begin of a sentence or headline: "À Vaubrisse, …", "Vaubrisse : …"."""
    for index in range(len(view.texts) - 2):
        if not view.first[index]:
            continue
        if view.texts[index] in view.lists.words.place_prepositions and view.named[index + 1]:
            end = view.run_end(index + 1)
            if end < len(view.texts) and view.texts[end] == ",":
                yield Candidate(index + 1, end, "LOC", evidence.OPENING_PLACE, "opening place")
        elif view.named[index] and view.texts[index + 1] == ":" and _begins_line(view, index):
            if view.texts[index + 2] in _OPENING_MARKS:
                continue  # somebody's words: "Durand : « Je pars »"
            yield Candidate(index, index + 1, "LOC", evidence.HEADLINE_PLACE, "headline place")


def _begins_line(view: WordView, index: int) -> bool:
    return index == 0 or "\n" in view.texts[index - 1]


def town_forms(view: WordView) -> Iterator[Candidate]:
    """Places by the form of their name: "Saint-Briac", "Orbais-le-Vieux"."""
    words = view.lists.words
    for index, text in enumerate(view.texts):
        if not view.named[index] or view.touches_name(index - 1) or view.after_article(index):
            continue
        end = view.run_end(index)
        parts = "".join(view.texts[index:end]).split("-")
        tied = end - index == 1 or all(view.tight[index + 1 : end : 2])
        if len(parts) < 2 or not tied or text in view.introduced:
            continue
        if parts[0] in words.town_beginnings or any(part in words.town_middles for part in parts[1:-1]):
            yield Candidate(index, end, "LOC", evidence.TOWN_FORM, "town form")


def at_home(view: WordView) -> Iterator[Candidate]:
    """Bodies after "chez", where the text introduces no person of that name."""
    names = view.lists.names
    for index in range(1, len(view.texts)):
        text = view.texts[index]
        if view.named[index] and view.texts[index - 1] in view.lists.words.at_home_of and text not in view.introduced:
            end = view.run_end(index)
            if not names.is_given(text):
                yield Candidate(index, end, "ORG", evidence.AT_HOME, "at home")


def eponyms(view: WordView) -> Iterator[Candidate]:
    """Shops and inns with "Chez" in their name: "au café Chez Rosette"."""
    for index in range(1, len(view.texts) - 1):
        text = view.texts[index]
        if (
            text[0].isupper()
            and text in view.lists.words.at_home_of
            and not view.first[index]
            and view.named[index + 1]
        ):
            yield Candidate(index, view.run_end(index + 1), "ORG", evidence.HEAD_INSIDE, "eponym")


def members(view: WordView) -> Iterator[Candidate]:
    """Parties, teams and employers in brackets behind a person: "Luc Petit (Nordval)", "L. Petit (ITA, Nordval)"."""
    for index in range(2, len(view.texts) - 2):
        if view.texts[index] != "(" or not view.named[index - 1]:
            continue
        name = view.run_start(index - 1)
        if index - name < FULL_NAME and view.texts[index - 1] not in view.introduced:
            continue
        if view.lists.is_listed(view.doc[name:index].text):
            continue
        start = index + 1
        if len(view.texts[start]) == COUNTRY_CODE and view.texts[start].isupper() and view.texts[start + 1] == ",":
            start += 2
        end = view.run_end(start) if start < len(view.texts) else start
        if start < end < len(view.texts) and view.texts[end] in {")", ","}:
            yield Candidate(start, end, "ORG", evidence.MEMBER, "member")


FULL_NAME = 2
COUNTRY_CODE = 3
"""Letters of a country's code in lists of results: "(ITA, Nordval)"."""


def nationals(view: WordView) -> Iterator[Candidate]:
    """Companies after their nationality as a noun in lower case: "l'allemand Hartmann Guss"."""
    for index in range(1, len(view.texts) - 1):
        text = view.texts[index]
        if not text.islower() or not view.after_article(index) or not view.named[index + 1]:
            continue
        if text in view.lists.peoples:
            end = view.run_end(index + 1)
            yield Candidate(index + 1, end, "ORG", evidence.NATIONALITY, "nationality")


def connections(view: WordView) -> Iterator[Candidate]:
    """The ends of a line: "la ligne Paris-Milan", in one token or in three."""
    for index, text in enumerate(view.texts[:-1]):
        if text not in view.lists.words.connections or not view.named[index + 1]:
            continue
        end = view.run_end(index + 1)
        hyphens = [place for place in range(index + 1, end) if view.tight[place]]
        if len(hyphens) == 1 and all(
            view.lists.is_listed(view.doc[start:stop].text, "LOC")
            for start, stop in ((index + 1, hyphens[0]), (hyphens[0] + 1, end))
        ):
            yield Candidate(index + 1, hyphens[0], "LOC", evidence.CONNECTED, "connection")
            yield Candidate(hyphens[0] + 1, end, "LOC", evidence.CONNECTED, "connection")


def appositions(view: WordView) -> Iterator[Candidate]:
    """Names beside a noun that tells their kind, a comma between: "Le fabricant, Corvandel, promet"."""
    functions = view.lists.names.functions
    for index, text in enumerate(view.texts):
        if text != "," or not 0 < index < len(view.texts) - 2:
            continue
        before = view.texts[index - 1]
        label = view.lists.before.get(before)
        if label is not None and before not in functions and view.named[index + 1]:
            end = view.run_end(index + 1)
            if view.after_determiner(index - 1) and end < len(view.texts) and view.texts[end] == ",":
                yield Candidate(index + 1, end, label, evidence.HEAD_BEFORE, "apposition")
        if view.named[index - 1]:
            late = next((word for word in _words_after(view, index) if word in view.lists.before), None)
            if late is not None and late not in functions:
                start = view.run_start(index - 1)
                yield Candidate(start, index, view.lists.before[late], evidence.LATE_HEAD, "apposition")


def _words_after(view: WordView, comma: int) -> Iterator[str]:
    """The words of an apposition up to its first noun."""
    for index in range(comma + 1, min(comma + LATE_HEAD, len(view.texts))):
        if view.capital[index] or not view.texts[index].rstrip("'").isalpha():
            return
        yield view.texts[index]
        if view.doc[index].pos_ not in {"DET", "ADJ", "ADV"}:
            return


def newspapers(view: WordView) -> Iterator[Candidate]:
    """Titles of newspapers, from a noun of titles on: "La Gazette du Ferrain", "Le Nouveau Mercure"."""
    nouns, weak = view.lists.press, view.lists.press_led
    for index, text in enumerate(view.texts):
        if text not in nouns and text not in weak:
            continue
        if index and view.texts[index - 1] in view.lists.words.contracted and view.lists.is_listed(f"Le {text}", "ORG"):
            yield Candidate(index, index + 1, "ORG", evidence.NEWSPAPER, "newspaper")
            continue
        led = index > 0 and view.texts[index - 1] in view.lists.words.titles_begin
        inside = led and not view.first[index - 1]
        end = _title_end(view, index)
        plain = end > index + 1 and not view.named[index + 1]
        if end > index + 1 and (inside or (text in nouns and (led or (plain and not view.first[index])))):
            yield Candidate(index - led, end, "ORG", evidence.NEWSPAPER + inside, "newspaper")


def _title_end(view: WordView, index: int) -> int:
    """The end of a title: capitals, "du", "de la" and a capital, or an adjective of a people: "Le Phare cévenol"."""
    end = index + 1
    for link in view.lists.words.links:
        words = link.split()
        after = end + len(words)
        if view.texts[end:after] == words and after < len(view.texts) and view.named[after]:
            return view.run_end(after)
    while view.is_capital(end):
        end += 1
    return end + 1 if end < len(view.texts) and view.lists.is_adjective_of_people(view.texts[end]) else end


def clubs(view: WordView) -> Iterator[Candidate]:
    """Clubs by their noun and the adjective of a town: "Olympique cadurcien", "Stade lavallois"."""
    for index, text in enumerate(view.texts[:-1]):
        if text in view.lists.clubs and view.lists.is_adjective_of_people(view.texts[index + 1]):
            yield Candidate(index, index + 2, "ORG", evidence.FORMAL, "club")


def contests(view: WordView) -> Iterator[Candidate]:
    """Clubs by the town beside a score: "Bassac a renversé Morlanne (24-23)"; in such a text, also as subjects."""
    scores = [
        view.starts_at[match.start()] for match in _SCORE.finditer(view.doc.text) if match.start() in view.starts_at
    ]
    words = view.lists.words
    scores = [index for index in scores if not _tells(view, _sentence_around(view, index), words.votes)]
    if not scores or not _tells(view, range(len(view.texts)), words.contests):
        return
    near = {place for index in scores for place in _sentence_around(view, index)}
    for index in range(len(view.texts)):
        if not view.named[index] or view.touches_name(index - 1) or view.texts[index] in view.introduced:
            continue
        end = view.run_end(index)
        if end - index > 1 and not any(view.tight[index:end]):
            continue
        if (index in near and _is_bare(view, index)) or _acts(view, index, end) or _is_of_club(view, index):
            towns = [entry for match in view.lists.gazetteer.find(view.doc[index:end].text) for entry in match.entries]
            if not towns or towns[0].kind == CITY:
                yield Candidate(index, end, "ORG", evidence.CONTEST_TOWN if towns else evidence.CONTEST, "contest")


def _tells(view: WordView, places: Iterable[int], words: frozenset[str]) -> bool:
    return any(view.texts[place].lower() in words for place in places)


def _sentence_around(view: WordView, index: int) -> Iterator[int]:
    for step in (-1, 1):
        place = index + step
        while 0 <= place < len(view.texts) and abs(place - index) < REACH and view.texts[place] not in _ENDS:
            if "\n" in view.texts[place]:
                break
            yield place
            place += step


def _is_bare(view: WordView, index: int) -> bool:
    """Whether a name stands as subject or object, or after "face à" and "contre": not as the place of something."""
    if view.first[index] or view.texts[index - 1].lower() in view.lists.words.against:
        return True
    if index > 1 and view.texts[index - 2].lower() in view.lists.words.against:
        return True
    return view.doc[index - 1].pos_ in {"VERB", "AUX", "CCONJ", "PUNCT"}


def _is_of_club(view: WordView, index: int) -> bool:
    """Whether the name is the complement of a noun that goes with clubs: "dans le camp de Morlanne"."""
    bare = index > 1 and view.texts[index - 1] in view.lists.words.bare
    return bare and view.lists.of.get(view.texts[index - 2].lower()) == "ORG"


def _acts(view: WordView, start: int, end: int) -> bool:
    """Whether a name without article or preposition stands before a verb, a reflexive pronoun perhaps between."""
    if not view.first[start] and view.doc[start - 1].pos_ not in {"PUNCT", "CCONJ"}:
        return False
    after = end + 1 if end < len(view.texts) and view.texts[end] in view.lists.words.reflexive else end
    return after < len(view.texts) and view.doc[after].pos_ in {"VERB", "AUX"}
