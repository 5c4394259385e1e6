"""The body of a page: which of its text units are the article, and as what.

trafilatura (precision) and JSON-LD's articleBody are witnesses; a linear classifier (`page_model.json`) hears them,
looks at the markup, the text and the neighbours of each unit, and decides.
"""

from dataclasses import dataclass, field

import trafilatura
from lxml.html import HtmlElement

from news_etl.article import Block, BlockKind
from news_etl.extract.lead import SURE
from news_etl.extract.linear import Verdict, load_model
from news_etl.extract.page import Page, Unit
from news_etl.extract.text import fold
from news_etl.extract.units import Candidate, look_of

_LOST_SHARE = 0.25
_POSSIBLE_TEXT = 0.2
"""The chance from which running text is the article's where nothing else is: a notice of one paragraph."""
_LIKELY_DECK = 0.07
_LIKELY_DECK_IN_TEXT = 0.35
_DECK_SIGNS = frozenset(("description", "in_DECK"))
_NO_DECK = frozenset(("boxed", "title", "titled", "in_RELATED", "in_NEWSLETTER", "in_ADVERT"))
_BELOW_TITLE = 6
_LINKED = 0.5
_WORDS_OF_A_DECK = 8
_CAPTIONS = frozenset(("in_CAPTION", "in_CREDIT"))


@dataclass
class Body:
    """The chosen units, in order; the deck, when it stands apart; and how far the witness agrees (0..1)."""

    blocks: list[Block] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    deck: str | None = None
    agreement: float = 1.0


def witness_lines(page: Page, url: str | None) -> list[str]:
    """The lines that trafilatura takes, folded."""
    document = trafilatura.bare_extraction(page.tree, url=url, favor_precision=True, include_comments=False)
    body = getattr(document, "body", None)
    if body is None:
        return []
    return [line for element in body if (line := fold(" ".join(element.itertext())))]


def choose(candidates: list[Candidate], titles: frozenset[str]) -> Body:
    """The body of the article, and its deck. `titles` are folded: they are no headings of their own text."""
    verdicts = load_model("page_model.json").label([sorted(candidate.features) for candidate in candidates])
    labels = [
        "other" if candidate.unit.folded in titles else verdict.label
        for candidate, verdict in zip(candidates, verdicts, strict=True)
    ]
    chosen = list(zip(candidates, labels, strict=True))
    _take_sure_deck(chosen, verdicts)
    if not any(label == "deck" for _, label in chosen):
        _call_deck(chosen, [verdict.chances["deck"] for verdict in verdicts])
    return _body(_with_text(chosen, verdicts))


def choose_within(candidates: list[Candidate], elements: frozenset[HtmlElement], titles: frozenset[str]) -> Body:
    """The body in the elements that a site's rule names: all their text but captions. `titles` as above."""
    return _body([(candidate, _ruled(candidate, elements, titles)) for candidate in candidates])


def _ruled(candidate: Candidate, elements: frozenset[HtmlElement], titles: frozenset[str]) -> str:
    unit = candidate.unit
    if not unit.stands_in(elements) or unit.folded in titles or candidate.features & _CAPTIONS:
        return "other"
    return "heading" if unit.is_heading else "paragraph"


def _body(chosen: list[tuple[Candidate, str]]) -> Body:
    kept = [(candidate, label) for candidate, label in chosen if label in ("paragraph", "heading")]
    while kept and kept[-1][1] == "heading":
        kept.pop()
    deck = " ".join(dict.fromkeys(candidate.unit.text for candidate, label in chosen if label == "deck"))
    return Body(
        [_block(*item) for item in kept], [candidate.unit for candidate, _ in kept], deck or None, _agreement(chosen)
    )


def _with_text(chosen: list[tuple[Candidate, str]], verdicts: list[Verdict]) -> list[tuple[Candidate, str]]:
    """The units, with text that the classifier lets go where hardly any is left: the witness's, else what may be."""
    if _lost(chosen):
        chosen = [(item, "paragraph" if item.witnessed and label == "other" else label) for item, label in chosen]
    if any(label == "paragraph" for _, label in chosen):
        return chosen
    return [
        (item, "paragraph" if item.is_prose and verdict.chances["paragraph"] >= _POSSIBLE_TEXT else label)
        for (item, label), verdict in zip(chosen, verdicts, strict=True)
    ]


