"""Measure the extraction on annotated articles and compare it with the pinned floors: `make eval`.

The dumps that were written for this project are measured besides (`score_extraction.py`).

The annotated articles are not part of the project: `NEWS_ETL_EVAL` names their folder, which holds
`eval/score_articles.py` (the scorer) and `eval/articles/` (two manifests, the documents and `gold.jsonl`).
"""

import argparse
import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import score_extraction
from floors import Figures, Floors, mean_figures
from news_etl.extract.train import RECIPES, fit, read_examples, site_of, write_model
from news_etl.settings import PROJECT_ROOT, from_environment

FLOORS = PROJECT_ROOT / "tests" / "quality" / "floors.json"
KINDS = ("pages", "dumps")
LEFT_OUT = {kind: f"{kind}, sites left out" for kind in KINDS}
WRITTEN_LEFT_OUT = "development, sites left out"
FOLDS = 5
BODY = {"scrapinghub": "body, scrapinghub", "fundus": "body"}
"""Two annotations of the body: the article's text alone, and the text with its deck."""

Prediction = dict[str, Any]


@dataclass(frozen=True)
class Annotated:
    """The annotated articles in a folder."""

    folder: Path

    @property
    def scorer(self) -> Path:
        return self.folder / "eval" / "score_articles.py"

    @property
    def articles(self) -> Path:
        return self.folder / "eval" / "articles"

    def manifest(self, kind: str) -> Path:
        return self.articles / f"manifest-{kind}.jsonl"

    def missing(self) -> str | None:
        """The reason why nothing can be measured, or None."""
        needed = [self.scorer, self.articles / "gold.jsonl", *map(self.manifest, KINDS)]
        absent = [file for file in needed if not file.is_file()]
        return f"{absent[0]} is not there; NEWS_ETL_EVAL names the folder of the annotated articles" if absent else None

    def gold(self) -> dict[str, dict[str, Any]]:
        """The annotation of each article by its id."""
        return {record["id"]: record for record in read_lines(self.articles / "gold.jsonl")}

    def digest(self) -> str:
        """SHA-256 over annotations and manifests: figures of another set are not comparable."""
        found = hashlib.sha256()
        for file in (self.articles / "gold.jsonl", *map(self.manifest, KINDS)):
            found.update(hashlib.sha256(file.read_bytes()).digest())
        return found.hexdigest()


def annotated() -> Annotated:
    """The annotated articles that the settings name."""
    return Annotated(from_environment().evaluation)


def read_lines(file: Path) -> list[dict[str, Any]]:
    """The records of a JSON Lines file."""
    return parse_lines(file.read_text("utf-8"))


