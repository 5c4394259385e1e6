"""Quotations: the component `news_quotes` finds which words a text gives as somebody's, and of what kind they are.

What stands in marks is judged by a sum of named weights (`not_quotations.yaml`): a title, a name or a scare quote is no
quotation. Reported clauses without marks come from `clauses.py`. Who speaks is left to `news_speakers`.
"""

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache

from spacy.language import Language
from spacy.tokens import Doc

from news_etl.enrich.analysis import Analysis, analyse
from news_etl.enrich.annotation import Quote, annotation
from news_etl.enrich.clauses import find_clauses
from news_etl.enrich.frames import Frame
from news_etl.enrich.lexicon import has_lists, read_list
from news_etl.enrich.marks import Marked, find_marked, outermost
from news_etl.enrich.reading import Paragraph, Sentence, Word

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")


_INCISE_ENDS = frozenset({",", ".", ";", ":", "!", "?", "…"})
_CONTAGIOUS = ("naming", "word_as_word", "named_thing", "legal_term", "offence")
"""What "et" or a comma hands on from one stretch to the next."""


@dataclass(frozen=True)
class NotQuotations:
    """What the list of a language says of marks that quote nobody."""

    named_things: frozenset[str]
    naming: frozenset[str]
    naming_verbs: frozenset[str]
    words_as_words: frozenset[str]
    legal: frozenset[str]
    inscriptions: frozenset[str]
    so_called: frozenset[str]
    """Participles that give a name after a noun: "un dispositif dit « … »"."""
    reading: frozenset[str]
    """What is done with inscriptions; with these an inscription may come after its words."""
    offences: frozenset[str]
    """Nouns that begin the name of an offence, without an article."""
    glosses: frozenset[str]
    """Words that explain what stands in the marks before them."""
    weights: dict[str, float]


@cache
def load_not_quotations(language: str) -> NotQuotations:
    """The cues against quotations and the weights of both."""
    lists = dict(read_list(language, "not_quotations"))
    weights = lists.pop("weights")
    words = {name: frozenset(word.lower() for word in words) for name, words in lists.items()}
    return NotQuotations(**words, weights=weights)


@Language.factory("news_quotes", default_config={"language": "fr"})
class QuoteFinder:
    """Finds quotations; for a language without lists, whatever stands in marks and has three words or more."""

    def __init__(self, nlp: Language, name: str, language: str) -> None:
        self.language = language

    def __call__(self, doc: Doc) -> Doc:
        annotation(doc).quotes = find_quotes(doc, self.language) if has_lists(self.language) else find_in_marks(doc)
        return doc


def find_in_marks(doc: Doc) -> list[Quote]:
    """Direct quotations by their marks alone, which holds in any language."""
    given = doc._.given_text if doc._.given_text is not None else doc.text
    found = outermost(find_marked(given))
    return [Quote(m.start, m.end, "direct") for m in found if len(_WORD.findall(given, m.start, m.end)) >= 3]


def find_quotes(doc: Doc, language: str) -> list[Quote]:
    """The quotations of a document in order, without speakers."""
    analysis = analyse(doc, language)
    judge = Judge(analysis, load_not_quotations(language))
    quotes: list[Quote] = []
    for sentence in analysis.reading.sentences:
        if sentence.paragraph in analysis.interview.paragraphs:
            continue
        marked = [number for number in sentence.marked if judge.is_quotation(sentence, number)]
        quotes += [
            part for number in marked for part in _without_incise(analysis, number, judge.quote(sentence, number))
        ]
        quotes += _reported(analysis, sentence, marked)
    quotes += _dialogue(analysis, quotes)
    quotes += [Quote(start, end, "direct") for start, end in analysis.interview.answers]
    return sorted(quotes, key=lambda quote: (quote.start, quote.end))


def _without_incise(analysis: Analysis, number: int, quote: Quote) -> list[Quote]:
    """The parts of a quotation before and after an incise inside its marks: « …, explique-t-elle, … »."""
    incise = analysis.inner_incise(number)
    if incise is None or incise.subject is None:
        return [quote]
    words = analysis.reading.words
    before, after = incise.first - 1, max(incise.last, incise.subject.last) + 1
    while after < len(words) and words[after].text not in _INCISE_ENDS and words[after].start < quote.end:
        after += 1
    if words[before].text == ",":
        before -= 1
    parts = [replace(quote, end=words[before].end)]
    if (
        after + 1 < len(words)
        and words[after + 1].start < quote.end
        and (incise.subject.kind != "name" or _goes_on(words, after, quote))
    ):
        parts.append(replace(quote, start=words[after + 1].start))
    return parts


