"""What can be said of each line of a text dump: features of the line, of its neighbours and of its place."""

import re
from collections import Counter
from dataclasses import dataclass, field

from news_etl.extract.credits import is_signed, split_credit
from news_etl.extract.lexicon import folded_pattern, lexicon, picture_words, starts_of
from news_etl.extract.names import has_prefix
from news_etl.extract.sites import NO_RULE, Rule
from news_etl.extract.text import fold, level, squeeze, vocabulary
from news_etl.extract.times import find_dates

_SENTENCE_END = re.compile(r"[.!?…。！？।]\s?[\"'”’»)\]」]*$")
_CLOCK = re.compile(r"(?<!\d)[0-2]?\d[:h.][0-5]\d(?!\d)")
_INNER_END = re.compile(r"[.!?][\"”»]? [A-ZÀ-Þ„“«\"]")
_ICON = re.compile(r"^(?:[a-z]+-)*icon[\s-]*(?=[^\W_])")
_FILE_NAME = re.compile(
    r"^[\w -]+\.(?:jpe?g|png|gif|webp|svg|avif)$|^[a-z]+(?:-[a-z]+)*-(?:image|img|icon|photo|logo)$", re.IGNORECASE
)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_URL = re.compile(r"https?://|www\.|\S@\S|@\w{3,}")
_OPENING = "\"'“„«‹‘»‚"
_CLOSING = "\"'”“»›’«"
_KINDS = ("labels", "share", "navigation", "related", "end", "newsletter", "comments", "paywall")
_CROSSED = ("near=", "between=", "earlier=", "ended=", "rank=", "rank_up=")
_DISTANCES = (2, 3, 4, 6, 9, 14, 25)
_LENGTHS = (2, 4, 7, 11, 16, 26, 41)
_WORDED = ("roles", "bio_marks", "reading_time", "published", "updated", "outlet_words")
_GAP_COST = 7.0
"""What a line that is no running text costs the stretch around it, in words."""
_SENTENCE_WORDS = 7
_FOREIGN = frozenset(("is_end", "is_newsletter", "is_comments", "begins_newsletter", "begins_comments"))
_CREDITED = frozenset(("credit", "credit_tail"))
_NO_WORD = re.compile(r"[^\w’'-]+")
_COUNTED = re.compile(r"\b\d+ | \d+\b")
_BAR_WORDS = 4
_BAR_SHARE = 0.7
_LONG = 22
"""Words of a line that only running text has."""
_SHOWN = frozenset(
    (
        "long",
        "sentence",
        "credit",
        "credit_line",
        "credit_tail",
        "picture_words",
        "placeholder",
        "name_in_prose",
        "date",
        "byline",
        "caps",
        "name",
        "colon",
        "lower",
        "same_next",
        "same_before",
        "within_next",
        "whole_quote",
        "open_bracket",
    )
)


@dataclass
class Line:
    """One line of a dump. `features` are names; `words` counts words (two CJK characters count as one)."""

    text: str
    folded: str
    blank_before: bool
    words: int
    is_sentence: bool
    """Whether it ends as a sentence does."""
    features: set[str] = field(default_factory=set)

    @property
    def is_long(self) -> bool:
        """Whether only running text is that long."""
        return self.words >= _LONG

    @property
    def has_date(self) -> bool:
        """Whether a full date stands in it."""
        return bool(self.features & {"date", "date_in_text"})


def read_lines(text: str, rule: Rule = NO_RULE) -> list[Line]:
    """The lines of a dump that say something, with their features.

    Advertising labels, and what the site's rule drops, are as good as empty.
    """
    lines: list[Line] = []
    blank = False
    for raw in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        clean = _ICON.sub("", squeeze(raw))
        folded = fold(clean)
        if folded and not lexicon()["adverts"].found(folded) and not rule.drops(clean):
            features, words, sentence = own_features(clean, folded)
            lines.append(Line(clean, folded, blank, words, sentence, features))
        blank = not clean
    if not lines:
        return []
    _relate(lines)
    _place(lines)
    return _with_neighbours(lines)


