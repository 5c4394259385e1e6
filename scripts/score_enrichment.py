"""Score names, quotations and speakers against an annotation. What counts as right is said at each measure.

Gold: `{id, entities, quotes, not_quotes, optional_quotes, optional_entities, ignore}`; found: what `news-etl enrich`
prints. Spans are `{start, end, …}`, half-open, into the same text.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Span = dict[str, Any]
Record = Mapping[str, Any]

LABELS = ("PER", "LOC", "ORG")
COVER = 0.8
"""A quotation is found when this share of its characters is; the measure that published French figures use."""
OVERLONG = 5
"""A prediction more than five times as long as a quotation does not find it."""
# fmt: off
TITLES = frozenset((
    "m", "mm", "mme", "mmes", "mlle", "dr", "pr", "me", "monsieur", "madame", "professeur", "docteur", "maitre",
))
SMALL_WORDS = frozenset((
    "le", "la", "les", "l", "un", "une", "des", "de", "du", "d", "et", "en", "a", "au", "aux", "par", "ce", "cet",
    "cette", "ces", "son", "sa", "ses", "leur", "leurs", "qui", "que", "n", "s", "c",
))
# fmt: on


@dataclass
class Tally:
    """Right and counted predictions, found and counted annotations."""

    right: int = 0
    predicted: int = 0
    found: int = 0
    gold: int = 0

    def add(self, right: int, predicted: int, found: int, gold: int) -> None:
        self.right += right
        self.predicted += predicted
        self.found += found
        self.gold += gold

    @property
    def precision(self) -> float:
        return self.right / self.predicted if self.predicted else float(not self.gold)

    @property
    def recall(self) -> float:
        return self.found / self.gold if self.gold else float(not self.predicted)

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass
class Score:
    """The tallies of a set of articles, and what was wrong, for reading."""

    entities: Tally = field(default_factory=Tally)
    labels: dict[str, Tally] = field(default_factory=lambda: {label: Tally() for label in LABELS})
    quotes: Tally = field(default_factory=Tally)
    exact: Tally = field(default_factory=Tally)
    indirect: Tally = field(default_factory=Tally)
    speakers: Tally = field(default_factory=Tally)
    marks: Tally = field(default_factory=Tally)
    """Spans between marks that are no quotation: `found` are those that were taken for one."""
    errors: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """The measures in per cent, one decimal. All but the last are better when higher."""
        shares = {
            "entities": self.entities.f1,
            **{f"entities {label}": tally.f1 for label, tally in self.labels.items()},
            "quotations": self.quotes.f1,
            "quotations, IoU": self.exact.f1,
            "speakers": self.speakers.recall,
            "indirect, recall": self.indirect.recall,
            "indirect, precision": self.indirect.precision,
        }
        if self.marks.gold:
            shares["marks wrongly taken"] = self.marks.recall
        return {name: round(100 * share, 1) for name, share in shares.items()}


def score(gold: Iterable[Record], found: Mapping[str, Record]) -> Score:
    """Score all articles of a set together; one that was not read counts as empty."""
    total = Score()
    for record in gold:
        _score_article(record, found.get(record["id"], {}), total)
    return total


def _score_article(gold: Record, found: Record, total: Score) -> None:
    ignored = gold.get("ignore") or []
    entities = _unique(found.get("entities") or [], ("start", "end", "label"))
    quotes = _unique(found.get("quotes") or [], ("start", "end"))
    _score_entities(gold, [span for span in entities if not _touches(span, ignored)], total)
    kept = [span for span in quotes if sum(_overlap(span, line) for line in ignored) < _length(span) / 2]
    _score_quotes(gold, kept, total)


# ---- names


def _score_entities(gold: Record, found: Sequence[Span], total: Score) -> None:
    """Right is the same span with the same label. What touches an optional span and no name is not counted."""
    optional = gold.get("optional_entities") or []
    counted = [span for span in found if not _touches(span, optional) or _touches(span, gold["entities"])]
    for label in LABELS:
        expected = {(span["start"], span["end"]) for span in gold["entities"] if span["label"] == label}
        given = {(span["start"], span["end"]) for span in counted if span["label"] == label}
        right = len(expected & given)
        for tally in (total.entities, total.labels[label]):
            tally.add(right, len(given), right, len(expected))
        total.errors += [f"{gold['id']}: missed {label} {span}" for span in sorted(expected - given)]
        total.errors += [f"{gold['id']}: wrong {label} {span}" for span in sorted(given - expected)]


# ---- quotations


def _score_quotes(gold: Record, found: Sequence[Span], total: Score) -> None:
    """All kinds together, by coverage and one to one by intersection over union; indirect speech by its kind."""
    expected, optional = gold["quotes"], gold.get("optional_quotes") or []
    seen = [quote for quote in expected if _covered(quote, found, optional) >= COVER]
    right = [span for span in found if any(_hits(span, quote, optional) for quote in seen)]
    wrong = [span for span in found if span not in right and not _excused(span, optional)]
    total.quotes.add(len(right), len(right) + len(wrong), len(seen), len(expected))
    total.errors += [f"{gold['id']}: missed {quote['kind']} {_words(quote)}" for quote in expected if quote not in seen]
    total.errors += [f"{gold['id']}: wrong quotation {_words(span)}" for span in wrong]

    pairs = _pairs(expected, found)
    alone = [span for span in found if not any(span is other for _, other in pairs) and not _excused(span, optional)]
    total.exact.add(len(pairs), len(pairs) + len(alone), len(pairs), len(expected))

    clauses = [quote for quote in expected if quote["kind"] == "indirect"]
    reported = [span for span in found if span.get("kind") == "indirect" and not _excused(span, optional)]
    every = [span for span in found if span.get("kind") == "indirect"]
    total.indirect.add(
        sum(any(_overlap(span, quote) >= _length(span) / 2 for quote in clauses) for span in reported),
        len(reported),
        sum(_covered(quote, every) >= 0.5 for quote in clauses),
        len(clauses),
    )
    _score_speakers(gold, seen, found, total)
    marks = [
        mark
        for mark in gold.get("not_quotes") or []
        if not any(quote["start"] <= mark["start"] and mark["end"] <= quote["end"] for quote in expected)
    ]
    taken = [mark for mark in marks if _covered(mark, found) >= COVER]
    total.marks.add(0, 0, len(taken), len(marks))
    total.errors += [f"{gold['id']}: no quotation {_words(mark)}" for mark in taken]


def _fits(quote: Span, span: Span, optional: Sequence[Span] = ()) -> bool:
    """Whether a prediction is short enough to count, or is the reported clause around a quoted fragment."""
    clause = any(_overlap(span, other) >= _length(span) / 2 and _overlap(quote, other) for other in optional)
    return clause or _overlap(quote, span) * OVERLONG >= _length(span)


def _covered(quote: Span, spans: Sequence[Span], optional: Sequence[Span] = ()) -> float:
    """The share of a quotation's characters that the predictions cover together."""
    reached: set[int] = set()
    for span in spans:
        if _overlap(quote, span) and _fits(quote, span, optional):
            reached.update(range(max(quote["start"], span["start"]), min(quote["end"], span["end"])))
    return len(reached) / _length(quote)