def _goes_on(words: list[Word], after: int, quote: Quote) -> bool:
    """Whether the quotation goes on after an incise: after a comma, not with what else is said of the speaker."""
    rest = [word for word in words[after + 1 :] if word.start < quote.end] if words[after].text == "," else []
    return not rest or any(word.is_finite for word in rest)


def _reported(analysis: Analysis, sentence: Sentence, marked: list[int]) -> list[Quote]:
    """Reported clauses; one that holds quoted fragments is given by its fragments."""
    words = analysis.reading.words
    quotes: list[Quote] = []
    for clause in find_clauses(analysis, sentence):
        start, end = words[clause.first].start, words[clause.last - 1].end
        if not any(start <= analysis.reading.marked[number].start < end for number in marked):
            quotes.append(Quote(start, end, "indirect"))
    return quotes


_DASH = re.compile(r"^[—–-]\s+")


def _dialogue(analysis: Analysis, quotes: list[Quote]) -> list[Quote]:
    """Turns of a dialogue after dashes: with a speech verb in an incise, or words between I and you."""
    found: list[Quote] = []
    reading = analysis.reading
    taken = {reading.sentence_of[reading.word_at(quote.start)] for quote in quotes}
    for paragraph in reading.paragraphs:
        first, last = reading.words[paragraph.first], reading.words[paragraph.last - 1]
        if (
            first.text not in {"—", "–", "-"}
            or paragraph.last - paragraph.first < 4
            or set(paragraph.sentences) & taken
            or paragraph.number in analysis.interview.paragraphs
        ):
            continue
        end = last.end
        incise = next((f for n in paragraph.sentences for f in analysis.frames[n] if f.inverted), None)
        inside = {word.lower for word in reading.words[paragraph.first : paragraph.last]}
        addressed = inside & analysis.cues.first_person and (
            inside & analysis.cues.second_person or last.text in {"?", "!"}
        )
        if incise is not None:
            end = reading.words[incise.first - 1].start
        elif not addressed:
            continue
        found.append(Quote(reading.words[paragraph.first + 1].start, end, "direct"))
    return found


FAR = 2.2
"""The sum of a cue's link below which it is far from the marks, or parted from them by other clauses."""


INSCRIPTION_REACH = 40
"""Words between what something is written on and the marks at most."""


def _is_nobody(frame: Frame) -> bool:
    """Whether a frame has no speaker: "souligné deux fois : « … »", "on pouvait lire : « … »"."""
    return frame.subject is None or frame.subject.lemma == "on"


