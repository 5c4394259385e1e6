"""A document seen as words: what the patterns for names ask of each token, computed once."""

from collections import Counter
from functools import cached_property

from spacy.tokens import Doc, Token

from news_etl.enrich.name_lists import load_lists

MAX_RUN = 8
"""Tokens of a person's name, particles and hyphens included."""

INITIALS = 2
"""Letters of initials written without stops; acronyms are mostly longer."""


class WordView:
    """The words of a document, and which of them may be names."""

    def __init__(self, doc: Doc, language: str) -> None:
        self.doc = doc
        self.language = language
        self.lists = load_lists(language)
        self.texts = [token.text for token in doc]
        self.capital = [text[0].isupper() for text in self.texts]
        self.tight = [self._is_tight(token) for token in doc]
        self.starts_at = {token.idx: token.i for token in doc}
        self.ends_at = {token.idx + len(token): token.i + 1 for token in doc}
        self.first = [bool(token.is_sent_start) or self._opens(token) for token in doc]
        self.led = self._led()
        self.named = [self._is_named(token) for token in doc]

    def _is_tight(self, token: Token) -> bool:
        """Whether the token is a hyphen between two words: some tokenizers split names at it."""
        if token.text != "-" or not 0 < token.i < len(self.texts) - 1:
            return False
        return not token.whitespace_ and not self.doc[token.i - 1].whitespace_

    def _opens(self, token: Token) -> bool:
        """Whether a capital at the token may only mark a beginning: after a line break, a mark or a colon."""
        if token.i == 0:
            return True
        before = self.texts[token.i - 1]
        return before[0] in '"\n(:-–—•*' and not before[-1].isalnum()

    def _is_named(self, token: Token) -> bool:
        """Whether the token may be a word of a name: a capital that neither the sentence nor the lists explain."""
        text = token.text
        names = self.lists.names
        if not self.capital[token.i] or text in names.titles:
            return False
        if self._is_demonym(token.i):
            return False
        if (text, self._after(token.i)) in self.led:
            return True
        if text in names.starts and (self.first[token.i] or not self._leads_a_name(token.i)):
            return False
        return text not in names.not_names

    def _after(self, index: int) -> str:
        return self.texts[index + 1] if index + 1 < len(self.texts) else ""

    def _led(self) -> frozenset[tuple[str, str]]:
        """The surnames of the text that begin with an article: "Le Bihan" after "Hervé"; they keep it everywhere."""
        leading, titles = self.lists.words.leading, self.lists.names.titles
        return frozenset(
            (text, self.texts[i + 1])
            for i, text in enumerate(self.texts[:-1])
            if text in leading
            and self.capital[i + 1]
            and i > 0
            and not self.first[i]
            and (self.texts[i - 1] in titles or (self.capital[i - 1] and self.lists.names.is_given(self.texts[i - 1])))
        )

    def _is_demonym(self, index: int) -> bool:
        """Whether the word is the member of a people after an article or number: "le Brestois", "deux Vosgiens"."""
        if index == 0 or self.is_capital(index + 1) or not self.lists.is_demonym(self.texts[index]):
            return False
        before = self.texts[index - 1]
        if before[0].isupper() and not self.first[index - 1]:
            return False
        return before.lower() in self.lists.words.articles or self.doc[index - 1].pos_ in {"DET", "NUM"}

    @cached_property
    def occurrences(self) -> Counter[str]:
        """How often each word stands in the text as it is written."""
        return Counter(self.texts)

    @cached_property
    def lower(self) -> frozenset[str]:
        """The words that the text has in lower case: with a capital they are ordinary words at a beginning."""
        return frozenset(text for text in self.texts if text.islower())

    @cached_property
    def introduced(self) -> frozenset[str]:
        """The words that the text has in a name of several: a person's surname stands there with the given name."""
        return frozenset(
            text
            for index, text in enumerate(self.texts)
            if self.named[index]
            and index
            and (self.named[index - 1] or self.texts[index - 1] in self.lists.names.titles)
        )

    def _leads_a_name(self, index: int) -> bool:
        """Whether an article in capitals belongs to a name: "Le Pen", "La Rochelle" inside a sentence."""
        return self.texts[index] in self.lists.words.leading and self.is_capital(index + 1)

    def is_capital(self, index: int) -> bool:
        return 0 <= index < len(self.capital) and self.capital[index]

    def run_end(self, start: int) -> int:
        """The end of the capitalised words from `start` on, with hyphens and small words between them."""
        end = start
        while end < len(self.texts) and end - start < MAX_RUN:
            after = self._after_joint(end) if end > start else end
            if after >= len(self.texts) or not (self.named[after] or self.is_tied(after)):
                break
            end = after + 1
        return end

    def _after_joint(self, index: int) -> int:
        """The word after a hyphen, or after at most two particles, perhaps tied by one: "van der", "al-"."""
        if self.tight[index]:
            return index + 1
        after = index
        while after < len(self.texts) and after - index < 2 and self.texts[after].lower() in self.lists.words.particles:
            after += 1
        return after + 1 if after > index and after < len(self.texts) and self.tight[after] else after

    def is_tied(self, index: int) -> bool:
        """Whether a word in lower case is a particle tied to a name: "al-Jadaan"."""
        particle, _, rest = self.texts[index].partition("-")
        return particle in self.lists.words.particles and rest[:1].isupper()

    def are_initials(self, index: int) -> bool:
        """Whether the token is the initials of given names before a surname: "JD" in "JD Vance"."""
        text, after = self.texts[index], self._after(index)
        return len(text) == INITIALS and text.isupper() and text.isalpha() and after.istitle() and len(after) > INITIALS

    def run_start(self, index: int) -> int:
        """The begin of the capitalised words that end at `index`, with hyphens between them."""
        start = index
        while start > 0 and index - start < MAX_RUN:
            before = start - 2 if start > 1 and self.tight[start - 1] else start - 1
            if not self.named[before]:
                break
            start = before
        return start

    def tokens(self, start: int, end: int) -> tuple[int, int] | None:
        """The tokens at `text[start:end]`; None when one is cut."""
        first, last = self.starts_at.get(start), self.ends_at.get(end)
        return None if first is None or last is None else (first, last)

    def touches_name(self, index: int) -> bool:
        """Whether a word that may be of a name stands there."""
        return 0 <= index < len(self.named) and self.named[index]

    def after_article(self, index: int) -> bool:
        return index > 0 and self.texts[index - 1].lower() in self.lists.words.articles

    def after_determiner(self, index: int) -> bool:
        return self.after_article(index) or (index > 0 and self.doc[index - 1].pos_ == "DET")

    def over_adjectives(self, index: int) -> int:
        """The next word that is no adjective in lower case; at most two are passed over."""
        end = min(index + 2, len(self.texts))
        while index < end and self.doc[index].pos_ == "ADJ" and not self.capital[index] and self.texts[index].isalpha():
            index += 1
        return index
