"""What finding quotations and finding their speakers both need of a document, made once."""

from dataclasses import dataclass, field
from typing import cast

from spacy.tokens import Doc

from news_etl.enrich.annotation import annotation
from news_etl.enrich.frames import Cues, Frame, FrameFinder, load_cues
from news_etl.enrich.interviews import Interview, find_interview
from news_etl.enrich.mentions import Mentions, Noun, Nouns, find_mentions, load_nouns, look_up
from news_etl.enrich.reading import Paragraph, Reading, Sentence, read
from news_etl.enrich.verbs import VerbList, load_verbs

_KEY = "news_analysis"

LINK_WEIGHTS = {
    "incise": 6.0,  # « … », explique X: an inverted verb right after the marks
    "late_incise": 3.2,  # … « … » … , note aussi X
    "colon": 5.0,  # X explique : « … »
    "that": 4.5,  # X explique que « … »
    "source": 4.2,  # selon X, « … »
    "view": 2.6,  # pour X, … « … »: less than a verb of the same sentence
    "before": 3.0,  # X dénonce … « … »
    "after": 0.8,  # « … », X l'a répété: the verb comes after
    "distance": -0.05,  # for each word between cue and marks
    "between": -0.7,  # for each other cue between
    "weak": -1.2,  # a verb of will
    "passive": -0.8,
    "no_subject": -1.6,
    "other_verb": -1.5,  # another finite verb between, in no clause that the cue governs
    "other_subject": -1.5,  # a noun of which no list says that it speaks
    "other_clause": -1.0,  # a semicolon or "mais" between
}
"""Which of a sentence's cues announces the marks: the highest sum wins. Guarded by tests/test_quotes.py."""

MAX_HEADING = 40
"""Words of a heading at most: the longest of newspapers have about 30."""

MAX_PASSIVE = 4
"""Words between a passive and its marks at most: "jugé par tous « insuffisant »"."""