class Judge:
    """Decides which marks of one document are quotations."""

    def __init__(self, analysis: Analysis, lists: NotQuotations) -> None:
        self.analysis = analysis
        self.reading = analysis.reading
        self.lists = lists
        self.small = analysis.cues.small
        texts = [self._content(marked) for marked in self.reading.marked]
        self.counts = Counter(texts)
        self._earlier: dict[int, list[str]] = {}

    def _content(self, marked: Marked) -> str:
        return " ".join(
            word.rstrip("sx") for word in _WORD.findall(self.reading.text[marked.start : marked.end].lower())
        )

    def is_quotation(self, sentence: Sentence, number: int) -> bool:
        """Whether the features of a stretch in marks sum up to a quotation."""
        twins = self._twins(sentence, number)
        if twins:
            return any(self._weighs(*twin) > 0 for twin in twins)
        return self._weighs(sentence, number) > 0

    def _weighs(self, sentence: Sentence, number: int) -> float:
        return sum(self.lists.weights[name] for name in self.features(sentence, number))

    def _twins(self, sentence: Sentence, number: int) -> list[tuple[Sentence, int]]:
        """Where the body has the words in marks of a heading: they are a quotation here if they are one there."""
        content = self._content(self.reading.marked[number])
        if self.counts[content] < 2 or not self._in_heading(sentence):
            return []
        return [
            (other, stretch)
            for other in self.reading.sentences
            if not self._in_heading(other)
            for stretch in other.marked
            if self._content(self.reading.marked[stretch]) == content
        ]

    def _in_heading(self, sentence: Sentence) -> bool:
        return self.analysis.is_heading(self.reading.paragraphs[sentence.paragraph])

    def quote(self, sentence: Sentence, number: int) -> Quote:
        """The quotation of a stretch: direct when whole clauses stand in the marks, else mixed."""
        marked = self.reading.marked[number]
        return Quote(marked.start, marked.end, "direct" if self._is_sentence(sentence, number) else "mixed")

    def features(self, sentence: Sentence, number: int) -> list[str]:
        """The names of what counts for and against a stretch being a quotation."""
        marked = self.reading.marked[number]
        inside = [self.reading.words[i] for i in self.reading.words_between(marked.start, marked.end)]
        spoken = [word for word in inside if word.text[0].isalnum()]
        if not spoken:
            return ["naming", "named_thing"]
        found = ["start", *self._frame_features(sentence, number), *self._shape_features(sentence, number, spoken)]
        found += self._context_features(sentence, number, spoken)
        self._earlier[number] = found
        return found

    def _frame_features(self, sentence: Sentence, number: int) -> list[str]:
        linked = self.analysis.frame_for(sentence, number)
        if self._in_heading(sentence):
            return ["heading", *["question"] * self._asks(self.reading.paragraphs[sentence.paragraph])]
        if linked is None:
            return ["no_frame"]
        frame, way, _ = linked
        if way in {"incise", "colon"}:
            return ["incise"]
        if way in {"source", "view"}:
            return ["source"]
        if frame.verb is not None and frame.verb.mood == "passive" and frame.subject is None:
            return ["passive"]
        if way == "after":
            return ["weakly_governed"]
        if frame.weak:
            return ["weakly_governed"]
        return ["far_frame" if linked[2] < FAR else "governed"]

    def _asks(self, paragraph: Paragraph) -> bool:
        """Whether a paragraph is a question of several sentences or with words of address: one of an interview."""
        if self.reading.words[paragraph.last - 1].text != "?":
            return False
        lower = {self.reading.words[i].lower for i in range(paragraph.first, paragraph.last)}
        return len(paragraph.sentences) > 1 or bool(lower & self.analysis.cues.second_person)

    def _is_sentence(self, sentence: Sentence, number: int) -> bool:
        marked = self.reading.marked[number]
        text = self.reading.text[marked.start : marked.end]
        inside = self.reading.words_between(marked.start, marked.end)
        verb = any(self.reading.words[i].is_finite for i in inside)
        before = (
            next(
                (
                    self.reading.words[i].lower
                    for i in range(inside[0] - 1, -1, -1)
                    if self.reading.words[i].text not in {'"', "«", "“", "»", "”"}
                ),
                ".",
            )
            if inside
            else "."
        )
        if text[:1].isupper() and (verb or text.endswith((".", "!", "?", "…"))) and len(inside) >= 2:
            return before not in self.small.that | self.small.bare_of | self.small.articles
        return verb and before in {":", ".", ","} and len(inside) >= 4

    def _shape_features(self, sentence: Sentence, number: int, spoken: list[Word]) -> list[str]:
        found: list[str] = []
        lower = [word.lower for word in spoken]
        if self._is_sentence(sentence, number):
            found.append("sentence")
        if len(spoken) > 1 and any(word.is_finite for word in spoken):
            found.append("finite_verb")
        if set(lower) & (self.analysis.cues.first_person | {"vous", "votre", "vos"}):
            found.append("first_person")
        found.append("many_words" if len(spoken) >= 5 else "several_words" if len(spoken) > 1 else "one_word")
        if (
            len(spoken) > 1
            and spoken[0].text[0].islower()
            and spoken[0].pos in {"ADP", "DET", "PRON", "ADV", "SCONJ", "CCONJ", "AUX"}
        ):
            found.append("function_word_start")
        capitals = sum(word.text[0].isupper() or word.text.isdigit() for word in spoken)
        long = sum(len(word.text) > 2 or word.text[0].isupper() or word.text.isdigit() for word in spoken)
        begins = spoken[0].text[0].isupper()
        if (
            "sentence" not in found
            and not self._in_heading(sentence)
            and spoken[0].text[0].isupper()
            and self._inside_sentence(sentence, number)
        ):
            found.append("title_case")
        if begins and len(spoken) > 1 and capitals >= max(2, 0.75 * long) and not all(w.text.isupper() for w in spoken):
            found.append("capitals")
        return found

    def _inside_sentence(self, sentence: Sentence, number: int) -> bool:
        """Whether words of the reporter stand before the marks, and no colon does."""
        first = self.reading.words_between(
            self.reading.marked[number].outer_start, self.reading.marked[number].outer_end
        )[0]
        return first > sentence.first and self.reading.words[first - 1].lower not in {":", ".", "!", "?", "-", "–", "—"}

    def _context_features(self, sentence: Sentence, number: int, spoken: list[Word]) -> list[str]:
        marked = self.reading.marked[number]
        covered = self.reading.words_between(marked.outer_start, marked.outer_end)
        before = [self.reading.words[i] for i in range(max(sentence.first, covered[0] - 4), covered[0])]
        last = before[-1].lower if before else ""
        found: list[str] = []
        near = [word.lower for word in before[-3:]]
        fragment = len(spoken) <= 6
        named = spoken[0].text[0].isupper() or spoken[0].pos not in {"ADJ", "ADV", "ADP", "VERB", "AUX"}
        noun_before = next(
            (word for word in reversed(near) if word not in self.small.of | self.small.articles | {",", "("}),
            "",
        )
        linked = self.analysis.frame_for(sentence, number)
        by_verb = (
            linked is not None
            and (linked[0].verb is None or linked[0].verb.mood != "passive")
            and linked[0].last >= covered[0] - 2
            and linked[0].first < covered[0]
        )
        so_called = last in self.lists.so_called and len(before) > 1 and before[-2].pos in {"NOUN", "PROPN"}
        named_before = noun_before in self.lists.naming or (len(spoken) <= 3 and set(near) & self.lists.naming)
        called = last in self.lists.naming_verbs or self._inside_name(covered)
        if near and fragment and (so_called or (named_before and not by_verb) or (called and spoken[0].pos != "ADP")):
            found.append("naming")
        elif fragment and noun_before in self.lists.words_as_words and last in self.small.bare_of | {noun_before}:
            found.append("word_as_word")
        elif (
            noun_before in self.analysis.cues.speech_nouns - self.lists.words_as_words
            and last
            in self.small.bare_of
            | {
                ":",
                noun_before,
            }
        ):
            found.append("speech_noun")
        elif fragment and named and last in self.lists.named_things:
            found.append("named_thing")
        elif (
            fragment and last in self.small.joining and (previous := self._stretch_before(sentence, number)) is not None
        ):
            found += [name for name in _CONTAGIOUS if name in self._earlier.get(previous, ())]
        if (
            any(word in self.lists.legal for word in near)
            and spoken[0].pos not in {"VERB", "AUX"}
            and last in self.small.legal_prepositions
        ):
            found.append("legal_term")
        if (
            last in self.small.naming_determiners
            and not (linked is not None and linked[0].first < covered[0] <= linked[0].last + 1)  # "crie au « … »"
            and len(spoken) <= 6
            and spoken[0].pos in {"NOUN", "ADJ", "PROPN", "X", "VERB", ""}
            and "finite_verb" not in found
        ):
            found.append("determined_noun")
        if self.counts[self._content(marked)] > 1 and len(spoken) <= 6:
            found.append("repeated")
        if self._is_name(marked) and "speech_noun" not in found:
            found.append("known_name")
        found += self._kind_features(sentence, number, before, spoken)
        found += self._features_after(covered[-1] + 1, sentence, spoken)
        found += ["noun_complement"] * (fragment and self._complements_noun(covered[0]))
        if last == "(":
            found.append("parenthesis")
        found += ["alone"] * (not any(self.reading.words[i].text[0].isalnum() for i in sentence.outside))
        if self.analysis.is_quotation(self.reading.paragraphs[sentence.paragraph]):
            found.append("own_paragraph")
        return found

    def _kind_features(self, sentence: Sentence, number: int, before: list[Word], spoken: list[Word]) -> list[str]:
        """Whether the marks hold what is written on something, or the name of an offence."""
        linked = self.analysis.frame_for(sentence, number)
        last = before[-1].lower if before else ""
        found: list[str] = []
        if self._is_inscription(sentence, self.reading.marked[number]):
            found.append("inscription")
        elif (linked is None or _is_nobody(linked[0])) and self._is_written(sentence, before):
            found.append("written")
        if spoken[0].lower in self.lists.offences and not self._speaks_itself(spoken):
            found += ["offence", *["charged"] * (last in {"pour", *self.small.of})]
        return found

    def _is_written(self, sentence: Sentence, before: list[Word]) -> bool:
        """Whether the words right before tell of reading or writing, and no document speaks: "on lisait : « … »"."""
        if not before or before[-1].lower not in {":", *self.lists.reading}:
            return False
        if not any(word.lower in self.lists.reading for word in before):
            return False
        nouns = (self.analysis.noun_at(index) for index in sentence.outside)
        return not any(noun is not None and noun.kind == "document" for noun in nouns)

    def _speaks_itself(self, spoken: list[Word]) -> bool:
        return any(word.is_finite for word in spoken) or any(
            word.lower in self.analysis.cues.first_person for word in spoken
        )

    def _features_after(self, after: int, sentence: Sentence, spoken: list[Word]) -> list[str]:
        """What the words behind the marks tell: an explanation, or the author and the publisher of a work."""
        words = self.reading.words[after : min(after + 5, sentence.last)]
        if not words:
            return []
        if words[0].text == "(" and len(words) > 1 and words[1].text[0].isdigit():
            return ["credited"] if spoken[0].text[0].isupper() else []
        rest = words[1:] if words[0].text in {",", "("} else words
        if rest and rest is not words and rest[0].lower in self.lists.glosses:
            return ["glossed"]
        if spoken[0].text[0].isupper() and len(rest) > 1:
            of_author = rest[0].lower in {"de", "d'"} and rest[1].text[0].isupper()
            published = rest is not words and rest[0].lower in {"éditions", "éd", "chez"}
            return ["credited"] if of_author or published else []
        return []

    def _is_inscription(self, sentence: Sentence, marked: Marked) -> bool:
        """Whether the words stand on a banner or the like, named before them, or after them where somebody reads."""
        first = self.reading.word_at(marked.outer_start)
        outside = [self.reading.words[i] for i in sentence.outside if abs(i - first) <= INSCRIPTION_REACH]
        if not any(word.lower in self.lists.reading for word in outside):
            outside = [word for word in outside if word.start < marked.outer_start]
        text = " ".join(word.lower for word in outside).replace("' ", "'")
        phrases = (phrase for phrase in self.lists.inscriptions if " " in phrase)
        return any(word.lower in self.lists.inscriptions and not word.is_finite for word in outside) or any(
            text.endswith(f"{phrase} :") for phrase in phrases
        )

    def _inside_name(self, covered: range) -> bool:
        """As in "Armando « la Foudre » Perez": between the parts of a name."""
        before, after = covered[0] - 1, covered[-1] + 1
        if before < 0 or after >= len(self.reading.words):
            return False
        return all(
            word.text[0].isupper() and word.pos == "PROPN"
            for word in map(self.reading.words.__getitem__, (before, after))
        )

    def _complements_noun(self, start: int) -> bool:
        """Whether marks are joined to a noun by a preposition, and so further from the verb: "le risque d'« … »"."""
        words = self.reading.words
        at = start - 1
        if at > 0 and words[at].lower in self.small.articles:
            at -= 1
        if at <= 0 or words[at].lower not in self.small.of | self.small.to:
            return False
        noun = words[at - 1]
        return noun.pos == "NOUN" and noun.lower not in self.analysis.cues.speech_nouns

    def _stretch_before(self, sentence: Sentence, number: int) -> int | None:
        """The stretch that "et" or a comma joins to this one."""
        place = sentence.marked.index(number)
        if place == 0:
            return None
        previous = sentence.marked[place - 1]
        end, start = self.reading.marked[previous].outer_end, self.reading.marked[number].outer_start
        return previous if len(_WORD.findall(self.reading.text, end, start)) <= 2 else None

    def _is_name(self, marked: Marked) -> bool:
        words = self.reading.words_between(marked.start, marked.end)
        types = [self.reading.words[i].token.ent_type_ for i in words]
        return bool(types) and all(types) and len(types) <= 5
