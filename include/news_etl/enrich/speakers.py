"""Speakers: the component `news_speakers` gives each quotation who said it, how that was found and how sure it is.

The document is read once, forwards, with its running discourse. For each quotation the candidates are scored: the cue
of its own sentence first, then what the sentences around it say. A speaker that is a pronoun or a role is resolved to
the person by the discourse. Headings come last: they take their speaker from the same words in the body.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from spacy.language import Language
from spacy.tokens import Doc

from news_etl.enrich.analysis import Analysis, analyse, forget
from news_etl.enrich.annotation import Quote, annotation
from news_etl.enrich.clauses import find_clauses
from news_etl.enrich.discourse import Discourse, Referent
from news_etl.enrich.frames import Frame, is_unlisted_person, starts_phrase
from news_etl.enrich.lexicon import has_lists, read_list
from news_etl.enrich.mentions import PERSONISH, Mention
from news_etl.enrich.reading import Sentence, clitic

WAYS = (
    "incise",  # « … », explique X
    "inner_incise",  # « …, explique X, … »
    "late_incise",  # … « … » …, note X
    "colon",  # X explique : « … »
    "that",  # X explique que « … », X explique que …
    "before",  # X dénonce … « … »
    "after",
    "source",  # selon X
    "view",  # pour X
    "continuation",  # the speaker before, in the same paragraph
    "next_paragraph",  # the speaker of the paragraph before
    "preceding_sentence",
    "following_sentence",
    "signed",  # « … » – X, under a quotation
    "subject",  # the subject of the reporter's sentence, without a speech verb
    "interview",  # the guest, for the answers of an interview without marks
    "main_speaker",  # the one speaker of a portrait or an interview
    "heading",  # from the same words in the body
    "none",
)
"""The ways a speaker is found; `Quote.attribution` is one of them."""

FALLBACK_WEIGHTS = {
    "announced": 3.0,  # the sentence before ends with a colon
    "signed": 3.0,  # « … » – Anne Durand
    "named_after": 3.0,  # « … » Cette phrase d'Anne Durand
    "introduced_after": 1.2,  # « … » Anne Durand, 81 ans, tremble encore.
    "named_before": 1.6,  # the sentence before speaks of words: "sa réponse est nette"
    "alone": 0.6,  # and the reporter says nothing in the sentence
    "same_paragraph": 2.2,  # somebody was quoted before in the same paragraph
    "whole_sentence": 0.6,  # the quotation is a sentence of its own
    "first_person": 0.6,
    "fragment": -0.8,
    "other_person": -1.2,  # the sentence has a subject of its own, another person
    "other_subject": -0.5,  # or something else
    "words_of": 1.0,  # "Réplique de l'élu : « … »"
    "other_before": -1.4,  # another person is the subject of the sentence before, which quotes nobody
    "body": -1.0,  # bodies, places and texts have whole sentences less often than persons
    "subject_paragraph_before": 0.7,  # of the last sentence of the paragraph before, where this one is only a quotation
    "paragraph_before": 1.6,  # the paragraph is only a quotation, the one before ended in one
    "own_subject": 0.9,  # the subject of the fragment's own sentence
    "own_person": 0.4,  # of a whole quotation's own sentence, if it is named
    "subject_before": 1.0,  # the subject of the sentence before
    "topic": 0.5,  # the person who was a subject last in the paragraph
    "spoke_last": 0.8,  # spoke before, and nobody else has come up since
    "far": -0.25,  # for each paragraph since
}
"""What speaks for a speaker when no cue stands in the quotation's own sentence. Guarded by tests/test_speakers.py."""

MIN_FALLBACK = 0.85
MIN_MAIN_SHARE = 0.6
"""Share of attributed quotations that makes somebody the main speaker of an article."""

