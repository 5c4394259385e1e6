"""Variants of annotated sentences, made while the entity recogniser trains: other names, other typography.

The recogniser is to learn what stands around a name, not which names the corpora happen to hold, and news write the
same name in many ways ("ÉLYSÉE", "Elysée"; a headline without its full stop; a sentence within quotation marks).
"""

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from corpora import Sentence, to_doc
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Corpus, Example
from spacy.util import registry

Names = dict[str, list[str]]
"""Names by `key`: their label and the word before them, which decides what can stand there: "en" before Chine, "du"
before Mali, "d'" before Abidjan."""

Piece = tuple[str, str]
"""A part of a text with its label; the label is empty between mentions."""

BARE = str.maketrans("ÀÂÇÈÉÊËÎÏÔÙÛÜ", "AACEEEEIIOUUU")


@dataclass(frozen=True)
class Shares:
    """How often each change is made."""

    names: float = 0.35
    """Of the mentions."""
    surname_only: float = 0.25
    """Of the persons' full names: news name a person in full once, by surname from then on."""
    upper_case: float = 0.03
    bare_capitals: float = 0.1
    """Capitals without accents, "Elysée": of the texts, as below."""
    without_stop: float = 0.1
    quoted: float = 0.05


def key(label: str, doc: Doc, start: int) -> str:
    """The key of a mention that begins at token `start`."""
    return f"{label} {doc[start - 1].lower_ if start else ''}"


def collect_names(docs: Iterable[Doc]) -> Names:
    """The names of the documents by key, each list without repeats and in the order of the documents."""
    names: dict[str, dict[str, None]] = defaultdict(dict)
    for doc in docs:
        for entity in doc.ents:
            names[key(entity.label_, doc, entity.start)][entity.text] = None
    return {place: list(found) for place, found in names.items()}


def pieces(doc: Doc) -> Iterator[Piece]:
    """The text of a document cut at the borders of its entities."""
    position = 0
    for entity in doc.ents:
        yield doc.text[position : entity.start_char], ""
        yield entity.text, entity.label_
        position = entity.end_char
    yield doc.text[position:], ""


def sentence(parts: Iterable[Piece]) -> Sentence:
    """The parts put together again."""
    text, entities = "", []
    for part, label in parts:
        if label:
            entities.append((len(text), len(text) + len(part), label))
        text += part
    return Sentence(text, tuple(entities))


def vary(doc: Doc, names: Names, shares: Shares, rng: random.Random) -> Sentence:
    """One variant of the document."""
    keys = iter([key(entity.label_, doc, entity.start) for entity in doc.ents])
    parts = [_other_name(part, next(keys), names, shares, rng) if part[1] else part for part in pieces(doc)]
    if rng.random() < shares.upper_case:
        parts = [(text.upper(), label) for text, label in parts]
    if rng.random() < shares.bare_capitals:
        parts = [(text.translate(BARE), label) for text, label in parts]
    last, _ = parts[-1]
    if rng.random() < shares.without_stop and last.endswith("."):
        parts[-1] = last[:-1], ""
    if rng.random() < shares.quoted and '"' not in doc.text:
        parts = [('"', ""), *parts, ('"', "")]
    return sentence(parts)


def _other_name(part: Piece, place: str, names: Names, shares: Shares, rng: random.Random) -> Piece:
    """Another name that stood in such a place, a person's now and then without the given name."""
    name, label = part
    if place in names and rng.random() < shares.names:
        name = rng.choice(names[place])
    if label == "PER" and rng.random() < shares.surname_only:
        name = _surname(name)
    return name, label


def _surname(name: str) -> str:
    """The last word of a name, if it can stand alone: not the "XVI" of "Benoît XVI"."""
    last = name.rsplit(maxsplit=1)[-1]
    return last if last.istitle() else name


def create_augmenter(names: Names, seed: int) -> Callable[[Language, Example], Iterator[Example]]:
    """An augmenter for spaCy's corpus reader: each example is one variant of the given one."""
    rng = random.Random(seed)  # noqa: S311 - no secret

    def augment(nlp: Language, example: Example) -> Iterator[Example]:
        doc = to_doc(nlp, vary(example.reference, names, Shares(), rng))
        yield Example(nlp.make_doc(doc.text), doc)

    return augment


@registry.readers("fr_news.VariedCorpus.v1")  # type: ignore[untyped-decorator]
def create_reader(path: Path, names: Path, seed: int) -> Corpus:
    """A reader that gives the documents in another order and with other variants each time it is read.

    `names` is the JSON file of what `collect_names` found.
    """
    collected: Names = json.loads(Path(names).read_text(encoding="utf-8"))
    return Corpus(path, shuffle=True, augmenter=create_augmenter(collected, seed))
