"""Noun groups and pronouns that may speak: names, roles, groups, bodies, documents, with what they agree in.

A light chunker over determiners, word lists and parts of speech: it asks for the left part of a noun group to be right
(who), and lets the right part (of what) be roughly so.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache

from news_etl.enrich.annotation import Entity
from news_etl.enrich.function_words import FunctionWords, load_function_words
from news_etl.enrich.lexicon import read_list
from news_etl.enrich.reading import Reading, Word, clitic
from news_etl.enrich.verbs import load_verbs

PERSONISH = frozenset({"name", "role", "person", "group", "organisation", "org", "pronoun", "anaphor"})
MAX_WORDS = 16
"""Of a noun group. Longer ones are relative clauses or enumerations that were not seen."""


@dataclass(frozen=True)
class Noun:
    """What the lists know of a noun: its kind, gender and number, and one form for all its forms."""

    kind: str
    gender: str | None
    plural: bool
    lemma: str
    words: int


@dataclass(frozen=True)
class Nouns:
    """The listed nouns of a language, by their first word, and its closed classes."""

    by_first: dict[str, tuple[tuple[tuple[str, ...], Noun], ...]]
    offices: dict[str, tuple[tuple[tuple[str, ...], int], ...]]
    determiners: dict[str, str | None]
    indefinite: frozenset[str]
    plural_determiners: frozenset[str]
    possessives: frozenset[str]
    demonstratives: frozenset[str]
    adjectives: frozenset[str]
    prepositions: frozenset[str]
    times: frozenset[str]
    pronouns: dict[str, dict[str, str | None]]
    impersonal_verbs: frozenset[str]
    copulas: frozenset[str]
    titles: dict[str, str]
    before_verbs: frozenset[tuple[str, ...]]
    """Those of the anaphora that are so before a verb only: "le même soutient"."""
    anaphora: tuple[tuple[tuple[str, ...], str, str], ...]
    unnamed_roles: frozenset[str]
    any_body: frozenset[str]
    origins: tuple[str, ...]
    title_roles: dict[str, str]
    takes_to: frozenset[str]
    concerned: frozenset[str]
    latest: frozenset[str]
    topics: frozenset[str]
    topic_marks: frozenset[str]
    words_of: frozenset[str]
    """Nouns of speech whose complement is who speaks: "le mot du maire"."""
    partitives: tuple[tuple[tuple[str, ...], str | None], ...]
    person_endings: tuple[str, ...]
    no_persons: frozenset[str]
    """Nouns with such an ending that are no persons: "la liste"."""
    gender_endings: dict[str, tuple[str, ...]]
    small: FunctionWords
    anybody: frozenset[str]
    relations: frozenset[str]
    """What somebody is to somebody else, which says nothing of what he is: "son collègue"."""

    def gender_of_ending(self, form: str) -> str | None:
        """The gender that the ending of an adjective of origin tells: "l'essayiste camerounaise"."""
        return next((gender for gender, endings in self.gender_endings.items() if form.endswith(endings)), None)


@dataclass(frozen=True)
class Mention:
    """A noun group or pronoun: words `first` to `last`, both inclusive."""

    first: int
    last: int
    head: int
    kind: str
    """`name`, `org`, `place`, `role`, `person`, `group`, `organisation`, `document`, `pronoun`, `anaphor`, `other`."""
    gender: str | None = None
    plural: bool = False
    entity: int | None = None
    governed: str | None = None
    """The preposition before it."""
    lemma: str = ""
    complement: frozenset[str] = frozenset()
    """The content words after the head: "de la Défense"."""
    offices: frozenset[int] = frozenset()
    definite: bool = True
    former: bool = False
    """Whether it says that somebody no longer is it: "l'ancien président", "l'ex-ministre"."""
    nested: bool = False
    """Whether it stands inside another group: "le proche de Luc Petit"."""
    introduces: bool = False
    """Whether its complement says of what, in common nouns: "la présidente de l'association"; so is somebody new."""
    demonstrative: bool = False
    """"cet homme"."""
    contrasted: bool = False
    """Whether it is set against who was spoken of: "le préfet, lui, promet"."""
    possessed: bool = False
    """Whether it is somebody's: "son avocate", "leur capitaine"."""

    @property
    def keys(self) -> tuple[str, ...]:
        """By what roles are compared: the noun, and the offices it may mean."""
        return (self.lemma, *(f"office {number}" for number in sorted(self.offices)))


