"""What a reader sees between headline and text: which unit stands there first, and what sets it apart from the text.

The linear classifier cannot compose these signs itself, so each feature names several of them.
"""

from collections import Counter
from collections.abc import Callable

from news_etl.extract.text import level, vocabulary
from news_etl.extract.units import Candidate, Known, look_of

SURE = "sure_lead"
"""The feature of a unit that no doubt is the deck: set apart from the text, and named by metadata or markup."""
ZONE = frozenset(("lead=0", "lead=1", "lead=2"))
"""The features of units that may be the deck, by their rank below the headline."""
_LEAST_WORDS = 6
_MOST_WORDS = 120
_WORDS_OF_TEXT = 12
_UNITS_WITHOUT_TEXT = 12
_UNITS_WITHOUT_HEADLINE = 9
_SAME = 70
"""From here on (0..100) a unit says what a description says."""
_FOREIGN = frozenset(
    ("in_CAPTION", "in_CREDIT", "in_RELATED", "in_NEWSLETTER", "in_COMMENTS", "in_ADVERT", "in_SHARE", "in_FORM")
)
_FURNITURE = frozenset(
    ("title", "titled", "date", "byline", "credit_line", "is_share", "is_related", "is_navigation", "is_labels",
     "is_newsletter")
)  # fmt: skip
_BYLINES = frozenset(("date", "byline", "in_AUTHOR", "in_SHARE", "is_share", "clock"))
_PICTURES = frozenset(("in_CAPTION", "in_FIGURE", "boxed"))
_TITLES = frozenset(("title", "titled"))
_APART = frozenset(("both", "class", "parent"))


def mark_lead(candidates: list[Candidate], known: Known) -> None:
    """Add features to the units below the headline that may be the deck, down to the second paragraph of the text."""
    headline = _headline(candidates)
    prose = [
        index
        for index, item in enumerate(candidates)
        if index > headline and item.is_prose and _is_able(item) and item.features.isdisjoint(_PICTURES)
    ]
    last = prose[:2][-1] if prose else headline + _UNITS_WITHOUT_TEXT
    zone = [index for index in range(headline + 1, min(last + 1, len(candidates))) if _is_able(candidates[index])]
    dressed = Counter(_dress(item) for item in candidates if item.words >= _WORDS_OF_TEXT and _is_able(item))
    descriptions = [(text, vocabulary(text)) for text in known.descriptions]
    alike = {index: max((_alike(candidates[index], *each) for each in descriptions), default=0) for index in zone}
    best = max(alike.values(), default=0)
    for rank, index in enumerate(zone):
        candidate = candidates[index]
        after = next((other for other in prose if other > index), None)
        own = "end" if after is None else _set_apart(candidate, candidates[after])
        between = "end" if after is None else _between(candidates[index + 1 : after])
        lone = dressed[_dress(candidate)] <= (candidate.words >= _WORDS_OF_TEXT)
        said = "none" if not descriptions else f"{level(alike[index], (30, 50, 70, 90))}"
        said += "&other" if _SAME <= best != alike[index] else ""
        size = f"{level(candidate.words, (9, 14, 60))},{candidate.sentence}"
        place = f"lead={min(rank, 2)}"
        signs = (
            "",
            f"lone={lone}",
            f"own={own}",
            f"own={own}&lone={lone}",
            f"sep={between}",
            f"own={own}&sep={between}",
            f"desc={said}",
            f"lone={lone}&desc={said}",
            f"lone={lone}&size={size}",
        )
        candidate.features |= {f"{place}&{sign}" if sign else place for sign in signs}
        if rank < 2 and own in _APART and (alike[index] >= _SAME or "just_in_DECK" in candidate.features):
            candidate.features.add(SURE)


def _headline(candidates: list[Candidate]) -> int:
    """The place of the headline: the heading with the title, else the last heading above the text."""
    first = next((index for index, item in enumerate(candidates) if item.is_prose and item.witnessed), len(candidates))
    above = candidates[: first + 1]
    tests: tuple[Callable[[Candidate], bool], ...] = (
        lambda item: item.unit.tag == "h1" and not item.features.isdisjoint(_TITLES),
        lambda item: item.unit.is_heading and not item.features.isdisjoint(_TITLES),
        lambda item: not item.features.isdisjoint(_TITLES),
        lambda item: item.unit.is_heading and "like_title" in item.features,
    )
    for test in tests:
        found = next((index for index, item in enumerate(above) if test(item)), None)
        if found is not None:
            return found
    headings = (
        index
        for index, item in enumerate(above)
        if item.unit.is_heading and item.words >= 3 and item.features.isdisjoint(_PICTURES | _FOREIGN)
    )
    return max(headings, default=max(-1, first - _UNITS_WITHOUT_HEADLINE))


def _is_able(candidate: Candidate) -> bool:
    """Whether a unit may be deck or text. What is called a teaser is a link to another article, if it is a link."""
    foreign = _FOREIGN if candidate.unit.link_chars else _FOREIGN - {"in_RELATED"}
    long = _LEAST_WORDS <= candidate.words <= _MOST_WORDS or candidate.is_prose
    return long and candidate.features.isdisjoint(foreign | _FURNITURE) and candidate.unit.link_density < 0.5


def _dress(candidate: Candidate) -> tuple[object, bool]:
    return look_of(candidate.unit), "bold" in candidate.features


def _set_apart(candidate: Candidate, text: Candidate) -> str:
    """What sets a unit apart from the first paragraph after it: parent, class, both, bold type or nothing."""
    (own, *_), (other, *_) = look_of(candidate.unit), look_of(text.unit)
    if candidate.unit.element.getparent() is not text.unit.element.getparent():
        return "parent" if own == other else "both"
    if own != other:
        return "class"
    return "none" if ("bold" in candidate.features) == ("bold" in text.features) else "bold"


def _between(candidates: list[Candidate]) -> str:
    """What stands between a unit and the text."""
    features = set().union(*(item.features for item in candidates))
    if features & _BYLINES:
        return "byline"
    if features & _PICTURES:
        return "picture"
    return "other" if candidates else "none"


def _alike(candidate: Candidate, text: str, told: set[str]) -> int:
    """How much a unit says what a description says (0..100); descriptions are cut, or worded a little differently."""
    folded = candidate.unit.folded
    if folded == text:
        return 100
    if folded in text:
        return 90
    if len(text) > 30 and folded.startswith(text):
        return _SAME
    own = vocabulary(folded)
    return round(200 * len(own & told) / max(1, len(own) + len(told)))
