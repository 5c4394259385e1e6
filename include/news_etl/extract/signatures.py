"""Who signs a text dump where no line names its authors: an agency or a desk."""

import re
from collections.abc import Sequence

from news_etl.extract.bylines import is_written_as_agency
from news_etl.extract.lexicon import lexicon
from news_etl.extract.lines import Line
from news_etl.extract.names import strip_prefix
from news_etl.extract.text import fold

_MAX_SIGNATURE = 6
_OF_PICTURES = frozenset(("credit", "credit_line", "credit_tail", "placeholder"))
_INTERFACE = frozenset(
    ("is_share", "is_navigation", "is_related", "is_newsletter", "is_comments", "is_end", "is_labels", "begins_related")
)
_SIGNED = re.compile(r"[/,;|•·()]|\s[-–—]\s|©|:\s|\s(?:avec|with|mit|con|und|et)\s")


def find_agency(lines: Sequence[Line], title: int, prose: Sequence[int]) -> str | None:
    """The agency that signs where no author does: in a short line by the title or right below the text."""
    last = prose[-1] if prose else title
    places = [*range(title + 1, min(len(lines), title + 6)), *range(last + 1, min(len(lines), last + 5))]
    for index in places:
        line = lines[index]
        if line.words <= _MAX_SIGNATURE and not line.is_sentence and not line.features & (_INTERFACE | _OF_PICTURES):
            for piece in _SIGNED.split(strip_prefix(line.text)):
                name = _agency_in(piece.strip(" .,:;|()[]"))
                if name:
                    return name
    return None


def _agency_in(piece: str) -> str | None:
    """The agency that a piece names, alone or before the desk that wrote it: "dpa Sport"."""
    for name in (piece, piece.partition(" ")[0]):
        if fold(name) in lexicon().agencies and is_written_as_agency(name):
            return name
    return None


