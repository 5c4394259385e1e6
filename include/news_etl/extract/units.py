"""What can be said of each text unit of a page: features of its text, its markup, its witnesses and its place."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice

from lxml.html import HtmlElement

from news_etl.extract.images import Box
from news_etl.extract.lines import likeness, own_features
from news_etl.extract.metadata import Metadata
from news_etl.extract.page import Flag, Page, Unit
from news_etl.extract.text import fold, level, vocabulary

_OVERRULED_SHARE = 0.3
"""An element that holds this share of the article is no box beside it, whatever its class says."""
_HOPELESS = Flag.NAVIGATION | Flag.HIDDEN | Flag.FORM | Flag.COMMENTS
_BOXED = frozenset(("in_ASIDE", "in_RELATED", "in_NEWSLETTER", "in_COMMENTS", "in_ADVERT", "in_CAPTION", "in_AUTHOR"))
_MAIN_SHARE = 0.6
_WHOLE_TITLE = 0.6
"""A unit that a title begins with is that title without the name of the site, if it is this share of it."""

Look = tuple[tuple[str, str | None], tuple[str, str | None] | None]


@dataclass
class Known:
    """What is known of the article before its body is chosen. Texts are folded."""

    witness: list[str]
    """The lines that trafilatura takes."""
    body_text: str = ""
    """JSON-LD articleBody."""
    title: str = ""
    headline: str = ""
    description: str = ""
    titles: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()
    """Every title and description of the page's metadata, the chosen ones among them."""


@dataclass
class Candidate:
    """A unit that may belong to the article. `words` counts words, `features` are names."""

    unit: Unit
    words: int
    sentence: bool
    witnessed: bool = False
    named: bool = False
    features: set[str] = field(default_factory=set)

    @property
    def is_prose(self) -> bool:
        """Whether only running text looks like that."""
        return self.words >= 18 and self.sentence and self.unit.link_density < 0.5


def read_candidates(
    page: Page, known: Known, boxes: list[Box], ruled: frozenset[HtmlElement] = frozenset()
) -> list[Candidate]:
    """The units of a page that may be part of its article, with their features.

    All that stands in the `ruled` elements may: the site's rule says that they are the body.
    """
    joined = f" {' '.join(known.witness)} "
    exact = set(known.witness)
    named = f" {known.body_text} " if known.body_text else ""
    witnessed = [_stands_in(unit, joined, exact) for unit in page.units]
    overruled = _overruled(page, witnessed) | _around_headline(page, known)
    boxed = _boxed(boxes)
    candidates: list[Candidate] = []
    for unit, seen in zip(page.units, witnessed, strict=True):
        flags = _flags(page, unit, overruled)
        if not unit.folded or (_hopeless(unit, flags, seen) and not unit.stands_in(ruled)):
            continue
        features, words, sentence = own_features(unit.text, unit.folded)
        candidate = Candidate(unit, words, sentence, seen, bool(named) and f" {unit.folded} " in named)
        features |= boxed.get(unit.position, set())
        candidate.features = features | _markup(unit, flags) | _said(candidate, known, bool(named))
        candidates.append(candidate)
    _relate(candidates)
    _weigh(candidates)
    _kin(candidates)
    _place(candidates)
    _compare(candidates)
    _with_neighbours(candidates)
    return candidates


def _boxed(boxes: list[Box]) -> dict[int, set[str]]:
    """Features of the units in picture boxes, by position."""
    found: dict[int, set[str]] = {}
    for box in boxes:
        size = sum(len(unit.text) for unit in box.units)
        for unit in box.units:
            found[unit.position] = {
                "boxed",
                f"boxed={level(len(box.units), (2, 3, 5))}",
                f"box_size={level(size, (60, 150, 300))}",
            }
    return found


def _stands_in(unit: Unit, joined: str, exact: set[str]) -> bool:
    if unit.folded in exact:
        return True
    return unit.folded.count(" ") >= 3 and f" {unit.folded} " in joined


def _overruled(page: Page, witnessed: list[bool]) -> set[int]:
    """Flagged elements that hold so much of the article that their flags cannot be meant for it."""
    held: dict[int, int] = {}
    total = 0
    prose = [len(unit.text) if unit.folded.count(" ") >= 18 and unit.link_density < 0.5 else 0 for unit in page.units]
    for unit, seen, size in zip(page.units, witnessed, prose, strict=True):
        worth = size or (len(unit.text) if seen else 0)
        total += worth
        if worth:
            for mark in unit.marks:
                held[mark] = held.get(mark, 0) + worth
    return {mark for mark, size in held.items() if size >= _OVERRULED_SHARE * total}


def _around_headline(page: Page, known: Known) -> set[int]:
    """Flagged elements that hold the headline: what they are called is not meant for a unit beside it."""
    headline = next((unit for unit in page.units if unit.is_heading and unit.folded in known.titles), None)
    if headline is None:
        return set()
    return {mark for mark in headline.marks if not page.marks[mark].flags & _HOPELESS}


