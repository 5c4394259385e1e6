"""Who signs a text dump where no line names its authors: an agency or a desk."""

import re
from collections.abc import Iterator, Sequence

from news_etl.extract.byline_lines import INTERFACE
from news_etl.extract.bylines import is_desk, is_written_as_agency
from news_etl.extract.lexicon import lexicon
from news_etl.extract.lines import Line
from news_etl.extract.names import strip_prefix
from news_etl.extract.text import fold

_MAX_SIGNATURE = 6
_MAX_CHARS = 120
_HEADER = 5
_END = 4
_OF_PICTURES = frozenset(("credit", "credit_line", "credit_tail", "placeholder"))
_PICTURES = frozenset(("caption", "alt", "credit"))
_SIGNED = re.compile(
    r"[/,;|•·()©]|\s[-–—]\s|:\s|(?:^|\s)(?:[Aa]vec|[Ww]ith|[Mm]it|[Cc]on|und|et|and|y|e)\s|(?<![^\W_])[lL][’'](?=[A-ZÀ-Þ])"
)
_WIRE = re.compile(r"\b(?P<name>[^\W\d_]{2,8}):\d{6}")
"""The number of an agency's story: "dpa:251104-930-123456/1"."""
_DATELINE = re.compile(r"^[^()!?]{2,60}\((?P<name>[^()]{2,30})\)\s*[-–—:.]")
"""A place, perhaps a date, an agency in brackets and a dash: "PARIS, 4 nov. (AFP) –"."""
_LAST = re.compile(r"[.!?…»”\"]\s*[(\[](?P<name>[^()]{2,40})[)\]]\.?$")
"""An agency in brackets behind the last sentence."""


def find_signature(lines: Sequence[Line], labels: Sequence[str], title: int) -> str | None:
    """The agency or desk that signs: in a short line by the title or right below the text, else in the text itself."""
    prose = [index for index, label in enumerate(labels) if label == "paragraph"]
    last = prose[-1] if prose else title
    above = range(title + 1, min(len(lines), title + 1 + _HEADER))
    below = range(last + 1, min(len(lines), last + 1 + _END))
    able = [index for index in (*above, *below) if index != title and _can_sign(lines, labels, index)]
    found = (name for index in able if (name := _agency_of(lines[index].text)))
    desks = (strip_prefix(lines[index].text) for index in able if _is_signing_desk(lines, index, last))
    return next(found, None) or next(_in_text(lines, prose), None) or next(desks, None)


def _can_sign(lines: Sequence[Line], labels: Sequence[str], index: int) -> bool:
    """Whether a line is short and neither a button nor the credit of a picture."""
    line = lines[index]
    long = line.words > _MAX_SIGNATURE or len(line.text) > _MAX_CHARS
    if long or line.is_sentence or line.features & INTERFACE or labels[index] == "paragraph":
        return False
    pictured = labels[index - 1] in (*_PICTURES, "other") or not _names_agency_first(line.text)
    return not (line.features & _OF_PICTURES and pictured)


def _names_agency_first(text: str) -> bool:
    """Whether nothing but a word for a source stands before the agency, as it does before a picture's."""
    pieces = [piece for piece in _pieces(text) if fold(piece) not in lexicon().words["source_words"]]
    return bool(pieces) and (_agency_in(pieces[0]) is not None or _WIRE.search(text) is not None)


def _agency_of(text: str) -> str | None:
    """The agency that a line names, alone or among others."""
    wire = _WIRE.search(text)
    names = [wire["name"]] if wire else _pieces(text)
    return next((name for piece in names if (name := _agency_in(piece))), None)


def _pieces(text: str) -> list[str]:
    pieces = (piece.strip(" .,:;|[]") for piece in _SIGNED.split(strip_prefix(text)))
    return [piece for piece in pieces if piece]


def _agency_in(piece: str) -> str | None:
    """The agency that a piece names, alone or before the desk that wrote it: "dpa Sport"."""
    for name in (piece, piece.partition(" ")[0]):
        if fold(name) in lexicon().agencies and is_written_as_agency(name):
            return name
    return None


def _in_text(lines: Sequence[Line], prose: Sequence[int]) -> Iterator[str]:
    """The agencies of the text's first words, or its last ones; a deck may read as the first paragraph."""
    for ends, pattern in ((prose[:2], _DATELINE), (prose[:-3:-1], _LAST)):
        matches = (pattern.search(lines[index].text) for index in ends)
        yield from (name for match in matches if match and (name := _agency_of(match["name"])))


def _is_signing_desk(lines: Sequence[Line], index: int, last: int) -> bool:
    """Whether a line is the name of a desk, by the date or right below the text."""
    near = [lines[other] for other in (index - 1, index + 1) if 0 <= other < len(lines)]
    placed = index == last + 1 or any("date" in line.features for line in near)
    return placed and is_desk(strip_prefix(lines[index].text))
