"""Frames of speech: in a sentence of the reporter, the cue that tells of speech and the group that may be its speaker.

A cue is a speech verb or a preposition of source ("selon"). Its subject is chosen among the noun groups of the sentence
by a sum of named weights; forms and places count first, the parse supports.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from news_etl.enrich.function_words import FunctionWords, load_function_words
from news_etl.enrich.lexicon import read_list
from news_etl.enrich.mentions import PERSONISH, Mention, MentionIndex, split_words
from news_etl.enrich.reading import Reading, Sentence, Word
from news_etl.enrich.verbs import SpeechVerb, Verb, VerbList, find_speech_verbs

SUBJECT_WEIGHTS = {
    "adjacent": 2.5,  # nothing but adverbs between the group and the verb
    "relative": 3.0,  # "qui" between the group and the verb
    "pronoun": 4.0,  # a subject pronoun right before the verb
    "far_pronoun": -2.0,
    "around": 1.5,  # commas or parentheses close right before the verb: "X, maire de Y, affirme"
    "parsed": 2.0,  # the parser says so
    "first": 1.0,  # the first group of the sentence that no preposition governs
    "personish": 1.0,
    "unlisted": -1.5,  # a noun of which no list says that it speaks
    "governed": -4.0,
    "disagrees": -2.5,  # singular and plural
    "nested": -3.0,
    "distance": -0.06,  # for each word between
    "other_verb": -0.8,  # for each speech verb between
}
"""What makes a noun group before a verb its subject; `tests/test_speakers.py` guards the order they give."""

_STOPS = frozenset({",", ".", ";", ":"})
BODIES = frozenset({"org", "place", "organisation", "group"})
UNLISTED = Verb("", frozenset({"incise"}), reflexive=False, rest=())
"""A verb that no list has, told for one of speech by its place."""

MIN_SUBJECT = 0.0
_REACH = 22
"""How many words after an incise's verb its subject may start: "a déclaré, lundi sur l'antenne de …, le maire"."""


_INNER_SPEAKERS = frozenset({"name", "role", "person", "anaphor", "org", "organisation", "group"})


def is_unlisted_person(mention: Mention) -> bool:
    """Whether the subject of an incise that no list has is told for a person by speaking: "lâche le bourlingueur"."""
    return mention.kind == "other" and mention.definite and not mention.plural and mention.entity is None


@dataclass(frozen=True)
class Frame:
    """A cue of speech with its speaker, as written in one sentence."""

    first: int
    last: int
    """The words of the cue, both inclusive."""
    kind: str
    """`verb`, `source` or `view`."""
    subject: Mention | None
    inverted: bool = False
    """Whether the subject follows its verb, as it does in an incise."""
    verb: SpeechVerb | None = None

    @property
    def weak(self) -> bool:
        return self.verb is not None and self.verb.is_weak


@dataclass(frozen=True)
class Cues:
    """The cues of a language that are no verbs."""

    sources: tuple[tuple[str, ...], ...]
    possessive_sources: tuple[tuple[str, ...], ...]
    views: tuple[tuple[str, ...], ...]
    view_places: frozenset[str]
    """The first words of the views that are places: no clause is reported after them."""
    no_sources: frozenset[str]
    impersonal: tuple[tuple[str, ...], ...]
    negative_contexts: tuple[tuple[str, ...], ...]
    no_that_clause: frozenset[str]
    between: frozenset[str]
    times: frozenset[str]
    prepositions: frozenset[str]
    speech_nouns: frozenset[str]
    same_source: tuple[tuple[str, ...], ...]
    first_person: frozenset[str]
    second_person: frozenset[str]
    subordinators: frozenset[str]
    gerund_marks: frozenset[str]
    """Words before a gerund or an infinitive that adds another thing said: "tout en", "non sans"."""
    positive_contexts: tuple[tuple[str, ...], ...]
    question_labels: frozenset[str]
    answer_labels: frozenset[str]
    relatives: frozenset[str]
    """Pronouns after a source: "selon lequel"."""
    anybody: frozenset[str]
    where: frozenset[str]
    """Prepositions before the body in which anybody speaks: "au ministère, on assure"."""
    determiners: frozenset[str]
    words_of: frozenset[str]
    small: FunctionWords