def _flags(page: Page, unit: Unit, overruled: set[int]) -> tuple[Flag, Flag]:
    """The flags of all elements around a unit, and those of the innermost one."""
    around = inner = Flag(0)
    for mark in unit.marks:
        if mark not in overruled:
            inner = page.marks[mark].flags
            around |= inner
    return around, inner


def _hopeless(unit: Unit, flags: tuple[Flag, Flag], seen: bool) -> bool:
    """Whether a unit cannot be of the article, so that nothing need be computed for it."""
    if seen:
        return False
    linked = unit.link_density > 0.9 and len(unit.text) < 100
    return bool(flags[0] & _HOPELESS) or (linked and not unit.is_heading)


def _markup(unit: Unit, flags: tuple[Flag, Flag]) -> set[str]:
    around, inner = flags
    found = {f"tag={unit.tag}", f"linked={_level(unit.link_density)}"}
    found |= {f"in_{flag.name}" for flag in around}
    found |= {f"just_in_{flag.name}" for flag in inner}
    if unit.bold_chars >= 0.9 * len(unit.text):
        found.add("bold")
    parent = unit.element.getparent()
    if parent is not None and isinstance(parent.tag, str):
        found.add(f"parent={parent.tag}")
    return found


def _level(share: float) -> int:
    return sum(share > edge for edge in (0.0, 0.2, 0.5, 0.9))


def _said(candidate: Candidate, known: Known, has_body_text: bool) -> set[str]:
    """What the page's metadata and the witness say of a unit."""
    folded = candidate.unit.folded
    found = {"witnessed" if candidate.witnessed else "unseen"}
    if known.witness and folded == known.witness[-1]:
        found.add("last_witnessed")
    if has_body_text:
        found.add("named" if candidate.named else "unnamed")
    if folded in (known.title, known.headline):
        found.add("title")
    elif candidate.words >= 4 and (folded in known.title or known.title in folded):
        found.add("like_title")
    if "title" not in found and any(_is_title(candidate, title) for title in known.titles):
        found.add("titled")
    if folded == known.description:
        found.add("description")
    elif candidate.words >= 5 and known.description and (folded in known.description or known.description in folded):
        found.add("like_description")
    return found


def _is_title(candidate: Candidate, title: str) -> bool:
    folded = candidate.unit.folded
    cut = candidate.words >= 4 and title.startswith(folded) and len(folded) > _WHOLE_TITLE * len(title)
    return cut or folded == title


def _relate(candidates: list[Candidate]) -> None:
    counts = Counter(candidate.unit.folded for candidate in candidates)
    for index, candidate in enumerate(candidates):
        if counts[candidate.unit.folded] > 1:
            candidate.features.add("repeated")
        for step in (-1, 1):
            if 0 <= index + step < len(candidates):
                other = candidates[index + step]
                candidate.features |= likeness(
                    (candidate.unit.folded, candidate.words), (other.unit.folded, other.words), step
                )


def _weigh(candidates: list[Candidate]) -> None:
    """A second opinion beside the witness: how much of the page's running text the elements around a unit hold."""
    held: Counter[HtmlElement] = Counter()
    total = missed = 0
    for candidate in candidates:
        if candidate.is_prose and not candidate.features & _BOXED:
            total += candidate.words
            missed += 0 if candidate.witnessed else candidate.words
            for element in _around(candidate.unit):
                held[element] += candidate.words
    coverage = f"coverage={level(round(100 * (total - missed) / max(1, total)), (10, 50, 75, 90))}"
    for candidate in candidates:
        shares = [held[element] / max(1, total) for element in _around(candidate.unit)[:4]]
        candidate.features |= {
            f"holds{depth}={level(round(100 * share), (1, 25, 50, 75, 95))}" for depth, share in enumerate(shares)
        }
        if max(shares, default=0) >= _MAIN_SHARE:
            candidate.features.add("in_main")
            candidate.features.add(
                f"in_main&{'seen' if candidate.witnessed else 'unseen'}&prose={candidate.is_prose}&{coverage}"
            )
        candidate.features.add(f"{coverage}&{'seen' if candidate.witnessed else 'unseen'}")


def look_of(unit: Unit) -> Look:
    """How the markup dresses a unit: tag and class of its element and of the one around it."""
    element = unit.element
    around = element.getparent()
    own = (str(element.tag), element.get("class"))
    return own, None if around is None else (str(around.tag), around.get("class"))


def _kin(candidates: list[Candidate]) -> None:
    """How much of the witnessed text is dressed like a unit: an article may be cut into many parts of the same make."""
    looks = [look_of(candidate.unit) for candidate in candidates]
    sizes = [len(candidate.unit.text) if candidate.witnessed else 0 for candidate in candidates]
    seen: Counter[Look] = Counter()
    for look, size in zip(looks, sizes, strict=True):
        seen[look] += size
    total = sum(sizes)
    for candidate, look, size in zip(candidates, looks, sizes, strict=True):
        name = f"kin={_level((seen[look] - size) / max(1, total - size))}"
        candidate.features |= {name, f"{name}&{'seen' if candidate.witnessed else 'unseen'}"}


def _around(unit: Unit) -> list[HtmlElement]:
    """The elements around a unit's own, innermost first."""
    return list(islice(unit.element.iterancestors(), 8))


