"""Floors of accuracy: what was reached once must be reached again. They are pinned in files and only rise.

Only a new generation may begin lower: when the fit to the development set is given up for a better reading of others.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

LOWER_IS_BETTER = frozenset(("leak", "marks wrongly taken"))
SLACK = 1.0
"""Points by which a figure may be better than its floor before the floor has to rise."""

Figures = dict[str, float]
"""The mean of each measure over the documents that have it, in per cent."""


def mean_figures(scores: Iterable[Figures]) -> Figures:
    """The mean of each measure (shares of 1) over the documents that have it, in per cent."""
    values: dict[str, list[float]] = {}
    for score in scores:
        for name, value in score.items():
            values.setdefault(name, []).append(float(value))
    return {name: round(100 * mean(shares), 2) for name, shares in values.items()}


@dataclass(frozen=True)
class Floors:
    """For each kind of document the figures that must be reached, and the digest of the set they were measured on."""

    sha256: str
    figures: dict[str, Figures]
    generation: int = 1
    """Raised by hand when figures are given up for a good reason, which the documents tell: floors begin anew."""

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Floors":
        """The floors in a record: the digest, and a table of figures for each kind."""
        figures = {kind: found for kind, found in record.items() if kind not in ("sha256", "generation")}
        return cls(record["sha256"], figures, record.get("generation", 1))

    @classmethod
    def read(cls, file: Path) -> "Floors":
        return cls.of(json.loads(file.read_text("utf-8")))

    def record(self) -> dict[str, Any]:
        generation = {"generation": self.generation} if self.generation > 1 else {}
        return {"sha256": self.sha256, **generation, **self.figures}

    def only(self, kinds: Iterable[str]) -> "Floors":
        """The floors of some kinds."""
        kept = {kind: self.figures[kind] for kind in kinds if kind in self.figures}
        return Floors(self.sha256, kept, self.generation)

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(self.record(), indent=2) + "\n", "utf-8")

    def failures(self, figures: Mapping[str, Figures]) -> list[str]:
        """A sentence for each figure that is worse than its floor."""
        return [
            f"{kind}: {name} is {figures[kind].get(name, 0.0):.2f}, worse than its floor {floor:.1f}"
            for kind, floors in self.figures.items()
            for name, floor in floors.items()
            if _gain(name, figures[kind].get(name, 0.0), floor) < 0
        ]

    def slack(self, figures: Mapping[str, Figures]) -> list[str]:
        """A sentence for each figure that leaves its floor so far behind that the floor guards nothing."""
        return [
            f"{kind}: {name} is {figures[kind][name]:.2f} and its floor only {floor:.1f}: `make eval RAISE=1` raises it"
            for kind, floors in self.figures.items()
            for name, floor in floors.items()
            if _gain(name, figures[kind].get(name, 0.0), floor) > SLACK
        ]

    def lowered(self, before: "Floors") -> list[str]:
        """A sentence for each floor that was stricter before, on the same set."""
        if (before.sha256, before.generation) != (self.sha256, self.generation):
            return []
        return [
            f"{kind}: the floor of {name} was {floor:.1f}: a floor does not go down"
            for kind, floors in before.figures.items()
            for name, floor in floors.items()
            if name not in self.figures[kind] or _gain(name, self.figures[kind][name], floor) < 0
        ]

    def raised(self, sha256: str, figures: Mapping[str, Figures]) -> "Floors":
        """The floors at the figures measured, where these are better. Another set begins anew."""
        known = self.figures if sha256 == self.sha256 else {}
        raised = {kind: _raised(known.get(kind, {}), found) for kind, found in figures.items()}
        return Floors(sha256, raised, self.generation)


def _raised(floors: Figures, figures: Figures) -> Figures:
    pinned = {name: _pin(name, value) for name, value in figures.items()}
    return {
        name: floors[name] if name in floors and _gain(name, value, floors[name]) < 0 else value
        for name, value in pinned.items()
    } | {name: floor for name, floor in floors.items() if name not in figures}


def _pin(name: str, value: float) -> float:
    """A figure as a floor: one decimal, on the side that the figure passes."""
    return (math.ceil if name in LOWER_IS_BETTER else math.floor)(round(value * 10, 6)) / 10


def _gain(name: str, value: float, floor: float) -> float:
    """Points by which a value is better than a floor."""
    return floor - value if name in LOWER_IS_BETTER else value - floor
