"""Quotation marks: which stretches of a text stand between marks, whatever the style of the marks.

Three families nest in one another: guillemets (« »), double marks (“ ” „ and the straight ") and single guillemets
(‹ ›). A mark that tells no direction, as the straight one, opens or closes by the spaces around it and by what is open.
Paragraph by paragraph, with what stays open carried on: a quotation over several paragraphs is one stretch in each.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

_OPENING = {"«": "guillemet", "“": "double", "„": "double", "‟": "double", "‹": "single"}
_CLOSING = {"»": "guillemet", "”": "double", "›": "single"}
_UNDIRECTED = {'"': "double", "″": "double"}
_MARKS = re.compile("[" + "".join([*_OPENING, *_CLOSING, *_UNDIRECTED]) + "]|<<|>>")
_PARAGRAPH = re.compile(r"[^\n]+")

MAX_PARAGRAPHS = 8
"""How many paragraphs a quotation goes on without being opened anew: more is a mark that somebody forgot to close."""

MAX_DEPTH = 4
"""How many marks may be open in one another; the outermost is then taken for one that is never closed."""


@dataclass(frozen=True)
class Marked:
    """A stretch between marks: `text[start:end]` inside them, `text[outer_start:outer_end]` with them."""

    start: int
    end: int
    outer_start: int
    outer_end: int
    depth: int = 0
    """0 for a stretch in no other."""
    closed: bool = True
    """Whether the closing mark stands in the same paragraph."""
    opened: bool = True
    """Whether the opening mark does."""


@dataclass
class _Open:
    family: str
    start: int
    inner: int


@dataclass
class _Paragraph:
    start: int
    end: int
    marked: list[Marked] = field(default_factory=list)
    left_open: _Open | None = None
    stray_close: tuple[int, int] | None = None


def find_marked(text: str) -> list[Marked]:
    """The stretches between quotation marks, in order of their start; linear in the length of the text."""
    read = [_read_paragraph(text, match.start(), match.end()) for match in _PARAGRAPH.finditer(text)]
    found = [_trimmed(text, marked) for paragraph in _carry_on(text, read) for marked in paragraph.marked]
    return sorted((marked for marked in found if marked.start < marked.end), key=lambda m: (m.start, -m.end))


def _read_paragraph(text: str, start: int, end: int) -> _Paragraph:
    """The stretches of a paragraph, and what it leaves open or closes without an opening."""
    paragraph = _Paragraph(start, end)
    stack: list[_Open] = []
    for match in _MARKS.finditer(text, start, end):
        mark = {"<<": "«", ">>": "»"}.get(match.group(), match.group())
        opening = _opens(text, match, mark, stack, start, end)
        if opening:
            if len(stack) == MAX_DEPTH:
                del stack[0]
            family = _OPENING.get(mark) or _UNDIRECTED.get(mark) or _CLOSING[mark]
            stack.append(_Open(family, match.start(), match.end()))
        elif not _close(paragraph, stack, match, mark) and not paragraph.marked and paragraph.stray_close is None:
            paragraph.stray_close = (match.start(), match.end())
    if stack:
        _settle_open(text, paragraph, stack)
    return paragraph


def _is_spaced(text: str, match: re.Match[str], start: int, end: int) -> bool:
    before = text[match.start() - 1] if match.start() > start else " "
    after = text[match.end()] if match.end() < end else " "
    return before.isspace() and after.isspace()


def _opens(text: str, match: re.Match[str], mark: str, stack: list[_Open], start: int, end: int) -> bool:
    if mark in _OPENING:
        # “ also closes what „ opened, and stands for ” in careless text
        return not (
            mark == "“" and _looks_closing(text, match, start, end) and any(o.family == "double" for o in stack)
        )
    if mark in _CLOSING:
        # ”like this” and »so«: a closing mark used to open
        return not stack and _looks_opening(text, match, start, end) and match.start() > start
    if _is_spaced(text, match, start, end):
        return not any(open_.family == "double" for open_ in stack)
    if _looks_opening(text, match, start, end):
        return True
    return not any(open_.family == "double" for open_ in stack) and not _looks_closing(text, match, start, end)


def _looks_opening(text: str, match: re.Match[str], start: int, end: int) -> bool:
    before = text[match.start() - 1] if match.start() > start else " "
    after = text[match.end()] if match.end() < end else " "
    return (before.isspace() or before in "([{-–—'’/:") and not after.isspace() and after not in ".,;:!?…)]}"


def _looks_closing(text: str, match: re.Match[str], start: int, end: int) -> bool:
    before = text[match.start() - 1] if match.start() > start else " "
    after = text[match.end()] if match.end() < end else " "
    return not before.isspace() and before not in "'’([" and (after.isspace() or after in ".,;:!?…)]}-–—/'’")


def _close(paragraph: _Paragraph, stack: list[_Open], match: re.Match[str], mark: str) -> bool:
    """Close the innermost open mark that this one can close; False where there is none."""
    family = _CLOSING.get(mark) or _OPENING.get(mark) or _UNDIRECTED[mark]
    fitting = [number for number, open_ in enumerate(stack) if open_.family == family]
    if not fitting and stack:  # "so” and «so": the families got mixed
        fitting = [len(stack) - 1] if family == "double" or stack[-1].family == "double" else []
    if not fitting:
        return False
    depth = fitting[-1]
    opened = stack[depth]
    del stack[depth:]
    paragraph.marked.append(Marked(opened.inner, match.start(), opened.start, match.end(), depth))
    return True


def _settle_open(text: str, paragraph: _Paragraph, stack: list[_Open]) -> None:
    """An open mark holds to the end of the paragraph when nothing else was opened after it, or when it starts it."""
    outermost = stack[0]
    starts = not text[paragraph.start : outermost.start].strip(" \u00a0\u202f-–—•")
    later = [marked for marked in paragraph.marked if marked.outer_start > outermost.start]
    kept: _Open | None = outermost
    if not starts and (later or len(stack) > 1):
        kept = stack[-1]
        if any(marked.outer_start > stack[-1].start for marked in paragraph.marked):
            kept = None
    lost = [open_ for open_ in stack if open_ is not kept]
    paragraph.marked = [
        replace(marked, depth=max(0, marked.depth - sum(open_.start < marked.outer_start for open_ in lost)))
        for marked in paragraph.marked
    ]
    if kept is not None:
        paragraph.marked = [_deeper(m) if m.outer_start > kept.start else m for m in paragraph.marked]
    paragraph.left_open = kept


def _deeper(marked: Marked) -> Marked:
    return replace(marked, depth=max(1, marked.depth))


def _carry_on(text: str, paragraphs: list[_Paragraph]) -> list[_Paragraph]:
    """End what paragraphs leave open: at the paragraph's end, or at a closing mark some paragraphs later."""
    waiting: int | None = None
    for number, paragraph in enumerate(paragraphs):
        if paragraph.stray_close is not None:
            if waiting is not None and number - waiting <= MAX_PARAGRAPHS:
                for between in paragraphs[waiting + 1 : number]:
                    _fill(between, between.end, between.end, closed=False)
                _fill(paragraph, *paragraph.stray_close, closed=True)
            waiting = None
        if paragraph.left_open is not None:
            open_ = paragraph.left_open
            paragraph.marked.append(Marked(open_.inner, paragraph.end, open_.start, paragraph.end, 0, closed=False))
            waiting = number
        elif paragraph.marked:
            waiting = None
    return paragraphs


def _fill(paragraph: _Paragraph, end: int, outer_end: int, *, closed: bool) -> None:
    paragraph.marked = [_deeper(m) if m.outer_end <= end else m for m in paragraph.marked]
    paragraph.marked.append(Marked(paragraph.start, end, paragraph.start, outer_end, 0, closed=closed, opened=False))


def _trimmed(text: str, marked: Marked) -> Marked:
    start, end = marked.start, marked.end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return replace(marked, start=start, end=end)


def outermost(marked: list[Marked]) -> Iterator[Marked]:
    """The stretches that lie in no other."""
    end = -1
    for stretch in marked:
        if stretch.outer_start >= end:
            end = stretch.outer_end
            yield stretch