_WORD = re.compile(r"[^\W_]{2,}")
KINDS = {"place": "organisation"}
MAX_HEADINGS = 60
"""Quoted headings of an article at most; each is compared with all quotations."""
MIN_TWIN = 0.6
"""Share of a heading's words that a quotation of the body must have to be the same words."""
DOUBT = 2
POOLED = 4
"""Weights, in quotations, of one half against a way's own count, and of a way's share against that of one form."""


@dataclass
class Found:
    """A speaker found for a quotation."""

    way: str
    cue: str | None = None
    text: str | None = None
    referent: Referent | None = None
    is_role: bool = False
    """Whether the speaker is referred to by a role: a later name may explain it."""


Proposal = tuple[float, str, Referent | None]
"""How much speaks for a speaker, the way to him, and who it is."""


@dataclass(frozen=True)
class _Around:
    """What the ways to a speaker without a cue ask of a quotation and its sentence."""

    shape: float
    """The weight of the quotation's own form."""
    alone: bool
    """Whether the reporter says nothing in the sentence."""
    own: Mention | None
    """The subject of the sentence, as written, and whom it means."""
    subject: Referent | None
    speaker: Referent | None
    """Who spoke last in the paragraph."""
    before: Sentence | None
    lead: Referent | None
    """The subject of the sentence before."""


@cache
def load_accuracy(language: str) -> dict[tuple[str, str], float]:
    """How often each way was right, by way and form of reference, from the counts on annotated articles.

    A way's share is smoothed towards one half (an unseen way gets that), the share of a way and form towards its way's.
    """
    rows = read_list(language, "attribution_accuracy")["counts"]
    accuracy: dict[tuple[str, str], float] = {}
    for way in WAYS:
        own = [row for row in rows if row["way"] == way]
        share = _smoothed(sum(row["right"] for row in own), sum(row["found"] for row in own), 0.5, DOUBT)
        accuracy[way, ""] = share
        for row in own:
            accuracy[way, row["form"]] = _smoothed(row["right"], row["found"], share, POOLED)
    return accuracy


def _smoothed(right: int, found: int, prior: float, weight: int) -> float:
    return round((right + weight * prior) / (found + weight), 3)


@Language.factory("news_speakers", default_config={"language": "fr"})
class SpeakerFinder:
    """Gives quotations their speakers; for a language without lists it leaves them as they are."""

    def __init__(self, nlp: Language, name: str, language: str) -> None:
        self.language = language

    def __call__(self, doc: Doc) -> Doc:
        if has_lists(self.language) and annotation(doc).quotes:
            annotation(doc).quotes = Attribution(doc, self.language).run()
        forget(doc)
        return doc


