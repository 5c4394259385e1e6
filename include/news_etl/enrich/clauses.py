"""Reported clauses without marks: what stands after "que" under a speech verb, beside "selon X", before an incise."""

from dataclasses import dataclass

from news_etl.enrich.analysis import Analysis
from news_etl.enrich.frames import Frame, ends_phrase
from news_etl.enrich.reading import Sentence

_MAX_GAP = 16
"""How many words may stand between a verb and its "que": "a déclaré mardi, devant les députés, que"."""
MIN_WORDS = 3
"""Shorter clauses are cut off by mistake more often than they are speech."""


@dataclass(frozen=True)
class Clause:
    """A reported clause: words `first` to `last` (exclusive), and the frame that reports it."""

    first: int
    last: int
    frame: Frame


def find_clauses(analysis: Analysis, sentence: Sentence) -> list[Clause]:
    """The reported clauses of a sentence, in order, none inside another."""
    clauses: list[Clause] = []
    for frame in analysis.frames[sentence.number]:
        if clauses and frame.first < clauses[-1].last:
            continue
        clause = (
            _that_clause(analysis, sentence, frame) if frame.kind == "verb" else _sourced(analysis, sentence, frame)
        )
        if clause is None and frame.inverted:
            clause = _before_incise(analysis, sentence, frame)
        if clause is not None and clause.last - clause.first >= MIN_WORDS:
            clauses = [other for other in clauses if other.last <= clause.first]
            clauses.append(clause)
    return clauses


def _that_clause(analysis: Analysis, sentence: Sentence, frame: Frame) -> Clause | None:
    verb = frame.verb
    if verb is None or not verb.takes_clause or verb.negated or (verb.mood == "passive" and frame.subject is None):
        return None
    if _is_negative(analysis, sentence, frame):
        return None
    so = {word.lower for word in analysis.reading.words[frame.first : frame.last + 1]} & analysis.cues.small.degree
    if so or (frame.subject is not None and frame.subject.lemma in analysis.cues.anybody):
        return None  # "il a tant insisté que", "on dit que"
    that = _find_that(analysis, sentence, frame)
    if that is None:
        return None
    if (
        frame.subject is None
        and verb.mood == "infinitive"
        and analysis.reading.words[verb.first - 1].lower not in analysis.cues.small.bare_of
    ):
        return None
    return Clause(that + 1, _end(analysis, sentence, that + 1, frame), frame)


def _is_negative(analysis: Analysis, sentence: Sentence, frame: Frame) -> bool:
    """As in "Sans dire que", "refuse de dire que"."""
    words, before = analysis.reading.words, frame.first - 1
    if before < sentence.first or ends_phrase(words, before, analysis.cues.positive_contexts):
        return False
    return ends_phrase(words, before, analysis.cues.negative_contexts)


def _find_that(analysis: Analysis, sentence: Sentence, frame: Frame) -> int | None:
    """The "que" of a verb's clause: right after it, or after time, place and addressee."""
    words, quoted = analysis.reading.words, analysis.reading.quoted
    start = frame.last + 1
    if frame.inverted and frame.subject is not None:
        start = max(start, frame.subject.last + 1)
    previous = ""
    for index in range(start, min(start + _MAX_GAP, sentence.last)):
        lower = words[index].lower
        if quoted[index] >= 0 or lower in analysis.cues.small.other_relatives | {":", ";"}:
            return None
        if lower in analysis.cues.small.that:
            return None if previous in analysis.cues.no_that_clause else index
        if words[index].pos in {"VERB", "AUX"} and index > start and lower not in analysis.verbs.between:
            return None
        if (
            index == start
            and words[index].pos in {"NOUN", "DET"}
            and lower not in analysis.cues.times
            and not _is_time(analysis, index)
        ):
            return None
        previous = lower
    return None


def _is_time(analysis: Analysis, index: int) -> bool:
    """As in "Ce dimanche", "le 5 mai", "la semaine dernière"."""
    following = analysis.reading.words[index + 1 : index + 4]
    return any(word.lower in analysis.cues.times for word in following)


def _end(analysis: Analysis, sentence: Sentence, first: int, frame: Frame) -> int:
    """Where a clause ends: with the sentence, or before what the reporter adds to it."""
    words = analysis.reading.words
    end = sentence.last
    for other in analysis.frames[sentence.number]:
        if other.first <= first or other is frame:
            continue
        before = words[other.first - 1].lower
        if other.kind == "verb" and other.verb is not None:
            at = other.first
            while at > first and words[at - 1].lower in analysis.cues.gerund_marks:
                at -= 1  # ", tout en laissant entendre que", ", non sans rappeler que"
            adds = other.inverted or other.verb.mood == "gerund" or at < other.first
            cut = at - 1 if adds and words[at - 1].lower == "," else None
        else:
            cut = other.first - 1 if before == "," else None
        if cut is not None and cut > first:
            end = min(end, cut)
    for index in range(first, end):
        if words[index].lower in {";"} and analysis.reading.quoted[index] < 0:
            end = index
            break
    return _without_stop(analysis, first, end)


