"""The flow of a run as a picture: where its bars stand and how its bands run. A Sankey diagram with given columns.

Bars are as high as their documents are many, so what goes into a bar and what comes out of it can be seen to be equal.
A few documents among thousands would be a hair's breadth: a bar has a smallest height, and the number stands beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from news_etl.desk.runs import Run
from news_etl.outcome import State

WIDTH, HEIGHT = 1120, 300
"""In pixels of the picture, which scales with the page."""

BAR = 12
GAP = 30
"""Between two bars of a column: room for the label of the upper one in two lines."""

SMALLEST = 2.0
SOURCES = 7
"""The largest sources have a bar each; the others share one."""

OTHERS = "other sources"
LEFT = 170
"""Room for the names of the sources, which stand to the left of their bars."""
RIGHT = 150


@dataclass(frozen=True)
class Node:
    """A bar before it has a place: its column from the left, its documents, and what it is."""

    key: str
    column: int
    label: str
    documents: int
    kind: str
    """A state, `source` or `stage`: it gives the colour."""


@dataclass(frozen=True)
class Bar:
    """A bar in its place."""

    node: Node
    x: float
    y: float
    height: float


@dataclass(frozen=True)
class Band:
    """A band between two bars: the path of its outline, and the kind of the bar that it runs to."""

    path: str
    kind: str
    documents: int
    words: str


@dataclass(frozen=True)
class Picture:
    width: int
    height: int
    bars: Sequence[Bar]
    bands: Sequence[Band]


def picture(run: Run) -> Picture | None:
    """The flow of a run from its sources to its ends; null where nothing was landed."""
    if not run.landed:
        return None
    nodes, links = _graph(run)
    return _laid_out(nodes, links)


def _graph(run: Run) -> tuple[list[Node], list[tuple[str, str, int]]]:
    nodes, links = [], []
    for name, documents in _largest(run):
        nodes.append(Node(f"source {name}", 0, name, documents, "source"))
        links.append((f"source {name}", "landed", documents))
    labels = {"read": "landed", "compared": "articles", "audited": "unique"}
    for column, stage in enumerate(run.stages, start=1):
        key = labels[stage.name]
        nodes.append(Node(key, column, key, stage.incoming, "stage"))
        following = labels[run.stages[column].name] if column < len(run.stages) else None
        if following and stage.outgoing:
            links.append((key, following, stage.outgoing))
        ends = [*(() if following else run.ended), *stage.leaving]
        for state, documents in ends:
            nodes.append(Node(f"{stage.name} {state}", column + 1, state, documents, state))
            links.append((key, f"{stage.name} {state}", documents))
    return [node for node in nodes if node.documents], links


def _leaves(node: Node) -> bool:
    return node.kind not in ("source", "stage", State.PUBLISHED, State.HELD)


def _largest(run: Run) -> list[tuple[str, int]]:
    totals = [(name, sum(counts.values())) for name, counts in run.sources.items()]
    by_size = sorted(totals, key=lambda total: (-total[1], total[0]))
    if len(by_size) <= SOURCES + 1:
        return by_size
    return [*by_size[:SOURCES], (f"{len(by_size) - SOURCES} {OTHERS}", sum(count for _, count in by_size[SOURCES:]))]


def _laid_out(nodes: Sequence[Node], links: Sequence[tuple[str, str, int]]) -> Picture:
    # what goes on comes first, so that the main stream runs straight and what leaves it falls below
    columns = [sorted((node for node in nodes if node.column == number), key=_leaves) for number in range(5)]
    gaps = {number: 8 if number == 0 else GAP for number in range(5)}
    free = min(HEIGHT - gaps[number] * (len(column) - 1) - 24 for number, column in enumerate(columns) if column)
    scale = free / max(sum(node.documents for node in column) for column in columns)
    step = (WIDTH - LEFT - RIGHT - BAR) / 4
    bars: dict[str, Bar] = {}
    for number, column in enumerate(columns):
        y = 0.0
        for node in column:
            height = max(SMALLEST, node.documents * scale)
            bars[node.key] = Bar(node, LEFT + number * step, y, height)
            y += max(height, 14 if number == 0 else 0) + gaps[number]
    height = max(bar.y + max(bar.height, 26) for bar in bars.values())
    return Picture(WIDTH, round(height) + 4, list(bars.values()), _bands(bars, links, scale))


def _bands(bars: dict[str, Bar], links: Sequence[tuple[str, str, int]], scale: float) -> list[Band]:
    left_at = {key: bar.y for key, bar in bars.items()}
    right_at = dict(left_at)
    bands = []
    for start, end, documents in links:
        if start not in bars or end not in bars:
            continue
        thick = max(SMALLEST, documents * scale)
        x0, x1 = bars[start].x + BAR, bars[end].x
        y0, y1 = right_at[start], left_at[end]
        right_at[start] += documents * scale
        left_at[end] += documents * scale
        words = f"{bars[start].node.label} → {bars[end].node.label}: {documents:,}"
        bands.append(Band(_path(x0, y0, x1, y1, thick), bars[end].node.kind, documents, words))
    return bands


def _path(x0: float, y0: float, x1: float, y1: float, thick: float) -> str:
    middle = (x0 + x1) / 2
    return (
        f"M{x0:.1f} {y0:.1f}C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}v{thick:.1f}"
        f"C{middle:.1f} {y1 + thick:.1f} {middle:.1f} {y0 + thick:.1f} {x0:.1f} {y0 + thick:.1f}z"
    )