@dataclass
class Mentions:
    """The mentions of a document, and the roles its appositions give to names."""

    all: list[Mention] = field(default_factory=list)
    roles: dict[int, list[Mention]] = field(default_factory=dict)
    ages: dict[int, int] = field(default_factory=dict)


@cache
def load_nouns(language: str) -> Nouns:
    """The nouns of a language."""
    cues, speakers, functions = (read_list(language, name) for name in ("cues", "speakers", "functions"))
    small = load_function_words(language)
    table: dict[tuple[str, ...], Noun] = {}

    def add(form: str, kind: str, gender: str | None, lemma: str) -> None:
        plural_kind = "document" if kind == "document" else "group"
        for words in _spellings(form):
            table.setdefault(words, Noun(kind, gender, False, lemma, len(words)))
            for plural in _plurals(words, small.links):
                table.setdefault(plural, Noun(plural_kind, gender, True, lemma, len(words)))

    for noun in speakers["documents"]:
        add(noun, "document", None, noun)
    for noun in [*speakers["organisations"], *functions["body"]]:
        add(noun, "organisation", None, noun)
    for noun in speakers["groups"]:
        table.setdefault(
            tuple(split_words(noun)), Noun("group", None, noun.endswith("s"), noun, len(split_words(noun)))
        )
    for entry in functions["person"]:
        forms = {gender: entry[gender] for gender in ("m", "f", "both") if gender in entry}
        lemma = next(iter(forms.values())).lower()
        for gender, form in forms.items():
            add(form, "person", None if gender == "both" else gender, lemma)
    for masculine, feminine in speakers["persons"]:
        same = masculine == feminine
        add(masculine, "person", None if same else "m", masculine)
        add(feminine, "person", None if same else "f", masculine)
    offices: dict[str, list[tuple[tuple[str, ...], int]]] = {}
    for number, line in enumerate(speakers["same_office"]):
        first = table.get(tuple(split_words(line[0])))
        kind = first.kind if first is not None else "person"
        for words in (words for form in line for words in _spellings(form)):
            offices.setdefault(words[0], []).append((words, number))
            table.setdefault(words, Noun(kind, None, False, words[0], len(words)))
    by_first: dict[str, list[tuple[tuple[str, ...], Noun]]] = {}
    for words, found in table.items():
        by_first.setdefault(words[0], []).append((words, found))
    titles = {entry["form"].lower(): entry["gender"] for entry in read_list(language, "titles")["titles"]}
    anaphora = tuple(
        (tuple(split_words(form)), key[0], key[1:] or "s") for key, forms in cues["anaphora"].items() for form in forms
    )
    return Nouns(
        {first: tuple(sorted(found, key=lambda f: -len(f[0]))) for first, found in by_first.items()},
        {first: tuple(sorted(found, key=lambda f: -len(f[0]))) for first, found in offices.items()},
        cues["determiners"],
        frozenset(cues["indefinite"]),
        frozenset(cues["plural_determiners"]),
        frozenset(cues["possessives"]),
        frozenset(cues["demonstratives"]),
        frozenset(cues["adjectives"]),
        frozenset(cues["prepositions"]),
        frozenset(cues["times"]),
        cues["pronouns"],
        frozenset(cues["impersonal_verbs"]),
        frozenset(cues["copulas"]),
        titles,
        frozenset(tuple(split_words(form)) for form in cues["before_verbs"]),
        tuple(sorted(anaphora, key=lambda entry: -len(entry[0]))),
        frozenset(speakers["unnamed_roles"]),
        frozenset(speakers["any_body"]),
        tuple(speakers["origins"]),
        speakers["title_roles"],
        frozenset(speakers["takes_to"]),
        frozenset(cues["concerned"]),
        frozenset(cues["latest"]),
        frozenset(cues["topics"]),
        frozenset(cues["topic_marks"]),
        frozenset({*cues["speech_nouns"], *cues["words_of"]} - set(speakers["documents"])),
        tuple((tuple(split_words(form)), gender) for form, gender in cues["partitives"].items()),
        tuple(speakers["person_endings"]),
        frozenset(speakers["no_persons"]),
        {gender: tuple(endings) for gender, endings in speakers["gender_endings"].items()},
        small,
        frozenset(cues["anybody"]),
        frozenset(speakers["relations"]),
    )


