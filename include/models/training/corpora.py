"""What the French pipeline is trained on, read into spaCy documents: a treebank, its entities, and annotated sentences.

All text goes through `news_etl.enrich.text.normalise`, as it does before enrichment.
"""

import csv
import json
import lzma
import random
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training.converters.conllu_to_docs import conllu_to_docs
from spacy.util import filter_spans

from news_etl.enrich.text import normalise

LABELS = ("PER", "LOC", "ORG", "MISC")
MARKED = re.compile(r"\[([^\[\]]+)\]\(([^()\s]*)\)")
HELD_OUT = 10
"""Every tenth annotated sentence, by a hash of its text, measures the model and does not train it."""

Item = TypeVar("Item")


class AnnotationError(ValueError):
    """A line whose annotation cannot be read: the message names file, line and remedy."""


@dataclass(frozen=True)
class Sentence:
    """A text and its entities as (start, end, label), with offsets into the text."""

    text: str
    entities: tuple[tuple[int, int, str], ...]

    @property
    def held_out(self) -> bool:
        return zlib.crc32(self.text.encode()) % HELD_OUT == 0


@dataclass(frozen=True)
class Entry:
    """A sentence of the treebank with its entities: its identifier, and its part (train, dev or test)."""

    sent_id: str
    split: str
    sentence: Sentence


# ---- annotated sentences


def parse(line: str) -> Sentence:
    """Read the inline format: `Mme [Oudin](PER) vit à [Brest](LOC).`

    Raises:
        AnnotationError: for an unknown label, a mark that is not closed, or a mention with blanks at its edges.
    """
    text, entities, position = "", [], 0
    for match in MARKED.finditer(line):
        surface, label = match.groups()
        if label not in LABELS:
            raise AnnotationError(f"{match[0]}: the label is none of {', '.join(LABELS)}")
        if surface != surface.strip():
            raise AnnotationError(f"{match[0]}: put the blank outside the brackets")
        text += line[position : match.start()]
        entities.append((len(text), len(text) + len(surface), label))
        text += surface
        position = match.end()
    text += line[position:]
    if left := re.search(rf"\]\(|\((?:{'|'.join(LABELS)})\)", text):
        raise AnnotationError(f"…{text[max(0, left.start() - 20) : left.end() + 5]}…: a mention is [surface](LABEL)")
    return Sentence(text, tuple(entities))


def read_sentences(folder: Path) -> list[Sentence]:
    """All sentences of a folder's `*.txt` files, in the order of the files' names and lines.

    Raises:
        AnnotationError: naming file and line.
        FileNotFoundError: when the folder holds no such file.
    """
    found = []
    for path in sorted(folder.glob("*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                try:
                    found.append(parse(line.strip()))
                except AnnotationError as error:
                    raise AnnotationError(f"{path}:{number}: {error}") from None
    if not found:
        raise FileNotFoundError(f"{folder}: no annotated sentences (*.txt) there")
    return found


# ---- the treebank and its entities


def read_treebank(path: Path) -> list[Doc]:
    """The sentences of a CoNLL-U file (.xz), each a document.

    Contractions ("du") are one token, as in the text: spaCy's converter gives it the part of speech and head of its
    first word, and the lemma "de le".
    """
    with lzma.open(path, "rt", encoding="utf-8") as stream:
        text = normalise(stream.read())
    sentences: Iterable[Doc] = conllu_to_docs(text, n_sents=1, merge_subtokens=True, no_print=True)  # type: ignore[no-untyped-call]
    return list(sentences)


def read_corrections(path: Path) -> dict[tuple[str, str], Sentence]:
    """What mentions of the derived annotation are to be: (surface, label) → the same text, annotated anew.

    Raises:
        AnnotationError: for a row that has not three columns, or whose texts differ.
    """
    corrections = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for number, row in enumerate(csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
            if not row or row[0].startswith("#"):
                continue
            if len(row) != 3 or parse(row[2]).text != row[0]:
                raise AnnotationError(f"{path}:{number}: mention, label, and the same mention annotated are expected")
            corrections[row[0], row[1]] = parse(row[2])
    return corrections


def read_entities(path: Path, corrections: dict[tuple[str, str], Sentence]) -> list[Entry]:
    """Each line of `sequoia-entities.jsonl`, corrected."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        entities: list[tuple[int, int, str]] = []
        for entity in record["entities"]:
            start, end, label = entity["start"], entity["end"], entity["label"]
            corrected = corrections.get((record["text"][start:end], label))
            given = corrected.entities if corrected else ((0, end - start, label),)
            entities += ((start + first, start + last, name) for first, last, name in given)
        found.append(Entry(record["sent_id"], record["split"], Sentence(record["text"], tuple(entities))))
    return found


# ---- documents


def to_doc(nlp: Language, sentence: Sentence) -> Doc:
    """The sentence with its entities on the tokens of `nlp`; a mention that ends within a token takes the token."""
    doc = nlp.make_doc(normalise(sentence.text))
    spans = (doc.char_span(start, end, label=label, alignment_mode="expand") for start, end, label in sentence.entities)
    doc.set_ents(filter_spans([span for span in spans if isinstance(span, Span)]))
    return doc


def paragraphs(items: Sequence[Item], most: int, rng: random.Random) -> Iterator[Sequence[Item]]:
    """The items in groups of 1 to `most` neighbours."""
    position = 0
    while position < len(items):
        size = rng.randint(1, most)
        yield items[position : position + size]
        position += size


def join(docs: Iterable[Doc]) -> Doc:
    """One document of several, with a blank between them."""
    return Doc.from_docs(list(docs), ensure_whitespace=True)
