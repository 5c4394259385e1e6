"""Patterns of words that tell a person's name: titles, given names, functions, speech."""

from collections.abc import Iterator, Mapping

from news_etl.enrich import evidence
from news_etl.enrich.evidence import Candidate
from news_etl.enrich.gazetteer import fold
from news_etl.enrich.verbs import Form, load_verbs
from news_etl.enrich.wordview import WordView


def after_titles(view: WordView) -> Iterator[Candidate]:
    """Names after a title: "M. de Villepin", "MM. Durand et Petit"."""
    titles = view.lists.names.titles
    for index, text in enumerate(view.texts):
        title = titles.get(text)
        if title is None or (text[0].islower() and not view.is_capital(index + 1)):
            continue
        start = index + 1
        while True:
            end = view.run_end(_after_particles(view, start))
            if end <= start or not any(view.named[i] or view.is_tied(i) for i in range(start, end)):
                break
            yield Candidate(start, end, "PER", evidence.TITLE, "title")
            if (
                not title.plural
                or end >= len(view.texts)
                or view.texts[end] not in {*view.lists.words.coordinators, ","}
            ):
                break
            start = end + 1


def _after_particles(view: WordView, start: int) -> int:
    """The first word of a name that may begin with a particle."""
    index = start
    while index < len(view.texts) - 1 and index - start < 2 and view.texts[index].lower() in view.lists.words.particles:
        index += 1
    return index if index < len(view.named) and view.named[index] else start


def given_names(view: WordView) -> Iterator[Candidate]:
    """A given name and the capitalised words after it."""
    names = view.lists.names
    index = 0
    while index < len(view.texts):
        text = view.texts[index]
        family = fold(text) in names.family_first
        initials = view.are_initials(index)
        if not view.named[index] or not (family or initials or names.may_be_given(text) or names.is_given(text)):
            index += 1
            continue
        end = view.run_end(index)
        run = view.texts[view.run_start(index) : end]
        if not any(text in view.lists.formal or text in view.lists.foreign for text in run):
            sure = names.is_surely_given(text) or (family and end - index in {2, 3})
            if end - index > 1:
                yield Candidate(
                    index, end, "PER", evidence.GIVEN_NAME if sure else evidence.RARE_GIVEN_NAME, "given name"
                )
            elif len(run) == 1 and not view.after_determiner(index):
                yield Candidate(
                    index,
                    end,
                    "PER",
                    evidence.GIVEN_NAME_ALONE if sure else evidence.RARE_GIVEN_NAME_ALONE,
                    "given name",
                )
        index = max(end, index + 1)


def after_functions(view: WordView) -> Iterator[Candidate]:
    """Names after a function: "la ministre allemande Anne Durand", "l'économiste Petit"."""
    functions = view.lists.names.functions
    for index, text in enumerate(view.texts):
        if text.lower() not in functions:
            continue
        start = _over_acronym(view, view.over_adjectives(index + 1))
        if start < len(view.texts) and view.named[start]:
            end = view.run_end(start)
            if _is_party(view, start):
                yield Candidate(start, start + 1, "ORG", evidence.FUNCTION, "party")
                start += 1
                if start == end:
                    continue
            if not any(text in view.lists.formal or text in view.lists.inside for text in view.texts[start:end]):
                yield Candidate(start, end, "PER", evidence.FUNCTION, "function")


def aged(view: WordView) -> Iterator[Candidate]:
    """Names with an age behind: "Orso, 8 ans"."""
    for index in range(2, len(view.texts) - 1):
        if view.texts[index + 1] not in view.lists.words.ages or not view.texts[index].isdigit():
            continue
        if view.texts[index - 1] in {",", "("} and view.named[index - 2]:
            start = view.run_start(index - 2)
            if not view.lists.is_listed(view.doc[start : index - 1].text, "LOC"):  # "une lectrice de Porto, 37 ans"
                yield Candidate(start, index - 1, "PER", evidence.AGED, "aged")


