"""What enrichment finds in a text, and where it stands on a spaCy document.

A document holds a whole article: its title, deck and body one after the other (`doc._.fields`), so that a name or a
speaker is decided over all of it. `doc.text` is as long as the given text: offsets are the same in both.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from spacy.tokens import Doc, Span

FIELD_SEPARATOR = "\n\n"
"""Stands between the fields and between the blocks of a body, which publishes them joined by it."""


@dataclass(frozen=True)
class Field:
    """One field of an article: `doc.text[start:end]`."""

    name: str
    start: int
    end: int


@dataclass
class Entity:
    """What one or several mentions of a text name.

    `id` counts entities by their first mention, from 1; `name` is the fullest name that the text gives, without title.
    """

    id: int
    name: str
    label: str
    mentions: list[Span]
    gender: str | None = None
    """`f` or `m`; None where nothing in the text or in the lists of given names tells."""
    country_code: str | None = None
    """Of a country: ISO 3166-1 alpha-2. Of a city: the country it lies in."""
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True)
class Quote:
    """Words that the text gives as somebody's: `doc.text[start:end]`, without the marks around them."""

    start: int
    end: int
    kind: str
    """`direct`: whole clauses. `mixed`: a fragment in the reporter's sentence. `indirect`: a clause without marks."""
    cue: str | None = None
    """The word or words that announce it, as written: "a déclaré", "selon"."""
    speaker_text: str | None = None
    """The speaker as written there: "elle", "le ministre", "M. Trump"."""
    speaker_name: str | None = None
    """The person or body meant: the fullest name in the text, else the speaker as written."""
    speaker_entity: int | None = None
    """`Entity.id` of the speaker, where it is a named one."""
    speaker_kind: str = "unknown"
    """`person`, `group`, `organisation`, `document` or `unknown`."""
    attribution: str = "none"
    """How the speaker was found."""
    confidence: float = 0.0
    """How often this way of finding a speaker was right on annotated articles, 0 to 1."""


@dataclass
class Annotation:
    """What the document-level layers leave on a document, as `doc._.news`."""

    fields: list[Field] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)


def annotation(doc: Doc) -> Annotation:
    """The annotation of a document, made on first use."""
    if doc._.news is None:
        doc._.news = Annotation(fields=[Field("body", 0, len(doc.text))])
    found: Annotation = doc._.news
    return found


def paragraphs(doc: Doc) -> Iterator[Span]:
    """The paragraphs of a document in their order: the runs of tokens between line breaks."""
    start = 0
    for token in doc:
        if token.is_space and "\n" in token.text:
            if token.i > start:
                yield doc[start : token.i]
            start = token.i + 1
    if start < len(doc):
        yield doc[start:]


if not Doc.has_extension("news"):
    Doc.set_extension("news", default=None)
