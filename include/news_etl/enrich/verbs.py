"""Speech verbs by form: every form of the verbs of `speech_verbs.yaml`, made by the endings of `conjugation.yaml`.

Decisions rest on forms and their neighbours (auxiliary, clitics, negation); a tagged part of speech only refuses the
noun ("la note", "une demande").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from news_etl.enrich.function_words import FunctionWords, load_function_words
from news_etl.enrich.lexicon import read_list
from news_etl.enrich.reading import Word, clitic

CLASSES = ("that_clause", "marks", "addressing", "incise", "weak")
_NOT_A_VERB = frozenset({"NOUN", "PROPN", "ADJ", "ADP", "DET", "PRON", "NUM", "CCONJ", "SCONJ", "ADV"})
_BACK = 7
"""How many words an auxiliary may stand before its participle: "a-t-il, de son côté, précisé" asks for the most."""
_GAP = 3
"""How many words may stand inside an expression: "met une nouvelle fois en garde"."""


@dataclass(frozen=True)
class Verb:
    """An entry of the list."""

    infinitive: str
    classes: frozenset[str]
    reflexive: bool
    rest: tuple[str, ...]
    """The words that follow the verb in an expression: ("en", "garde")."""


@dataclass(frozen=True)
class Form:
    """A form of a verb's first word."""

    verb: Verb
    mood: str
    """`finite`, `participle`, `gerund` or `infinitive`."""
    plural: bool
    conditional: bool = False


@dataclass(frozen=True)
class SpeechVerb:
    """A speech verb in a text: words `first` to `last` (inclusive), auxiliary and clitics included."""

    first: int
    last: int
    verb: Verb
    mood: str
    """`finite`, `gerund`, `infinitive`, `passive`, or `coordinated` (a participle that shares an auxiliary)."""
    plural: bool
    pronoun: int | None = None
    """The word of an inverted subject: "-elle" in "dit-elle"."""
    negated: bool = False

    @property
    def takes_clause(self) -> bool:
        return "that_clause" in self.verb.classes

    @property
    def only_incise(self) -> bool:
        return self.verb.classes <= {"incise", "weak"} and not self.is_weak

    @property
    def is_addressing(self) -> bool:
        """Whether it has whom it is told to as its object, and no subject behind it: "invite les élus à « … »"."""
        return "addressing" in self.verb.classes

    @property
    def is_weak(self) -> bool:
        return self.verb.classes == {"weak"}


@dataclass(frozen=True)
class VerbList:
    """The speech verbs of a language."""

    forms: dict[str, tuple[Form, ...]]
    have: frozenset[str]
    be: frozenset[str]
    negations: frozenset[str]
    between: frozenset[str]
    finite: frozenset[str]
    """The forms that may be finite."""
    clitics: frozenset[str]
    reflexive: frozenset[str]
    negative: frozenset[str]
    before_nouns: frozenset[str]
    subject_pronouns: frozenset[str]
    small: FunctionWords

    @property
    def before_speech(self) -> frozenset[str]:
        """What follows a verb of speech and no noun: "la même source ajoute que"."""
        return self.small.that | {'"'}


@cache
def load_verbs(language: str) -> VerbList:
    """The verbs of a language with all their forms."""
    lists = read_list(language, "speech_verbs")
    cues = read_list(language, "cues")
    classes: dict[str, set[str]] = {}
    for name in CLASSES:
        for infinitive in lists[name]:
            classes.setdefault(infinitive, set()).add(name)
    table = _endings(language)
    auxiliaries = {*cues["have"], *cues["be"]}
    forms: dict[str, list[Form]] = {}
    for infinitive, found in classes.items():
        verb = _verb(infinitive, frozenset(found))
        first = infinitive.removeprefix("se ").removeprefix("s'").split()[0]
        for form, mood, plural, conditional in conjugate(first, table):
            if form in auxiliaries and not verb.rest:
                continue  # "étaient" of "étayer"
            forms.setdefault(form, []).append(Form(verb, mood, plural, conditional))
    return VerbList(
        # longer expressions first: "met en garde" before "met"
        {form: tuple(sorted(found, key=lambda f: -len(f.verb.rest))) for form, found in forms.items()},
        frozenset(cues["have"]),
        frozenset(cues["be"]),
        frozenset(cues["negations"]),
        frozenset(word for form in cues["between"] for word in form.replace("'", "' ").split()),
        frozenset(form for form, found in forms.items() if any(f.mood == "finite" for f in found)),
        frozenset(cues["clitics"]),
        frozenset(cues["reflexive"]),
        frozenset(cues["negative_particles"]),
        frozenset(cues["before_nouns"]),
        frozenset(cues["subject_pronouns"]),
        load_function_words(language),
    )


