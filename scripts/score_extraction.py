"""How well dumps that were labelled by hand are read: the sets of `tests/quality/dumps`, all written for this project.

* `development`: rules and weights are made with them in view.
* `untouched`: written by others than the rules, and never read by those who write these; only its figures are taken.
"""

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import mean
from typing import Any

from floors import Figures, mean_figures
from news_etl.extract.annotated import AnnotatedDump, read_set
from news_etl.extract.text import fold
from news_etl.settings import PROJECT_ROOT

WRITTEN = PROJECT_ROOT / "tests" / "quality" / "dumps"
SETS = ("development", "untouched")
FLOORS = PROJECT_ROOT / "tests" / "quality" / "dump_floors.json"
_SHINGLE = 4
_SAME_DECK = 0.8

Article = Mapping[str, Any]
Predict = Callable[[Mapping[str, Path]], dict[str, list[dict[str, Any]]]]


def written(name: str) -> dict[str, AnnotatedDump]:
    """The dumps of a set, by id (`fr/slug`)."""
    return read_set(WRITTEN / name)


def digest() -> str:
    """SHA-256 over all sets: figures of others are not comparable."""
    found = hashlib.sha256()
    for name in SETS:
        for file in sorted((WRITTEN / name).glob("*/*.txt")):
            found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


def read_all(dumps: Mapping[str, AnnotatedDump], predict: Predict) -> dict[str, dict[str, Any]]:
    """What is extracted from each dump, by id. `predict` gets a manifest by name (`evaluate.predict`)."""
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for number, (name, dump) in enumerate(dumps.items()):
            file = Path(folder) / f"{number}.txt"
            file.write_text(dump.text, "utf-8")
            rows.append(json.dumps({"id": name, "path": file.name, "fetched_at": dump.about["fetched_at"]}))
        manifest = Path(folder) / "manifest.jsonl"
        manifest.write_text("\n".join(rows) + "\n", "utf-8")
        return {record["id"]: record for record in predict({"dumps": manifest})["dumps"]}


def figures(dumps: Mapping[str, AnnotatedDump], found: Mapping[str, Article]) -> Figures:
    """The mean of each measure over the dumps that have it, in per cent; one that was not read counts as empty."""
    return mean_figures(score(dump.gold(), found.get(name, {})) for name, dump in dumps.items())


def score(gold: Article, found: Article) -> Figures:
    """The measures of one article, 0 to 1. Those that the annotation has nothing for are left out.

    body: F1 of 4-word shingles of the text with its deck. title, authors, day: equal or not. deck: token F1 of at least
    0.8. headings: F1. captions, credits: share found among the images. leak: share of the captions in the body.
    """
    blocks = [block for block in found.get("body") or [] if block.get("text")]
    text = "\n".join([found.get("deck") or "", *(block["text"] for block in blocks)])
    headings = [_plain(block["text"]) for block in blocks if block["kind"] == "heading"]
    names = {_plain(author["name"]) for author in found.get("authors") or []}
    measures = {
        "body": _f1(_shingles("\n".join(gold["body"])), _shingles(text)),
        "title": float(_plain(found.get("title")) == _plain(gold["title"])),
        "headings": _f1(Counter(map(_plain, gold["headings"])), Counter(headings)),
    }
    if gold["authors"]:
        measures["authors"] = float(names == set(map(_plain, gold["authors"])))
    if gold["published"]:
        measures["day"] = float(str(found.get("published_at"))[:10] == gold["published"][:10])
    if gold["deck"]:
        same = _f1(Counter(_tokens(" ".join(gold["deck"]))), Counter(_tokens(found.get("deck"))))
        measures["deck"] = float(same >= _SAME_DECK)
    return measures | _pictures(gold, found.get("images") or [], _plain(text))


def _pictures(gold: Article, images: Iterable[Article], body: str) -> Figures:
    captions = {_plain(image.get("caption")) for image in gold["images"]} - {""}
    credits_given = {_plain(credit) for image in gold["images"] for credit in image.get("credit", ())} - {""}
    shown = " | ".join(_plain(image.get("caption")) for image in images)
    signed = " | ".join(_plain(image.get("credit")) for image in images)
    measures: Figures = {}
    if captions:
        measures["captions"] = mean(float(caption in shown) for caption in captions)
        measures["leak"] = mean(float(caption in body) for caption in captions)
    if credits_given:
        measures["credits"] = mean(float(credit in signed) for credit in credits_given)
    return measures


def _plain(text: str | None) -> str:
    return fold(text or "")


def _tokens(text: str | None) -> list[str]:
    return _plain(text).split()


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    tokens = _tokens(text)
    return Counter(tuple(tokens[i : i + _SHINGLE]) for i in range(max(1, len(tokens) - _SHINGLE + 1)))


def _f1(gold: Counter[Any], found: Counter[Any]) -> float:
    """1 where there is nothing and nothing was found."""
    both, size = sum((gold & found).values()), sum(gold.values()) + sum(found.values())
    return 2 * both / size if size else 1.0
