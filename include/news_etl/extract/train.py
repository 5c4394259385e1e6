"""Make the weights of the line classifiers from annotated pages and dumps: `python -m news_etl.extract.train FOLDER`.

FOLDER holds `articles/gold.jsonl`, `articles/manifest-pages.jsonl` and `articles/manifest-dumps.jsonl`. The dumps of
`tests/quality/dumps/development`, written for this project, are learnt from besides. The weights
name features, never texts, so the files made from a corpus carry nothing of it. Printed are precision and recall of
each label on sites left out of the training (five folds).
"""

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

from news_etl.decode import decode, open_payload
from news_etl.document import Document
from news_etl.extract.annotated import AnnotatedDump, read_set
from news_etl.extract.html import Prepared, prepare
from news_etl.extract.lead import SURE, ZONE
from news_etl.extract.linear import LinearModel
from news_etl.extract.lines import Line, add_title, read_lines
from news_etl.extract.rendered import renderings, titled_gold
from news_etl.extract.text import fold
from news_etl.extract.units import Candidate
from news_etl.settings import PROJECT_ROOT

_FOLDS = 5
_SITE = re.compile(r"_\d{4}.*")
_TRANSITION_WEIGHT = 0.3
"""How much the label before counts beside the line's own features; larger values let one mistake run on."""
_MAX_HEADING_WORDS = 30
_WRITTEN = PROJECT_ROOT / "tests" / "quality" / "dumps" / "development"
_LEARNT = {label: label for label in ("heading", "paragraph", "deck", "caption", "alt", "credit", "byline")} | {
    "list": "paragraph",
    "quote": "paragraph",
}
"""What the labels of annotated dumps are to the model; the others are `other`."""
_DUMPED = 0.4
_WIDE = 0.5
"""What a rendered dump is worth: of a page of which there is a real one, of more of the page than the article."""

Matrix = NDArray[np.float64]


@dataclass
class Example:
    """The lines of one document: their features and the labels they should get. `site` keeps folds apart."""

    site: str
    features: list[set[str]]
    labels: list[str]
    worth: float = 1.0
    is_rendered: bool = False
    """Made from a page: what follows what is learnt from real dumps alone."""


@dataclass(frozen=True)
class Recipe:
    """How one model is fitted. `balance` raises the weight of rare labels (0: none, 1: all labels weigh the same)."""

    file: str
    l2: float
    balance: float
    min_count: int
    transitions: float = _TRANSITION_WEIGHT


RECIPES = {
    "title": Recipe("title_model.json", l2=5.0, balance=0.3, min_count=3, transitions=0.0),
    "dump": Recipe("dump_model.json", l2=5.0, balance=0.3, min_count=3),
    "page": Recipe("page_model.json", l2=10.0, balance=0.0, min_count=4),
}