@cache
def load_cues(language: str) -> Cues:
    """The cues of a language."""
    cues = read_list(language, "cues")

    def phrases(name: str) -> tuple[tuple[str, ...], ...]:
        forms = {tuple(split_words(form)) for form in cues[name]}
        bare = {accented: capital.lower() for capital, accented in load_function_words(language).capital_to.items()}
        forms |= {
            (bare[words[0]], *words[1:]) for words in forms if words[0] in bare and len(words) > 2
        }  # "A en croire"
        return tuple(sorted(forms, key=lambda words: (-len(words), words)))

    return Cues(
        phrases("sources"),
        phrases("possessive_sources"),
        phrases("points_of_view"),
        frozenset(split_words(form)[0] for form in cues["view_places"]),
        frozenset(cues["no_sources"]),
        phrases("impersonal"),
        phrases("negative_contexts"),
        frozenset(word for form in cues["no_that_clause"] for word in split_words(form)),
        frozenset(word for form in cues["between"] for word in split_words(form)),
        frozenset(cues["times"]),
        frozenset(cues["prepositions"]),
        frozenset(cues["speech_nouns"]),
        phrases("same_source"),
        frozenset(cues["first_person"]),
        frozenset(cues["second_person"]),
        frozenset(cues["subordinators"]),
        frozenset(cues["gerund_marks"]),
        phrases("positive_contexts"),
        frozenset(cues["question_labels"]),
        frozenset(cues["answer_labels"]),
        frozenset(cues["relatives"]),
        frozenset(cues["anybody"]),
        frozenset(cues["where"]),
        frozenset(cues["determiners"]),
        frozenset({*cues["speech_nouns"], *cues["words_of"]}),
        load_function_words(language),
    )


def starts_phrase(words: Sequence[Word], index: int, phrases: tuple[tuple[str, ...], ...]) -> int:
    """How many words of the longest phrase start at a word; 0 when none does."""
    first = words[index].lower
    for phrase in phrases:
        if phrase[0] == first and tuple(word.lower for word in words[index : index + len(phrase)]) == phrase:
            return len(phrase)
    return 0


def ends_phrase(words: Sequence[Word], index: int, phrases: tuple[tuple[str, ...], ...]) -> bool:
    """Whether a phrase ends with a word."""
    last = words[index].lower
    return any(
        phrase[-1] == last
        and tuple(word.lower for word in words[max(0, index + 1 - len(phrase)) : index + 1]) == phrase
        for phrase in phrases
    )