def _hits(span: Span, quote: Span, optional: Sequence[Span]) -> bool:
    shared = _overlap(span, quote)
    return (
        bool(shared)
        and _fits(quote, span, optional)
        and (shared >= COVER * _length(quote) or shared >= _length(span) / 2)
    )


def _excused(span: Span, optional: Sequence[Span]) -> bool:
    """Neither right nor wrong: it is, in the main, an optional span."""
    return any(
        _overlap(span, other) >= _length(span) / 2 or _overlap(span, other) >= COVER * _length(other)
        for other in optional
    )


def _pairs(expected: Sequence[Span], found: Sequence[Span]) -> list[tuple[Span, Span]]:
    """One to one by intersection over union of a half or more, the best first."""
    ranked = sorted(
        (
            (-_overlap(quote, span) / (_length(quote) + _length(span) - _overlap(quote, span)), i, j)
            for i, quote in enumerate(expected)
            for j, span in enumerate(found)
        ),
    )
    left, right, pairs = set(), set(), []
    for share, i, j in ranked:
        if -share >= 0.5 and i not in left and j not in right:
            left.add(i)
            right.add(j)
            pairs.append((expected[i], found[j]))
    return pairs


# ---- speakers


def _score_speakers(gold: Record, seen: Sequence[Span], found: Sequence[Span], total: Score) -> None:
    """On the quotations found: is the prediction that overlaps most given to the right speaker, or rightly to none?"""
    optional = gold.get("optional_quotes") or []
    persons = {span["text"] for span in gold["entities"] if span["label"] == "PER"} | {
        quote["speaker"]
        for quote in gold["quotes"]
        if quote["speaker"] and quote["speaker"][0].isupper() and len(_content(quote["speaker"])) > 1
    }
    for quote in seen:
        fitting = [span for span in found if _fits(quote, span, optional)]
        best = max(fitting, key=lambda span, quote=quote: (_overlap(quote, span), -_length(span)))  # type: ignore[misc]
        is_right = speaker_is_right(quote, best.get("speaker"), persons)
        total.speakers.add(is_right, 1, is_right, 1)
        if not is_right:
            total.errors.append(
                f"{gold['id']}: speaker {quote['speaker']!r} was given as {best.get('speaker')!r}: {_words(quote)}"
            )