def initials(view: WordView) -> Iterator[Candidate]:
    """Names with an initial for the given name: "P. Le Dantec"."""
    for index, text in enumerate(view.texts[:-1]):
        is_initial = len(text) == INITIAL and text[1] == "." and text[0].isupper()
        if is_initial and view.named[index + 1] and text not in view.lists.names.titles:
            yield Candidate(index, view.run_end(index + 1), "PER", evidence.INITIALS, "initial")


INITIAL = 2
"""Letters of an initial with its full stop."""


def led_surnames(view: WordView) -> Iterator[Candidate]:
    """Names of a rare given name and a surname with an article: "Pierrick Le Dantec"."""
    for index in range(1, len(view.texts) - 1):
        if view.texts[index] not in view.lists.words.leading or not view.capital[index + 1]:
            continue
        begins = index - 1
        alone = view.named[begins] and not view.first[begins] and not view.touches_name(begins - 1)
        if alone and view.named[index] and not view.lists.is_listed(view.texts[begins]):
            yield Candidate(begins, view.run_end(index), "PER", evidence.GIVEN_NAME, "led surname")


def _is_party(view: WordView, index: int) -> bool:
    """Whether a party's name stands between a function and the person: "la députée Renaissance Maud Lestienne"."""
    matches = view.lists.gazetteer.find(view.texts[index])
    return any(entry.kind.endswith("parties") for match in matches for entry in match.entries)


def _over_acronym(view: WordView, index: int) -> int:
    """The word after an acronym before a name: "le syndicaliste FO Gwenaël Petit"."""
    if index + 1 >= len(view.texts) or len(view.texts[index]) == 1 or not view.texts[index].isupper():
        return index
    return index + 1 if view.named[index + 1] and not view.texts[index + 1].isupper() else index


def speakers(view: WordView) -> Iterator[Candidate]:
    """Unknown names that speak or act: "a déclaré Mailis", "Caplan réfute"."""
    verbs = load_verbs(view.language).forms
    for start in range(len(view.texts)):
        if not view.named[start] or view.touches_name(start - 1):
            continue
        end = view.run_end(start)
        if view.texts[start].isupper() or view.texts[start] in view.lists.formal:
            continue
        if start and _speaks(verbs, view.texts[start - 1].lower()) and _is_inverted(view, start - 1):
            yield Candidate(start, end, "PER", evidence.SPEAKER, "speaker")
        elif _is_bare_subject(view, start, end) and end - start == 1 and view.texts[start] not in view.introduced:
            yield Candidate(start, end, "PER", evidence.UNINTRODUCED, "speaker")
        elif _is_bare_subject(view, start, end):
            spoken = any(_speaks(verbs, text.lower()) for text in view.texts[end : end + 2])
            yield Candidate(start, end, "PER", evidence.SPEAKER if spoken else evidence.SUBJECT, "speaker")


def _speaks(verbs: Mapping[str, tuple[Form, ...]], text: str) -> bool:
    return any(form.mood in {"finite", "participle"} for form in verbs.get(text, ()))


def _is_inverted(view: WordView, verb: int) -> bool:
    """Whether a verb follows somebody's words, so that its subject comes after it: "…, a déclaré Mailis"."""
    while verb > 0 and view.doc[verb - 1].pos_ in {"AUX", "ADV"}:
        verb -= 1
    return (
        verb == 0
        or view.doc[verb - 1].is_punct
        or view.texts[verb - 1] in {'"', "»", "”", *view.lists.words.object_pronouns}
    )


def _is_bare_subject(view: WordView, start: int, end: int) -> bool:
    """Whether a name without article or preposition stands before a finite verb: mostly a person."""
    doc = view.doc
    if end >= len(doc) or doc[end].pos_ not in {"VERB", "AUX"} or "Fin" not in doc[end].morph.get("VerbForm", []):
        return False
    if view.first[start] and doc[start].pos_ != "PROPN":
        return False
    return start == 0 or doc[start - 1].pos_ not in {"DET", "ADP", "NOUN", "ADJ", "PROPN", "NUM"}
