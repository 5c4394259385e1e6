"""A linear classifier over named features: its weights are a JSON file that a person can read.

`train.py` makes the file. Scores are sums of weights, so every verdict can be explained by its largest terms.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Verdict:
    """The label of a line in the best sequence, and the probability (0..1) of every label for the line alone."""

    label: str
    chances: dict[str, float]


@dataclass(frozen=True)
class LinearModel:
    """Weights of each feature for each label, and of each label after each other (`transitions`)."""

    labels: tuple[str, ...]
    weights: dict[str, tuple[float, ...]]
    transitions: tuple[tuple[float, ...], ...]

    def scores(self, features: Iterable[str]) -> list[float]:
        """The log probability of each label for one line, from its own features alone."""
        totals = [0.0] * len(self.labels)
        for feature in features:
            weights = self.weights.get(feature)
            if weights is not None:
                for index, weight in enumerate(weights):
                    totals[index] += weight
        top = max(totals)
        norm = top + math.log(sum(math.exp(total - top) for total in totals))
        return [total - norm for total in totals]

    def label(self, lines: Sequence[Iterable[str]]) -> list[Verdict]:
        """The best sequence of labels for the lines of a document."""
        emissions = [self.scores(features) for features in lines]
        path = self._best_path(emissions)
        chances = [dict(zip(self.labels, map(math.exp, scores), strict=True)) for scores in emissions]
        return [Verdict(self.labels[best], chance) for best, chance in zip(path, chances, strict=True)]

    def _best_path(self, emissions: list[list[float]]) -> list[int]:
        if not emissions:
            return []
        span = range(len(self.labels))
        total = list(emissions[0])
        back: list[list[int]] = []
        for scores in emissions[1:]:
            arriving = [[total[before] + self.transitions[before][now] for before in span] for now in span]
            back.append([max(span, key=chances.__getitem__) for chances in arriving])
            total = [max(chances) + score for chances, score in zip(arriving, scores, strict=True)]
        best = max(span, key=total.__getitem__)
        path = [best]
        for came in reversed(back):
            path.append(came[path[-1]])
        return path[::-1]


@cache
def load_model(name: str) -> LinearModel:
    """The model of a weights file beside this module (`dump_model.json`); read once, it never changes."""
    record = json.loads((files("news_etl.extract") / name).read_text("utf-8"))
    return LinearModel(
        labels=tuple(record["labels"]),
        weights={feature: tuple(weights) for feature, weights in record["weights"].items()},
        transitions=tuple(tuple(row) for row in record["transitions"]),
    )