def speaker_is_right(quote: Span, given: str | None, persons: set[str]) -> bool:
    """Whether the speaker is the annotated one, under any of its names; none is right only where there is none."""
    if quote["speaker"] is None:
        return not (given or "").strip()
    if not given or not given.strip():
        return False
    names = [quote["speaker"], *quote.get("speaker_aliases", [])]
    own = {word for name in names for word in _content(name)}
    said = set(_content(given))
    if quote["speaker"] in persons and any(
        len(other) > 1 and other <= said and not other <= own for other in ({*_content(name)} for name in persons)
    ):
        return False  # it holds another person's full name too
    return any(_same(name, given, name in persons) for name in names)


def _same(name: str, given: str, is_person: bool) -> bool:
    """Persons: one name's words contain the other's, or the last names agree and the first ones do not conflict.

    Others: the head noun is there, and half of the words are shared.
    """
    ours, theirs = _content(name), _content(given)
    if not ours or not theirs:
        return name.strip().lower() == given.strip().lower()
    first, second = set(ours), set(theirs)
    if is_person:
        if first <= second or second <= first:
            return True
        initial = ours[0][0] == theirs[0][0] and min(len(ours[0]), len(theirs[0])) == 1
        return ours[-1] == theirs[-1] and (len(ours) == 1 or len(theirs) == 1 or initial)
    if _words_of(name)[0][0].islower() and ours[0] not in second:
        return False
    return 2 * len(first & second) >= max(len(first), len(second))


def _words_of(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.replace("‑", "-").replace("’", "'"))
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    words = re.findall(r"[^\W_]+(?:-[^\W_]+)*", plain)
    return [word for word in words if word.lower() not in SMALL_WORDS | TITLES]


def _content(text: str) -> list[str]:
    return [word.lower() for word in _words_of(text)]


# ---- spans


def _overlap(one: Span, other: Span) -> int:
    return max(0, min(one["end"], other["end"]) - max(one["start"], other["start"]))


def _length(span: Span) -> int:
    return int(span["end"] - span["start"])


def _touches(span: Span, others: Sequence[Span]) -> bool:
    return any(_overlap(span, other) for other in others)


def _unique(spans: Iterable[Span], key: tuple[str, ...]) -> list[Span]:
    by_key: dict[tuple[Any, ...], Span] = {}
    for span in spans:
        if span["end"] > span["start"]:
            by_key.setdefault(tuple(span.get(name) for name in key), span)
    return list(by_key.values())


def _words(span: Span) -> str:
    return repr(str(span.get("text", (span["start"], span["end"])))[:60])