class GoldTexts:
    """The folded texts of an annotated article, to find the lines that carry them."""

    def __init__(self, gold: dict[str, Any]) -> None:
        self.title = fold(gold.get("title") or "")
        self.headings = set(map(fold, gold.get("headings", [])))
        plain_body = gold.get("body_text")
        paragraphs = plain_body.split("\n") if plain_body else gold.get("paragraphs", [])
        self.paragraphs = set(map(fold, paragraphs))
        self.body = f" {fold(plain_body) if plain_body else ' '.join(map(fold, paragraphs))} "
        self.decks = set(map(fold, gold.get("deck", [])))
        self.deck = f" {' '.join(map(fold, gold.get('deck', [])))} "
        images = gold.get("images", [])
        self.captions = {fold(image["caption"]) for image in images if image.get("caption")}
        self.alts = {fold(image["alt"]) for image in images if image.get("alt")}
        self.credits = {fold(credit) for image in images for credit in image.get("credit") or []} - {""}
        self.authors = {fold(author) for author in gold.get("authors") or []} - {""}
        self.marks_headings = plain_body is None

    def dump_label(self, folded: str) -> str:
        """The label of a line of a dump."""
        words = folded.count(" ") + 1
        long_captions = (caption for caption in self.captions if len(caption) > 15)
        tests: tuple[tuple[str, bool], ...] = (
            ("title", folded == self.title),
            ("heading", folded in self.headings),
            ("paragraph", folded in self.paragraphs),
            ("deck", words >= 4 and f" {folded} " in self.deck),
            ("caption", folded in self.captions),
            ("caption", any(caption in folded and len(folded) < len(caption) + 120 for caption in long_captions)),
            ("paragraph", words >= 6 and f" {folded} " in self.body),
            ("alt", folded in self.alts),
            ("credit", any(credit in folded and len(folded) < len(credit) + 25 for credit in self.credits)),
            ("byline", any(author in folded and len(folded) < len(author) + 60 for author in self.authors)),
        )
        return next((label for label, holds in tests if holds), "other")

    def page_label(self, candidate: Candidate) -> str:
        """The label of a unit of a page."""
        folded = candidate.unit.folded
        inside = folded.count(" ") >= 3
        if self.marks_headings and folded in self.headings and candidate.words <= _MAX_HEADING_WORDS:
            return "heading"
        if folded in self.paragraphs or (inside and f" {folded} " in self.body):
            return "heading" if candidate.unit.is_heading and not self.marks_headings else "paragraph"
        if folded in self.decks or (inside and f" {folded} " in self.deck):
            return "deck"
        held = (text for text in self.paragraphs if len(text) > max(30, 0.6 * len(folded)))
        return "paragraph" if candidate.words >= 15 and any(text in folded for text in held) else "other"


def dump_example(row: dict[str, Any], gold: dict[str, Any], folder: Path) -> tuple[Example, Example]:
    """A dump as an example for the title model and one for the model that comes after it."""
    return _line_examples((folder / row["path"]).read_text("utf-8"), gold, site_of(row))


def rendered_examples(
    row: dict[str, Any], gold: dict[str, Any], prepared: Prepared, dumped: bool
) -> tuple[list[Example], list[Example]]:
    """Dumps rendered from a page, as examples for both models. `dumped`: there is a real dump of it, too.

    A page that has no annotation but its body's text teaches what a title is, and nothing of captions and decks.
    """
    titles, lines = [], []
    titled = titled_gold(gold, prepared)
    for rendering in renderings(prepared, titled):
        title, rest = _line_examples(rendering.text, titled, site_of(row))
        for example in (title, rest):
            example.worth = (1.0 if rendering.narrow else _WIDE) * (_DUMPED if dumped else 1.0)
            example.is_rendered = True
        if "title" in title.labels:
            titles.append(title)
        if "body_text" not in gold:
            lines.append(rest)
    return titles, lines


def annotated_examples(dump: AnnotatedDump, site: str) -> tuple[Example, Example]:
    """A dump whose every line is labelled by hand, as an example for both models."""
    lines = read_lines(dump.text)
    labels, given = [], iter(line for line in dump.lines if line.label)
    title = fold(dump.gold()["title"])
    for line in lines:  # in their order; the reader leaves some lines of the dump out
        label = next((item.label for item in given if fold(item.text).endswith(line.folded)), None)
        if label is None:
            raise ValueError(f"{dump.name}: the reader makes {line.text[:60]!r} of another line than was annotated")
        labels.append("title" if line.folded == title else _LEARNT.get(label, "other"))
    return _examples(lines, labels, site)


def _line_examples(text: str, gold: dict[str, Any], site: str) -> tuple[Example, Example]:
    lines = read_lines(text)
    texts = GoldTexts(gold)
    labels = _nearest_byline(lines, [texts.dump_label(line.folded) for line in lines])
    return _examples(lines, labels, site)


def _examples(lines: list[Line], labels: list[str], site: str) -> tuple[Example, Example]:
    titles = Example(site, [set(line.features) for line in lines], [_only(label, "title") for label in labels])
    core = next((index for index, line in enumerate(lines) if "amid" in line.features), 0)
    title = min(
        (index for index, label in enumerate(labels) if label == "title"), key=lambda i: abs(i - core), default=None
    )
    add_title(lines, title)
    rest = ["other" if label == "title" else label for label in labels]
    return titles, Example(site, [line.features for line in lines], rest)


def _only(label: str, wanted: str) -> str:
    return label if label == wanted else "other"