def _without_stop(analysis: Analysis, first: int, end: int) -> int:
    words = analysis.reading.words
    while end > first and words[end - 1].lower in {".", ",", ":", ";", "!", "?", "…", "...", "-", "–", "—"}:
        end -= 1
    return end


def _sourced(analysis: Analysis, sentence: Sentence, frame: Frame) -> Clause | None:
    """The clause beside "selon X": what follows its comma, else what stands before it."""
    words = analysis.reading.words
    if frame.subject is None:
        return None
    if words[frame.last].lower in analysis.cues.relatives:
        return Clause(frame.last + 1, _end(analysis, sentence, frame.last + 1, frame), frame)
    if frame.kind == "view" and words[frame.first].lower in analysis.cues.view_places:
        return None
    opening = max(
        (i + 1 for i in range(sentence.first, frame.first) if words[i].lower in {":", ";"}), default=sentence.first
    )
    at_start = all(
        words[i].lower in analysis.cues.small.sentence_openers or words[i].pos in {"ADV", "CCONJ"}
        for i in range(opening, frame.first)
    )
    if at_start:
        comma = _comma_after(analysis, sentence, frame)
        return None if comma is None else Clause(comma + 1, _end(analysis, sentence, comma + 1, frame), frame)
    if frame.kind == "view":
        return None
    first = sentence.first
    while first < frame.first and (words[first].lower in {"-", "–", "—", "•"} or words[first].text in {'"'}):
        first += 1
    end = _without_stop(analysis, first, frame.first)
    for other in analysis.frames[sentence.number]:  # "…, a appris l'AFP de source policière"
        if other.inverted and first + MIN_WORDS < other.first < end and words[other.first - 1].lower == ",":
            end = other.first - 1
            break
    after = _comma_after(analysis, sentence, frame)
    if after is not None and words[frame.first - 1].lower == "," and _goes_on(analysis, after + 1, sentence):
        return Clause(first, _end(analysis, sentence, after + 1, frame), frame)
    if analysis.reading.words[end - 1].lower in analysis.cues.small.conjunction:
        return None
    return Clause(first, end, frame)


def _goes_on(analysis: Analysis, index: int, sentence: Sentence) -> bool:
    """Whether the clause goes on after "…, selon la direction, …": not with what else is said of the source."""
    word = analysis.reading.words[index] if index < sentence.last else None
    small = analysis.cues.small
    adds = small.other_relatives | small.conjunction | small.contrast | small.subordinate
    if word is None or word.lower in adds or word.pos == "PUNCT":
        return False
    noun = analysis.noun_at(index)
    return (
        not (noun is not None and noun.kind in {"person", "organisation"})
        and analysis.verbs.forms.get(word.lower) is None
    )


def _comma_after(analysis: Analysis, sentence: Sentence, frame: Frame) -> int | None:
    """The comma that ends "selon X, directeur de …,": the last of those that set off what X is."""
    words = analysis.reading.words
    if frame.subject is None:
        return None
    index = frame.subject.last + 1
    relative = False
    while index < sentence.last and words[index].lower != ",":
        relative = relative or words[index].lower in analysis.cues.small.relatives
        if not relative and words[index].pos in {"VERB", "AUX"} and words[index].is_finite:
            return None
        index += 1
    if index >= sentence.last:
        return None
    end = index
    # an apposition in commas: it starts with a noun without a verb, and a comma follows it
    for following in range(index + 1, min(index + 25, sentence.last)):
        word = words[following]
        if word.lower == ",":
            if _is_apposition(analysis, index + 1, following):
                end = following
            break
    return end


def _is_apposition(analysis: Analysis, first: int, last: int) -> bool:
    words = analysis.reading.words
    head = words[first].lower
    small = analysis.cues.small
    if head in small.other_relatives | small.emphatic | small.conjunction:
        return True
    noun = analysis.noun_at(first)
    if noun is None or noun.kind not in {"person", "organisation", "document", "group"}:
        return False
    relative = False
    for index in range(first, last):
        if words[index].lower in small.relatives:
            relative = True
        if not relative and words[index].pos in {"VERB", "AUX"} and words[index].is_finite:
            return False
    return True


def _before_incise(analysis: Analysis, sentence: Sentence, frame: Frame) -> Clause | None:
    """A sentence without marks that an incise gives to somebody: "Le pont rouvrira, assure la mairie"."""
    words = analysis.reading.words
    verb = frame.verb
    before = frame.first - 1
    if verb is None or verb.negated or verb.is_weak or before <= sentence.first or words[before].lower != ",":
        return None
    if sentence.marked or frame.subject is None or frame.subject.kind == "other":
        return None
    first = sentence.first
    while first < before and not words[first].text[0].isalnum():
        first += 1
    has_verb = any(words[i].pos in {"VERB", "AUX"} for i in range(first, before))
    return Clause(first, before, frame) if has_verb else None