def _verb(infinitive: str, classes: frozenset[str]) -> Verb:
    reflexive = infinitive.startswith(("se ", "s'"))
    bare = infinitive.removeprefix("se ").removeprefix("s'")
    return Verb(infinitive, classes, reflexive, tuple(bare.replace("'", "' ").split()[1:]))


def _endings(language: str) -> list[tuple[str, dict[str, list[str]]]]:
    table = [(ending, entry) for entry in read_list(language, "conjugation") for ending in entry["endings"]]
    return sorted(table, key=lambda row: -len(row[0]))


_IRREGULAR: dict[str, dict[str, list[str]]] = {
    "avoir": {"present": ["a", "ont"], "imperfect": ["avait", "avaient"], "gerund": ["ayant"], "participle": ["eu"]},
    "être": {"present": ["est", "sont"], "imperfect": ["était", "étaient"], "gerund": ["étant"], "participle": ["été"]},
    "aller": {"present": ["va", "vont"], "imperfect": ["allait", "allaient"], "gerund": ["allant"], "participle": []},
}


def conjugate(infinitive: str, table: list[tuple[str, dict[str, list[str]]]]) -> set[tuple[str, str, bool, bool]]:
    """The forms of a verb as (form, mood, plural, conditional), with variants of its stem that may not exist."""
    if infinitive in _IRREGULAR:
        ending, endings, stems = "", _IRREGULAR[infinitive], [""]
    else:
        row = next((row for row in table if infinitive.endswith(row[0])), None)
        if row is None:
            return {(infinitive, "infinitive", False, False)}
        ending, endings = row
        stems = _stems(infinitive[: len(infinitive) - len(ending)], ending)
    forms = {(infinitive, "infinitive", False, False)}
    for tense in ("present", "imperfect", "past", "future", "conditional"):
        for suffix in endings.get(tense, []):
            plural = suffix.endswith("nt") and not suffix.endswith(("oint", "aint", "eint"))
            forms |= {(stem + suffix, "finite", plural, tense == "conditional") for stem in stems}
    forms |= {
        (stem + suffix, "participle", suffix.endswith("s"), False) for stem in stems for suffix in endings["participle"]
    }
    return forms | {(stem + suffix, "gerund", False, False) for stem in stems for suffix in endings["gerund"]}


def _stems(stem: str, ending: str) -> list[str]:
    """The stem and how it may change before a mute e: révél- / révèl-, appel- / appell-."""
    stems = [stem]
    if ending in {"er", "ger", "cer"} and len(stem) > 2:
        head, tail = stem.rstrip("bcdfghjklmnpqrstvxzu"), stem[len(stem.rstrip("bcdfghjklmnpqrstvxzu")) :]
        if head and head[-1] in "ée" and tail:
            stems.append(head[:-1] + "è" + tail)
        if stem.endswith(("el", "et")):
            stems.append(stem + stem[-1])
    return stems


def find_speech_verbs(words: Sequence[Word], indices: Sequence[int], verbs: VerbList) -> list[SpeechVerb]:
    """The speech verbs among the words at `indices`: one sentence without what it quotes, in order."""
    found: list[SpeechVerb] = []
    for place, index in enumerate(indices):
        forms = verbs.forms.get(words[index].lower)
        if forms is None:
            continue
        hits = [hit for form in forms if (hit := _match(words, indices, place, form, verbs)) is not None]
        # "a dit" before "dit", and both before the participle alone; then the longer expression
        best = min(hits, default=None, key=lambda hit: (hit.mood == "passive", -len(hit.verb.rest), hit.first))
        if best is not None:
            found.append(best)
    return found


def _match(words: Sequence[Word], indices: Sequence[int], place: int, form: Form, verbs: VerbList) -> SpeechVerb | None:
    index = indices[place]
    last = _match_rest(words, indices, place, form.verb.rest)
    if last is None:
        return None
    if form.mood == "participle":
        return _match_participle(words, indices, place, last, form, verbs)
    pronoun, after = _clitic_subject(words, indices, place, verbs)
    before = _before(words, indices, place, verbs)
    if form.mood == "finite" and pronoun is None and _is_noun(words, indices, place, verbs):
        return None
    if form.verb.reflexive != bool(verbs.reflexive & set(before)):
        return None
    if form.mood in {"gerund", "infinitive"} and words[index].pos in {"NOUN", "ADP", "PROPN"}:
        return None
    negated = bool(verbs.negative & set(before))
    first = indices[max(0, place - len(before))] if before else index
    return SpeechVerb(first, max(last, after), form.verb, form.mood, form.plural, pronoun, negated)


