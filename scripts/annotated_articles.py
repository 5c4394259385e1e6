"""Articles with their annotation, as the scorer reads them: our own (XML) and others' (JSON Lines with offsets).

In our own, `tests/quality/articles/*.xml`, a paragraph is a `<p>`; names are in `<PER>`, `<LOC>`, `<ORG>`, `<MISC>`,
quotations in `<quote kind speaker cue aliases speaker_kind>`; `<not>` marks what stands between marks and is no
quotation, `<optional>` and `<optionalentity>` what is neither rewarded nor punished.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError, fromstring

Record = dict[str, Any]
"""`{id, text, entities, quotes, not_quotes, optional_quotes, optional_entities, ignore}`."""

NAMES = ("PER", "LOC", "ORG", "MISC")
HOME = {"not": "not_quotes", "optional": "optional_quotes", "optionalentity": "optional_entities", "quote": "quotes"}
QUOTE_KINDS = ("direct", "mixed", "indirect")
PARAGRAPH_BREAK = "\n\n"


class AnnotationError(ValueError):
    """An annotated article cannot be read; the message names the file and what is wrong."""


@dataclass(frozen=True)
class AnnotatedSet:
    """A set of annotated articles; `sha256` is over all of it: figures of another set are not comparable."""

    name: str
    records: list[Record]
    sha256: str


def read_own(folder: Path, name: str = "own articles") -> AnnotatedSet:
    """Our own articles in a folder.

    Raises:
        AnnotationError: when a file is not as it should be.
    """
    files = sorted(folder.glob("*.xml"))
    return AnnotatedSet(name, [_read_xml(file) for file in files], _digest(files))


def read_gold(name: str, gold: Path, texts: Path | None = None) -> AnnotatedSet:
    """Others' annotation: each record holds its text, or `texts` names the folder of `<id>.txt`, or the text itself."""
    records = [json.loads(line) for line in gold.read_text("utf-8").split("\n") if line.strip()]
    for record in records:
        record.setdefault("id", record.get("sent_id"))
        for key in ("quotes", "not_quotes"):
            record.setdefault(key, [])
        if texts:
            file = texts / f"{record['id']}.txt" if texts.is_dir() else texts
            record["text"] = file.read_bytes().decode("utf-8")  # line ends as they are: offsets count them
        for entity in record["entities"]:
            entity.setdefault("text", record["text"][entity["start"] : entity["end"]])
    files = sorted(texts.glob("*.txt")) if texts and texts.is_dir() else [texts] if texts else []
    return AnnotatedSet(name, records, _digest([gold, *files]))


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _read_xml(file: Path) -> Record:
    try:
        article = fromstring(file.read_text("utf-8"))  # noqa: S314 - our own files
    except ParseError as error:
        raise AnnotationError(f"{file}: not well-formed: {error}") from None
    record: Record = {"id": article.get("id") or file.stem, "entities": [], "ignore": []} | {
        name: [] for name in HOME.values()
    }
    text = ""
    for paragraph in article:
        if paragraph.tag != "p":
            raise AnnotationError(f"{file}: <{paragraph.tag}> stands where a <p> is expected")
        if text:
            text += PARAGRAPH_BREAK
        start = len(text)
        for element, begin, end in _spans(paragraph, start):
            _annotate(record, element, begin, end, file)
        text += "".join(paragraph.itertext())
    record["text"] = text
    for name in ("entities", *HOME.values()):
        record[name] = sorted(
            (span | {"text": text[span["start"] : span["end"]]} for span in record[name]),
            key=lambda span: (span["start"], span["end"]),
        )
    return record


def _spans(parent: Element, start: int) -> Iterator[tuple[Element, int, int]]:
    """Every element below `parent` with its offsets, `parent` beginning at `start`."""
    place = start + len(parent.text or "")
    for element in parent:
        length = len("".join(element.itertext()))
        yield element, place, place + length
        yield from _spans(element, place)
        place += length + len(element.tail or "")


def _annotate(record: Record, element: Element, start: int, end: int, file: Path) -> None:
    span: Record = {"start": start, "end": end}
    if element.tag in NAMES:
        record["entities"].append(span | {"label": element.tag})
        return
    if element.tag not in HOME:
        raise AnnotationError(f"{file}: <{element.tag}> is not known: {', '.join((*NAMES, *HOME))}")
    if element.tag == "quote":
        if element.get("kind") not in QUOTE_KINDS:
            raise AnnotationError(f"{file}: a quote of kind {element.get('kind')!r}: {', '.join(QUOTE_KINDS)}")
        span |= {"kind": element.get("kind"), "speaker": element.get("speaker"), "cue": element.get("cue")}
        span |= {"speaker_aliases": [alias for alias in (element.get("aliases") or "").split("|") if alias]}
    record[HOME[element.tag]].append(span)