def add_title(lines: list[Line], title: int | None) -> None:
    """Add features of the place below or above the title, once it is known."""
    if title is None:
        return
    for index, line in enumerate(lines):
        distance = index - title
        if distance == 0:
            line.features.add("is_title")
        elif distance > 0:
            line.features |= {
                f"after_title={level(distance, _DISTANCES)}",
                f"after_title={level(distance, _DISTANCES)}&size={_size(line)}",
            }
        else:
            line.features.add(f"before_title={level(-distance, _DISTANCES)}")
        if distance and line.folded == lines[title].folded:
            line.features.add("repeats_title")


def _size(line: Line) -> str:
    return f"{level(line.words, (4, 11, 22))},{line.is_sentence}"


def _count(text: str) -> int:
    wide = len(_CJK.findall(text))
    return len(_CJK.sub("", text).split()) + wide // 2


def own_features(text: str, folded: str) -> tuple[set[str], int, bool]:
    """The features of a text alone, the number of its words, and whether it ends as a sentence does."""
    words = _count(text)
    sentence = _SENTENCE_END.search(text) is not None
    found = {"bias", f"length={level(words, _LENGTHS)}"}
    checks = {
        "long": words >= _LONG,
        "sentence": sentence,
        "colon": text.endswith(":"),
        "ellipsis": text.endswith(("…", "...")),
        "question": text.endswith("?"),
        "lower": text[0].islower(),
        "opens_quote": text[0] in _OPENING,
        "digit_first": text[0].isdigit(),
        "sign_first": not text[0].isalnum() and text[0] not in _OPENING,
        "digits": any(char.isdigit() for char in text),
        "caps": text.isupper() and len(text) > 3,
        "comma": "," in text,
        "bar": "|" in text or "›" in text or " / " in text,
        "address": _URL.search(text) is not None,
        "clock": _CLOCK.search(text) is not None,
        "two_sentences": _INNER_END.search(text) is not None,
        "quoted": any(char in text for char in '«“„"'),
        "whole_quote": text[0] in _OPENING and text.rstrip(".,")[-1:] in _CLOSING and words > 3,
        "open_bracket": text.endswith(("(", "[")),
        "no_letters": not any(char.isalpha() for char in text),
        "inner_colon": ": " in text,
    }
    found |= {name for name, holds in checks.items() if holds}
    if words <= 60:
        found |= _worded(text, words, sentence) | _lexical(text, folded, words)
    return found, words, sentence


def _worded(text: str, words: int, sentence: bool) -> set[str]:
    """Features that name dates, credits and persons."""
    found: set[str] = set()
    if words <= 30 and find_dates(text):
        found.add("date" if words <= 14 else "date_in_text")
    caption, credit = split_credit(text)
    if credit:
        found.add(("credit" if caption else "credit_line") if is_signed(text) else "credit_tail")
    if picture_words().search(text):
        found.add("picture_words")
    tokens = [word for word in re.findall(r"[^\W\d_][\w’'-]*", text) if len(word) > 1]
    capital = sum(word[0].isupper() for word in tokens)
    if 2 <= words <= 5 and capital >= 2 and capital >= len(tokens) - 1 and not sentence:
        found.add("name")
    if words > 3 and capital >= 0.8 * len(tokens):
        found.add("title_case")
    if words <= 16 and has_prefix(text):
        found.add("byline")
    return found


