"""Small charts as SVG paths: rows of days, bars, sparklines. One unit across is one day."""

from collections.abc import Sequence
from datetime import date

from news_etl.desk.days import Day, DayState

GAP = 0.14
"""Space between two days, as a share of a day; none where a day is but a few pixels wide."""

WIDE_DAYS = 130
"""Up to so many days a row shows each as a cell of its own."""

LOW = 0.06
"""The least height of a bar."""

MIN_MONTH_DAYS = 6
"""A month of which fewer days are shown has no room for its name."""


def cells(states: Sequence[DayState | None]) -> dict[str, str]:
    """A row of days as one path for each state, in a box as wide as there are days and 1 high.

    Days without a run that follow on one another are one gap.
    """
    gap = GAP if len(states) <= WIDE_DAYS else 0.0
    paths: dict[str, list[str]] = {}
    start = 0
    while start < len(states):
        end = start + 1
        while end < len(states) and states[end] == states[start] and (not gap or states[start] is DayState.MISSING):
            end += 1
        state = states[start]
        if state is not None:
            paths.setdefault(str(state), []).append(_box(start, 0, end - start - gap, 1))
        start = end
    return {state: "".join(pieces) for state, pieces in sorted(paths.items())}


def bars(days: Sequence[Day], most: int) -> dict[str, str]:
    """The days as bars by state, as high as their documents are many; a box of the days' number by 1.

    A day that failed has the full height, one without documents a low bar: their states must be seen.
    """
    gap = GAP if len(days) <= WIDE_DAYS else 0.0
    paths: dict[str, list[str]] = {}
    for number, day in enumerate(days):
        height = 1.0 if day.state is DayState.FAILED else max(LOW, day.landed / most)
        if day.state is not DayState.MISSING:
            paths.setdefault(str(day.state), []).append(_box(number, 1 - height, 1 - gap, height))
    missing = cells([day.state if day.state is DayState.MISSING else None for day in days])
    return {state: "".join(pieces) for state, pieces in sorted(paths.items())} | missing


def sparkline(values: Sequence[int]) -> tuple[str, str]:
    """A line, and the area under it, of values of at least 0, in a box of their number by 1."""
    most = max(values, default=0) or 1
    points = [f"{number + 0.5:g} {1 - value / most:.3f}" for number, value in enumerate(values)]
    if not points:
        return "", ""
    line = "M" + "L".join(points)
    return line, f"{line}L{len(values) - 0.5:g} 1L0.5 1z"


def months(days: Sequence[date]) -> list[tuple[float, str]]:
    """Where each month begins, as a share of the width, and its name; January and the first one with the year."""
    starts = [number for number, day in enumerate(days) if number == 0 or day.day == 1]
    ends = [*starts[1:], len(days)][: len(starts)]
    return [
        (start / len(days), f"{days[start]:%b %Y}" if start == 0 or days[start].month == 1 else f"{days[start]:%b}")
        for start, end in zip(starts, ends, strict=True)
        if end - start >= max(MIN_MONTH_DAYS, len(days) // 40)
    ]


def _box(x: float, y: float, width: float, height: float) -> str:
    return f"M{x:g} {y:.3g}h{width:.3g}v{height:.3g}h{-width:.3g}z"