def _nearest_byline(lines: Sequence[Line], labels: list[str]) -> list[str]:
    """Of all lines with an author's name, the byline is the one by the title, with its neighbours."""
    named = [index for index, label in enumerate(labels) if label == "byline"]
    if not named:
        return labels
    title = next((index for index, label in enumerate(labels) if label == "title"), 0)
    last = max((index for index, label in enumerate(labels) if label == "paragraph"), default=len(lines))
    best = min(named, key=lambda i: min(abs(i - title) + 4 * (i < title), i - last + 8 if i > last else 99))
    return [label if label != "byline" or abs(i - best) < 4 else "other" for i, label in enumerate(labels)]


def _prepared(row: dict[str, Any], folder: Path) -> Prepared:
    fetched = datetime.fromisoformat(row["fetched_at"]) if row.get("fetched_at") else None
    document = Document(
        row["path"], (folder / row["path"]).read_bytes(), "text/html", url=row["url"], fetched_at=fetched
    )
    text = decode(open_payload(document.payload, document.path)).text
    return prepare(document, text)


def page_example(row: dict[str, Any], gold: dict[str, Any], prepared: Prepared) -> Example:
    """A page as an example for the page model."""
    texts = GoldTexts(gold)
    labels = [(item, texts.page_label(item)) for item in prepared.candidates]
    if not texts.marks_headings:
        labels = _with_decks(labels)
    return Example(site_of(row), [item.features for item, _ in labels], [label for _, label in labels])


def _with_decks(labels: list[tuple[Candidate, str]]) -> list[tuple[Candidate, str]]:
    """The labels of a page that is annotated without decks: of units that may be one, only the sure are known."""
    named = [(item, "deck" if SURE in item.features and label != "paragraph" else label) for item, label in labels]
    return [(item, label) for item, label in named if label != "other" or item.features.isdisjoint(ZONE)]


def site_of(row: dict[str, Any]) -> str:
    """The site of a row of a manifest, from its id: examples of one site are never on both sides of a split."""
    return _SITE.sub("", row["id"])


def fit(examples: Sequence[Example], recipe: Recipe) -> LinearModel:
    """Multinomial logistic regression with an L2 penalty, and smoothed transitions between labels."""
    counts = Counter(name for example in examples for line in example.features for name in line)
    names = sorted(name for name, count in counts.items() if count >= recipe.min_count)
    labels = sorted({label for example in examples for label in example.labels})
    matrix, target = _matrix(examples, names, labels)
    worth = np.array([example.worth for example in examples for _ in example.labels])
    weights = _regress(matrix, target, worth, recipe)
    rounded = {name: tuple(round(float(value), 3) for value in weights[index]) for index, name in enumerate(names)}
    return LinearModel(tuple(labels), rounded, _transitions(examples, labels, recipe.transitions))


def _matrix(examples: Sequence[Example], names: list[str], labels: list[str]) -> tuple[Any, NDArray[np.int64]]:
    column = {name: index for index, name in enumerate(names)}
    rows: list[int] = []
    columns: list[int] = []
    target: list[int] = []
    for example in examples:
        for line, label in zip(example.features, example.labels, strict=True):
            known = sorted(column[name] for name in line if name in column)
            rows += [len(target)] * len(known)
            columns += known
            target.append(labels.index(label))
    return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(target), len(names))), np.array(target)


def _regress(matrix: Any, target: NDArray[np.int64], of_example: Matrix, recipe: Recipe) -> Matrix:
    count, width = matrix.shape
    size = int(target.max()) + 1
    total = of_example.sum()
    wanted = np.eye(size)[target]
    worth = (total / size / np.bincount(target, weights=of_example, minlength=size)) ** recipe.balance
    each = worth[target] * of_example
    each *= total / each.sum()

    def loss(flat: Matrix) -> tuple[float, Matrix]:
        weights = flat.reshape(width, size)
        scores = matrix @ weights
        scores -= scores.max(axis=1, keepdims=True)
        chances = np.exp(scores)
        chances /= chances.sum(axis=1, keepdims=True)
        error = -(each * np.log(chances[np.arange(count), target] + 1e-300)).sum()
        slope = matrix.T @ ((chances - wanted) * each[:, None]) + recipe.l2 * weights
        return float(error + recipe.l2 / 2 * (weights**2).sum()), slope.ravel()

    found = minimize(loss, np.zeros(width * size), jac=True, method="L-BFGS-B", options={"maxiter": 120})
    return np.asarray(found.x).reshape(width, size)