def _lexical(text: str, folded: str, words: int) -> set[str]:
    """Features from the language lists."""
    lists = lexicon()
    found = {f"is_{kind}" for kind in _KINDS if words <= 10 and lists[kind].whole(folded)}
    found |= {f"begins_{kind}" for kind in _KINDS if lists[kind].begins(folded)}
    if words <= 45:
        found |= {f"has_{kind}" for kind in _WORDED if folded_pattern(kind).search(folded)}
    padded = f"{folded} "
    found |= {
        f"begins_{kind}"
        for kind in ("credit_words", "caption_words", "list_marks")
        if padded.startswith(starts_of(kind))
    }
    last = folded.rsplit(" ", 1)[-1]
    if last in lists.agencies or folded[-30:].partition(" ")[2] in lists.agencies:
        found.add("ends_agency")
    if folded.split(" ", maxsplit=1)[0] in lists.words["logo"]:
        found.add("begins_logo")
    if folded in lists.agencies:
        found.add("is_agency")
    if _FILE_NAME.match(text) or _COUNTED.sub("", folded) in lists.words["image_placeholders"]:
        found.add("placeholder")
    if _is_bar(folded):
        found.add("is_share")
    return found


def _is_bar(folded: str) -> bool:
    """Whether a line is a row of buttons that were copied as one: "Facebook X LinkedIn Print"."""
    tokens = folded.split()
    buttons = lexicon()["share"].lines
    return len(tokens) >= _BAR_WORDS and sum(token in buttons for token in tokens) >= _BAR_SHARE * len(tokens)


def _relate(lines: list[Line]) -> None:
    """Features of repetition: pages print alternative texts beside captions, and teasers twice."""
    counts = Counter(line.folded for line in lines)
    first: dict[str, int] = {}
    for index, line in enumerate(lines):
        if counts[line.folded] > 1:
            line.features.add("repeated")
            line.features.add("again" if line.folded in first else "first_of_more")
        first.setdefault(line.folded, index)
        for step in (-2, -1, 1, 2):
            if 0 <= index + step < len(lines):
                other = lines[index + step]
                alike = likeness((line.folded, line.words), (other.folded, other.words), step)
                line.features |= alike
                if other.features & _CREDITED and any(name.startswith("within_") for name in alike):
                    line.features.add("captioned")


def likeness(line: tuple[str, int], other: tuple[str, int], step: int) -> set[str]:
    """How a line (folded text, words) is like one `step` lines away: the same, within it, or sharing most words."""
    (mine, words), (theirs, other_words) = line, other
    if min(words, other_words) < 2:
        return set()
    side = f"{'next' if step > 0 else 'before'}{'' if abs(step) == 1 else '2'}"
    if mine == theirs:
        return {f"same_{side}"}
    if words >= 3 and theirs.startswith(mine):
        return {f"within_{side}"}
    if other_words >= 3 and mine.startswith(theirs):
        return {f"holds_{side}"}
    if max(words, other_words) < 60:
        one, two = set(mine.split()), set(theirs.split())
        smaller = min(len(one), len(two))
        if smaller >= 4 and len(one & two) >= 0.6 * smaller:
            return {f"like_{side}"}
    return set()


def _place(lines: list[Line]) -> None:
    """Features of the place among the long lines, which are the article's."""
    prose = [line.is_long and line.is_sentence for line in lines]
    start, end = _core(lines)
    ended = earlier = 0
    for index, line in enumerate(lines):
        before = next((index - other for other in range(index - 1, max(-1, index - 9), -1) if prose[other]), 9)
        after = next((other - index for other in range(index + 1, min(len(lines), index + 9)) if prose[other]), 9)
        line.features |= {f"prose_before={level(before, (2, 3, 5, 9))}", f"prose_after={level(after, (2, 3, 5, 9))}"}
        line.features.add(f"between={level(before, (2, 4, 9))}/{level(after, (2, 4, 9))}")
        place = "above" if index < start else "below" if index > end else "amid"
        line.features.add(place)
        if index == start:
            line.features.add("core_start")
        line.features.add(
            f"{place}={level(start - index if index < start else index - end if index > end else 0, (2, 4, 8, 16))}"
        )
        near = sum(prose[max(0, index - 6) : index + 7])
        line.features.add(f"near={level(near, (1, 2, 4, 6))}")
        line.features.add(f"ended={level(ended, (1, 2, 4))}")
        if "is_end" in line.features and index > start:
            ended += 1
        if index < 3:
            line.features.add(f"top={index}")
        line.features.add(f"earlier={level(earlier, (1, 2, 4, 8))}")
        earlier += prose[index]
    _rank_above(lines, start)
    _compare(lines, start, end)


