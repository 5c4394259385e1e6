"""The names of a document: candidates of all sources weighed, overlaps resolved, one decision a name over all of it.

1. `candidates.find`: the model, the lists and patterns of words each propose names.
2. `resolve`: the set of names without overlap that has most evidence.
3. `vote`: a name has one label in a document; a surname alone follows the full name.
4. `complete`: further mentions of a name that is sure are names too.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from spacy.language import Language
from spacy.tokens import Doc, Span

from news_etl.enrich import lexicon
from news_etl.enrich.candidates import find
from news_etl.enrich.evidence import LISTED, SPEAKER, TITLE, Candidate
from news_etl.enrich.gazetteer import Entry, Gazetteer, fold
from news_etl.enrich.places import COUNTRY
from news_etl.enrich.wordview import WordView

LABELS = ("PER", "LOC", "ORG", "MISC")
THRESHOLD = 0.95
"""The least evidence for a name: what the model alone gives."""
INNER = 0.9
"""How much of the evidence for a name inside a longer one counts for the longer one."""
SURE = 2.0
"""Evidence from which on a name tells the kind of those it is enumerated with."""
ENUMERATION = 1.2
REPEATED = 0.6
"""What each further mention of a name counts of the one before."""
SHORTEST_SURNAME = 3


@dataclass(frozen=True)
class Name:
    """A name at tokens `start` to `end`, with the evidence for each label."""

    start: int
    end: int
    scores: tuple[tuple[str, float], ...]
    entry: Entry | None = None

    @property
    def label(self) -> str:
        return max(self.scores, key=lambda item: (item[1], -LABELS.index(item[0])))[0]

    @property
    def score(self) -> float:
        return sum(score for _, score in self.scores)


def resolve(view: WordView, candidates: Iterable[Candidate]) -> list[Name]:
    """The names without overlap that have most evidence together, by their place."""
    grouped: defaultdict[tuple[int, int], list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        if candidate.label in LABELS:
            grouped[candidate.start, candidate.end].append(candidate)
    names = [_weigh(bounds, found) for bounds, found in sorted(grouped.items())]
    names = [name for name in names if not _is_padded(view, name, grouped)]
    return _heaviest([name for name in names if name.score >= THRESHOLD or _is_title_of(name, grouped)])


def _weigh(bounds: tuple[int, int], candidates: list[Candidate]) -> Name:
    scores: dict[str, float] = {}
    if any(candidate.entry is not None and candidate.score >= LISTED for candidate in candidates):
        candidates = [candidate for candidate in candidates if candidate.score > SPEAKER]
    for candidate in candidates:
        scores[candidate.label] = scores.get(candidate.label, 0.0) + candidate.score
    label = max(scores, key=lambda label: scores[label])
    entry = next((c.entry for c in candidates if c.entry is not None and c.label == label), None)
    return Name(*bounds, tuple(sorted(scores.items())), entry)


def _is_padded(view: WordView, name: Name, grouped: dict[tuple[int, int], list[Candidate]]) -> bool:
    """Whether only the model takes words in lower case to a listed name: "Allemagne moderne"."""
    if any(candidate.source != "model" for candidate in grouped[name.start, name.end]):
        return False
    end = name.end
    while end > name.start and not view.capital[end - 1]:
        end -= 1
    listed = grouped.get((name.start, end), []) if end < name.end else []
    return any(candidate.source == "list" for candidate in listed)


def _is_title_of(name: Name, grouped: dict[tuple[int, int], list[Candidate]]) -> bool:
    """Whether a listed name with an article is what the model sees without it: "Le Soir" and "Soir"."""
    return name.entry is not None and any(c.source == "model" for c in grouped.get((name.start + 1, name.end), []))


def _heaviest(names: list[Name]) -> list[Name]:
    """Weighted interval scheduling: of overlapping names, those with the greatest sum of evidence."""
    names = sorted(names, key=lambda name: (name.end, -name.start))
    weights = _weights(names)
    ends = [name.end for name in names]
    best: list[float] = [0.0]
    before: list[int] = []
    for place, name in enumerate(names):
        fitting = bisect_right(ends, name.start, 0, place)
        before.append(fitting)
        best.append(max(best[place], best[fitting] + weights[place]))
    chosen: list[Name] = []
    place = len(names)
    while place:
        if best[place] > best[place - 1]:
            chosen.append(names[place - 1])
            place = before[place - 1]
        else:
            place -= 1
    return chosen[::-1]


def _weights(names: list[Name]) -> list[float]:
    """The evidence for each name, and what the best name inside it adds."""
    weights = []
    for place, name in enumerate(names):
        inner = 0.0
        back = place - 1
        while back >= 0 and names[back].end > name.start:
            if names[back].start >= name.start:
                inner = max(inner, names[back].score)
            back -= 1
        weights.append(name.score + INNER * inner)
    return weights


def enumerate_alike(view: WordView, names: list[Name]) -> list[Name]:
    """Members of an enumeration are of one kind: "Danone, Bel et Savencia" are all companies where two surely are."""
    found = list(names)
    first = 0
    for place in range(1, len(names) + 1):
        if place < len(names) and _is_joined(view, names[place - 1], names[place]):
            continue
        members = names[first:place]
        sure = {name.label for name in members if name.score >= SURE}
        if len(sure) == 1 and _is_enumeration(view, members):
            label = sure.pop()
            found[first:place] = [name if name.score >= SURE else _lean(name, label) for name in members]
        first = place
    return found


def _is_enumeration(view: WordView, members: list[Name]) -> bool:
    """Whether names stand in a list: two that only a comma parts are rather in apposition."""
    return any(view.texts[name.end] in view.lists.words.coordinators for name in members[:-1])


def _is_joined(view: WordView, left: Name, right: Name) -> bool:
    gap = view.texts[left.end : right.start]
    if len(gap) == 2 and gap[1] in view.lists.words.articles and view.after_article(left.start):
        gap = gap[:1]  # "l'Adour et la Nive"
    return len(gap) == 1 and gap[0] in {",", *view.lists.words.coordinators}


def _lean(name: Name, label: str) -> Name:
    scores = dict(name.scores)
    scores[label] = scores.get(label, 0.0) + ENUMERATION
    return replace(name, scores=tuple(sorted(scores.items())))


def vote(view: WordView, names: list[Name]) -> list[Name]:
    """Each name with one label over the document; surnames alone follow the full name."""
    found: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for name in names:
        for label, score in name.scores:
            found[_key(view, name.start, name.end)][label].append(score)
    totals = {key: {label: _pooled(scores) for label, scores in labels.items()} for key, labels in found.items()}
    decided = [_agree(name, totals[_key(view, name.start, name.end)]) for name in names]
    persons = [name for name in decided if name.label == "PER" and name.end - name.start > 1]
    parts = {part for name in persons for part in _parts(view, name)}
    return [_follow(view, name, parts) for name in decided]


def _pooled(scores: list[float]) -> float:
    """The evidence of all mentions: the strongest whole, each further one less, as a source errs alike on a name."""
    return sum(score * REPEATED**place for place, score in enumerate(sorted(scores, reverse=True)))


def _agree(name: Name, totals: dict[str, float]) -> Name:
    """The name with the label of the document, unless its own place tells better: "Mme Poitiers" and "à Poitiers"."""
    if dict(name.scores)[name.label] >= TITLE:
        return name
    return replace(name, scores=tuple(sorted(totals.items())))


def _follow(view: WordView, name: Name, parts: set[str]) -> Name:
    """A name that is a part of a person's full name is the person, unless it is surely a place."""
    if name.label == "PER" or _key(view, name.start, name.end) not in parts:
        return name
    if name.entry is not None and not name.entry.ambiguous and (name.label == "ORG" or name.entry.kind == COUNTRY):
        return name
    if (
        name.label == "LOC"
        and name.entry is not None
        and name.start > 0
        and view.texts[name.start - 1] in view.lists.words.sure_place_prepositions
    ):
        return name
    return replace(name, scores=(("PER", name.score),))