def _match_rest(words: Sequence[Word], indices: Sequence[int], place: int, rest: tuple[str, ...]) -> int | None:
    """The last word of an expression whose first is at `place`; None when the rest does not follow."""
    last = place
    for wanted in rest:
        window = range(last + 1, min(last + 2 + _GAP, len(indices)))
        nearest = next((n for n in window if words[indices[n]].lower == wanted), None)
        if nearest is None:
            return None
        last = nearest
    return indices[last]


def _before(words: Sequence[Word], indices: Sequence[int], place: int, verbs: VerbList) -> list[str]:
    """The clitics and the negation directly before a verb."""
    found: list[str] = []
    while place > 0 and len(found) < 4 and words[indices[place - 1]].lower in verbs.clitics:
        place -= 1
        found.append(words[indices[place]].lower)
    if (
        found
        and found[-1] in verbs.small.object_articles
        and len(found) == 1
        and words[indices[place + 1]].pos in _NOT_A_VERB
    ):
        return []
    return found


def _is_noun(words: Sequence[Word], indices: Sequence[int], place: int, verbs: VerbList) -> bool:
    """Whether a form that may be a verb stands as a noun or an adjective: "la note", "un juge", "première demande"."""
    word = words[indices[place]]
    before = words[indices[place - 1]] if place else None
    if before is not None and before.end > word.start:
        before = None
    if before is not None and before.lower in verbs.reflexive | verbs.negative:
        return False
    if before is not None and (before.lower in verbs.before_nouns or before.pos == "DET"):
        return True
    if before is None or before.lower in {",", '"', "»", "”"} or indices[place - 1] != indices[place] - 1:
        return word.pos in {"NOUN", "PROPN"} and word.text[0].isupper()
    following = words[indices[place] + 1].lower if indices[place] + 1 < len(words) else ""
    if following in verbs.before_speech:
        return False
    if before.lower in verbs.subject_pronouns:
        return False
    if before.lower in verbs.small.inside and place > 1 and words[indices[place - 2]].lower in verbs.small.before_en:
        return False
    return word.pos in _NOT_A_VERB


def _clitic_subject(
    words: Sequence[Word], indices: Sequence[int], place: int, verbs: VerbList
) -> tuple[int | None, int]:
    """The inverted pronoun after the verb at `place`, and the last word of the group."""
    index = indices[place]
    for step in (1, 2):
        if place + step >= len(indices):
            break
        word = words[indices[place + step]]
        if word.lower in {"-t", "t", "-"}:
            continue
        if clitic(word) in verbs.small.inverted:
            return indices[place + step], indices[place + step]
        break
    return None, index


def _match_participle(
    words: Sequence[Word], indices: Sequence[int], place: int, last: int, form: Form, verbs: VerbList
) -> SpeechVerb | None:
    """A participle with its auxiliary: "a déclaré", "s'est exclamée"; without one, or with "être", it is passive."""
    previous = words[indices[place - 1]] if place else None
    if previous is not None and (
        previous.lower in verbs.before_nouns or (previous.lower in verbs.clitics and previous.pos == "DET")
    ):
        return None  # "un communiqué", "le dit"
    seen_been = False
    for back in range(place - 1, max(-1, place - 1 - _BACK), -1):
        word = words[indices[back]]
        if word.lower in verbs.small.been:
            seen_been = True
            continue
        have, be = word.lower in verbs.have, word.lower in verbs.be
        if have or be:
            before = _before(words, indices, back, verbs)
            reflexive = be and bool(verbs.reflexive & set(before))
            if reflexive != form.verb.reflexive:
                return None
            negated = bool(verbs.negative & set(before))
            pronoun, _ = _clitic_subject(words, indices, back, verbs)
            first = indices[max(0, back - len(before))]
            passive = seen_been or (be and not reflexive)
            plural = word.lower.endswith("nt") and not word.lower.endswith("ant")
            mood = "passive" if passive else "gerund" if word.lower == "ayant" else "finite"
            return SpeechVerb(first, last, form.verb, mood, plural, pronoun, negated)
        if not (
            word.lower in verbs.between
            or word.lower in verbs.negations
            or word.pos == "ADV"
            or word.lower.startswith("-")
            or word.lower.endswith(verbs.small.adverb_ending)
            or word.lower in verbs.small.inside_verb
        ):
            break
    if form.verb.reflexive:
        return None
    return SpeechVerb(indices[place], last, form.verb, "passive", form.plural)