def _core(lines: list[Line]) -> tuple[int, int]:
    """First and last line of the stretch with the most running text for its length (a maximal sum)."""
    best = (0.0, 0, len(lines) - 1)
    total, start = 0.0, 0
    for index, line in enumerate(lines):
        if total <= 0:
            total, start = 0.0, index
        total += _worth(line)
        if total > best[0]:
            best = (total, start, index)
    return best[1], best[2]


def _worth(line: Line) -> float:
    """What a line adds to the stretch it stands in: sentences their words, other lines a cost."""
    if line.features & _FOREIGN:
        return -2 * _GAP_COST
    if line.is_sentence and line.words >= _SENTENCE_WORDS:
        return float(min(line.words, 60))
    return 0.0 if line.is_sentence else -_GAP_COST


def _rank_above(lines: list[Line], start: int) -> None:
    """Which line above the core this is, among those long enough to be a headline."""
    able = [index for index in range(max(0, start - 40), start + 1) if 4 <= lines[index].words <= 45]
    fresh = [
        index
        for index in able
        if not lines[index].features & {"credit", "credit_line", "byline", "date", "begins_share", "is_share"}
    ]
    for rank, index in enumerate(fresh[:4]):
        lines[index].features.add(f"rank={rank}")
    for rank, index in enumerate(reversed(fresh[-4:])):
        lines[index].features.add(f"rank_up={rank}")
    if fresh:
        lines[max(fresh, key=lambda index: (lines[index].words, -index))].features.add("longest_above")


def _compare(lines: list[Line], start: int, end: int) -> None:
    """How many of a line's words the article uses elsewhere: titles and captions share them, teasers do not."""
    usage: Counter[str] = Counter()
    vocabularies = [vocabulary(line.folded) for line in lines]
    for index in range(start, end + 1):
        if lines[index].is_long:
            usage.update(vocabularies[index])
    prose = _as_written(" ".join(line.text for line in lines[start : end + 1] if line.is_long))
    for index, line in enumerate(lines):
        if "name" in line.features and _as_written(line.text) in prose:
            line.features.add("name_in_prose")
        own = 1 if start <= index <= end and line.is_long else 0
        words = vocabularies[index]
        if not words:
            line.features.add("shared=none")
            continue
        share = sum(usage[word] > own for word in words) / len(words)
        usual = level(round(share * 100), (1, 20, 40, 60, 80))
        line.features |= {f"shared={usual}", f"shared={usual}&size={level(line.words, (4, 11, 22))}"}


def _as_written(text: str) -> str:
    """The words of a text with their capitals, which tell a name from a heading ("A Second Chance")."""
    return f" {_NO_WORD.sub(' ', text).strip()} "


def _with_neighbours(lines: list[Line]) -> list[Line]:
    """Add what the lines above and below look like."""
    shown = [_visible(line) for line in lines]
    for index, line in enumerate(lines):
        for step in (-2, -1, 1, 2):
            other = index + step
            if 0 <= other < len(lines):
                line.features |= {f"{step:+d}:{name}" for name in shown[other]}
            else:
                line.features.add(f"{step:+d}:none")
        size = level(line.words, (4, 11, 22))
        line.features.add(f"size={size},sentence={line.is_sentence}")
        line.features |= {f"{name}&size={size}" for name in line.features if name.startswith(_CROSSED)}
        line.features |= {
            f"{name}&size={size},{line.is_sentence}" for name in line.features & {"above", "amid", "below"}
        }
    return lines


def _visible(line: Line) -> list[str]:
    """The features that a neighbour sees, in a fixed order."""
    seen = [name for name in line.features if name in _SHOWN or name.startswith(("length=", "is_", "begins_"))]
    return sorted(seen)
