"""A document as the rules read it: words with their place, paragraphs, and the reporter's sentences around quotations.

Words are the model's tokens, except that a quotation mark is always a word of its own. A sentence is the reporter's:
what stands in marks belongs to it as one piece, since quotations break a model's sentence splitter.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from spacy.tokens import Doc, Token

from news_etl.enrich.marks import Marked, find_marked, outermost

if not Doc.has_extension("given_text"):
    Doc.set_extension("given_text", default=None)

_END = frozenset({".", "!", "?", "…", "...", "..", "?!", "!?", "!!", "??"})
_MARK = '"'
MAX_SENTENCE = 200
"""Words of a sentence at most: what is longer is a list or a table, and the work within a sentence is quadratic."""


@dataclass(slots=True)
class Word:
    """A word or a mark of punctuation: `doc.text[start:end]`."""

    text: str
    lower: str
    start: int
    end: int
    pos: str
    token: Token

    @property
    def is_finite(self) -> bool:
        """Whether the model takes it for a finite verb."""
        return self.token.morph.get("VerbForm", []) == ["Fin"]


def clitic(word: Word) -> str | None:
    """The pronoun of an inverted verb, "elle" in "-t-elle"; None for another word."""
    return word.lower.removeprefix("-t").lstrip("-") if word.lower.startswith("-") else None


@dataclass
class Sentence:
    """A sentence of the reporter: words `first` up to `last` (exclusive), with the stretches it quotes."""

    number: int
    paragraph: int
    first: int
    last: int
    outside: list[int] = field(default_factory=list)
    """The words that stand in no marks."""
    marked: list[int] = field(default_factory=list)
    """The outermost stretches in it, by their number in `Reading.marked`."""


@dataclass
class Paragraph:
    """Words `first` up to `last` (exclusive)."""

    number: int
    first: int
    last: int
    sentences: list[int] = field(default_factory=list)


@dataclass
class Reading:
    """What the rules see of a document."""

    text: str
    words: list[Word]
    paragraphs: list[Paragraph]
    sentences: list[Sentence]
    marked: list[Marked]
    sentence_of: list[int]
    """The sentence of each word."""
    quoted: list[int]
    """The outermost stretch in which each word stands, or -1."""
    starts: list[int]

    def word_at(self, offset: int) -> int:
        """The first word that ends after an offset."""
        return max(0, bisect_right(self.starts, offset) - 1) if self.starts else 0

    def words_between(self, start: int, end: int) -> range:
        """The words that start within `text[start:end]`."""
        return range(bisect_left(self.starts, start), bisect_left(self.starts, end))


def read(doc: Doc) -> Reading:
    """Read a document; uses the given text for the direction of its marks, where the pipeline has kept it."""
    given = doc._.given_text if doc._.given_text is not None else doc.text
    marked = find_marked(given)
    words, paragraphs = _words(doc)
    numbers = {stretch: number for number, stretch in enumerate(marked)}
    reading = Reading(
        doc.text, words, paragraphs, [], marked, [0] * len(words), [-1] * len(words), [word.start for word in words]
    )
    for stretch in outermost(marked):
        for index in reading.words_between(stretch.outer_start, stretch.outer_end):
            reading.quoted[index] = numbers[stretch]
    for paragraph in paragraphs:
        _split(reading, paragraph)
    return reading


def _words(doc: Doc) -> tuple[list[Word], list[Paragraph]]:
    words: list[Word] = []
    paragraphs: list[Paragraph] = []
    first = 0
    for token in doc:
        if token.is_space:
            if "\n" in token.text:
                if len(words) > first:
                    paragraphs.append(Paragraph(len(paragraphs), first, len(words)))
                first = len(words)
            continue
        start = token.idx
        for piece in _pieces(token.text):
            words.append(Word(piece, piece.lower(), start, start + len(piece), token.pos_, token))
            start += len(piece)
    if len(words) > first:
        paragraphs.append(Paragraph(len(paragraphs), first, len(words)))
    return words, paragraphs


def _pieces(text: str) -> list[str]:
    if _MARK not in text or len(text) == 1:
        return [text]
    pieces: list[str] = []
    for part in text.split(_MARK):
        pieces += [part, _MARK]
    return [piece for piece in pieces[:-1] if piece]


def _split(reading: Reading, paragraph: Paragraph) -> None:
    """Cut a paragraph into the reporter's sentences."""
    quoted = reading.quoted
    start = paragraph.first
    index = paragraph.first
    while index < paragraph.last:
        inside = quoted[index]
        if inside >= 0:
            while index + 1 < paragraph.last and quoted[index + 1] == inside:
                index += 1
        following = index + 1
        too_long = following - start >= MAX_SENTENCE
        if following < paragraph.last and (too_long or _ends(reading, index, following)):
            _add(reading, paragraph, start, following)
            start = following
        index = following
    if start < paragraph.last:
        _add(reading, paragraph, start, paragraph.last)


def _ends(reading: Reading, index: int, following: int) -> bool:
    """Whether a sentence ends with the word at `index`."""
    word, after = reading.words[index], reading.words[following]
    inside, next_inside = reading.quoted[index], reading.quoted[following]
    begins = (
        next_inside >= 0 or after.text[0].isupper() or after.text[0].isdigit() or after.text in {"-", "–", "—", "•"}
    )
    if inside >= 0:
        if next_inside >= 0:
            return True
        stretch = reading.marked[inside]
        return begins and reading.text[stretch.end - 1] in ".!?…" and after.text[0] not in "–—-"
    return begins and word.text in _END


def _add(reading: Reading, paragraph: Paragraph, first: int, last: int) -> None:
    sentence = Sentence(len(reading.sentences), paragraph.number, first, last)
    for index in range(first, last):
        reading.sentence_of[index] = sentence.number
        inside = reading.quoted[index]
        if inside < 0:
            sentence.outside.append(index)
        elif not sentence.marked or sentence.marked[-1] != inside:
            sentence.marked.append(inside)
    paragraph.sentences.append(sentence.number)
    reading.sentences.append(sentence)