def _lost(chosen: list[tuple[Candidate, str]]) -> bool:
    """Whether the classifier lets go nearly all that the witness takes: then the witness is believed."""
    ours = sum(len(candidate.unit.text) for candidate, label in chosen if label == "paragraph")
    theirs = sum(len(candidate.unit.text) for candidate, _ in chosen if candidate.witnessed)
    return ours < _LOST_SHARE * theirs


def _take_sure_deck(chosen: list[tuple[Candidate, str]], verdicts: list[Verdict]) -> None:
    """The first unit that no doubt is the deck, with those of its kind below it; then no other is."""
    start = next((index for index, (item, _) in enumerate(chosen) if SURE in item.features), None)
    if start is None:
        return
    first = chosen[start][0].unit
    end = start + 1
    while end < len(chosen) and _is_of_kind(chosen[end][0].unit, first):
        end += 1
    for index, (item, label) in enumerate(chosen):
        if start <= index < end:
            chosen[index] = (item, "deck")
        elif label == "deck":
            chances = verdicts[index].chances
            chosen[index] = (item, max((other for other in chances if other != "deck"), key=chances.__getitem__))


def _is_of_kind(unit: Unit, first: Unit) -> bool:
    """Whether a unit continues the deck; what is linked is another article."""
    beside = unit.element.getparent() is first.element.getparent()
    return beside and look_of(unit) == look_of(first) and unit.link_density < _LINKED


def _call_deck(chosen: list[tuple[Candidate, str]], chances: list[float]) -> None:
    """Where no unit was sure to be the deck: long headings right below the title, else the likeliest above the text."""
    prose = [index for index, (_, label) in enumerate(chosen) if label == "paragraph"]
    below = _headings_below_title(chosen, prose[0] if prose else 0)
    for index in below:
        chosen[index] = (chosen[index][0], "deck")
    if below:
        return
    end = prose[1] if len(prose) > 1 else len(chosen)
    able = [index for index in range(end) if chances[index] >= _enough(*chosen[index])]
    best = max(able, key=lambda index: chances[index], default=None)
    if best is not None:
        chosen[best] = (chosen[best][0], "deck")


def _headings_below_title(chosen: list[tuple[Candidate, str]], first: int) -> list[int]:
    """The first run of headings between the title and the text (which begins at `first`), long enough for a deck."""
    title = next((index for index, (item, _) in enumerate(chosen[:first]) if _is_headline(item)), first)
    start = next(
        (i for i in range(title + 1, min(first, title + _BELOW_TITLE)) if _is_long_heading(chosen[i][0])), first
    )
    end = next((i for i in range(start, first) if not _is_long_heading(chosen[i][0])), first)
    return list(range(start, end))


def _is_headline(candidate: Candidate) -> bool:
    return candidate.unit.tag == "h1" and "title" in candidate.features


def _is_long_heading(candidate: Candidate) -> bool:
    long = candidate.unit.is_heading and candidate.words >= _WORDS_OF_A_DECK
    return long and candidate.features.isdisjoint(_NO_DECK)


def _enough(candidate: Candidate, label: str) -> float:
    """The chance from which a unit is the deck: a paragraph is not lightly taken from the text."""
    return _LIKELY_DECK_IN_TEXT if label == "paragraph" and not candidate.features & _DECK_SIGNS else _LIKELY_DECK


def _block(candidate: Candidate, label: str) -> Block:
    return Block(kind=_kind(candidate, label), text=candidate.unit.text)


def _kind(candidate: Candidate, label: str) -> BlockKind:
    if label == "heading":
        return "heading"
    if candidate.unit.tag == "li":
        return "list"
    quoted = "in_QUOTE" in candidate.features
    return "quote" if quoted else "paragraph"


def _agreement(chosen: list[tuple[Candidate, str]]) -> float:
    """Overlap (Dice) of the chosen text with the witnessed text, by length."""
    ours = sum(len(candidate.unit.text) for candidate, label in chosen if label in ("paragraph", "heading"))
    theirs = sum(len(candidate.unit.text) for candidate, _ in chosen if candidate.witnessed)
    both = sum(
        len(candidate.unit.text)
        for candidate, label in chosen
        if candidate.witnessed and label in ("paragraph", "heading")
    )
    return round(2 * both / (ours + theirs), 3) if ours + theirs else 0.0