class FrameFinder:
    """Finds the frames of each sentence of one document."""

    def __init__(self, reading: Reading, mentions: list[Mention], verbs: VerbList, cues: Cues) -> None:
        self.reading = reading
        self.words = reading.words
        self.mentions = MentionIndex(mentions)
        self.verbs = verbs
        self.cues = cues
        self.small = cues.small

    def frames(self, sentence: Sentence) -> list[Frame]:
        """The frames of a sentence, in order; without those that report nobody or are negated."""
        mentions = self.outside(sentence)
        hits = [
            hit for hit in find_speech_verbs(self.words, sentence.outside, self.verbs) if not self._reports_nobody(hit)
        ]
        hits = [self._coordinated(hit, hits) for hit in hits + self._unlisted_incises(sentence, hits, mentions)]
        frames = [self._verb_frame(sentence, hit, hits, mentions) for hit in hits]
        frames += self._source_frames(sentence, mentions)
        return sorted(frames, key=lambda frame: frame.first)

    def _unlisted_incises(
        self, sentence: Sentence, hits: list[SpeechVerb], mentions: list[Mention]
    ) -> list[SpeechVerb]:
        """A finite verb of no list, alone between marks with a comma and a person: « … », claironne Anne Durand."""
        found: list[SpeechVerb] = []
        starts = {mention.first: mention for mention in mentions}
        for index in sentence.outside:
            if self.words[index].lower != "," or index == sentence.first or self.reading.quoted[index - 1] < 0:
                continue
            verb, helpers = index + 1, self.verbs.reflexive | self.verbs.have | self.verbs.be
            while verb < sentence.last and self.words[verb].lower in helpers:
                verb += 1
            if verb >= sentence.last:
                continue
            compound = self.words[verb - 1].lower in self.verbs.have | self.verbs.be
            subject = starts.get(verb + 1)
            if subject is None or self.reading.quoted[verb] >= 0 or subject.governed is not None:
                continue
            personal = subject.kind in {"name", "role", "person", "anaphor"} or (
                subject.kind == "pronoun" and self.words[subject.first].text.startswith("-")
            )
            is_verb = self.words[verb].pos == "VERB" if compound else self.words[verb].is_finite
            if personal and is_verb and not any(hit.first <= verb <= hit.last for hit in hits):
                pronoun = subject.first if subject.kind == "pronoun" else None
                found.append(SpeechVerb(index + 1, verb, UNLISTED, "finite", subject.plural, pronoun))
        return found

    def outside(self, sentence: Sentence) -> list[Mention]:
        """The mentions of a sentence that stand in no marks."""
        found = self.mentions.between(sentence.first, sentence.last)
        return [mention for mention in found if self.reading.quoted[mention.head] < 0]

    def incise_inside(self, part: Sentence) -> Frame | None:
        """An incise among quoted words: an inverted verb after a comma, with a subject of the third person."""
        mentions = self.mentions.between(part.first, part.last)
        for hit in find_speech_verbs(self.words, part.outside, self.verbs):
            if hit.first <= part.first + 1 or hit.is_addressing or hit.mood != "finite" or self._reports_nobody(hit):
                continue
            if self.words[hit.first - 1].lower not in {",", "?", "!", "…", "-", "–", "—"}:
                continue
            subject = next((m for m in mentions if m.first == hit.pronoun), None) if hit.pronoun is not None else None
            if hit.pronoun is None:
                subject = self._inner_subject(part, hit, mentions)
                if subject is None or not (subject.kind in _INNER_SPEAKERS or is_unlisted_person(subject)):
                    continue
            if subject is not None and subject.lemma not in self.cues.anybody:
                return Frame(hit.first, hit.last, "verb", subject, True, hit)
        return None

    def _inner_subject(self, part: Sentence, hit: SpeechVerb, mentions: list[Mention]) -> Mention | None:
        """Right after the verb, or after whom it is told to: "…, a expliqué aux analystes Anne Durand"."""
        subject = next((m for m in mentions if m.first == hit.last + 1 and m.governed is None), None)
        if subject is not None or hit.last + 1 >= part.last:
            return subject
        led = self.words[hit.last + 1].lower
        if led not in self.cues.prepositions and led not in self.cues.times:
            return None
        return next((m for m in mentions if hit.last < m.first <= hit.last + _REACH and self._is_free(m, hit)), None)

    def _is_free(self, mention: Mention, hit: SpeechVerb) -> bool:
        free = mention.governed is None and not mention.nested and mention.lemma not in self.cues.times
        return (
            free
            and mention.kind in _INNER_SPEAKERS
            and not any(self.words[i].lower in _STOPS | self.small.that for i in range(hit.last + 1, mention.first))
        )

    # ---- sources

    def _source_frames(self, sentence: Sentence, mentions: list[Mention]) -> list[Frame]:
        frames: list[Frame] = []
        outside = set(sentence.outside)
        for index in sentence.outside:
            length = starts_phrase(self.words, index, self.cues.possessive_sources)
            if length:
                bearer = Mention(index, index + length - 1, index, "pronoun", lemma="possessive")
                frames.append(Frame(index, index + length - 1, "source", bearer))
                continue
            length = starts_phrase(self.words, index, self.cues.sources)
            kind = "source"
            if not length:
                length, kind = starts_phrase(self.words, index, self.cues.views), "view"
            if not length or index + length not in outside:
                continue
            frame = self._source_frame(index, length, kind, mentions, sentence)
            if frame is not None:
                frames.append(frame)
        return frames

    def _source_frame(
        self, index: int, length: int, kind: str, mentions: list[Mention], sentence: Sentence
    ) -> Frame | None:
        after = index + length
        last = after - 1
        owner = self._owner(after, sentence)
        if owner is not None:
            subject = next((m for m in mentions if owner <= m.first <= owner + 1 and not m.nested), None)
            return None if subject is None else Frame(index, last, kind, subject)
        if self.words[after].lower in self.cues.relatives:
            before = [m for m in mentions if m.last < index and m.kind in PERSONISH]
            persons = [m for m in before if m.kind in {"name", "role", "person"}]
            antecedent = persons or before
            return Frame(index, after, "source", antecedent[-1]) if antecedent else None
        while after < sentence.last and self.words[after].lower in self.small.after_of | self.cues.first_person:
            if self.words[after].lower in self.cues.first_person and kind == "source":
                return None
            after += 1
        if after < sentence.last and self.words[after].lower in self.cues.no_sources | self.cues.times:
            return None
        subject = next((m for m in mentions if index < m.first <= after and not m.nested), None)
        subject = subject or next((m for m in mentions if m.first <= after <= m.last and m.first > index), None)
        if kind == "view" and not self._is_view(index, subject, sentence):
            return None
        return None if subject is None else Frame(index, last, kind, subject)

    def _owner(self, index: int, sentence: Sentence) -> int | None:
        """Where the speaker stands after "selon les termes de": the word after the preposition."""
        while index < sentence.last and self.words[index].lower in self.cues.determiners:
            index += 1
        if index + 2 >= sentence.last or self.words[index].lower not in self.cues.words_of:
            return None
        link = self.words[index + 1].lower
        if link in self.small.bare_of:
            return index + 2
        return index + 1 if link in self.small.contracted_of else None

    def _is_view(self, index: int, subject: Mention | None, sentence: Sentence) -> bool:
        """As in "Pour Anne Durand, …": at the start of a clause, a speaker, and a comma (or the marks) after it."""
        if subject is None or subject.kind not in PERSONISH or not subject.definite:
            return False
        before = self.words[index - 1].lower if index > sentence.first else ","
        if before not in self.small.clause_openers:
            return False
        return self._comma_follows(subject, sentence)

    def _comma_follows(self, subject: Mention, sentence: Sentence) -> bool:
        return any(
            self.words[index].lower in {",", "-", "–", "("}
            for index in range(subject.last + 1, min(subject.last + 2, sentence.last))
        )

    # ---- verbs

    def _reports_nobody(self, hit: SpeechVerb) -> bool:
        """As in "C'est-à-dire", "il faut dire", "rappelons": no speech of anybody in the text."""
        start = max(0, hit.first - 3)
        for index in range(start, hit.first + 1):
            length = starts_phrase(self.words, index, self.cues.impersonal)
            if length and index + length > hit.first:
                return True
        return False

    def _coordinated(self, hit: SpeechVerb, hits: list[SpeechVerb]) -> SpeechVerb:
        """As in "Il a réclamé … et prévenu que": a participle that shares the auxiliary of the one before."""
        joined = (
            hit.mood == "passive"
            and hit.first > 0
            and self.words[hit.first - 1].lower in self.small.after_shared_auxiliary
        )
        shared = any(other.mood == "finite" and other.first < other.last < hit.first for other in hits)
        return replace(hit, mood="coordinated") if joined and shared and not self._has_auxiliary(hit) else hit

    def _has_auxiliary(self, hit: SpeechVerb) -> bool:
        return self.words[hit.first].lower in self.verbs.have | self.verbs.be

    def _verb_frame(
        self, sentence: Sentence, hit: SpeechVerb, hits: list[SpeechVerb], mentions: list[Mention]
    ) -> Frame:
        if hit.pronoun is not None:
            subject = next((m for m in mentions if m.first == hit.pronoun), None)
            return Frame(hit.first, hit.last, "verb", self._where(subject, hit, mentions), True, hit)
        if hit.mood == "passive":
            return Frame(hit.first, hit.last, "verb", self._agent(hit, mentions, sentence), False, hit)
        if self._stands_inverted(sentence, hit):
            subject = self._after(sentence, hit, mentions)
            if subject is not None:
                return Frame(hit.first, hit.last, "verb", subject, True, hit)
        subject = self._where(self._before(sentence, hit, hits, mentions), hit, mentions)
        return Frame(hit.first, hit.last, "verb", subject, False, hit)

    def _where(self, subject: Mention | None, hit: SpeechVerb, mentions: list[Mention]) -> Mention | None:
        """As in "fait-on valoir au ministère", "au ministère, on glisse": the body in which "on" speaks."""
        if subject is None or subject.lemma not in self.cues.anybody:
            return subject
        bodies = [m for m in mentions if m.governed in self.cues.where and m.kind in BODIES and not m.nested]
        after = next((m for m in bodies if hit.last < m.first <= hit.last + 6), None)
        before = next((m for m in bodies if m.last < hit.first and m.last < subject.first), None)
        return after or before or subject

    def _stands_inverted(self, sentence: Sentence, hit: SpeechVerb) -> bool:
        """Whether the verb may have its subject after it: after marks, a comma, "comme" or "que"."""
        if hit.mood != "finite" or hit.is_addressing:
            return False
        before = hit.first - 1
        while before > sentence.first and self.words[before].lower in self.small.before_inverted:
            before -= 1
        if before < sentence.first:
            return False
        if self.reading.quoted[before] >= 0:
            return self._may_open_incise(sentence, before)
        if self.words[before].lower == "," and not self._is_clause(sentence, before):
            return False
        following = self.words[hit.last + 1].lower if hit.last + 1 < sentence.last else "."
        if following in self.small.that | {":", '"', "«"}:
            return False
        return self.words[before].lower in self.small.inversion_openers

    def _is_clause(self, sentence: Sentence, end: int) -> bool:
        """Whether a clause, or something quoted, stands before a comma: not in "L'image, qui fait le tour,"."""
        relative = False
        for index in range(sentence.first, end):
            word = self.words[index]
            if self.reading.quoted[index] >= 0:
                return True
            if word.lower in self.small.relatives:
                relative = True
            elif word.pos in {"VERB", "AUX"} and word.is_finite:
                if not relative:
                    return True
                relative = False
        return False

    def _may_open_incise(self, sentence: Sentence, index: int) -> bool:
        """Whether the verb right after marks, without a comma, is an incise: not in "le plan « … » prévoit"."""
        stretch = self.reading.quoted[index]
        while index >= sentence.first and self.reading.quoted[index] == stretch:
            index -= 1
        return index < sentence.first or self.words[index].lower in {":", ",", "-", "–", "—", "."}

    def _after(self, sentence: Sentence, hit: SpeechVerb, mentions: list[Mention]) -> Mention | None:
        """The subject after a verb: the first group that no preposition governs and that is no time."""
        quoted_before = hit.first > sentence.first and (
            self.reading.quoted[hit.first - 1] >= 0
            or (hit.first - 2 >= sentence.first and self.reading.quoted[hit.first - 2] >= 0)
        )
        for mention in mentions:
            if mention.first <= hit.last or mention.nested:
                continue
            if mention.first > hit.last + _REACH or self._passes_clause(hit.last + 1, mention.first):
                return None
            if mention.governed is not None or mention.lemma in self.cues.times:
                continue
            if mention.kind == "pronoun" and mention.first == hit.last + 1:
                continue
            if mention.kind in PERSONISH or mention.kind in {"document", "place"}:
                return mention
            if quoted_before and mention.first <= hit.last + 2 and not self._has_subject(hit, mentions):
                return mention
        return None

    @staticmethod
    def _has_subject(hit: SpeechVerb, mentions: list[Mention]) -> bool:
        """Whether a group before the verb may be its subject: "les soignants, « épuisés », réclament des renforts"."""
        return any(m.last < hit.first and m.governed is None and m.plural == hit.plural for m in mentions)

    def _passes_clause(self, first: int, last: int) -> bool:
        """Whether another clause begins between two words."""
        for index in range(first, last):
            word = self.words[index]
            if (
                word.lower in {";", ":", *self.small.relatives, *self.small.subordinate}
                or self.reading.quoted[index] >= 0
            ):
                return True
        return False

    def _agent(self, hit: SpeechVerb, mentions: list[Mention], sentence: Sentence) -> Mention | None:
        """As in "Jugé « insuffisant » par les syndicats": the agent of a passive."""
        for mention in mentions:
            if mention.first > hit.last and mention.governed in self.small.agent and mention.first <= hit.last + 30:
                return mention
        return None

    def _before(
        self, sentence: Sentence, hit: SpeechVerb, hits: list[SpeechVerb], mentions: list[Mention]
    ) -> Mention | None:
        candidates = [
            mention for mention in mentions if mention.last < hit.first and mention.lemma not in self.cues.times
        ]
        if hit.mood in {"gerund", "infinitive", "coordinated"}:
            main = [
                other
                for other in hits
                if other.first != hit.first and other.mood == "finite" and other.verb is not None
            ]
            later = next(iter(main), None) if hit.mood == "gerund" else None
            governing = next((other for other in reversed(main) if other.first < hit.first), later)
            if governing is not None:
                frame = self._verb_frame(sentence, governing, [], mentions)
                if frame.subject is not None:
                    return frame.subject
            free = [
                m
                for m in candidates
                if m.governed is None and not m.nested and m.kind in PERSONISH | {"document", "place"}
            ]
            if free:
                return free[0]
            if not candidates and hit.mood == "gerund":
                candidates = [m for m in mentions if m.first > hit.last and m.governed is None and m.kind in PERSONISH][
                    :1
                ]
        scored = [
            (self.subject_score(sentence, hit, mention, mentions, hits), -mention.first, mention)
            for mention in candidates
        ]
        best = max(scored, default=None, key=lambda entry: entry[:2])
        return best[2] if best is not None and best[0] > MIN_SUBJECT else None

    def subject_score(
        self, sentence: Sentence, hit: SpeechVerb, mention: Mention, mentions: list[Mention], hits: list[SpeechVerb]
    ) -> float:
        """How well a group before a verb fits as its subject."""
        weights = SUBJECT_WEIGHTS
        between = [self.words[index] for index in range(mention.last + 1, hit.first)]
        score = weights["distance"] * len(between)
        score += self._nearness(mention, hit, between)
        if self._parsed_subject(mention, hit):
            score += weights["parsed"]
        free = [m for m in mentions if m.governed is None and not m.nested and m.lemma not in self.cues.times]
        if free and free[0] is mention:
            score += weights["first"]
        if mention.kind in PERSONISH or mention.kind in {"document", "place"}:
            score += weights["personish"]
        else:
            score += weights["unlisted"]
        if mention.governed is not None and not (between and between[-1].lower in self.small.subject_relative):
            score += weights["governed"]
        if mention.nested:
            score += weights["nested"]
        if (
            hit.mood == "finite"
            and mention.plural != hit.plural
            and mention.kind not in {"org", "organisation", "group"}
        ):
            score += weights["disagrees"]
        return score + weights["other_verb"] * sum(mention.last < other.first < hit.first for other in hits)

    def _nearness(self, mention: Mention, hit: SpeechVerb, between: list[Word]) -> float:
        """What the words between a group and a verb say for its being the subject."""
        weights = SUBJECT_WEIGHTS
        heavy = [
            w
            for w in between
            if w.lower not in self.cues.between and w.pos != "ADV" and w.lower not in self.verbs.clitics
        ]
        if mention.kind == "pronoun":
            return weights["far_pronoun"] if heavy or mention.lemma in self.small.tonic else weights["pronoun"]
        if not heavy:
            return weights["adjacent"]
        if heavy[-1].lower in self.small.subject_relative and len(heavy) <= 2:
            return weights["relative"]
        return weights["around"] if self._closes_parenthesis(mention, hit) else 0.0

    def _closes_parenthesis(self, mention: Mention, hit: SpeechVerb) -> bool:
        """As in "X, …, affirme": the group stands before a part in commas that ends right before the verb."""
        after, before = self.words[mention.last + 1].lower, self.words[hit.first - 1].lower
        return after in {",", "("} and before in {",", ")"}

    def _parsed_subject(self, mention: Mention, hit: SpeechVerb) -> bool:
        for index in range(mention.first, mention.last + 1):
            token = self.words[index].token
            if token.dep_.startswith("nsubj"):
                head = token.head.idx
                return self.words[hit.first].start <= head < self.words[hit.last].end
        return False
