"""Fit the weights of `not_quotations.yaml`: which marks are a quotation, by logistic regression on annotated articles.

The weights in the file are where the fit starts from and what it is held to: a weight leaves its hand-set value only as
far as the annotation asks for (a penalty on the square of the change). What is printed first are the wrong decisions
on articles left out of the fit, for several penalties: take the fit only where it is better there than the weights of
the file. With `--write` the new weights are written into the file, comments kept.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from evaluate_enrichment import NAMES_ONLY, annotated_sets
from news_etl.enrich.analysis import analyse
from news_etl.enrich.annotation import Field
from news_etl.enrich.lexicon import LANGUAGES
from news_etl.enrich.pipeline import annotate
from news_etl.enrich.quotes import Judge, load_not_quotations
from news_etl.settings import from_environment

LANGUAGE = "fr"
FILE = LANGUAGES / LANGUAGE / "not_quotations.yaml"
PENALTIES = (0.3, 1.0, 3.0, 10.0)
COSTS = (1.0, 2.0, 4.0)
FOLDS = 10
STEPS = 30
Vector = np.ndarray[Any, np.dtype[np.float64]]


def annotated_marks(names: tuple[str, ...]) -> Iterator[tuple[str, list[str], bool]]:
    """The article, the features and the truth of all marks that are annotated as a quotation or as none."""
    for data in annotated_sets(from_environment()):
        if data.name in NAMES_ONLY or data.name not in names:
            continue
        for record in data.records:
            yield from _marks_of(record)


def _marks_of(record: dict[str, Any]) -> Iterator[tuple[str, list[str], bool]]:
    text = record["text"]
    doc = annotate(text, [Field("body", 0, len(text))], LANGUAGE)
    analysis = analyse(doc, LANGUAGE)
    judge = Judge(analysis, load_not_quotations(LANGUAGE))
    quoted = [span for span in record["quotes"] if span["kind"] != "indirect"]
    for sentence in analysis.reading.sentences:
        for number in sentence.marked:
            features = judge.features(sentence, number)
            marked = analysis.reading.marked[number]
            if _is_mostly(marked.start, marked.end, quoted):
                yield record["id"], features, True
            elif _is_mostly(marked.start, marked.end, record["not_quotes"]):
                yield record["id"], features, False


def _is_mostly(start: int, end: int, spans: list[dict[str, Any]]) -> bool:
    shared = sum(max(0, min(end, span["end"]) - max(start, span["start"])) for span in spans)
    return 2 * shared >= end - start


def fit(features: Vector, truth: Vector, start: Vector, penalty: float, cost: float = 1.0) -> Vector:
    """The weights with the best penalised likelihood, by Newton's method; `cost`: what one of no quotation counts."""
    weights = start.copy()
    counts = np.where(truth == 0, cost, 1.0)
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(features @ weights, -30, 30)))
        slope = features.T @ (counts * (chance - truth)) + penalty * (weights - start)
        bend = (features.T * (counts * chance * (1 - chance))) @ features + penalty * np.eye(len(weights))
        weights = weights - np.linalg.solve(bend, slope)
    return weights


def wrong(features: Vector, truth: Vector, weights: Vector) -> tuple[int, int]:
    """How many marks that are no quotation are taken for one, and how many quotations are not."""
    taken = features @ weights > 0
    return int(np.sum(taken & (truth == 0))), int(np.sum(~taken & (truth == 1)))


def cross_validated(
    features: Vector, truth: Vector, articles: list[str], start: Vector, penalty: float, cost: float
) -> tuple[int, int]:
    """The same on articles left out of the fit, all of an article at once."""
    fold_of = {article: place % FOLDS for place, article in enumerate(sorted(set(articles)))}
    folds = np.array([fold_of[article] for article in articles])
    sums = np.zeros(2, dtype=int)
    for fold in range(FOLDS):
        inside = folds != fold
        weights = fit(features[inside], truth[inside], start, penalty, cost)
        sums += wrong(features[~inside], truth[~inside], weights)
    return int(sums[0]), int(sums[1])


def write(weights: dict[str, float], file: Path = FILE) -> None:
    """Put the weights into the file, in their places."""
    head, mark, tail = file.read_text("utf-8").partition("\nweights:\n")
    for name, value in weights.items():
        tail = re.sub(rf"(?m)^(  {name}: )[-+.\d]+", rf"\g<1>{value:.1f}", tail)
    file.write_text(head + mark + tail, "utf-8")


def main() -> int:
    """Print what a fit would be worth; write it if asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--penalty", type=float, default=3.0, help="how firmly the weights of the file are held")
    parser.add_argument("--cost", type=float, default=2.0, help="what a mark that is no quotation counts")
    parser.add_argument("--write", action="store_true", help="write the fitted weights into the file")
    parser.add_argument("--sets", nargs="*", default=["development articles", "press articles"])
    arguments = parser.parse_args()
    hand = load_not_quotations(LANGUAGE).weights
    names = list(hand)
    start = np.array([hand[name] for name in names])
    marks = list(annotated_marks(tuple(arguments.sets)))
    features = np.array([[float(found.count(name)) for name in names] for _, found, _ in marks])
    truth = np.array([float(is_quotation) for _, _, is_quotation in marks])
    articles = [article for article, _, _ in marks]
    print(f"{len(marks)} marks, {int(np.sum(truth == 0))} of them no quotation, {len(set(articles))} articles")
    print(f"{'weights of the file':<34}wrongly taken, missed: {wrong(features, truth, start)}")
    for penalty in PENALTIES:
        for cost in COSTS:
            left_out = cross_validated(features, truth, articles, start, penalty, cost)
            print(f"{f'left out, penalty {penalty}, cost {cost}':<34}wrongly taken, missed: {left_out}")
    fitted = fit(features, truth, start, arguments.penalty, arguments.cost)
    print(f"{f'fitted on all, penalty {arguments.penalty}':<34}wrongly taken, missed: {wrong(features, truth, fitted)}")
    for place, name in enumerate(names):
        print(f"  {name:<22}{start[place]:6.1f} -> {fitted[place]:6.1f}   in {int(features[:, place].sum())} marks")
    if arguments.write:
        write({name: float(value) for name, value in zip(names, fitted, strict=True)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
