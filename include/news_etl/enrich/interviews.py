"""Interviews printed without quotation marks: which paragraphs are answers, and where the first question stands.

Questions and answers are told by a label ("Q. –", "R. –"), by dashes, or, where a text asks its guest several times, by
the question mark that ends a short paragraph.
"""

from dataclasses import dataclass, field

from news_etl.enrich.frames import Cues
from news_etl.enrich.reading import Paragraph, Reading

_DASHES = frozenset("—–-")
_LABEL_ENDS = frozenset({".", ":", "—", "–", "-"})
MIN_QUESTIONS = 3
"""Of an interview without labels or dashes: fewer may be rhetorical."""
MIN_LABELLED = 2
MAX_QUESTION = 60
"""Words of a question at most."""
MAX_STATEMENT = 32
"""The same of one that only states something: "Certains vous le reprochent."."""
MAX_MARKED = 0.3
"""The share of words in marks in answers at most: with more, the marks tell who speaks."""


@dataclass
class Interview:
    """The answers of an interview as `(start, end)` in the text, and its first paragraph."""

    first: int = -1
    answers: list[tuple[int, int]] = field(default_factory=list)
    paragraphs: set[int] = field(default_factory=set)
    """Those that are answers."""


def find_interview(reading: Reading, cues: Cues) -> Interview:
    """The interview of a document; an empty one where there is none."""
    found = _labelled(reading, cues) or _dashed(reading) or _plain(reading, cues)
    interview = Interview()
    for paragraph, start in found:
        first, last = reading.words[start], reading.words[paragraph.last - 1]
        interview.answers.append((first.start, last.end))
        interview.paragraphs.add(paragraph.number)
    if found:
        interview.first = max(0, found[0][0].number - 1)
    return interview


Answers = list[tuple[Paragraph, int]]
"""Paragraphs with the first word of what is said."""


def _labelled(reading: Reading, cues: Cues) -> Answers:
    """What stands under "R. –", up to the next question; what follows the last answer is no more of it."""
    answers: Answers = []
    later: Answers = []
    answering = False
    for paragraph in reading.paragraphs:
        label = reading.words[paragraph.first].lower.rstrip(".")
        start = _after_label(reading, paragraph)
        if start is not None and label in cues.question_labels:
            answers += later
            answering, later = False, []
        elif start is not None and label in cues.answer_labels:
            answers.append((paragraph, start))
            answering, later = True, []
        elif answering:
            later.append((paragraph, paragraph.first))
    return answers if len(answers) >= MIN_LABELLED else []


def _after_label(reading: Reading, paragraph: Paragraph) -> int | None:
    index = paragraph.first + 1
    while index < paragraph.last and reading.words[index].text in _LABEL_ENDS:
        index += 1
    return index if paragraph.first + 1 < index < paragraph.last else None


def _dashed(reading: Reading) -> Answers:
    """The paragraph with a dash after one with a dash that asks."""
    answers: Answers = []
    for question, answer in zip(reading.paragraphs, reading.paragraphs[1:], strict=False):
        dashes = all(reading.words[p.first].text in _DASHES and p.last - p.first > 1 for p in (question, answer))
        if dashes and _asks(reading, question) and not _asks(reading, answer):
            answers.append((answer, answer.first + 1))
    return answers if len(answers) >= MIN_LABELLED else []


def _plain(reading: Reading, cues: Cues) -> Answers:
    paragraphs = reading.paragraphs
    questions = {p.number for p in paragraphs if _asks(reading, p)}
    addressed = [number for number in questions if _addresses(reading, paragraphs[number], cues)]
    if len(questions) < MIN_QUESTIONS or len(addressed) < MIN_LABELLED:
        return []
    first, last = min(questions), max(questions)
    between = [p for p in paragraphs[first + 1 : last + 2] if p.number not in questions]
    answers = [p for p in between if not _is_statement(reading, p, cues)]
    words = [index for p in answers for index in range(p.first, p.last)]
    marked = sum(reading.quoted[index] >= 0 for index in words)
    if not words or marked > MAX_MARKED * len(words):
        return []
    return [(p, p.first) for p in answers]


def _asks(reading: Reading, paragraph: Paragraph) -> bool:
    last = reading.words[paragraph.last - 1]
    short = paragraph.last - paragraph.first <= MAX_QUESTION
    return short and last.text == "?" and reading.quoted[paragraph.last - 1] < 0


def _addresses(reading: Reading, paragraph: Paragraph, cues: Cues) -> bool:
    words = reading.words[paragraph.first : paragraph.last]
    return any(word.lower.lstrip("-") in cues.second_person for word in words)


def _is_statement(reading: Reading, paragraph: Paragraph, cues: Cues) -> bool:
    """Whether a short paragraph in an interview is put to the guest though it ends without a question mark."""
    if paragraph.last - paragraph.first > MAX_STATEMENT:
        return False
    hanging = reading.words[paragraph.last - 1].text in {"…", "..."}
    return hanging or _addresses(reading, paragraph, cues)