def _place(candidates: list[Candidate]) -> None:
    """Features of the place: among the witnessed units, under the headline, beside prose of the same parent."""
    firm = [index for index, candidate in enumerate(candidates) if candidate.witnessed]
    first, last = (firm[0], firm[-1]) if firm else (0, -1)
    headline = next(
        (
            index
            for index, candidate in enumerate(candidates)
            if "title" in candidate.features and candidate.unit.tag == "h1"
        ),
        None,
    )
    parents: Counter[HtmlElement | None] = Counter()
    seen_parents: Counter[HtmlElement | None] = Counter()
    total = 0
    for candidate in candidates:
        if candidate.is_prose:
            parents[candidate.unit.element.getparent()] += 1
        if candidate.witnessed:
            seen_parents[candidate.unit.element.getparent()] += len(candidate.unit.text)
            total += len(candidate.unit.text)
    ended = 0
    for index, candidate in enumerate(candidates):
        found = candidate.features
        place = "above" if index < first else "below" if index > last else "amid"
        distance = first - index if index < first else index - last if index > last else 0
        found |= {place, f"{place}={level(distance, (2, 4, 8, 16))}"}
        if headline is not None:
            gap = index - headline
            found.add(f"headline={'+' if gap > 0 else '-'}{level(abs(gap), (1, 2, 3, 5, 9, 16))}")
        parent = candidate.unit.element.getparent()
        found.add(f"siblings={level(parents[parent] - candidate.is_prose, (1, 2, 4, 8))}")
        share = (seen_parents[parent] - (len(candidate.unit.text) if candidate.witnessed else 0)) / max(1, total)
        found.add(f"family={_level(share)}")
        near = sum(other.is_prose for other in candidates[max(0, index - 5) : index + 6]) - candidate.is_prose
        found.add(f"near={level(near, (1, 2, 4, 6))}")
        found.add(f"ended={level(ended, (1, 2, 4))}")
        ended += "is_end" in found


def _compare(candidates: list[Candidate]) -> None:
    """How many of a unit's words the witnessed text uses elsewhere."""
    usage: Counter[str] = Counter()
    vocabularies = [vocabulary(candidate.unit.folded) for candidate in candidates]
    for candidate, words in zip(candidates, vocabularies, strict=True):
        if candidate.witnessed:
            usage.update(words)
    for candidate, words in zip(candidates, vocabularies, strict=True):
        own = int(candidate.witnessed)
        share = sum(usage[word] > own for word in words) / len(words) if words else 0.0
        candidate.features.add(f"shared={level(round(share * 100), (1, 20, 40, 60, 80)) if words else 'none'}")


def _with_neighbours(candidates: list[Candidate]) -> None:
    shown = [_visible(candidate) for candidate in candidates]
    for index, candidate in enumerate(candidates):
        found = candidate.features
        size = f"{level(candidate.words, (4, 11, 18))},{candidate.sentence}"
        found.add(f"size={size}")
        crossed = [name for name in found if name in _CROSSED_NAMES or name.startswith(_CROSSED)]
        found |= {f"{name}&size={size}" for name in crossed}
        found |= {
            f"{name}&{'seen' if candidate.witnessed else 'unseen'}"
            for name in crossed + [n for n in found if n.startswith(("in_", "linked="))]
        }
        for step in (-2, -1, 1, 2):
            other = index + step
            if 0 <= other < len(candidates):
                found |= {f"{step:+d}:{name}" for name in shown[other]}
        around = sum(
            candidates[other].witnessed
            for other in range(max(0, index - 3), min(len(candidates), index + 4))
            if other != index
        )
        found.add(f"around={around}&{candidate.witnessed}&{size}")


_CROSSED_NAMES = frozenset(("witnessed", "unseen", "amid", "below", "above", "named", "unnamed", "boxed"))
_CROSSED = ("tag=", "near=", "siblings=", "family=", "shared=", "around=", "headline=")


def _visible(candidate: Candidate) -> list[str]:
    seen = [name for name in candidate.features if name in _SHOWN or name.startswith(("is_", "begins_", "tag=h"))]
    size = f"size={level(candidate.words, (4, 11, 18))},{candidate.sentence}"
    return sorted([*seen, size])


_SHOWN = frozenset(
    (
        "witnessed",
        "boxed",
        "named",
        "unnamed",
        "byline",
        "date",
        "credit",
        "name",
        "in_RELATED",
        "in_FIGURE",
        "in_AUTHOR",
        "colon",
        "tag=p",
        "tag=li",
    )
)


def known_of(witness: list[str], metadata: Metadata) -> Known:
    """`Known`, from the witness's lines (folded) and the texts of the metadata as they stand on the page."""
    title, headline = fold(metadata.title or ""), fold(metadata.title_page or metadata.title or "")
    titles = {*map(fold, metadata.titles), title, headline} - {""}
    return Known(
        witness,
        fold(metadata.body_text or ""),
        title,
        headline,
        fold(metadata.description or ""),
        tuple(sorted(titles)),
        tuple(map(fold, metadata.descriptions)),
    )
