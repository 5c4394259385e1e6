"""Names, quotations and speakers of annotated articles never get worse than what is pinned."""

import importlib.util
import json
from pathlib import Path

import pytest

from annotated_articles import AnnotatedSet, AnnotationError, read_gold, read_own
from evaluate_enrichment import FLOORS, OWN, annotated_sets, figures_of, measure, predict, read_floors
from floors import Floors
from news_etl.settings import from_environment
from score_enrichment import score, speaker_is_right

SETS = ("own articles", "development articles", "press articles", "sample article", "press sentences")


@pytest.fixture(scope="module", params=SETS)
def data(request) -> AnnotatedSet:
    found = {one.name: one for one in annotated_sets(from_environment())}.get(request.param)
    if not found:
        pytest.skip(f"NEWS_ETL_EVAL does not hold the set {request.param!r}")
    return found


# ---- what is measured


def test_every_figure_reaches_its_floor_and_no_floor_lies_far_below(data):
    floors = read_floors()[data.name]
    if floors.sha256 != data.sha256:
        pytest.skip(f"the floors belong to another version of {data.name!r}")
    found = measure(data, from_environment())
    figures = {data.name: figures_of(data, found)}
    assert floors.failures(figures) + floors.slack(figures) == [], "\n".join(found.errors)


def test_the_floors_are_those_of_our_own_articles_as_they_stand(untouched):
    assert read_floors()["own articles"].sha256 == untouched.sha256, "make eval RAISE=1 pins them anew"


def test_no_floor_is_lower_than_it_was(versions_of):
    now = read_floors()
    for commit, record in versions_of(FLOORS):
        for name, before in record.items():
            assert now[name].lowered(Floors.of(before)) == [], commit


# ---- our own articles


@pytest.fixture
def untouched() -> AnnotatedSet:
    data = read_own(OWN)
    if not data.records:
        pytest.skip(f"{OWN} holds no articles that no rule was tuned on")
    return data


def test_our_own_articles_are_as_many_and_as_varied_as_a_test_needs(untouched):
    records = untouched.records
    assert len(records) >= 12
    assert sum(len(record["text"].split()) for record in records) >= 6_000
    kinds = [quote["kind"] for record in records for quote in record["quotes"]]
    assert {kind: kinds.count(kind) >= 30 for kind in ("direct", "mixed", "indirect")} == dict.fromkeys(
        ("direct", "mixed", "indirect"), True
    )
    assert sum(len(record["not_quotes"]) for record in records) >= 25


@pytest.mark.parametrize(
    ("article", "words"),
    [
        ("<article><p>Un <PER>mot</p></article>", "not well-formed"),
        ("<article><h1>Titre</h1></article>", "<h1> stands where a <p> is expected"),
        ("<article><p><GPE>Lyon</GPE></p></article>", "<GPE> is not known: PER"),
        ('<article><p><quote kind="free">Oui</quote></p></article>', "a quote of kind 'free'"),
    ],
)
def test_a_badly_annotated_article_is_named_with_its_fault(tmp_path, article, words):
    (tmp_path / "a.xml").write_text(article, "utf-8")
    with pytest.raises(AnnotationError, match=r"a\.xml: ") as error:
        read_own(tmp_path)
    assert words in str(error.value)


def test_an_annotated_article_gives_its_text_and_spans(tmp_path):
    (tmp_path / "a.xml").write_text(
        '<article id="x"><p>Le titre</p><p>« <quote kind="direct" speaker="Ada Ru" cue="dit" aliases="elle|la maire">'
        "À <LOC>Pau</LOC> &amp; ailleurs</quote> », dit <PER>Ada Ru</PER>. « <not>Non</not> »</p></article>",
        "utf-8",
    )
    (record,) = read_own(tmp_path).records
    assert record["text"] == "Le titre\n\n« À Pau & ailleurs », dit Ada Ru. « Non »"
    assert [(entity["text"], entity["label"]) for entity in record["entities"]] == [("Pau", "LOC"), ("Ada Ru", "PER")]
    (quote,) = record["quotes"]
    assert (quote["text"], quote["speaker"], quote["speaker_aliases"]) == (
        "À Pau & ailleurs",
        "Ada Ru",
        ["elle", "la maire"],
    )
    assert [mark["text"] for mark in record["not_quotes"]] == ["Non"]