def _by_ending(nouns: Nouns, form: str) -> Noun | None:
    """A noun for a person by its ending: "le spéléologue", "les cégétistes"."""
    for ending in nouns.person_endings:
        if form.endswith((ending, ending + "s")) and form.removesuffix("s") not in nouns.no_persons:
            plural = form.endswith("s")
            return Noun("group" if plural else "person", None, plural, form.removesuffix("s"), 1)
    return None


def split_words(form: str) -> list[str]:
    """A listed form as the tokenizer cuts it: "chef de l'État" → chef, de, l', état."""
    return form.lower().replace("'", "' ").split()


def _spellings(form: str) -> list[tuple[str, ...]]:
    """A listed form, and the same without accents on capitals: "secrétaire d'Etat"."""
    words = tuple(split_words(form))
    bare = tuple("e" + word[1:] if word.startswith(("é", "è", "ê")) else word for word in words)
    return [words] if bare == words else [words, bare]


def _plurals(words: tuple[str, ...], links: frozenset[str]) -> Iterable[tuple[str, ...]]:
    head, rest = words[0], words[1:]
    if head.endswith(("s", "x", "z")):
        return []
    if head.endswith("al"):
        plural = head[:-2] + "aux"
    elif head.endswith(("au", "eu")):
        plural = head + "x"
    else:
        plural = head + "s"
    tails = {rest, tuple(word + "s" if word not in links and not word.endswith("s") else word for word in rest)}
    return [(plural, *tail) for tail in sorted(tails)]


_NOUN_LIKE = frozenset({"NOUN", "ADJ", "PROPN", "X", ""})
_NAME_KINDS = {"PER": "name", "ORG": "org", "LOC": "place", "MISC": "other"}


def look_up(nouns: Nouns, words: list[Word], index: int) -> Noun | None:
    """The longest listed noun that starts at a word; "ex-ministre" is a "ministre"."""
    first = nouns.small.without_prefix(words[index].lower)
    for form, noun in nouns.by_first.get(first, ()):
        if tuple(word.lower for word in words[index + 1 : index + len(form)]) == form[1:]:
            return noun
    return _by_ending(nouns, first) if words[index].pos in _NOUN_LIKE else None