def parse_lines(text: str) -> list[dict[str, Any]]:
    """The records in JSON Lines. Not `splitlines`: U+2028 may stand in a string."""
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def predict(manifests: Mapping[str, Path], package: Path | None = None) -> dict[str, list[Prediction]]:
    """What `news-etl extract --manifest` prints for each manifest; `package` is another copy of the package's folder.

    The commands run side by side.
    """
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from news_etl.cli import main; main()"
    place = str(package or PROJECT_ROOT / "include")
    started = {
        kind: subprocess.Popen(  # noqa: S603 - our own command on paths of the settings
            [sys.executable, "-c", code, place, "extract", "--manifest", str(manifest.resolve())],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        for kind, manifest in manifests.items()
    }
    found = {kind: parse_lines(process.communicate()[0]) for kind, process in started.items()}
    for kind, process in started.items():
        if process.returncode:
            raise RuntimeError(f"news-etl extract --manifest {manifests[kind]} ended with {process.returncode}")
    return found


def measure(data: Annotated, kind: str, predictions: Iterable[Prediction]) -> Figures:
    """The figures of the scorer for the documents of one manifest; one without a prediction counts as empty."""
    score = _scorer(data)
    gold, given = data.gold(), {record["id"]: record for record in predictions}
    scores = ((row["id"], score(gold[row["id"]], given.get(row["id"], {}))) for row in read_lines(data.manifest(kind)))
    return mean_figures(
        {BODY[name.split("-")[0]] if measure == "body_f1" else measure: value for measure, value in found.items()}
        for name, found in scores
    )


def _scorer(data: Annotated) -> Any:
    spec = importlib.util.spec_from_file_location("score_articles", data.scorer)
    if spec is None or spec.loader is None:
        raise ImportError(f"{data.scorer} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.score


# ---- sites left out


def leave_sites_out(data: Annotated) -> dict[str, Figures]:
    """Our figures when no document is read by a model that saw another of its site (five folds of sites).

    The dumps written for this project are read so, too; each counts as a site.
    """
    examples = read_examples(data.folder / "eval")
    dumps = score_extraction.written("development")
    sites = sorted({example.site for found in examples.values() for example in found} - set(dumps))
    predictions: dict[str, list[Prediction]] = {kind: [] for kind in KINDS}
    read: dict[str, Prediction] = {}
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "include"
        shutil.copytree(PROJECT_ROOT / "include" / "news_etl", package / "news_etl")
        for number in range(FOLDS):
            imitated = list(dumps)[number::FOLDS]
            left_out = {*sites[number::FOLDS], *imitated}
            for name, recipe in RECIPES.items():
                model = fit([example for example in examples[name] if example.site not in left_out], recipe)
                write_model(model, package / "news_etl" / "extract" / recipe.file)
            manifests = {kind: _part(data, kind, left_out, Path(folder)) for kind in KINDS}
            for kind, found in predict(manifests, package).items():
                predictions[kind] += found
            part = {name: dumps[name] for name in imitated}
            read |= score_extraction.read_all(part, partial(predict, package=package))
    measured = {LEFT_OUT[kind]: measure(data, kind, predictions[kind]) for kind in KINDS}
    return measured | {WRITTEN_LEFT_OUT: score_extraction.figures(dumps, read)}


def measure_written() -> dict[str, Figures]:
    """The figures of the dumps written for this project, read by the models that ship."""
    measured = {}
    for name in score_extraction.SETS:
        dumps = score_extraction.written(name)
        measured[name] = score_extraction.figures(dumps, score_extraction.read_all(dumps, predict))
    return measured


def _part(data: Annotated, kind: str, sites: set[str], folder: Path) -> Path:
    """A manifest of the documents of some sites."""
    rows = [row for row in read_lines(data.manifest(kind)) if site_of(row) in sites]
    file = folder / f"{kind}.jsonl"
    lines = [json.dumps({**row, "path": str((data.articles / row["path"]).resolve())}) for row in rows]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


# ---- the command


def table(figures: Mapping[str, Figures], floors: Floors | None) -> str:
    """The figures beside their floors, for the terminal."""
    lines = []
    for kind, found in figures.items():
        lines.append(f"{kind:<24}{'figure':>8}{'floor':>8}")
        for name, value in found.items():
            floor = floors.figures.get(kind, {}).get(name) if floors else None
            lines.append(f"  {name:<22}{value:8.2f}{'' if floor is None else f'{floor:8.1f}'}")
    return "\n".join(lines)


def main() -> int:
    """Exit code 1 when a figure is worse than its floor."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--raise", dest="raises", action="store_true", help="raise the floors to what is measured")
    parser.add_argument("--docs", action="store_true", help="renew docs/accuracy.md and the table in README.md")
    arguments = parser.parse_args()
    data = annotated()
    if reason := data.missing():
        print(f"Nothing measured: {reason}.")
        return 0
    found = predict({kind: data.manifest(kind) for kind in KINDS})
    left_out = leave_sites_out(data)
    written = measure_written() | {WRITTEN_LEFT_OUT: left_out.pop(WRITTEN_LEFT_OUT)}
    figures = {kind: measure(data, kind, found[kind]) for kind in KINDS} | left_out
    failures = _compared(FLOORS, data.digest(), figures, arguments.raises)
    failures += _compared(score_extraction.FLOORS, score_extraction.digest(), written, arguments.raises)
    if arguments.docs:
        import accuracy_docs

        accuracy_docs.renew(data, figures, written)
    print("\n".join(failures or ["Every figure reaches its floor."]))
    return 1 if failures else 0


def _compared(file: Path, digest: str, figures: Mapping[str, Figures], raises: bool) -> list[str]:
    """Print the figures beside the floors in a file; a sentence for each that does not fit its floor."""
    floors = Floors.read(file)
    if raises:
        floors = floors.raised(digest, figures)
        floors.write(file)
    same = floors.sha256 == digest
    print(table(figures, floors if same else None))
    if not same:
        print(f"The floors in {file.name} belong to another set: not compared.")
        return []
    return [*floors.failures(figures), *floors.slack(figures)]


if __name__ == "__main__":
    sys.exit(main())