def _key(view: WordView, start: int, end: int) -> str:
    return fold(" ".join(view.texts[start:end]))


def _parts(view: WordView, name: Name) -> Iterable[str]:
    """The parts of a full name by which the text may go on: the surname, with and without particle."""
    words = view.texts[name.start : name.end]
    for place in range(1, len(words)):
        if words[place][0].isupper() or words[place - 1].lower() not in view.lists.words.particles:
            yield fold(" ".join(words[place:]))


def complete(view: WordView, names: list[Name]) -> list[Name]:
    """The names and their further mentions that no source saw."""
    known = Gazetteer(Entry(form, label, form, "text") for form, label in _known_forms(view, names).items())
    taken = {index for name in names for index in range(name.start, name.end)}
    found = list(names)
    for match in known.find(view.doc.text):
        bounds = view.tokens(match.start, match.end)
        if bounds is None or match.bound_before or match.bound_after or taken & set(range(*bounds)):
            continue
        if _stands_alone(view, *bounds):
            found.append(Name(*bounds, ((match.entries[0].label, THRESHOLD),)))
    return sorted(found, key=lambda name: name.start)


def _known_forms(view: WordView, names: list[Name]) -> dict[str, str]:
    """The forms of the names that are sure, surnames alone included, with their label."""
    forms: dict[str, str] = {}
    for name in names:
        if name.label == "MISC" or name.score < SURE:
            continue
        text = view.doc[name.start : name.end].text
        for form in [text, *(_surnames(view, name) if name.label == "PER" else [])]:
            if len(form) >= SHORTEST_SURNAME and form not in view.lists.names.not_names:
                forms.setdefault(form, name.label)
    return forms


def _surnames(view: WordView, name: Name) -> list[str]:
    words = view.doc[name.start : name.end]
    if len(words) == 1:
        return []
    return [words[place:].text for place in range(1, len(words)) if words[place].text[0].isupper()]


def _stands_alone(view: WordView, start: int, end: int) -> bool:
    """Whether a word that was a name elsewhere is one here: no part of a longer name, no ordinary word."""
    touches = any(0 <= i < len(view.named) and view.named[i] for i in (start - 1, end))
    return view.named[start] and not touches


@Language.factory("news_entities", default_config={"language": "fr"})
class EntityLayer:
    """Corrects `doc.ents` over a whole document. Without lists of the language the model's names stay."""

    def __init__(self, nlp: Language, name: str, language: str) -> None:
        self.language = language

    def __call__(self, doc: Doc) -> Doc:
        if not lexicon.has_lists(self.language) or not len(doc):
            return doc
        view, candidates = find(doc, self.language)
        names = complete(view, vote(view, enumerate_alike(view, resolve(view, candidates))))
        doc.ents = [Span(doc, name.start, name.end, name.label) for name in names]
        return doc
