"""What a source says of a name, and how much it weighs."""

from dataclasses import dataclass

from news_etl.enrich.gazetteer import Entry

# Set by hand: what counts is their order. Each source was left out in turn to see that it helps on unseen sentences.
MODEL = 1.0
LISTED = 2.5
"""A listed name that is nothing else."""
LISTED_LONG = 3.5
"""The same of several words."""
AMBIGUOUS = 0.6
PART_OF_RUN = 1.2
"""A listed name beside another capitalised word: perhaps part of a longer name ("Denzel Washington")."""
TITLE = 3.0
GIVEN_NAME = 2.6
RARE_GIVEN_NAME = 1.0
FUNCTION = 1.8
HEAD_INSIDE = 3.2
HEAD_BEFORE = 2.6
FORMAL = 3.2
ACRONYM = 3.4
PLACE_PREPOSITION = 1.0
CAPITAL_OF_INSTITUTION = 0.6
"""An ambiguous name of an institution after an article, inside a sentence: "l'Assemblée"."""
CAPITAL_OF_TITLE = 1.0
"""An article in capitals inside a sentence: "selon Le Point"."""
GIVEN_NAME_ALONE = 1.2
RARE_GIVEN_NAME_ALONE = 0.2
KNOWN_SURNAME = 1.4
SPEAKER = 1.3
SUBJECT = 0.9
"""Below what the model alone gives: it does not overrule the model, and is no name by itself."""
COMPLEMENT = 2.0
"""A noun tells the kind of its complement: "le maire de", "les salariés de"."""
OPENING_PLACE = 2.0
HEADLINE_PLACE = 1.1
TOWN_FORM = 1.5
AT_HOME = 1.5
"""At somebody's: "chez Corvandel"; a person is rather introduced by full name."""
LATE_HEAD = 2.4
NEWSPAPER = 2.8
CONTEST = 2.4
CONTEST_TOWN = 3.2
"""A listed town that stands for its club; above `TITLE`, so that it counts at its own place alone."""
UNINTRODUCED = 0.5
"""Somebody who acts or speaks under one word, whom the text never names in full: bodies speak too."""
AGED = 2.6
"""Somebody's age follows: "Orso, 8 ans"."""
MEMBER = 2.4
"""In brackets after a person: the party, the team, the employer."""
INITIALS = 2.6
NATIONALITY = 2.4
"""After the nationality as a noun: "l'allemand Corvandel" is a company, a person is "l'Allemand"."""
QUOTED_BODY = 2.8
"""The name of a body in marks after its noun: "l'auberge « Les Trois Meules »"; above `QUOTED_TITLE`."""
CONNECTED = 3.8
"""The two ends of a line: "la ligne Paris-Milan"; together above the model's guess at one name."""
LOOSE_COMPLEMENT = 1.4
"""As `COMPLEMENT`, with an article between: "l'ascension du Ferrain"."""
EVENT = 4.0
QUOTED_TITLE = 2.0
FOREIGN_HEAD = 3.0


@dataclass(frozen=True)
class Candidate:
    """Tokens `start` to `end` of a document taken for a name."""

    start: int
    end: int
    label: str
    score: float
    source: str
    entry: Entry | None = None
