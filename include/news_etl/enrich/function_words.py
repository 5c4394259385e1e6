"""The function words of a language that the rules for quotations and speakers ask for (`function_words.yaml`)."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from news_etl.enrich.lexicon import read_list

Words = frozenset[str]


@dataclass(frozen=True)
class FunctionWords:
    """Sets of words by their use; the file says what each is."""

    definite: Words
    singular_definite: Words
    plural_definite: Words
    articles: Words
    of: Words
    bare_of: Words
    contracted_of: Words
    to: Words
    contracted: Words
    agent: Words
    partitive: Words
    before_partitive: Words
    links: Words
    after_of: Words
    charged: Words
    inside: Words
    inside_nouns: Words
    naming_determiners: Words
    that: Words
    relatives: Words
    other_relatives: Words
    subject_relative: Words
    coordinators: Words
    joining: Words
    after_shared_auxiliary: Words
    contrast: Words
    subordinate: Words
    degree: Words
    sentence_openers: Words
    clause_openers: Words
    before_inverted: Words
    inversion_openers: Words
    impersonal: Words
    tonic: Words
    object_articles: Words
    inverted: Words
    before_en: Words
    emphatic: Words
    former: Words
    years: Words
    apposition_fillers: Words
    group_openers: Words
    been: Words
    inside_verb: Words
    legal_prepositions: Words
    conjunction: Words
    capital_to: dict[str, str]
    former_prefix: str
    adverb_ending: str

    def without_prefix(self, form: str) -> str:
        """A noun without the prefix that says that somebody no longer is it: "ex-ministre"."""
        return form.removeprefix(self.former_prefix)


@cache
def load_function_words(language: str) -> FunctionWords:
    """The function words of a language."""
    lists: dict[str, Any] = read_list(language, "function_words")
    given: dict[str, Any] = {name: frozenset(w) if isinstance(w, list) else w for name, w in lists.items()}
    return FunctionWords(**given)
