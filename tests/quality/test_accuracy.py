"""The extraction of annotated real articles never gets worse than what is pinned in `floors.json`."""

from pathlib import Path

import pytest

from evaluate import FLOORS, KINDS, LEFT_OUT, Annotated, annotated, measure, predict
from floors import Figures, Floors

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def data() -> Annotated:
    found = annotated()
    if reason := found.missing():
        pytest.skip(reason)
    if found.digest() != Floors.read(FLOORS).sha256:
        pytest.skip(f"the floors belong to another set than {found.articles}")
    return found


@pytest.fixture(scope="module")
def figures(data: Annotated) -> dict[str, Figures]:
    found = predict({kind: data.manifest(kind) for kind in KINDS})
    return {kind: measure(data, kind, found[kind]) for kind in KINDS}


# ---- what is measured


def test_every_figure_reaches_its_floor(figures: dict[str, Figures]) -> None:
    assert Floors.read(FLOORS).only(KINDS).failures(figures) == []


def test_no_floor_lies_far_below_what_is_reached(figures: dict[str, Figures]) -> None:
    assert Floors.read(FLOORS).only(KINDS).slack(figures) == []


def test_a_document_without_a_prediction_counts_as_empty(data: Annotated) -> None:
    assert measure(data, "pages", [])["body"] == 0


# ---- the floors


def test_no_floor_is_lower_than_it_was(versions_of) -> None:
    """Every version of the floors that the history of the repository knows."""
    for commit, record in versions_of(FLOORS):
        assert Floors.read(FLOORS).lowered(Floors.of(record)) == [], commit


def floors(body: float, leak: float, sha256: str = "a") -> Floors:
    return Floors(sha256, {"pages": {"body": body, "leak": leak}, "dumps": {}})


def test_raising_takes_what_is_better_and_keeps_what_is_worse() -> None:
    measured = {"pages": {"body": 97.18, "leak": 2.01}, "dumps": {"title": 93.09}}
    raised = floors(body=96.0, leak=1.5).raised("a", measured)
    assert raised.figures == {"pages": {"body": 97.1, "leak": 1.5}, "dumps": {"title": 93.0}}
    assert floors(body=98.0, leak=2.5).raised("a", measured).figures["pages"] == {"body": 98.0, "leak": 2.1}


def test_a_measure_that_is_no_longer_given_keeps_its_floor() -> None:
    assert floors(90.0, 1.0).raised("a", {"pages": {"body": 95.0}, "dumps": {}}).figures["pages"]["leak"] == 1.0


def test_another_set_begins_anew() -> None:
    measured = {"pages": {"body": 80.0, "leak": 3.0}, "dumps": {}}
    assert floors(body=96.0, leak=1.5).raised("b", measured) == floors(80.0, 3.0, "b")


def test_a_lowered_floor_is_named() -> None:
    before = floors(body=96.0, leak=1.5)
    assert floors(body=96.0, leak=1.5).lowered(before) == []
    assert floors(body=97.0, leak=1.0).lowered(before) == []
    assert len(floors(body=95.9, leak=1.6).lowered(before)) == 2
    assert floors(body=90.0, leak=9.0, sha256="b").lowered(before) == []


def test_only_a_new_generation_begins_lower() -> None:
    before = floors(body=96.0, leak=1.5)
    assert floors(body=95.0, leak=1.5).lowered(before)
    assert Floors("a", {"pages": {"body": 95.0}, "dumps": {}}, generation=2).lowered(before) == []


def test_the_generation_is_kept() -> None:
    second = Floors("a", {"pages": {"body": 95.0}}, generation=2)
    assert Floors.of(second.record()) == second
    assert second.raised("a", {"pages": {"body": 96.0}}).generation == 2


def test_a_figure_below_its_floor_is_named_with_both() -> None:
    worse = {"pages": {"body": 95.4, "leak": 1.7}, "dumps": {}}
    assert floors(body=96.0, leak=1.5).failures(worse) == [
        "pages: body is 95.40, worse than its floor 96.0",
        "pages: leak is 1.70, worse than its floor 1.5",
    ]


def test_the_documented_figures_are_those_that_are_pinned() -> None:
    """`docs/accuracy.md` and README.md are renewed together with the floors."""
    pinned = Floors.read(FLOORS).figures
    for file in ("docs/accuracy.md", "README.md"):
        for kind, name, figure in _documented(ROOT / file):
            found = {kind: {name: figure}}
            one = Floors("", {kind: {name: pinned[kind][name]}})
            assert one.failures(found) + one.slack(found) == [], f"{file}: `make eval DOCS=1` renews it"


def _documented(file: Path) -> list[tuple[str, str, float]]:
    """Kind, measure and figure of both our columns in the tables of a document."""
    rows, kind = [], ""
    for line in file.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| pages") or line.startswith("| dumps"):
            kind = cells[0].split()[0]
        elif not line.startswith("|"):
            kind = ""
        elif kind and not cells[0].startswith("---") and cells[1]:
            name = cells[0].partition(" (")[0]
            rows += [(kind, name, float(cells[1])), (LEFT_OUT[kind], name, float(cells[2]))]
    assert rows, f"{file.name} holds no figures"
    return rows