@dataclass
class Analysis:
    """A document with its mentions and frames of speech."""

    reading: Reading
    mentions: Mentions
    frames: list[list[Frame]]
    """The frames of each sentence."""
    finder: FrameFinder
    verbs: VerbList
    cues: Cues
    nouns: Nouns
    interview: Interview
    linked: dict[int, tuple[Frame, str, float] | None] = field(default_factory=dict)
    """What `frame_for` found, by stretch."""

    def frame_for(self, sentence: Sentence, number: int) -> tuple[Frame, str, float] | None:
        """The frame that announces the marked stretch `number`, how it does, and how surely."""
        if number not in self.linked:
            self.linked[number] = self._find_frame(sentence, number)
        return self.linked[number]

    def _find_frame(self, sentence: Sentence, number: int) -> tuple[Frame, str, float] | None:
        stretch = self.reading.marked[number]
        inside = self.reading.words_between(stretch.outer_start, stretch.outer_end)
        if not inside:
            return None
        frames = self.frames[sentence.number]
        linked = [(*self._link(frame, inside, frames), -frame.first, frame) for frame in frames]
        best = max(linked, default=None, key=lambda entry: (entry[0], entry[2]))
        return None if best is None or best[0] <= 0 else (best[3], best[1], best[0])

    def _link(self, frame: Frame, inside: range, frames: list[Frame]) -> tuple[float, str]:
        weights = LINK_WEIGHTS
        words = self.reading.words
        start, end = inside[0], inside[-1] + 1
        if frame.kind in {"source", "view"}:
            distance = start - frame.last if frame.last < start else frame.first - end
            if frame.kind == "view" and frame.first >= end and words[frame.first - 1].lower != ",":
                return 0.0, "view"
            return weights[frame.kind] + weights["distance"] * max(0, distance), frame.kind
        if frame.first >= end:
            gap = [index for index in range(end, frame.first) if words[index].lower not in {",", "-", "–", "—"}]
            direct = not gap or all(
                self.reading.quoted[i] >= 0 or words[i].lower in self.cues.small.joining for i in gap
            )
            way = "incise" if frame.inverted and direct else "late_incise" if frame.inverted else "after"
            distance = len(gap)
        else:
            before = words[start - 1].lower if start else ""
            way = "colon" if before == ":" else "that" if before in self.cues.small.that else "before"
            distance = start - frame.last - 1
        if frame.verb is not None and frame.verb.only_incise and way in {"before", "that", "after"}:
            return 0.0, way
        if frame.verb is not None and frame.verb.mood == "passive":
            apart = any(words[index].lower == "," for index in range(frame.last + 1, start))
            if apart or distance > MAX_PASSIVE:
                return 0.0, way
        if way in {"colon", "that"} and any(frame.last < f.first < start for f in frames if f.kind == "verb"):
            way = "before"
        score = weights[way] + weights["distance"] * distance
        low, high = (end, frame.first) if frame.first >= end else (frame.last, start)
        score += weights["between"] * sum(low <= other.first < high and other is not frame for other in frames)
        if any(
            words[i].lower in self.cues.small.contrast | {";"} and self.reading.quoted[i] < 0 for i in range(low, high)
        ):
            score += weights["other_clause"]
        score += weights["other_verb"] * (frame.last < start and self._passes_verb(frame.last + 1, start))
        if frame.weak:
            score += weights["weak"]
        score += weights["other_subject"] * (frame.subject is not None and frame.subject.kind == "other")
        if frame.verb is not None and frame.verb.mood == "passive":
            score += weights["passive"]
        if frame.subject is None and (frame.verb is None or frame.verb.mood != "passive"):
            score += weights["no_subject"]
        return score, way

    def _passes_verb(self, first: int, last: int) -> bool:
        """Whether a clause of its own stands between a cue and marks: "remarqua un fait : elles dansaient « … »"."""
        for index in range(first, last):
            word = self.reading.words[index]
            if self.reading.quoted[index] < 0:
                if word.lower in self.cues.subordinators:
                    return False
                if word.pos in {"VERB", "AUX"} and word.is_finite:
                    return True
        return False

    def noun_at(self, index: int) -> Noun | None:
        """The listed noun at a word, after a determiner and adjectives."""
        words = self.reading.words
        while index < len(words) - 1 and (
            words[index].lower in self.nouns.determiners or words[index].lower in self.nouns.adjectives
        ):
            index += 1
        return look_up(self.nouns, words, index)

    def inner_incise(self, number: int) -> Frame | None:
        """The incise inside a stretch in marks: « …, explique Anne Durand, … »."""
        stretch = self.reading.marked[number]
        indices = list(self.reading.words_between(stretch.start, stretch.end))
        if len(indices) < 4:
            return None
        part = Sentence(-1, -1, indices[0], indices[-1] + 1, indices)
        return self.finder.incise_inside(part)

    def is_heading(self, paragraph: Paragraph) -> bool:
        """Whether a paragraph is a heading: short, without a full stop, and with text after it."""
        words = self.reading.words
        text = self.reading.text[words[paragraph.first].start : words[paragraph.last - 1].end].rstrip(' "»”)')
        following = paragraph.number + 1 < len(self.reading.paragraphs)
        if not following or paragraph.last - paragraph.first > MAX_HEADING or text.endswith((".", "…", ":", ",", ";")):
            return False
        return len(paragraph.sentences) <= 3

    def is_quotation(self, paragraph: Paragraph) -> bool:
        """Whether a paragraph holds hardly anything but words in marks, in whole sentences."""
        if not self.reading.words:
            return False
        outside = [i for i in range(paragraph.first, paragraph.last) if self.reading.quoted[i] < 0]
        spoken = [w for w in outside if self.reading.words[w].text[0].isalnum()]
        text = self.reading.text[self.reading.words[paragraph.first].start : self.reading.words[paragraph.last - 1].end]
        return not spoken and (
            text.rstrip(' "»”').endswith((".", "!", "?", "…")) or text.endswith((".", "!", "?", "…"))
        )


def analyse(doc: Doc, language: str) -> Analysis:
    """The analysis of a document, made on first use and kept on it.

    `news_quotes` asks first; nothing after it changes names or tokens.
    """
    kept = doc.user_data.get(_KEY)
    if kept is not None:
        return cast(Analysis, kept)
    reading = read(doc)
    mentions = find_mentions(reading, annotation(doc).entities, language)
    verbs, cues = load_verbs(language), load_cues(language)
    finder = FrameFinder(reading, mentions.all, verbs, cues)
    frames = [finder.frames(sentence) for sentence in reading.sentences]
    made = Analysis(reading, mentions, frames, finder, verbs, cues, load_nouns(language), find_interview(reading, cues))
    doc.user_data[_KEY] = made
    return made


def forget(doc: Doc) -> None:
    """Drop the analysis of a document: it is as large as the document itself."""
    doc.user_data.pop(_KEY, None)