def _transitions(examples: Sequence[Example], labels: list[str], weight: float) -> tuple[tuple[float, ...], ...]:
    counts = np.full((len(labels), len(labels)), 0.5)
    for example in examples:
        if example.is_rendered:
            continue
        for before, after in zip(example.labels, example.labels[1:], strict=False):
            counts[labels.index(before), labels.index(after)] += 1
    share = counts.sum(axis=0) / counts.sum()
    table = weight * np.log(counts / counts.sum(axis=1, keepdims=True) / share)
    return tuple(tuple(round(float(value), 3) for value in row) for row in table)


def cross_validate(examples: Sequence[Example], recipe: Recipe) -> dict[str, tuple[float, float]]:
    """Precision and recall of each label on sites left out, as shares of 1."""
    sites = sorted({example.site for example in examples})
    right, given, wanted = Counter[str](), Counter[str](), Counter[str]()
    for fold_number in range(_FOLDS):
        left_out = set(sites[fold_number::_FOLDS])
        model = fit([example for example in examples if example.site not in left_out], recipe)
        for example in examples:
            if example.site in left_out:
                found = [verdict.label for verdict in model.label([sorted(line) for line in example.features])]
                given.update(found)
                wanted.update(example.labels)
                right.update(label for label, gold in zip(found, example.labels, strict=True) if label == gold)
    return {label: (right[label] / max(1, given[label]), right[label] / wanted[label]) for label in sorted(wanted)}


def read_examples(folder: Path) -> dict[str, list[Example]]:
    """The examples of every model, from an evaluation folder."""
    articles = folder / "articles"
    gold = {record["id"]: record for record in _records(articles / "gold.jsonl")}
    examples: dict[str, list[Example]] = defaultdict(list)
    dumps = _records(articles / "manifest-dumps.jsonl")
    dumped = {row["id"] for row in dumps}
    for row in dumps:
        title, rest = dump_example(row, gold[row["id"]], articles)
        examples["title"].append(title)
        examples["dump"].append(rest)
    for row in _records(articles / "manifest-pages.jsonl"):
        prepared = _prepared(row, articles)
        examples["page"].append(page_example(row, gold[row["id"]], prepared))
        titles, lines = rendered_examples(row, gold[row["id"]], prepared, row["id"] in dumped)
        examples["title"] += titles
        examples["dump"] += lines
    for name, dump in read_set(_WRITTEN).items():  # each imitates another site
        title, rest = annotated_examples(dump, name)
        examples["title"].append(title)
        examples["dump"].append(rest)
    return {name: [example for example in found if example.labels] for name, found in examples.items()}


def _records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def write_model(model: LinearModel, path: Path) -> None:
    """The weights as JSON, one feature a line, so that two versions can be compared."""
    head = {"labels": model.labels, "transitions": model.transitions}
    weights = ",\n".join(
        f"{json.dumps(name, ensure_ascii=False)}: {list(row)}" for name, row in sorted(model.weights.items())
    )
    path.write_text(f'{json.dumps(head)[:-1]},\n"weights": {{\n{weights}\n}}}}\n', "utf-8")


def main() -> None:
    """Train every model and write its weights beside this module."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path, help="the evaluation folder")
    parser.add_argument("--check", action="store_true", help="only print the figures on sites left out; write nothing")
    arguments = parser.parse_args()
    for name, examples in read_examples(arguments.folder).items():
        if arguments.check:
            for label, (precision, recall) in cross_validate(examples, RECIPES[name]).items():
                print(f"{name:<6} {label:<10} precision {precision:.3f}  recall {recall:.3f}")
        else:
            write_model(fit(examples, RECIPES[name]), Path(__file__).with_name(RECIPES[name].file))


if __name__ == "__main__":
    main()