# ---- the scorer


GOLD = {
    "id": "1",
    "text": "",
    "entities": [
        {"start": 0, "end": 6, "label": "PER", "text": "Ada Ru"},
        {"start": 10, "end": 13, "label": "LOC", "text": "Pau"},
    ],
    "quotes": [
        {"start": 20, "end": 40, "kind": "direct", "speaker": "Ada Ru"},
        {"start": 50, "end": 60, "kind": "indirect", "speaker": "les syndicats"},
    ],
    "not_quotes": [{"start": 70, "end": 75}],
}


def found(*quotes, entities=()):
    return {"1": {"entities": list(entities), "quotes": list(quotes)}}


def span(start, end, kind="direct", speaker=None):
    return {"start": start, "end": end, "kind": kind, "speaker": speaker}


def test_all_right_is_a_hundred():
    perfect = found(
        span(20, 40, speaker="Ada Ru"),
        span(50, 60, "indirect", "les syndicats"),
        entities=[{**entity} for entity in GOLD["entities"]],
    )
    figures = score([GOLD], perfect).figures()
    assert figures.pop("marks wrongly taken") == 0
    assert set(figures.values()) == {100.0}


def test_nothing_found_is_nothing_right():
    figures = score([GOLD], {}).figures()
    assert (figures["entities"], figures["quotations"], figures["quotations, IoU"]) == (0, 0, 0)


def test_a_quotation_split_at_its_incise_is_found_once_and_both_parts_are_right():
    result = score([GOLD], found(span(20, 29), span(31, 40)))
    assert (result.quotes.right, result.quotes.predicted, result.quotes.found) == (2, 2, 1)


def test_an_overlong_prediction_finds_nothing():
    assert score([GOLD], found(span(0, 120))).quotes.found == 0


def test_marks_that_are_no_quotation_are_counted_when_taken():
    assert score([GOLD], found(span(69, 76))).figures()["marks wrongly taken"] == 100


@pytest.mark.parametrize(
    ("speaker", "given", "is_right"),
    [
        ("Ada Ru", "Mme Ru", True),
        ("Ada Ru", "Ada", True),
        ("Ada Ru", "Bo Ru", False),
        ("Ada Ru", "Ada Ru et Bo Li", False),
        ("Ada Ru", None, False),
        (None, None, True),
        (None, "Ada Ru", False),
        ("les syndicats", "syndicats", True),
        ("le porte-parole du ministère", "le ministère", False),
    ],
)
def test_who_counts_as_the_right_speaker(speaker, given, is_right):
    assert speaker_is_right({"speaker": speaker}, given, {"Ada Ru", "Bo Li"}) is is_right


def test_it_agrees_with_the_scorer_of_the_annotation():
    settings = from_environment()
    file = settings.evaluation / "nlp" / "score_entities_quotes.py"
    if not file.is_file():
        pytest.skip(f"{file} is not there; NEWS_ETL_EVAL names the folder of the annotated articles")
    folder = settings.evaluation / "nlp" / "fr" / "articles-dev"
    data = read_gold("press articles", folder / "gold.jsonl", folder / "texts")
    predictions = {record["id"]: predict(record["text"], settings) for record in data.records}
    theirs = _scored_by(file, data, predictions)
    ours = score(data.records, predictions).figures()
    assert ours["entities"] == theirs["entities_exact"]["micro"]["F"]
    assert ours["quotations"] == theirs["quotes"]["all cover>=0.8"]["F"]
    assert ours["quotations, IoU"] == theirs["quotes"]["all IoU>=0.5"]["F"]
    assert ours["speakers"] == theirs["speakers"]["all cover>=0.8"]["accuracy"]
    assert (ours["indirect, recall"], ours["indirect, precision"]) == (
        theirs["indirect"]["recall"],
        theirs["indirect"]["precision"] or 0,
    )
    taken, marks = map(int, theirs["not_quotes_predicted"].split("/"))
    assert ours["marks wrongly taken"] == round(100 * taken / marks, 1)


def _scored_by(file: Path, data: AnnotatedSet, predictions):
    spec = importlib.util.spec_from_file_location("their_scorer", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    gold = json.loads(json.dumps({record["id"]: record for record in data.records}))
    return module.score(gold, predictions, list(gold))[0]
