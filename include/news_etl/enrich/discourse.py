"""The running discourse of a document: who has been mentioned, how lately and as what, so that "elle", "le ministre"
and "même source" find whom they mean.

Mentions are read in the order of the text. A pronoun or a role takes the referent of the highest score: a sum of named
weights over agreement, recency, subjecthood, having spoken last, and, for roles, the words that the article itself
joins to the name.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from news_etl.enrich.annotation import Entity
from news_etl.enrich.mentions import Mention, Mentions, Nouns
from news_etl.enrich.reading import Reading

PRONOUN_WEIGHTS = {
    "gender": 1.2,  # known and equal
    "person": 1.0,  # a person rather than a body
    "group": -0.5,  # for "il" and "elle"; the same as a person for "ils" and "elles"
    "place": -2.0,
    "subject": 1.5,  # last mentioned as a subject
    "spoke": 1.4,  # spoke in this sentence or the one before, or two before in the same paragraph
    "subject_before": 0.8,  # the subject of the sentence right before, or earlier in the same one
    "sentence": -0.7,  # for each sentence since the last mention
    "paragraph": -0.5,  # for each paragraph
    "nested": -1.2,  # last mentioned inside another group: "un proche de X"
    "central": 0.6,  # times its share of all mentions of persons
    "protagonist": 0.5,  # times its share of all names of persons in the whole document
    "named": 0.6,  # by name, rather than by a role nobody is known to hold
    "unlisted": -0.5,  # a noun of which no list says what it is, for "ils" and "elles" alone
    "other_origin": -6.0,  # "le Portugais", of whom the article has called by another origin
    "same_origin": 3.0,
    "same_pronoun": 0.8,  # the subject of the sentence before was the same pronoun, for the same person
    "concerned": 2.0,  # "l'intéressé" is whom the article is about, times the share of mentions
    "concerned_spoke": -1.4,  # and not who has just spoken of him
}
ROLE_WEIGHTS = {
    "head": 3.2,  # the article joins the same noun to the name, in either gender
    "office": 2.0,  # another noun for the same office
    "shared": 0.8,  # for each word of the complement that both have, up to two
    "other_complement": -6.5,  # both have complements, and share none
    "bare": 0.3,  # the mention has no complement: "le ministre"
    "former": -0.9,  # "le président" for whom the article introduced as "l'ancien président"
    "new": -0.4,  # the article joins no role to the name: it may bear this one
    "new_beside_another": -0.8,  # it joins another role to the name
    "introduces": -0.7,  # of one that is new: "la présidente de l'association de parents"
    "other_office": -1.2,  # the article joins another office to the name
    "often_unnamed": -0.9,  # a function whose holder often stays unnamed: "le procureur"
    "gender": 0.8,
    "no_gender": 0.0,  # of the person or of the role is known
    "complement": -0.6,  # of a body that is called so for the first time: "le géant du verre"
    "just_before": 0.6,  # in this paragraph, at most one sentence before
    "subject": 0.6,
    "just_spoke": 1.4,  # spoke last, in this paragraph, at most one sentence before: who speaks is named anew
    "last_speaker": 0.6,
    "alone": 0.5,  # nobody else without a role comes into question
    "central": 0.8,  # times its share of all mentions of persons
    "protagonist": 1.2,  # times its share of all names of persons in the whole document
    "sentence": -0.06,  # for each sentence since
    "new_sentence": -0.2,
}
MIN_PRONOUN = 0.0
MIN_ROLE = 1.2
"""Below these no referent is better than the best one: a wrong one gives a person words of another. Guarded by
tests/test_discourse.py."""

MIN_PROTAGONIST = 0.3
"""Share of the names of persons from which on somebody may be meant by a role before he is named."""

WINDOW = 24
"""How many referents back a pronoun is looked for: keeps long articles linear."""


@dataclass
class Referent:
    """A person, group, body or text that has been mentioned."""

    key: str
    kind: str
    """`person`, `group`, `organisation`, `document`, `place` or `unknown`."""
    name: str
    gender: str | None
    plural: bool
    entity: int | None = None
    roles: list[Mention] = field(default_factory=list)
    age: int | None = None
    word: int = -1
    sentence: int = -1
    paragraph: int = -1
    subject: bool = False
    nested: bool = False
    spoke: int = -100
    """The sentence in which it spoke last."""
    mentions: int = 0
    pronoun: str = ""
    """By which pronoun it was a subject, if it was one, when it was last mentioned."""
    origin: str = ""
    """What it was called by its origin: "le Portugais"."""


_KIND = {
    "name": "person", "role": "person", "person": "person", "anaphor": "person", "org": "organisation",
    "organisation": "organisation", "group": "group", "document": "document", "place": "place",
}  # fmt: skip
_AGREEING = {"m": {"m", None}, "f": {"f", None}}


class Discourse:
    """The referents of one document, read forwards."""

    def __init__(
        self, reading: Reading, mentions: Mentions, entities: list[Entity], nouns: Nouns, ages: dict[str, list[int]]
    ) -> None:
        self.reading = reading
        self.mentions = mentions.all
        self.age_words = ages
        self.nouns = nouns
        self.referents: OrderedDict[str, Referent] = OrderedDict()
        self.named: dict[int, Referent] = {}
        self.last_speaker: Referent | None = None
        self._resolved: dict[int, Referent | None] = {}
        self._place = 0
        self._forward: dict[int, Referent] = {}
        self._names = 0
        self._subject_sentence = -1
        self.aliases: dict[str, Referent] = {}
        self._bearers: dict[str, list[Referent]] = {}
        """Named referents by the nouns and offices of their roles."""
        for entity in entities:
            referent = self.named[entity.id] = self._of_entity(entity, mentions)
            for key in {key: None for role in referent.roles for key in role.keys}:
                self._bearers.setdefault(key, []).append(referent)
        names = sum(len(entity.mentions) for entity in entities if entity.label == "PER")
        self._shares = {f"#{entity.id}": len(entity.mentions) / names for entity in entities if entity.label == "PER"}
        self._aged = [referent for referent in self.named.values() if referent.age is not None]

    def _of_entity(self, entity: Entity, mentions: Mentions) -> Referent:
        kind = {"PER": "person", "ORG": "organisation", "LOC": "place"}.get(entity.label, "unknown")
        roles = mentions.roles.get(entity.id, [])
        gender = entity.gender or next((role.gender for role in roles if role.gender), None)
        return Referent(
            f"#{entity.id}", kind, entity.name, gender, False, entity.id, roles, mentions.ages.get(entity.id),
            origin=next((role.lemma for role in roles if role.kind == "anaphor"), ""),
        )  # fmt: skip

    def advance(self, word: int) -> None:
        """Read all mentions that start before a word."""
        while self._place < len(self.mentions) and self.mentions[self._place].first < word:
            mention = self.mentions[self._place]
            self._place += 1
            if self.reading.quoted[mention.head] >= 0 and mention.entity is None:
                continue
            referent = self.resolve(mention)
            if referent is not None:
                self._note(referent, mention)

    def resolve(self, mention: Mention) -> Referent | None:
        """Whom a mention means; None for a pronoun that finds nobody."""
        if mention.first not in self._resolved:
            self._resolved[mention.first] = self._resolve(mention)
        return self._resolved[mention.first]

    def speak(self, referent: Referent, sentence: int) -> None:
        """Note that a referent has spoken."""
        referent.spoke = sentence
        self.last_speaker = referent
        self.referents[referent.key] = referent
        self.referents.move_to_end(referent.key)
        referent.sentence = max(referent.sentence, sentence)
        referent.paragraph = max(referent.paragraph, self.reading.sentences[sentence].paragraph)
        referent.subject = True
        referent.nested = False

    def _resolve(self, mention: Mention) -> Referent | None:
        if mention.entity is not None:
            referent = self.named[mention.entity]
            referent.gender = referent.gender or mention.gender
            referent.plural = referent.plural or mention.plural
            return referent
        if mention.kind in {"pronoun", "anaphor"}:
            if mention.lemma in self.nouns.anybody:
                return None
            return self._by_age(mention) or self.pronoun(mention)
        if mention.kind in {"role", "organisation", "document"} and mention.definite and not mention.plural:
            return (
                self._by_age(mention)
                or self.role(mention)
                or self._same_unnamed(mention)
                or self._named_next(mention)
                or self._unnamed(mention)
            )
        return self._unnamed(mention)

    def _note(self, referent: Referent, mention: Mention) -> None:
        sentence = self.reading.sentence_of[mention.first]
        referent.word, referent.sentence = mention.first, sentence
        referent.paragraph = self.reading.sentences[sentence].paragraph
        quoted = self.reading.quoted[mention.head] >= 0
        speaking = referent.spoke == sentence
        referent.nested = (mention.nested or quoted) and not speaking
        free = mention.governed is None and not mention.nested and not quoted
        referent.subject = speaking or (free and (self._is_first(mention, sentence) or mention.kind == "pronoun"))
        referent.pronoun = mention.lemma if referent.subject and mention.kind == "pronoun" else ""
        if referent.kind == "person":
            referent.mentions += 1
            self._names += 1
        self.referents[referent.key] = referent
        self.referents.move_to_end(referent.key)

    def _is_first(self, mention: Mention, sentence: int) -> bool:
        """Whether no other group before it in its sentence can be the subject, or the parser says it is one."""
        if sentence != self._subject_sentence:
            self._subject_sentence = sentence
            return True
        words = self.reading.words[mention.first : mention.last + 1]
        return any(word.token.dep_.startswith("nsubj") for word in words)

    def _unnamed(self, mention: Mention) -> Referent:
        words = self.reading.words
        text = self.reading.text[words[mention.first].start : words[mention.last].end]
        key = f"{mention.lemma} {' '.join(sorted(mention.complement))} {mention.plural}"
        if not mention.definite:
            key += f" {mention.first}"
        if key in self.referents:
            return self.referents[key]
        return Referent(key, _KIND.get(mention.kind, "unknown"), text, mention.gender, mention.plural, None, [mention])

    def _named_next(self, mention: Mention) -> Referent | None:
        """Whom a title or deck calls by a role before the text names anybody: "La légiste lilloise publie …"."""
        if mention.kind != "role" or mention.possessed or mention.governed or self._names_before(mention):
            return None
        person = next((self.named[m.entity] for m in self.mentions if m.kind == "name" and m.entity), None)
        if person is None or self._shares.get(person.key, 0.0) < MIN_PROTAGONIST:
            return None
        if mention.gender is not None and person.gender not in _AGREEING[mention.gender]:
            return None
        self.aliases[self._unnamed(mention).key] = person
        return person

    def _names_before(self, mention: Mention) -> bool:
        return any(m.kind == "name" and m.entity and m.first < mention.first for m in self.mentions[: self._place])

    def _same_unnamed(self, mention: Mention) -> Referent | None:
        """Somebody without a name who holds the same office: "la présidente", then "la magistrate"."""
        sentence = self.reading.sentence_of[mention.first]
        for referent in self._recent():
            if referent.entity is None and referent.kind == _KIND[mention.kind] and not referent.plural:
                gender = mention.gender is None or referent.gender in _AGREEING[mention.gender]
                role = referent.roles[0] if referent.roles else None
                fits = role is not None and role.lemma != mention.lemma and role.offices & mention.offices
                shown = mention.demonstrative and sentence - referent.sentence <= 2  # "siffle cet homme"
                if gender and (shown or (fits and not mention.complement)):
                    return referent
        return None

    # ---- pronouns

    def pronoun(self, mention: Mention) -> Referent | None:
        """Whom a personal pronoun means."""
        if mention.lemma in self.nouns.latest:
            return self._latest(mention)
        sentence = self.reading.sentence_of[mention.first]
        paragraph = self.reading.sentences[sentence].paragraph
        best: tuple[float, Referent] | None = None
        for referent in self._recent():
            score = self._pronoun_score(referent, mention, sentence, paragraph)
            if score is not None and (best is None or score > best[0]):
                best = (score, referent)
        if best is None or best[0] <= MIN_PRONOUN:
            return None
        best[1].gender = best[1].gender or mention.gender
        if mention.kind == "anaphor" and self._is_origin(mention):
            best[1].origin = best[1].origin or mention.lemma
        return best[1]

    def _latest(self, mention: Mention) -> Referent | None:
        """As "ce dernier": who was named last, in gender and number."""
        fitting = [
            referent
            for referent in self._recent()
            if referent.kind in {"person", "organisation", "group"} and referent.plural == mention.plural
        ]
        fitting.sort(key=lambda referent: -referent.word)
        for gender in (mention.gender, None):
            for referent in fitting:
                if referent.gender == gender:
                    return referent
        return None

    def _is_origin(self, mention: Mention) -> bool:
        return self.reading.words[mention.head].text[0].isupper()

    def _recent(self) -> Iterable[Referent]:
        for number, referent in enumerate(reversed(self.referents.values())):
            if number == WINDOW:
                return
            yield referent

    def _pronoun_score(self, referent: Referent, mention: Mention, sentence: int, paragraph: int) -> float | None:
        weights = PRONOUN_WEIGHTS
        if referent.plural != mention.plural or (referent.kind == "unknown" and not mention.plural):
            return None
        if mention.gender is not None and referent.gender not in _AGREEING[mention.gender]:
            return None
        if mention.kind == "anaphor" and referent.kind not in {"person", "organisation", "group"}:
            return None
        if mention.kind == "anaphor" and self._is_origin(mention) and referent.kind != "person":
            return None
        score = weights["gender"] if referent.gender == mention.gender else 0.0
        kind = "person" if referent.kind == "group" and mention.plural else referent.kind
        score += weights["unlisted"] * (referent.kind == "unknown")
        score += weights.get(kind, 0.0)
        score += weights["subject"] * referent.subject
        score += weights["subject_before"] * (referent.subject and sentence - referent.sentence <= 1)
        lately = 2 if paragraph == referent.paragraph else 1
        concerned = mention.lemma in self.nouns.concerned
        score += weights["concerned_spoke" if concerned else "spoke"] * (sentence - referent.spoke <= lately)
        if mention.kind == "anaphor" and referent.origin and self._is_origin(mention):
            score += weights["same_origin" if referent.origin == mention.lemma else "other_origin"]
        score += weights["same_pronoun"] * (referent.pronoun == mention.lemma and sentence - referent.sentence <= 1)
        score += weights["sentence"] * min(sentence - referent.sentence, 8)
        score += weights["paragraph"] * min(max(0, paragraph - referent.paragraph), 6)
        score += weights["nested"] * referent.nested
        score += weights["protagonist"] * self._shares.get(referent.key, 0.0)
        score += weights["named"] * (referent.entity is not None)
        if self._names:
            score += weights["concerned" if concerned else "central"] * referent.mentions / self._names
        return score

    def _by_age(self, mention: Mention) -> Referent | None:
        ages = self.age_words.get(mention.lemma)
        if ages is None or mention.plural:
            return None
        fitting = [r for r in self._aged if r.age is not None and ages[0] <= r.age <= ages[1]]
        fitting = [r for r in fitting if mention.gender is None or r.gender in _AGREEING[mention.gender]]
        return fitting[0] if len(fitting) == 1 else self.pronoun(mention)

    # ---- roles

    def role(self, mention: Mention) -> Referent | None:
        """Whom a role or the noun of a body means: who bears it in the article, or who was just spoken of.

        French prose names a speaker anew by what he is, often before or without saying that he is it: "le ministre".
        """
        sentence = self.reading.sentence_of[mention.first]
        bearers = [referent for key in mention.keys for referent in self._bearers.get(key, [])]
        new = [referent for referent in self._recent() if self._may_be_new(referent, mention, sentence)]
        free = sum(not self._has_role(referent) for referent in new)
        best: tuple[float, Referent] | None = None
        for referent in {referent.key: referent for referent in (*bearers, *new)}.values():
            score = self._role_score(referent, mention, sentence, free)
            if score is not None and (best is None or score > best[0]):
                best = (score, referent)
        if best is None or best[0] < MIN_ROLE:
            return None
        self.aliases[self._unnamed(mention).key] = best[1]  # what somebody is called once may stand alone later
        return best[1]

    def named_for(self, referent: Referent) -> Referent:
        """The named person for a role that was found to be his somewhere in the document."""
        return self.aliases.get(referent.key, referent)

    def _may_be_new(self, referent: Referent, mention: Mention, sentence: int) -> bool:
        """Whether the article may call somebody by a role that it has not joined to the name."""
        if mention.kind == "organisation":
            kind = "organisation" if mention.lemma in self.nouns.any_body else ""
        else:
            kind = "" if mention.possessed or mention.contrasted else "person"
        # a second name for somebody in one sentence would be a pronoun
        return referent.kind == kind and referent.entity is not None and referent.sentence != sentence

    def _has_role(self, referent: Referent) -> bool:
        """Whether the article says what somebody is, and not only what he is to another."""
        return any(role.kind != "anaphor" and role.lemma not in self.nouns.relations for role in referent.roles)

    def _role_score(self, referent: Referent, mention: Mention, sentence: int, free: int) -> float | None:
        weights = ROLE_WEIGHTS
        if referent.plural or referent.kind != _KIND[mention.kind]:
            return None
        score = self._role_fit(referent, mention)
        is_new = score is None
        if score is None:
            if not self._may_be_new(referent, mention, sentence):
                return None
            score = weights["new_beside_another" if self._has_role(referent) else "new"]
            score += weights["alone"] * (free == 1)
            score += weights["introduces"] * mention.introduces
            offices = frozenset().union(*(role.offices for role in referent.roles))
            score += weights["other_office"] * bool(offices and mention.offices)
            score += weights["often_unnamed"] * (mention.lemma in self.nouns.unnamed_roles)
            score += weights["complement"] * (mention.kind == "organisation" and bool(mention.complement))
        if mention.kind == "role":  # a body's noun has its own gender: "la CGT", "le syndicat"
            if mention.gender and referent.gender not in _AGREEING[mention.gender]:
                return None
            known = mention.gender is not None and referent.gender == mention.gender
            score += weights["gender" if known else "no_gender"]
        paragraph = self.reading.sentences[sentence].paragraph
        near = referent.paragraph == paragraph and sentence - referent.sentence <= 1
        score += weights["just_before"] * near + weights["subject"] * referent.subject
        if referent is self.last_speaker:
            lately = near or (sentence - referent.spoke <= 2 and self.alone_since(referent))
            score += weights["just_spoke" if lately else "last_speaker"]
        score += weights["central"] * referent.mentions / max(1, self._names)
        score += weights["protagonist"] * self._shares.get(referent.key, 0.0)
        distance = abs(sentence - referent.sentence) if referent.sentence >= 0 else 10
        return score + weights["new_sentence" if is_new else "sentence"] * min(distance, 12 if is_new else 25)

    def _role_fit(self, referent: Referent, mention: Mention) -> float | None:
        """How well a role fits those that the article joins to a referent; None for none of them."""
        scores = [self._same_role(role, mention) for role in referent.roles if role.former or not mention.former]
        return max((score for score in scores if score is not None), default=None)

    @staticmethod
    def _same_role(role: Mention, mention: Mention) -> float | None:
        if role.lemma == mention.lemma:
            score = ROLE_WEIGHTS["head"]
        elif role.offices & mention.offices:
            score = ROLE_WEIGHTS["office"]
        else:
            return None
        shared = role.complement & mention.complement
        if role.former and not mention.former and mention.definite:
            score += ROLE_WEIGHTS["former"]
        if shared:
            return score + ROLE_WEIGHTS["shared"] * min(len(shared), 2)
        if (
            role.complement
            and mention.complement
            and not (role.offices & mention.offices and role.lemma != mention.lemma)
        ):
            return score + ROLE_WEIGHTS["other_complement"]
        return score + (ROLE_WEIGHTS["bare"] if not mention.complement else 0.0)

    def alone_since(self, referent: Referent) -> bool:
        """Whether no other named person has been a subject since a referent spoke."""
        for other in self._recent():
            if other is referent:
                return True
            if other.kind == "person" and other.entity is not None and other.subject:
                return False
        return False
