"""Dumps written for this project, in five languages, are read as well as `dump_floors.json` says, and never worse."""

import pytest

from evaluate import measure_written
from floors import Figures, Floors
from news_etl.extract.annotated import OF_THE_BODY, AnnotationError, read_annotated
from score_extraction import FLOORS, SETS, digest, score, written


@pytest.fixture(scope="module")
def figures() -> dict[str, Figures]:
    return measure_written()


def test_every_figure_reaches_its_floor(figures: dict[str, Figures]) -> None:
    floors = Floors.read(FLOORS)
    assert floors.sha256 == digest(), "the dumps have changed: `make eval RAISE=1` pins their figures"
    assert floors.only(SETS).failures(figures) == []


def test_no_floor_lies_far_below_what_is_reached(figures: dict[str, Figures]) -> None:
    assert Floors.read(FLOORS).only(SETS).slack(figures) == []


def test_no_floor_is_lower_than_it_was(versions_of) -> None:
    for commit, record in versions_of(FLOORS):
        assert Floors.read(FLOORS).lowered(Floors.of(record)) == [], commit


def test_the_annotation_itself_has_all_points() -> None:
    for dump in (written("development") | written("untouched")).values():
        gold = dump.gold()
        found = {
            "title": gold["title"],
            "deck": " ".join(gold["deck"]),
            "authors": [{"name": name} for name in gold["authors"]],
            "published_at": gold["published"],
            "body": [{"kind": line.label, "text": line.text} for line in dump.lines if line.label in OF_THE_BODY],
            "images": [{**image, "credit": " ".join(image.get("credit", ()))} for image in gold["images"]],
        }
        measured = score(gold, found)
        assert measured.pop("leak", 0.0) == 0, dump.name
        assert min(measured.values()) == 1, (dump.name, measured)


def test_an_article_that_was_not_read_has_none() -> None:
    for dump in written("development").values():
        measured = score(dump.gold(), {})
        assert all(value == 0 for name, value in measured.items() if name != "headings")


ABOUT = "# layout: a town's paper\n# fetched_at: 2025-11-04T10:00:00Z\n\n"


def test_marks_are_no_text_but_fields(tmp_path) -> None:
    file = tmp_path / "pont.txt"
    file.write_text(
        ABOUT + "title| Le pont rouvre\n\nbyline| Par [[Anne Roy]] et [[AFP]]\n"
        "caption| Le pont, mardi. (Photo : {{L. Petit/AFP}})\nparagraph| Il était fermé.\n"
    )
    dump = read_annotated(file)
    assert dump.text == (
        "Le pont rouvre\n\nPar Anne Roy et AFP\nLe pont, mardi. (Photo : L. Petit/AFP)\nIl était fermé.\n\n"
    )
    gold = dump.gold()
    assert gold["authors"] == ["Anne Roy", "AFP"]
    assert gold["images"] == [{"caption": "Le pont, mardi.", "credit": ["L. Petit/AFP"]}]


@pytest.mark.parametrize(
    ("lines", "seen"),
    [("title| A\nno label\n", "line 5"), ("titel| A\n", "line 4"), ("paragraph| A\n", "title")],
)
def test_a_faulty_annotation_is_named(lines: str, seen: str, tmp_path) -> None:
    file = tmp_path / "pont.txt"
    file.write_text(ABOUT + lines)
    with pytest.raises(AnnotationError, match=seen):
        read_annotated(file)