class Attribution:
    """Attributes the quotations of one document."""

    def __init__(self, doc: Doc, language: str) -> None:
        self.language = language
        self.analysis: Analysis = analyse(doc, language)
        self.reading = self.analysis.reading
        self.quotes = annotation(doc).quotes
        entities = annotation(doc).entities
        ages = read_list(language, "cues")["ages"]
        self.discourse = Discourse(self.reading, self.analysis.mentions, entities, self.analysis.nouns, ages)
        self.found: dict[int, Found] = {}
        """By the place of the quotation in `quotes`."""
        self.by_sentence: dict[int, list[int]] = {}
        for place, quote in enumerate(self.quotes):
            self.by_sentence.setdefault(self.sentence_of(quote), []).append(place)
        self.quote_sentences = [self.sentence_of(quote) for quote in self.quotes]
        self.paragraph_speaker: dict[int, tuple[int, Referent]] = {}
        """The last speaker of each paragraph and the sentence that named him."""

    def sentence_of(self, quote: Quote) -> int:
        return self.reading.sentence_of[self.reading.word_at(quote.start)]

    def run(self) -> list[Quote]:
        """The quotations with their speakers."""
        for sentence in self.reading.sentences:
            self._attribute_sentence(sentence)
        self.discourse.advance(len(self.reading.words))
        self._look_ahead()
        self._interview()
        self._main_speaker()
        self._headings()
        return [self._filled(quote, self.found.get(place)) for place, quote in enumerate(self.quotes)]

    # ---- a sentence

    def _attribute_sentence(self, sentence: Sentence) -> None:
        places = self.by_sentence.get(sentence.number, [])
        heading = self.analysis.is_heading(self.reading.paragraphs[sentence.paragraph])
        if sentence.paragraph in self.analysis.interview.paragraphs:
            self.discourse.advance(sentence.last)
            return
        for place in places:
            found = self._own_cue(sentence, place)
            if found is None and not heading:
                found = self._fallback(sentence, place)
            if found is not None:
                self.found[place] = found
                if found.referent is not None and not heading:
                    self._spoke(found.referent, sentence)
        if not places and not heading:
            self._note_speech(sentence)
        self.discourse.advance(sentence.last)

    def _spoke(self, referent: Referent, sentence: Sentence) -> None:
        self.discourse.speak(referent, sentence.number)
        self.paragraph_speaker[sentence.paragraph] = (sentence.number, referent)

    def _note_speech(self, sentence: Sentence) -> None:
        """A sentence that tells of speech without quoting makes its subject the speaker of what follows."""
        for frame in self.analysis.frames[sentence.number]:
            if frame.subject is None or frame.weak or (frame.verb is not None and frame.verb.mood == "passive"):
                continue
            if frame.subject.kind not in PERSONISH | {"document"}:
                continue
            referent = self._referent(frame.subject)
            if referent is not None:
                self._spoke(referent, sentence)

    def _own_cue(self, sentence: Sentence, place: int) -> Found | None:
        quote = self.quotes[place]
        if quote.kind == "indirect":
            frame = next(
                (c.frame for c in find_clauses(self.analysis, sentence) if self._starts_at(c.first, quote)), None
            )
            if frame is None:
                return None
            way = frame.kind if frame.kind != "verb" else "late_incise" if self._after(frame, quote) else "that"
            return self._from_frame(frame, way, sentence)
        number = self.reading.quoted[self.reading.word_at(quote.start)]
        if number < 0:
            frame = next((f for f in self.analysis.frames[sentence.number] if f.inverted), None)
            return self._from_frame(frame, "incise", sentence) if frame is not None else None
        inner = self.analysis.inner_incise(number)
        if inner is not None:
            return self._from_frame(inner, "inner_incise", sentence)
        linked = self.analysis.frame_for(sentence, number)
        if linked is None:
            return None
        frame, way, _ = linked
        return self._from_frame(frame, way, sentence)

    def _starts_at(self, word: int, quote: Quote) -> bool:
        return self.reading.words[word].start == quote.start

    def _after(self, frame: Frame, quote: Quote) -> bool:
        return self.reading.words[frame.first].start >= quote.end

    def _from_frame(self, frame: Frame, way: str, sentence: Sentence) -> Found | None:
        cue = self._text(frame.first, frame.last)
        if frame.subject is None:
            if frame.verb is not None and frame.verb.mood == "passive":
                return None
            return self._inherited(way, cue, sentence)
        text = clitic(self.reading.words[frame.subject.first]) or self._text(frame.subject.first, frame.subject.last)
        if self._is_same_source(frame) and self.discourse.last_speaker:
            return Found(way, cue, text, self.discourse.last_speaker)
        subject = frame.subject
        if frame.inverted and is_unlisted_person(subject):
            subject = replace(subject, kind="role")
        referent = self._referent(subject)
        if referent is None:
            if frame.subject.lemma in self.analysis.cues.anybody:
                return self._inherited(way, cue, sentence) if self._same_source_in(sentence) else Found(way, cue, text)
            inherited = self._inherited(way, cue, sentence)
            return replace(inherited, text=text) if inherited is not None else Found(way, cue, text)
        return Found(way, cue, text, referent, subject.kind == "role")

    def _is_same_source(self, frame: Frame) -> bool:
        if frame.kind == "source":
            return bool(starts_phrase(self.reading.words, frame.last + 1, self.analysis.cues.same_source))
        return frame.subject is not None and bool(
            starts_phrase(self.reading.words, frame.subject.first, self.analysis.cues.same_source)
        )

    def _same_source_in(self, sentence: Sentence) -> bool:
        return any(starts_phrase(self.reading.words, i, self.analysis.cues.same_source) for i in sentence.outside)

    def _inherited(self, way: str, cue: str | None, sentence: Sentence) -> Found | None:
        """The speaker or subject before, for a cue without one: "Et d'ajouter : « … »"."""
        speaker = self._paragraph_speaker(sentence) or self._subject_before(sentence) or self._recent_speaker(sentence)
        return None if speaker is None else Found(way, cue, None, speaker)

    def _recent_speaker(self, sentence: Sentence) -> Referent | None:
        speaker = self.discourse.last_speaker
        return speaker if speaker is not None and sentence.number - speaker.spoke <= 4 else None

    def _referent(self, mention: Mention) -> Referent | None:
        self.discourse.advance(mention.first)
        return self.discourse.resolve(mention)

    # ---- around the sentence

    def _fallback(self, sentence: Sentence, place: int) -> Found | None:
        """The speaker that a quotation without a cue of its own most likely has, by what stands around it."""
        quote = self.quotes[place]
        whole = quote.kind == "direct"
        around = self._around(sentence, quote)
        proposed = [
            *self._within(sentence, quote, around),
            *self._before(sentence, quote, around),
            *self._after_it(sentence, around),
            *self._gone_on(sentence, around),
        ]
        scored = [
            (score + FALLBACK_WEIGHTS["body"] * (whole and found.kind not in {"person", "group"}), way, found)
            for score, way, found in proposed
            if found is not None
        ]
        best = max(scored, default=None, key=lambda candidate: candidate[0])
        return Found(best[1], None, None, best[2]) if best is not None and best[0] >= MIN_FALLBACK else None

    def _around(self, sentence: Sentence, quote: Quote) -> _Around:
        shape = FALLBACK_WEIGHTS["whole_sentence" if quote.kind == "direct" else "fragment"]
        shape += FALLBACK_WEIGHTS["first_person"] * self._speaks_of_itself(quote)
        own = self._own_subject(sentence)
        before = self._sentence_before(sentence)
        return _Around(
            shape,
            self._stands_alone(sentence),
            own,
            self._subject(own),
            self._paragraph_speaker(sentence),
            before,
            self._subject_of(before) if before is not None else None,
        )

    def _within(self, sentence: Sentence, quote: Quote, around: _Around) -> Iterator[Proposal]:
        """Who is named in the quotation's own sentence."""
        weights = FALLBACK_WEIGHTS
        if self._after_colon(quote):
            yield weights["announced"], "colon", around.subject or self._last_person(sentence, quote)
            yield weights["announced"] + weights["words_of"], "colon", self._owner_before(sentence, quote)
        yield weights["signed"], "signed", self._signed(sentence, quote)
        if around.own is not None and self._touches(around.own, quote):
            yield weights["own_subject"], "subject", around.subject
        elif around.own is not None and around.own.kind == "name" and quote.kind == "direct":
            yield weights["own_person"] + around.shape, "subject", around.subject

    def _before(self, sentence: Sentence, quote: Quote, around: _Around) -> Iterator[Proposal]:
        """Who is the subject of what stands before."""
        weights, shape = FALLBACK_WEIGHTS, around.shape
        if around.before is not None:
            if self.reading.words[around.before.last - 1].lower == ":":
                yield weights["announced"] + max(shape, 0.0), "preceding_sentence", around.lead
            else:
                words = {self.reading.words[i].lower for i in around.before.outside}
                named = bool(words & self.analysis.cues.speech_nouns)
                yield weights["named_before" if named else "subject_before"] + shape, "preceding_sentence", around.lead
        if quote.kind != "direct" or not around.alone:
            return
        yield weights["topic"] + shape, "preceding_sentence", self._topic(sentence)
        if self._is_first(sentence) and sentence.number:
            above = self._subject_of(self.reading.sentences[sentence.number - 1])
            if above is not None and above.kind == "person":
                yield weights["subject_paragraph_before"] + shape, "preceding_sentence", above

    def _after_it(self, sentence: Sentence, around: _Around) -> Iterator[Proposal]:
        """Whom the sentence after the quotation names."""
        weights, shape = FALLBACK_WEIGHTS, around.shape
        yield weights["named_after"] + shape, "following_sentence", self._named_after(sentence)
        led_in = around.speaker is not None or (around.lead is not None and around.lead.kind == "person")
        if around.alone and not led_in:
            yield weights["introduced_after"] + shape, "following_sentence", self._introduced_after(sentence)

    def _gone_on(self, sentence: Sentence, around: _Around) -> Iterator[Proposal]:
        """Who spoke before and goes on."""
        weights, shape = FALLBACK_WEIGHTS, around.shape
        other, lead, speaker = 0.0, around.lead, around.speaker
        if around.subject is not None and around.subject is not speaker:
            other += weights["other_person" if around.subject.kind == "person" else "other_subject"]
        if lead is not None and around.before is not None and around.alone and not around.before.marked:
            other += weights["other_before"] * (lead is not speaker and lead.kind == "person")
        yield weights["same_paragraph"] + shape + other + weights["alone"] * around.alone, "continuation", speaker
        if around.alone and self._is_first(sentence):
            yield weights["paragraph_before"] + shape, "next_paragraph", self._speaker_before(sentence)
        recent = self.discourse.last_speaker
        if recent is not None and self.discourse.alone_since(recent):
            far = sentence.paragraph - recent.paragraph
            yield weights["spoke_last"] + shape + other + weights["far"] * far, "main_speaker", recent

    def _after_colon(self, quote: Quote) -> bool:
        before = self.reading.word_at(quote.start) - 1
        while before > 0 and self.reading.quoted[before] >= 0:
            before -= 1
        return before >= 0 and self.reading.words[before].lower == ":"

    def _signed(self, sentence: Sentence, quote: Quote) -> Referent | None:
        """« … » – Anne Durand, maire: a name after a dash, and no verb."""
        after = [index for index in sentence.outside if self.reading.words[index].start >= quote.end]
        if len(after) < 2 or self.reading.words[after[0]].lower not in {"-", "–", "—", "("}:
            return None
        mention = next(
            (m for m in self.analysis.finder.outside(sentence) if m.first == after[1] and m.kind in {"name", "org"}),
            None,
        )
        return None if mention is None else self._referent(mention)

    def _touches(self, mention: Mention, quote: Quote) -> bool:
        """Whether at most a copula stands between a group and the fragment: "les infirmières sont « épuisées »"."""
        if mention.kind not in PERSONISH:
            return False
        start = self.reading.word_at(quote.start)
        between = [
            self.reading.words[i] for i in range(mention.last + 1, start) if self.reading.words[i].text[0].isalpha()
        ]
        return len(between) <= 3 and all(
            word.pos in {"AUX", "ADV"} or word.lower in self.analysis.cues.between for word in between
        )

    def _subject(self, mention: Mention | None) -> Referent | None:
        return None if mention is None else self._referent(mention)

    def _speaks_of_itself(self, quote: Quote) -> bool:
        inside = self.reading.words_between(quote.start, quote.end)
        return any(self.reading.words[i].lower in self.analysis.cues.first_person for i in inside)

    def _stands_alone(self, sentence: Sentence) -> bool:
        """Whether the reporter says nothing in the sentence."""
        return not any(self.reading.words[i].text[0].isalnum() for i in sentence.outside)

    def _is_first(self, sentence: Sentence) -> bool:
        return self.reading.paragraphs[sentence.paragraph].sentences[0] == sentence.number

    def _own_subject(self, sentence: Sentence) -> Mention | None:
        """The first group of a sentence that may act, and that no preposition governs."""
        for mention in self.analysis.finder.outside(sentence):
            if mention.governed is None and not mention.nested and mention.kind in PERSONISH | {"document", "place"}:
                return mention
        return None

    def _subject_of(self, sentence: Sentence) -> Referent | None:
        frames = [
            f
            for f in self.analysis.frames[sentence.number]
            if f.subject is not None and f.kind == "verb" and not f.weak
        ]
        if frames:
            return self._subject(frames[-1].subject)
        own = self._own_subject(sentence)
        if own is None or own.kind not in PERSONISH:
            named = [m for m in self.analysis.finder.outside(sentence) if m.kind == "name"]
            own = named[-1] if named else own
        return self._subject(own)

    def _topic(self, sentence: Sentence) -> Referent | None:
        """The person who was a subject last, earlier in the paragraph."""
        number = sentence.number - 2
        first = self.reading.paragraphs[sentence.paragraph].sentences[0]
        while number >= first:
            own = self._own_subject(self.reading.sentences[number])
            referent = self._subject(own)
            if referent is not None and referent.kind == "person":
                return referent
            number -= 1
        return None

    def _paragraph_speaker(self, sentence: Sentence) -> Referent | None:
        kept = self.paragraph_speaker.get(sentence.paragraph)
        return kept[1] if kept is not None else None

    def _speaker_before(self, sentence: Sentence) -> Referent | None:
        """The last speaker of the paragraph before, over headings."""
        for number in range(sentence.paragraph - 1, max(-1, sentence.paragraph - 3), -1):
            if number in self.paragraph_speaker:
                return self.paragraph_speaker[number][1]
            if not self.analysis.is_heading(self.reading.paragraphs[number]):
                return None
        return None

    def _sentence_before(self, sentence: Sentence) -> Sentence | None:
        if sentence.number == 0:
            return None
        before = self.reading.sentences[sentence.number - 1]
        same = before.paragraph == sentence.paragraph
        announced = self.reading.words[before.last - 1].lower == ":"
        return before if same or announced else None

    def _subject_before(self, sentence: Sentence) -> Referent | None:
        before = self._sentence_before(sentence)
        return None if before is None else self._subject_of(before)

    def _named_after(self, sentence: Sentence) -> Referent | None:
        """« … » Cette petite phrase d'Anne Durand: a noun of speech and, after "de", whose it is."""
        if sentence.number + 1 >= len(self.reading.sentences):
            return None
        after = self.reading.sentences[sentence.number + 1]
        if after.paragraph != sentence.paragraph:
            return None
        return self._owner_of_words(after, after.outside[:8])

    def _owner_before(self, sentence: Sentence, quote: Quote) -> Referent | None:
        """As in "Réplique immédiate de l'élu : « … »"."""
        return self._owner_of_words(sentence, [i for i in sentence.outside if self.reading.words[i].end <= quote.start])

    def _owner_of_words(self, sentence: Sentence, within: list[int]) -> Referent | None:
        """Whose words a noun of speech tells of: "cette phrase d'Anne Durand"."""
        nouns = [index for index in within if self.reading.words[index].lower in self.analysis.cues.speech_nouns]
        if not nouns:
            return None
        for mention in self.analysis.finder.outside(sentence):
            if (
                nouns[0] <= mention.first <= nouns[0] + 6
                and mention.governed in self.analysis.cues.small.of
                and mention.kind in PERSONISH
            ) or (
                nouns[0] <= mention.first <= nouns[0] + 12
                and mention.governed in self.analysis.cues.small.agent
                and mention.kind == "name"
            ):
                return self.discourse.resolve(mention)
            if mention.first <= nouns[0] <= mention.last and mention.entity is None:
                inner = [
                    m
                    for m in self.analysis.mentions.all
                    if mention.first < m.first <= mention.last and m.entity is not None
                ]
                if inner:
                    return self.discourse.resolve(inner[0])
        return None

    def _introduced_after(self, sentence: Sentence) -> Referent | None:
        """The person with whom the next sentence of the paragraph begins, if it quotes nothing itself."""
        if sentence.number + 1 >= len(self.reading.sentences):
            return None
        after = self.reading.sentences[sentence.number + 1]
        own = self._own_subject(after) if after.paragraph == sentence.paragraph and not after.marked else None
        if own is None or own.kind not in {"name", "role"} or own.first > after.first + 2:
            return None
        return self.discourse.resolve(own)

    def _last_person(self, sentence: Sentence, quote: Quote) -> Referent | None:
        """The person named last before a colon: "Le ton est donné par Anne Durand : « … »"."""
        start = self.reading.word_at(quote.start)
        persons = [m for m in self.analysis.finder.outside(sentence) if m.last < start and m.kind == "name"]
        return self._referent(persons[-1]) if persons else None

    # ---- after the first reading

    def _look_ahead(self) -> None:
        """What is quoted before its speaker is named: « … » « … », dit X; and roles that only later get a name."""
        for place in range(len(self.quotes) - 2, -1, -1):
            if place in self.found or self.quotes[place].kind != "direct":
                continue
            following = self.found.get(place + 1)
            near = self.sentence_of(self.quotes[place + 1]) - self.sentence_of(self.quotes[place]) <= 1
            if (
                following is not None
                and following.referent is not None
                and near
                and self._same_paragraph(place, place + 1)
            ):
                self.found[place] = Found("following_sentence", None, None, following.referent)
        for found in self.found.values():
            if found.referent is not None:
                found.referent = self.discourse.named_for(found.referent)

    def _same_paragraph(self, one: int, other: int) -> bool:
        sentences = self.reading.sentences
        return (
            sentences[self.sentence_of(self.quotes[one])].paragraph
            == sentences[self.sentence_of(self.quotes[other])].paragraph
        )

    def _interview(self) -> None:
        """The answers of an interview are of its guest: named in the heading above it, else most before it."""
        first = self.analysis.interview.first
        guest = self._guest(first) if first >= 0 else None
        if guest is None:
            return
        starts = {start for start, _ in self.analysis.interview.answers}
        for place, quote in enumerate(self.quotes):
            if quote.start in starts:
                self.found[place] = Found("interview", None, None, guest)

    def _guest(self, first: int) -> Referent | None:
        paragraphs = self.reading.paragraphs
        above = paragraphs[first - 1] if first else None
        if above is not None and self.analysis.is_heading(above):
            named = self._named_between(above.first, above.last)
            if named:
                return named[-1]
        counts = Counter(referent.key for referent in self._named_between(0, paragraphs[first].last))
        return self.discourse.referents.get(counts.most_common(1)[0][0]) if counts else None

    def _named_between(self, first: int, last: int) -> list[Referent]:
        """The persons named between two words, once for each mention."""
        found = [m for m in self.analysis.mentions.all if first <= m.first < last and m.kind == "name"]
        return [referent for m in found if (referent := self.discourse.resolve(m)) is not None]

    def _main_speaker(self) -> None:
        """Whole sentences of a portrait or an interview without any cue are of the one who speaks in it."""
        speakers = Counter(found.referent.key for found in self.found.values() if found.referent is not None)
        if not speakers:
            return
        (key, count), total = speakers.most_common(1)[0], sum(speakers.values())
        if count < 3 or count / total < MIN_MAIN_SHARE:
            return
        referent = self.discourse.referents[key]
        if referent.kind != "person":
            return
        for place, quote in enumerate(self.quotes):
            if place not in self.found and quote.kind == "direct" and not self._in_heading(quote):
                self.found[place] = Found("main_speaker", None, None, referent)

    def _in_heading(self, quote: Quote) -> bool:
        return self.analysis.is_heading(
            self.reading.paragraphs[self.reading.sentences[self.sentence_of(quote)].paragraph]
        )

    def _headings(self) -> None:
        """A quoted heading has the speaker of the same words in the body."""
        for place in [place for place, quote in enumerate(self.quotes) if self._in_heading(quote)][:MAX_HEADINGS]:
            if place not in self.found and self._after_colon(self.quotes[place]):
                self._headed_by_name(place)
        headings = [place for place, quote in enumerate(self.quotes) if self._in_heading(quote)]
        body = {place: self._content(quote) for place, quote in enumerate(self.quotes) if not self._in_heading(quote)}
        for place in headings[:MAX_HEADINGS]:
            twin = self._twin(place, body)
            if twin is not None and not self._is_person(self.found.get(place)):
                self.found[place] = replace(self.found[twin], way="heading", cue=None)

    @staticmethod
    def _is_person(found: Found | None) -> bool:
        return (
            found is not None
            and found.referent is not None
            and found.referent.entity is not None
            and found.referent.kind == "person"
        )

    def _headed_by_name(self, place: int) -> None:
        """As in "Anne Durand : « … »" as a heading."""
        start = self.reading.word_at(self.quotes[place].start)
        sentence = self.reading.sentences[self.reading.sentence_of[start]]
        before = [m for m in self.analysis.finder.outside(sentence) if m.last < start]
        if (
            before
            and before[-1].kind in {"name", "org", "role"}
            and self.reading.words[before[-1].last + 1].lower == ":"
        ):
            referent = self.discourse.resolve(before[-1])
            self.found[place] = Found("colon", None, self._text(before[-1].first, before[-1].last), referent)

    def _twin(self, place: int, body: dict[int, set[str]]) -> int | None:
        """The quotation of the body whose words a heading repeats most."""
        wanted = self._content(self.quotes[place])
        if not wanted:
            return None
        shares = {other: len(wanted & content) / len(wanted) for other, content in body.items()}
        twins = [other for other, share in shares.items() if share >= MIN_TWIN and share == max(shares.values())]
        speakers = {found.referent.key if (found := self.found.get(twin)) and found.referent else "" for twin in twins}
        return twins[0] if len(speakers) == 1 and speakers != {""} else None

    def _content(self, quote: Quote) -> set[str]:
        return {word.lower()[:7] for word in _WORD.findall(self.reading.text, quote.start, quote.end)}

    # ---- output

    def _text(self, first: int, last: int) -> str:
        return self.reading.text[self.reading.words[first].start : self.reading.words[last].end]

    def _filled(self, quote: Quote, found: Found | None) -> Quote:
        if found is None or (found.referent is None and found.text is None):
            return replace(quote, cue=found.cue if found else None)
        referent = found.referent
        accuracy = load_accuracy(self.language)
        if referent is None:
            return replace(quote, cue=found.cue, speaker_text=found.text)
        filled = replace(
            quote,
            cue=found.cue,
            speaker_text=found.text,
            speaker_name=referent.name,
            speaker_entity=referent.entity,
            speaker_kind=KINDS.get(referent.kind, referent.kind),
            attribution=found.way,
        )
        confidence = accuracy.get((found.way, form_of(filled)), accuracy[found.way, ""])
        return replace(filled, confidence=confidence)


def form_of(quote: Quote) -> str:
    """How the speaker of a finished quotation is referred to, in the terms of the accuracy table."""
    if quote.cue is None or quote.speaker_text is None:
        return "inherited"
    if quote.speaker_name == quote.speaker_text or (quote.speaker_name or "") in quote.speaker_text:
        return "name"
    return "pronoun" if " " not in quote.speaker_text else "role"