class Chunker:
    """Finds the mentions of one document."""

    def __init__(self, reading: Reading, entities: list[Entity], language: str) -> None:
        self.reading = reading
        self.words: list[Word] = reading.words
        self.nouns = load_nouns(language)
        self.small = self.nouns.small
        self.entities = {entity.id: entity for entity in entities}
        verbs = load_verbs(language)
        self.speech_forms, self.before_speech = verbs.finite, verbs.before_speech
        self.mentions = Mentions()
        self.named = self._named(entities)
        self.name_ends = {mention.last for mention in self.named.values() if mention.kind == "name"}

    def run(self) -> Mentions:
        """All mentions in order, and the roles and ages of names."""
        index = 0
        found: list[Mention] = []
        while index < len(self.words):
            mention = self._at(index)
            if mention is None:
                index += 1
                continue
            found.append(mention)
            found += self._inner(mention)
            index = mention.last + 1
        self.mentions.all = sorted(found, key=lambda m: (m.first, m.nested))
        return self.mentions

    def _named(self, entities: list[Entity]) -> dict[int, Mention]:
        """The mentions of named entities by their first word, titles included."""
        named: dict[int, Mention] = {}
        for entity in entities:
            for span in entity.mentions:
                covered = self.reading.words_between(span.start_char, span.end_char)
                if not covered:
                    continue
                first, gender = covered[0], entity.gender
                while first > 0 and self._title(first - 1, first):
                    first -= 1
                    title = self.nouns.titles[self.words[first].lower]
                    gender = gender or (title if title in {"m", "f"} else None)
                    self._add_title_role(entity.id, first)
                if entity.label == "PER" and len(covered) == 1 and self._is_epithet(first - 1, first):
                    continue  # "le Girondin" is nobody's name
                if entity.label == "ORG":
                    self._add_name_role(entity.id, first, covered[-1])
                plural = (
                    entity.label == "ORG" and first > 0 and self.words[first - 1].lower in self.small.plural_definite
                )
                named[first] = Mention(
                    first, covered[-1], covered[0], _NAME_KINDS.get(entity.label, "other"), gender, plural, entity.id
                )
        return named

    def _add_name_role(self, entity: int, first: int, last: int) -> None:
        """What a body is by the first noun of its name: "l'université de Nantes" is "l'université"."""
        noun = self.lookup(first)
        if noun is None or noun.kind != "organisation" or noun.plural or first + noun.words > last:
            return
        role = Mention(first, last, first, "organisation", noun.gender, lemma=noun.lemma, offices=self._offices(first))
        roles = self.mentions.roles.setdefault(entity, [])
        if not any(known.lemma == role.lemma for known in roles):
            roles.append(role)

    def _add_title_role(self, entity: int, index: int) -> None:
        role = self.nouns.title_roles.get(self.words[index].lower)
        if role is not None:
            offices = frozenset(number for form, number in self.nouns.offices.get(role, ()) if form == (role,))
            self.mentions.roles.setdefault(entity, []).append(
                Mention(index, index, index, "role", lemma=role, offices=offices)
            )

    def _title(self, index: int, following: int) -> bool:
        return self.words[index].lower in self.nouns.titles and self.words[index].end + 1 >= self.words[following].start

    def _at(self, index: int) -> Mention | None:
        """The mention that starts at a word."""
        word = self.words[index]
        if index in self.named:
            return self._name(index, self.named[index])
        bare = clitic(word) or word.lower
        if bare in self.nouns.pronouns:
            return self._pronoun(index, bare)
        titled = self._titled_role(index)
        if titled is not None:
            return titled
        anaphor = self._anaphor(index)
        if anaphor is not None:
            return anaphor
        if word.lower in self.nouns.determiners:
            return self._group(index, index + 1)
        noun = self.lookup(index)
        if noun is not None and (noun.kind in {"group"} or word.text[0].isupper() or self._starts(index)):
            group = self._group(index, index)
            # "Fille de paysans, elle rêvait": what somebody is, and nobody for herself
            return None if group is not None and group.kind == "person" else group
        return None

    def _titled_role(self, index: int) -> Mention | None:
        """As in "Mme la maire", "M. le président": a role with a title, which tells the gender."""
        title = self.nouns.titles.get(self.words[index].lower)
        at = index + 1
        if title is None or at >= len(self.words) or self.words[at].lower not in self.nouns.determiners:
            return None
        group = self._group(at, at + 1)
        if group is None or group.kind != "role":
            return None
        return replace(group, first=index, gender=title if title in {"m", "f"} else group.gender)

    def _starts(self, index: int) -> bool:
        return index == 0 or self.words[index - 1].lower in self.small.group_openers

    def _pronoun(self, index: int, form: str) -> Mention | None:
        entry = self.nouns.pronouns[form]
        if form in self.small.impersonal and not self.words[index].text.startswith("-"):
            following = [word.lower for word in self.words[index + 1 : index + 4]]
            if set(following) & self.nouns.impersonal_verbs and "," not in following[:1]:
                return None
        if form in self.small.tonic and not self._governed(index):
            return None
        if self._is_contrastive(index):
            return None
        return Mention(
            index,
            index,
            index,
            "pronoun",
            entry["gender"],
            entry["number"] == "p",
            governed=self._governed(index),
            lemma=form,
        )

    def _is_contrastive(self, index: int) -> bool:
        """As in "La sénatrice plaide, elle, pour": the pronoun only repeats the subject."""
        if self.words[index].lower not in self.nouns.pronouns:
            return False
        around = [self.words[at].text for at in (index - 1, index + 1) if 0 <= at < len(self.words)]
        return around == [",", ","]

    def _anaphor(self, index: int) -> Mention | None:
        first = self.words[index].lower
        for words, gender, number in self.nouns.anaphora:
            after = index + len(words)
            if words in self.nouns.before_verbs and not (after < len(self.words) and self._opens_verb(after)):
                continue
            if words[0] == first and tuple(w.lower for w in self.words[index : index + len(words)]) == words:
                last = index + len(words) - 1
                return Mention(
                    index, last, last, "anaphor", gender, number == "p",
                    governed=self._governed(index), lemma=self.words[last].lower,
                )  # fmt: skip
        return None

    def _opens_verb(self, index: int) -> bool:
        return self.words[index].pos in {"VERB", "AUX"} or self.words[index].lower in self.speech_forms

    def lookup(self, index: int) -> Noun | None:
        """The longest listed noun that starts at a word."""
        return look_up(self.nouns, self.words, index)

    def _governed(self, first: int) -> str | None:
        if first == 0 or self.reading.sentence_of[first - 1] != self.reading.sentence_of[first]:
            return None
        own = self.words[first].lower
        before = self.words[first - 1].lower
        if self._is_topic(first):
            return None
        if own in self.small.contracted:
            return own
        if self.words[first - 1].text in self.small.capital_to:
            return self.small.capital_to[self.words[first - 1].text]
        if own in self.small.partitive:
            verb_or_start = before in self.small.before_partitive or self.words[first - 1].pos in {"VERB", "AUX"}
            return None if verb_or_start else own
        return before if before in self.nouns.prepositions else None

    def _is_topic(self, first: int) -> bool:
        """As in "Quant au sénateur, il parie": named ahead of the clause in which a pronoun stands for it."""
        own = self.words[first].lower
        at = first if own in self.nouns.topics else first - 1
        return (
            at > 0 and self.words[at].lower in self.nouns.topics and self.words[at - 1].lower in self.nouns.topic_marks
        )

    # ---- names

    def _name(self, index: int, mention: Mention) -> Mention:
        before = index - 1
        if before >= 0 and self.words[before].lower in self.small.definite:
            before -= 1
        if before < index - 1 and mention.kind in {"org", "place"} and mention.gender is None:
            determiner = self.words[index - 1].lower
            mention = replace(
                mention, gender=self.nouns.determiners.get(determiner), plural=determiner in self.small.plural_definite
            )
        governed = None
        if before >= 0 and self.reading.sentence_of[before] == self.reading.sentence_of[index]:
            word = self.small.capital_to.get(self.words[before].text, self.words[before].lower)
            governed = word if word in self.nouns.prepositions | self.small.partitive else None
            if self._is_topic(before + 1):
                governed = None
        mention = replace(mention, governed=governed)
        self._read_apposition(mention)
        return mention

    def _read_apposition(self, mention: Mention) -> None:
        """What follows a name and says what its bearer is: ", ministre de la Défense", "(44 ans)", "est le maire"."""
        index = mention.last + 1
        if mention.kind not in {"name", "org"} or index >= len(self.words) or mention.entity is None:
            return
        word = self.words[index].lower
        if word in {",", "("}:
            index += 1
        elif word in {"-", "–", "—"} or word in self.nouns.copulas:
            index += 1
            while index < len(self.words) and self.words[index].lower in self.nouns.copulas:
                index += 1
        else:
            return
        if (
            index + 1 < len(self.words)
            and self.words[index].text.isdigit()
            and self.words[index + 1].lower in self.small.years
        ):
            self.mentions.ages.setdefault(mention.entity, int(self.words[index].text))
            index += 2
            if index < len(self.words) and self.words[index].lower == ",":
                index += 1
        while index < len(self.words) and self.words[index].lower in self.small.apposition_fillers:
            index += 1
        self._add_role(mention.entity, index, mention.kind)

    def _add_role(self, entity: int, index: int, kind: str) -> None:
        if index >= len(self.words) or index in self.named:
            return
        start = index + 1 if self.words[index].lower in self.nouns.determiners else index
        role = self._group(index, start)
        if role is None or role.entity is not None:
            return
        wanted = {"role", "person"} if kind == "name" else {"organisation", "group", "document", "other"}
        if role.kind in wanted and not role.plural:
            self.mentions.roles.setdefault(entity, []).append(role)

    # ---- groups

    def _group(self, first: int, index: int) -> Mention | None:
        """The noun group whose noun stands at `index` or after some adjectives; its determiner is at `first`."""
        one = self.words[index].lower in self.nouns.indefinite if index < len(self.words) else False
        if one and (partitive := self._partitive(first, index + 1)) is not None:
            return partitive  # "l'une d'entre eux"
        head = self._head(index)
        if head is None:
            return self._partitive(first, index)
        index, noun = head
        length = noun.words if noun else 1
        if noun is None and self.words[index].lower in self.nouns.words_of:
            last, person_at_end = index, False  # "selon le mot du maire": what is somebody's is no part of him
        else:
            last, person_at_end = self._complements(index + length - 1, noun)
        determiner = self.words[first].lower if first < index else ""
        plural = noun.plural if noun else determiner in self.nouns.plural_determiners
        plural = plural or determiner in self.nouns.plural_determiners
        gender = self.nouns.determiners.get(determiner) or (noun.gender if noun else None)
        if gender is None and (noun is None or noun.kind != "person"):  # a noun of both genders tells none
            gender = self._morph_gender(index)
        if gender is None and index < last:
            gender = self.nouns.gender_of_ending(self.words[index + 1].lower)  # "l'essayiste camerounaise"
        definite = determiner not in self.nouns.indefinite and determiner != ""
        kind = noun.kind if noun else "other"
        if kind == "person":
            kind = "group" if plural else "role" if definite else "person"
        elif plural and kind == "organisation":
            kind = "group"
        if not noun and self._is_epithet(first, index):
            kind = "anaphor"
        complement = frozenset(
            word.lower
            for word in self.words[index + length : last + 1]
            if word.lower not in self.small.links and word.text.isalnum()
        )
        mention = Mention(
            first, last, index, kind, gender, plural, None, self._governed(first),
            noun.lemma if noun else self.words[index].lower, complement,
            self._offices(index), definite, self._is_former(first, index),
            possessed=determiner in self.nouns.possessives,
            introduces=self._introduces(index + length, last),
            contrasted=last + 2 < len(self.words) and self._is_contrastive(last + 2),
            demonstrative=determiner in self.nouns.demonstratives,
        )  # fmt: skip
        return self._with_name(mention, person_at_end)

    def _introduces(self, first: int, last: int) -> bool:
        linked = False
        for word in self.words[first : last + 1]:
            if linked and word.text[0].islower() and word.pos == "NOUN":
                return True
            linked = linked or word.lower in self.nouns.prepositions
        return False

    def _partitive(self, first: int, index: int) -> Mention | None:
        """As in "plusieurs d'entre eux": some of a group."""
        for form, gender in self.nouns.partitives:
            if tuple(word.lower for word in self.words[index : index + len(form)]) == form:
                last = index + len(form) - 1
                named = self.named.get(last + 2)
                if named is not None and named.kind == "name" and self.words[last + 1].lower == ",":
                    return replace(named, first=first, governed=self._governed(first))  # "l'un d'eux, Luc Petit"
                return Mention(
                    first, last, first, "group", gender, True, None, self._governed(first),
                    self.words[first].lower, definite=False,
                )  # fmt: skip
        return None

    def _is_former(self, first: int, head: int) -> bool:
        before = {word.lower for word in self.words[first:head]}
        return self.words[head].lower.startswith(self.small.former_prefix) or bool(before & self.small.former)

    def _head(self, index: int) -> tuple[int, Noun | None] | None:
        for step in range(5):
            at = index + step
            if at >= len(self.words) or (at in self.named and self.named[at].kind == "name"):
                return None
            noun = self.lookup(at)
            word = self.words[at]
            if noun is not None and (
                noun.words > 1 or word.lower not in self.nouns.adjectives or not self._noun_follows(at)
            ):
                return at, noun
            if at in self.named:
                return None
            if word.lower in self.nouns.adjectives or word.pos in {"NUM"} or word.lower.isdigit():
                continue
            if step == 0 and word.lower in self.small.of and self.words[index - 1].lower in self.nouns.indefinite:
                continue  # "une des dispositions", "plusieurs de ces élus"
            if word.pos == "ADJ" and self._noun_follows(at):
                continue
            if word.pos in {"NOUN", "PROPN", "ADJ", "", "X"} and word.text[0].isalpha():
                return at, None
            return None
        return None

    def _noun_follows(self, index: int) -> bool:
        if index + 1 >= len(self.words):
            return False
        following = self.words[index + 1]
        return self.lookup(index + 1) is not None or following.pos == "NOUN" or following.lower in self.nouns.adjectives

    def _complements(self, last: int, noun: Noun | None) -> tuple[int, bool]:
        """Where a noun group ends, and whether it ends in another person's role: "un proche du ministre"."""
        limit = min(len(self.words), last + MAX_WORDS)
        person_at_end = False
        sentence = self.reading.sentence_of[last]
        person = noun is not None and noun.kind == "person"
        takes_to = person and self.words[last].lower in self.nouns.takes_to
        index, quoted = last + 1, self.reading.quoted[last]
        while index < limit and self.reading.sentence_of[index] == sentence and self.reading.quoted[index] == quoted:
            word = self.words[index]
            if index in self.named:
                named = self.named[index]
                if named.kind == "name" or (named.kind == "org" and not person):
                    break
                last, index = named.last, named.last + 1
                continue
            following = self._link(index, limit, takes_to)
            if following is not None:
                inner = self.lookup(following)
                if following in self.named:
                    named = self.named[following]
                    last, index = named.last, named.last + 1
                    person_at_end = person_at_end or named.kind == "name"
                    if named.kind == "name":
                        break
                    continue
                person_at_end = inner is not None and inner.kind == "person"
                last = following + (inner.words - 1 if inner else 0)
                index = last + 1
                continue
            noun_like = word.pos in {"ADJ", "NOUN", "PROPN", "NUM"} or word.text[0].isupper()
            if self._speaks(index):
                break
            if noun_like and word.text[0].isalnum() and word.lower not in self.nouns.times:
                last, index = index, index + 1
                continue
            break
        return last, person_at_end

    def _speaks(self, index: int) -> bool:
        """Whether a word that may be a noun is the verb of a quotation: "la même source ajoute que"."""
        following = self.words[index + 1].lower if index + 1 < len(self.words) else ""
        return following in self.before_speech and self.words[index].lower in self.speech_forms

    def _link(self, index: int, limit: int, takes_to: bool) -> int | None:
        """The noun after "de la", "du", "à l'" … at a word; None when no complement starts there."""
        lower = self.words[index].lower
        if lower in self.small.conjunction and index + 1 < limit and self.words[index + 1].lower in self.small.of:
            index, lower = index + 1, self.words[index + 1].lower
        if lower in self.small.charged and index + 1 < limit:
            index, lower = index + 1, self.words[index + 1].lower
        if lower in self.small.inside and index + 1 < limit and self.words[index + 1].lower in self.small.inside_nouns:
            return index + 1
        if lower not in self.small.of and not (takes_to and lower in self.small.to):
            return None
        index += 1
        while index < limit and (
            self.words[index].lower in self.small.after_of
            or self.words[index].lower in self.nouns.adjectives
            or self.words[index].pos == "NUM"
        ):
            index += 1
        if index >= limit or not self.words[index].text[0].isalpha():
            return None
        if index in self.named:
            return index
        word = self.words[index]
        noun_like = word.pos in {"NOUN", "PROPN", "ADJ", "X", ""} or word.text[0].isupper()
        return index if noun_like and word.lower not in self.nouns.times else None

    def _with_name(self, mention: Mention, person_at_end: bool) -> Mention:
        """Join a role and the name it stands before: "la ministre Anne Durand", "le maire de Tulle, Luc Petit,"."""
        index = mention.last + 1
        if mention.plural or index >= len(self.words):
            return mention
        separated = self.words[index].lower == ","
        at = index + 1 if separated else index
        named = self.named.get(at)
        if named is None and separated and mention.kind in {"role", "person"} and at < len(self.words):
            named = self._role_and_name(at)
        if (
            named is None
            or named.entity is None
            or mention.kind not in {"role", "person", "other", "organisation", "document", "anaphor"}
        ):
            return mention
        if mention.kind in {"role", "person"} and (named.kind != "name" or (person_at_end and not separated)):
            return mention
        titled = (
            mention.kind in {"other", "organisation", "anaphor"} and named.kind == "name" and self._title_like(mention)
        )
        called = separated and mention.kind == "other" and named.kind == "name" and mention.definite
        if mention.kind not in {"role", "person"} and not called and (separated or not (named.kind == "org" or titled)):
            return mention
        if separated:
            after = self.words[named.last + 1].lower if named.last + 1 < len(self.words) else "."
            if after not in {",", ".", ":", ")", ";", '"', "("} and self.words[
                min(named.last + 1, len(self.words) - 1)
            ].pos not in {"VERB", "AUX"}:
                return mention
        role = replace(mention, kind="role") if called or titled else mention
        self.mentions.roles.setdefault(named.entity, []).append(role)
        joined = replace(named, first=mention.first, governed=mention.governed, gender=named.gender or mention.gender)
        self._read_apposition(named)
        return joined

    def _role_and_name(self, index: int) -> Mention | None:
        """As in "Sa présidente, la juriste Grace Wanjiru,": a second role with the name."""
        if self.words[index].lower not in self.small.singular_definite or index + 1 >= len(self.words):
            return None
        named = self.named.get(index + 1)
        if named is not None and self.words[index + 1].lower in self.nouns.titles:
            return replace(named, first=index)  # "Le chef de pôle, le docteur Luc Petit,"
        group = self._group(index, index + 1)
        return group if group is not None and group.kind == "name" else None

    def _title_like(self, mention: Mention) -> bool:
        """An unlisted noun right before a person's name is the person's: "le tatoueur Luc Petit"."""
        return mention.lemma not in self.nouns.times and not mention.complement and mention.governed is None

    def _is_epithet(self, first: int, index: int) -> bool:
        """Whether "le Portugais", "la Bretonne" is a person by origin, when it is no name."""
        determiner, word = self.words[first].lower, self.words[index]
        return (
            determiner in self.small.singular_definite
            and word.text[0].isupper()
            and word.text[1:].islower()
            and word.pos in {"NOUN", "ADJ", "PROPN"}
            and word.lower.endswith(self.nouns.origins)
        )

    def _offices(self, index: int) -> frozenset[int]:
        found: set[int] = set()
        longest = 0
        lower = self.small.without_prefix(self.words[index].lower)
        for words, number in self.nouns.offices.get(lower, ()):
            if len(words) < longest:
                break
            if tuple(w.lower for w in self.words[index + 1 : index + len(words)]) == words[1:]:
                longest = len(words)
                found.add(number)
        return frozenset(found)

    def _morph_gender(self, index: int) -> str | None:
        gender = self.words[index].token.morph.get("Gender", [])
        return {"Masc": "m", "Fem": "f"}.get(gender[0]) if gender else None

    def _inner(self, mention: Mention) -> list[Mention]:
        """The names inside a group, which may be meant later though they are not its head."""
        if mention.entity is not None:
            return []
        inside = [self.named[index] for index in range(mention.first, mention.last + 1) if index in self.named]
        # a name that ends where the group was cut before it stands alone and is found by itself
        return [replace(named, governed="de", nested=True) for named in inside if named.last <= mention.last]


def find_mentions(reading: Reading, entities: list[Entity], language: str) -> Mentions:
    """The mentions of a document, with the roles and ages that it gives to names."""
    return Chunker(reading, entities, language).run()


class MentionIndex:
    """Mentions by the words they start at."""

    def __init__(self, mentions: list[Mention]) -> None:
        self._mentions = mentions
        self._starts = [mention.first for mention in mentions]

    def between(self, first: int, last: int) -> list[Mention]:
        """The mentions that start from word `first` up to `last` (exclusive)."""
        return self._mentions[bisect_left(self._starts, first) : bisect_left(self._starts, last)]
