"""A text dump as an article: what copying a page or saving its text gives, interface lines included.

A linear classifier (`dump_model.json`) names each line; the rules here turn the named lines into fields.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from news_etl.article import Article, Author, Block, BlockKind, Image
from news_etl.decode import decode
from news_etl.document import Document
from news_etl.extract.byline_lines import find_bylines
from news_etl.extract.bylines import announces, byline_names, distinct
from news_etl.extract.credits import split_credit
from news_etl.extract.dump_dates import modified, published
from news_etl.extract.lexicon import lexicon
from news_etl.extract.linear import load_model
from news_etl.extract.lines import Line, add_title, read_lines
from news_etl.extract.names import is_role, kind_of
from news_etl.extract.signatures import find_signature
from news_etl.extract.sites import rule_for
from news_etl.extract.text import fold
from news_etl.outcome import Reason, Rejected

_MIN_BODY_CHARS = 80
_NO_TITLE = frozenset(
    ("begins_logo", "captioned", "credit", "credit_line", "date", "is_share", "is_navigation", "has_reading_time")
)
_POSSIBLE = 0.05
_LIKELY_DECK = 0.07
_NEARLY = 0.6
_OF_CAPTIONS = frozenset(("credit", "picture_words"))
"""A line that ends with a signed credit or points into a picture is its caption, however long."""
_BESIDE_A_DECK = ("paragraph", "heading", "caption", "alt", "credit", "other")
"""What a line may be that reads like a deck and stands elsewhere."""
_LIKELY_PROSE = 0.3
_LIKELY_CAPTION = 0.08
_LIKELY_SIGNED = 0.15
_LIKELY_HEADING = 0.1
_WORDS_OF_A_LABEL = 4
"""Up to so many words, "Read also" stands alone and the link is the next line."""
_PROSE_WORDS = 15
_DECK_LABELS = ("paragraph", "other", "alt", "caption", "heading")
_NO_HEADING = frozenset(("address", "placeholder", "date"))
_ARROWS = (">", "→")
_MIN_TITLE = 15
_WORDS_OF_A_SECTION = 4
_PATH_SIGNS = ("»", "›", ">", "/", "|")
_MOST_OF_A_PATH = 0.4
_NEXT_LINES = 40
"""How far below a line with its path before it the title may stand alone."""
_GLUED_KICKER = re.compile(r"^(?P<kicker>[\"“„«].{3,60}[\"”“»])(?P<title>[A-ZÀ-Þ].{15,})$")
"""A quotation as kicker, with no space before the title: elements of one heading, copied as one line."""
_NAME_AND_ROLE = re.compile(r"^(?:[A-ZÀ-Þ][\w.’'-]+ ){1,3}[A-ZÀ-Þ][\w’'-]+, ")
_FULL_STOP = re.compile(r"(?<!\.)\.\s?[»”“\"]?$")
"""What is said in a whole sentence is text, however short; headings have no full stop."""
_TEXT_OR_PICTURE = ("paragraph", "caption", "alt")
_WORDS_OF_A_QUESTION = 12
_SPACES_OF_A_TITLE = 3
"""A title of fewer words may well begin its own deck."""
_WORDS_OF_A_CAPTION = 5
_QUESTIONS = 2
"""So many headings that ask make an interview, whose other short questions are headings, too."""
_WORDS_OF_A_BYLINE = 6
_WITH_CREDIT = 15
"""Words by which a caption with its credit is longer than the alternative text beside it."""
_PICTURE_NEAR = ("same_next", "same_before", "same_next2", "same_before2")
_WITHIN = {"within_next": 1, "holds_next": 1, "within_before": -1, "holds_before": -1,
           "within_next2": 2, "within_before2": -2, "holds_next2": 2, "holds_before2": -2}  # fmt: skip
_MAX_LINES = 20_000
_MINUTES = re.compile(r"(?<!\d)(\d{1,3})(?!\d)")


@dataclass
class _Labelled:
    """A line with its label and the classifier's confidence (0..1)."""

    line: Line
    label: str
    chances: dict[str, float]

    @property
    def score(self) -> float:
        """The probability of the label, as it stands on a block."""
        return round(self.chances.get(self.label, 0.0), 3)


@dataclass
class _Fields:
    """What is collected while the lines are read."""

    images: list[Image] = field(default_factory=list)
    authors: list[Author] = field(default_factory=list)
    byline: str | None = None
    blocks: list[Block] = field(default_factory=list)


def read_dump(document: Document, payload: bytes) -> Article:
    """The article in a text dump. Raises Rejected(NOT_AN_ARTICLE) when no line reads as a title or as body text."""
    text = decode(payload, document.charset).text
    if max(text.count("\n"), text.count("\r")) > _MAX_LINES:
        message = f"{document.path}: it has more than {_MAX_LINES:,} lines; a dump holds one article, split it"
        raise Rejected(Reason.TOO_LARGE, message)
    rule = rule_for(document, lambda: None)
    lines = read_lines(text, rule)
    title = find_title(lines)
    labelled = label_lines(lines, title)
    fields = _Fields()
    _refine(labelled, title)
    _collect_blocks(labelled, fields)
    if title is None or sum(len(block.text) for block in fields.blocks) < _MIN_BODY_CHARS:
        seen = "a title" if title is None else "body text"
        raise Rejected(
            Reason.NOT_AN_ARTICLE,
            f"{document.path}: none of its {len(lines)} lines reads as {seen}; check that it is one article",
        )
    _collect_images(labelled, fields)
    kicker, headline = _part_kicker(lines[title].text)
    publisher = _publisher(labelled)
    _collect_authors(labelled, title, publisher, fields)
    found = {
        "publisher": publisher,
        "label": _first(labelled, "label"),
        "kicker": _first(labelled, "kicker") or kicker,
        "title": headline,
        "deck": " ".join(item.line.text for item in labelled if item.label == "deck") or None,
        "authors": fields.authors,
        "published": published(lines, title, document.fetched_at),
        "modified": modified(lines, title, document.fetched_at),
        "images": fields.images,
        "reading_minutes_stated": _reading_minutes(labelled),
    }
    provenance = {name: "dump" for name, value in found.items() if value}
    if found["published"] is not None:
        provenance["published"] = found["published"].source  # type: ignore[union-attr]
    return Article(
        url=document.url,
        byline=fields.byline,
        fetched_at=document.fetched_at,
        blocks=fields.blocks,
        is_truncated=any(item.label == "paywall" for item in labelled),
        extractor="dump",
        field_provenance=provenance,
        **found,
    )


def find_title(lines: list[Line]) -> int | None:
    """The index of the title's line: the likeliest one above the article's second paragraph."""
    verdicts = load_model("title_model.json").label([sorted(line.features) for line in lines])
    start = next((index for index, line in enumerate(lines) if "core_start" in line.features), 0)
    able = [index for index in range(len(lines)) if lines[index].words >= 2 and not lines[index].features & _NO_TITLE]
    above = [index for index in able if index <= start + 2 and verdicts[index].chances["title"] >= _POSSIBLE]
    best = max(above or able, key=lambda index: (verdicts[index].chances["title"], -index), default=None)
    if best is None:
        return None
    alone = _with_section(lines, above, _without_breadcrumb(lines, best))
    again = [index for index in above if lines[index].folded == lines[alone].folded]
    return max(again, default=alone)  # a title that stands in a menu, too, is the one next to the text


def _without_breadcrumb(lines: list[Line], title: int) -> int:
    """The line with the title alone, where the likeliest one has a path before it ("Home » Politics » The title")."""
    for index in range(title + 1, min(len(lines), title + _NEXT_LINES)):
        whole, part = lines[title].text, lines[index].text
        if len(part) >= _MIN_TITLE and part != whole and whole.endswith(part):
            before = whole.removesuffix(part).rstrip()
            if before.endswith(_PATH_SIGNS) or len(part) >= _MOST_OF_A_PATH * len(whole):
                return index
    return title


def _with_section(lines: list[Line], able: list[int], title: int) -> int:
    """The whole title, where the likeliest line is its first words alone, as the section of a menu is."""
    section = lines[title]
    if section.words > _WORDS_OF_A_SECTION:
        return title
    longer = (
        index
        for index in able
        if lines[index].words >= 2 * section.words and lines[index].folded.startswith(f"{section.folded} ")
    )
    return next(longer, title)


def _part_kicker(title: str) -> tuple[str | None, str]:
    """A kicker that stands in the title's line, before a dash: "Premiere in Altdorf - The old cinema opens again"."""
    if glued := _GLUED_KICKER.match(title):
        return glued["kicker"], glued["title"]
    kicker, dash, rest = title.partition(" - ")
    if dash and len(kicker.split()) <= 5 and len(rest.split()) >= 4 and not rest[0].islower() and ":" not in kicker:
        return kicker, rest
    return None, title


def label_lines(lines: list[Line], title: int | None) -> list[_Labelled]:
    """Every line with its label, given which one is the title."""
    add_title(lines, title)
    verdicts = load_model("dump_model.json").label([sorted(line.features) for line in lines])
    labelled = [_Labelled(line, verdict.label, verdict.chances) for line, verdict in zip(lines, verdicts, strict=True)]
    if title is not None:
        labelled[title].label = "title"
    _keep_one_deck(labelled, lines[title].folded if title is not None else "")
    return labelled


def _keep_one_deck(labelled: list[_Labelled], title: str) -> None:
    """A deck stands in one place: the first run of lines that is nearly as likely as the likeliest one."""
    for item in labelled:
        if item.label != "deck":
            continue
        if item.line.features & _OF_CAPTIONS or _ends_with_name(item):
            item.label = "caption"
        elif _is_no_deck(item.line, title):
            item.label = "other"
    best = max((item.score for item in labelled if item.label == "deck"), default=0.0)
    likely = (index for index, item in enumerate(labelled) if item.label == "deck" and item.score >= _NEARLY * best)
    start = next(likely, 0)
    end = next((index for index in range(start, len(labelled)) if not _goes_on(labelled, start, index)), len(labelled))
    for item in labelled[:start] + labelled[end:]:
        if item.label == "deck":
            item.label = max(_BESIDE_A_DECK, key=item.chances.__getitem__)


def _is_no_deck(line: Line, title: str) -> bool:
    """Whether a line says again what the title says (as pictures do, with more words), or a date."""
    again = title.count(" ") >= _SPACES_OF_A_TITLE and f"{line.folded} ".startswith(f"{title} ")
    return again or ("date" in line.features and not line.is_sentence)


def _goes_on(labelled: list[_Labelled], start: int, index: int) -> bool:
    """Whether a line belongs to the deck that begins at `start`: its parts are alike, as points of a list are."""
    line, first = labelled[index].line, labelled[start].line
    alike = line.is_sentence == first.is_sentence and not (line.is_long and line.is_sentence)
    return labelled[index].label == "deck" and (index == start or alike or line.folded == first.folded)


def _refine(labelled: list[_Labelled], title: int | None) -> None:
    """Name the lines that the classifier leaves as `other`, from the language lists and the place by the title."""
    prose = [index for index, item in enumerate(labelled) if item.label == "paragraph"]
    last = prose[-1] if prose else 0
    headings = Counter(item.line.folded for item in labelled if item.label == "heading")
    for index, item in enumerate(labelled):
        if index == title:
            continue
        if item.label in ("title", "other", "byline") or _is_interface(item.line):
            item.label = _named(item)
        if item.label in ("paragraph", "heading") and _is_link(item.line):
            item.label = "related"
        if item.label == "other" and _is_prose(item):
            item.label = "paragraph"
        if item.label == "other" and 0 < index < last and _is_heading(item, labelled[index - 1], labelled[index + 1]):
            item.label = "heading"
        if item.label == "heading":
            teased = index + 1 < len(labelled) and "date" in labelled[index + 1].line.features
            item.label = "other" if teased or headings[item.line.folded] > 1 else _doubted(item)
        if item.label in ("heading", "paragraph", "other") and (_is_caption(item) or _is_pictured(labelled, index)):
            item.label = "caption"
        if _is_bio(item.line) and (index >= last - 1 or item.label != "paragraph"):
            item.label = "bio"
    _gather_captions(labelled)
    _level_questions(labelled)
    if title is not None:
        chances = [item.chances.get("byline", 0.0) for item in labelled]
        for index in find_bylines([item.line for item in labelled], title, prose, chances):
            labelled[index].label = "byline"
        _name_above(labelled, title)
        if not any(item.label == "deck" for item in labelled):
            _call_deck(labelled, title)


def _gather_captions(labelled: list[_Labelled]) -> None:
    """What a caption says is a caption wherever it stands again, with its credit or without."""
    captions = {
        item.line.folded for item in labelled if item.label == "caption" and item.line.words >= _WORDS_OF_A_CAPTION
    }
    for item in labelled:
        line = item.line
        able = item.label in ("paragraph", "heading", "other") and line.words >= _WORDS_OF_A_CAPTION
        if able and any(line.folded.startswith(known) or known.startswith(line.folded) for known in captions):
            item.label = "caption"


def _level_questions(labelled: list[_Labelled]) -> None:
    """In an interview the questions are headings: what is a heading in some places is one in all."""
    if sum(item.label == "heading" and "question" in item.line.features for item in labelled) < _QUESTIONS:
        return
    for item, after in pairwise(labelled):
        line = item.line
        asked = (
            "question" in line.features and line.words <= _WORDS_OF_A_QUESTION and "opens_quote" not in line.features
        )
        if asked and item.label == "paragraph" and after.label == "paragraph":
            item.label = "heading"


def _call_deck(labelled: list[_Labelled], title: int) -> None:
    """Where no line was sure to be the deck, the likeliest one under the title is, if it is likely enough."""
    prose = [index for index, item in enumerate(labelled) if item.label == "paragraph" and index > title]
    end = prose[1] if len(prose) > 1 else min(len(labelled), title + 12)
    able = [
        index
        for index in range(title + 1, end)
        if labelled[index].label in _DECK_LABELS
        and labelled[index].line.words >= 4
        and not labelled[index].line.features & _OF_CAPTIONS
        and not _is_no_deck(labelled[index].line, labelled[title].line.folded)
    ]
    best = max(able, key=lambda index: labelled[index].chances["deck"], default=None)
    if best is not None and labelled[best].chances["deck"] >= _LIKELY_DECK:
        labelled[best].label = "deck"


def _is_interface(line: Line) -> bool:
    """Whether the whole line is a phrase of the page around the article, whatever the classifier makes of it."""
    whole = {"is_share", "is_navigation", "is_newsletter", "is_comments", "is_related"} & line.features
    return bool(whole) or _tells_reading_time(line)


def _tells_reading_time(line: Line) -> bool:
    return "has_reading_time" in line.features and line.words <= 8 and "digits" in line.features


def _named(item: _Labelled) -> str:
    """The kind of a line that is not part of the article's text."""
    line, words = item.line, lexicon()
    features = line.features
    if _tells_reading_time(line):
        return "reading_time"
    if line.folded.split()[:1] and line.folded.split()[0] in words.words["logo"]:
        return "site_name"
    for kind in ("share", "navigation", "newsletter", "comments", "related", "paywall", "end"):
        if f"is_{kind}" in features or f"begins_{kind}" in features:
            return "related" if kind == "end" else kind
    if line.has_date and line.words <= 18:
        return "date_line"
    if is_role(line.text) and line.words <= 12:
        return "role"
    return "other"


def _is_link(line: Line) -> bool:
    """Whether the line announces another article and names it: "Read also: …".

    A long sentence after other words than a whole phrase is text: "Read these few lines: they tell …".
    """
    announced, _, rest = line.text.partition(":")
    folded, phrases = fold(announced), lexicon()["related"]
    prose = line.is_sentence and line.words >= _PROSE_WORDS
    return bool(rest) and (phrases.whole(folded) or (phrases.begins(folded) and not prose))


def _is_prose(item: _Labelled) -> bool:
    """Whether a long sentence amid the article, which the classifier doubts after a related link, is its text."""
    line = item.line
    return (
        line.words >= _PROSE_WORDS
        and line.is_sentence
        and "amid" in line.features
        and item.chances["paragraph"] >= _LIKELY_PROSE
    )


def _is_heading(item: _Labelled, before: _Labelled, after: _Labelled) -> bool:
    """Whether a short line amid the article, which the classifier doubts after a related link, is a heading."""
    line = item.line
    linked = "begins_related" in before.line.features and before.line.words > _WORDS_OF_A_LABEL
    return (
        linked
        and "amid" in line.features
        and not line.is_sentence
        and after.label == "paragraph"
        and item.chances["heading"] >= _LIKELY_HEADING
    )


def _doubted(item: _Labelled) -> str:
    """What a heading is that reads as a link, a credit, an address, a person under a picture or words before a list."""
    line = item.line
    if "begins_related" in line.features:
        return "related"
    ended = _FULL_STOP.search(line.text) or "colon" in line.features
    if ended and line.features.isdisjoint(_OF_CAPTIONS):
        return max(_TEXT_OR_PICTURE, key=item.chances.__getitem__)
    signed = line.words <= _WORDS_OF_A_BYLINE and announces(line.text) and byline_names(line.text)
    if signed or _is_person(line) or _is_of_the_page(line):
        return "other"
    return "credit" if "credit_line" in line.features else "heading"


def _is_person(line: Line) -> bool:
    """Whether a short line is a name that the text knows, or a name and a function: it says who is in a picture."""
    return "name_in_prose" in line.features or _NAME_AND_ROLE.match(line.text) is not None


def _is_of_the_page(line: Line) -> bool:
    """Whether a short line has a sign of the page around the article: an address, an arrow, half of a bracket."""
    half = any(line.text.endswith(close) and sign not in line.text[1:] for sign, close in ("()", "«»"))
    return (half and line.text[0] != "«") or line.text.endswith(_ARROWS) or not line.features.isdisjoint(_NO_HEADING)


def _is_caption(item: _Labelled) -> bool:
    """Whether a line called otherwise is a caption: it points into a picture, or ends with a credit."""
    features, chance = item.line.features, item.chances["caption"]
    if item.label == "other":
        return "credit" in features and chance >= _LIKELY_CAPTION
    if item.label == "paragraph" and "credit" in features and chance >= _LIKELY_SIGNED:
        return True
    if _ends_with_name(item):
        return True
    if item.label == "heading" and features & {"credit", "credit_tail", "picture_words"}:
        return True
    return "picture_words" in features and item.line.words <= 45 and chance >= _POSSIBLE


def _ends_with_name(item: _Labelled) -> bool:
    """Whether a name follows the sentence, as a photographer's does, of a line that can be a caption."""
    return "credit_tail" in item.line.features and item.chances["caption"] >= _LIKELY_SIGNED


def _is_pictured(labelled: list[_Labelled], index: int) -> bool:
    """Whether the page itself says that a line belongs to a picture.

    Alternative text and caption repeat each other, with or without the credit; a placeholder of a picture stands above
    its caption; a bracket that is left open holds the credit. Running text does none of these.
    """
    line = labelled[index].line
    if "amid" not in line.features or line.words < 4:
        return False
    if "open_bracket" in line.features or (index and "placeholder" in labelled[index - 1].line.features):
        return labelled[index].chances["caption"] >= _POSSIBLE
    twins = [index + step for name, step in _WITHIN.items() if name in line.features]
    like = any(abs(labelled[other].line.words - line.words) <= _WITH_CREDIT for other in twins)
    return like or not line.features.isdisjoint(_PICTURE_NEAR)


def _is_bio(line: Line) -> bool:
    """Whether the line introduces its author: a name, then "is a journalist" or the like."""
    match = _bio_name(line.text)
    return match is not None and line.words >= 6


def _bio_name(text: str) -> str | None:
    folded = f"{fold(text)} "
    for mark in lexicon().words["bio_marks"]:
        position = folded.find(f" {mark} ")
        if position > 0:
            count = len(folded[:position].split())
            name = " ".join(text.split()[:count])
            tokens = name.split()
            if 2 <= count <= 5 and all(
                token[0].isupper() or token in ("de", "von", "van", "di", "da") for token in tokens
            ):
                return name
    return None


def _name_above(labelled: list[_Labelled], title: int) -> None:
    """The short lines right above the title are its label and its kicker."""
    for item in reversed(labelled[max(0, title - 3) : title]):
        line = item.line
        if lexicon()["labels"].whole(line.folded) and line.words <= 3:
            item.label = "label"
        elif item.label == "other" and 1 <= line.words <= 8 and not line.is_sentence and "bar" not in line.features:
            if not any(other.label == "kicker" for other in labelled):
                item.label = "kicker"
        elif item.label not in ("navigation", "share"):
            break


def _first(labelled: list[_Labelled], label: str) -> str | None:
    return next((item.line.text for item in labelled if item.label == label), None)


def _publisher(labelled: list[_Labelled]) -> str | None:
    """The name after the word "logo", which images of a site's name carry."""
    for item in labelled[:40]:
        if item.label == "site_name":
            name = " ".join(word for word in item.line.text.split() if fold(word) not in lexicon().words["logo"])
            if name:
                return name
    return None


def _reading_minutes(labelled: list[_Labelled]) -> int | None:
    for item in labelled:
        match = _MINUTES.search(item.line.text) if item.label == "reading_time" else None
        if match:
            return int(match[1])
    return None


def _collect_blocks(labelled: list[_Labelled], fields: _Fields) -> None:
    kinds: dict[str, BlockKind] = {"paragraph": "paragraph", "heading": "heading"}
    for item in labelled:
        if item.label in kinds:
            fields.blocks.append(Block(kind=kinds[item.label], text=item.line.text, label=item.label, score=item.score))
    while fields.blocks and fields.blocks[-1].kind == "heading":
        fields.blocks.pop()


def _collect_images(labelled: list[_Labelled], fields: _Fields) -> None:
    """Runs of alternative text, caption and credit lines, each run a picture."""
    run: list[_Labelled] = []
    for item in [*labelled, None]:
        if item is not None and item.label in ("caption", "alt", "credit"):
            if item.label == "caption" and any(known.label == "caption" for known in run) and not _same(run, item):
                _close_run(run, fields)
            run.append(item)
        elif run:
            _close_run(run, fields)


def _same(run: list[_Labelled], item: _Labelled) -> bool:
    return any(known.line.folded in item.line.folded or item.line.folded in known.line.folded for known in run)


def _close_run(run: list[_Labelled], fields: _Fields) -> None:
    image = Image()
    for item in run:
        caption, credit = split_credit(item.line.text)
        if item.label == "alt":
            image.alt = None if "placeholder" in item.line.features else item.line.text
        elif item.label == "credit":
            image.credit = credit or item.line.text
        elif image.caption is None or len(caption or "") >= len(image.caption):
            image.caption = caption
            image.credit = credit or image.credit
    run.clear()
    known = {fold(other.caption or "") for other in fields.images}
    if (image.caption or image.credit) and (not image.caption or fold(image.caption) not in known):
        fields.images.append(image)


def _collect_authors(labelled: list[_Labelled], title: int | None, publisher: str | None, fields: _Fields) -> None:
    names: list[str] = []
    for item in labelled:
        if item.label == "byline":
            fields.byline = fields.byline or item.line.text
            names += [name for name in byline_names(item.line.text) if fold(name) not in map(fold, names)]
    if not names and title is not None:
        signed = find_signature([item.line for item in labelled], [item.label for item in labelled], title)
        names = [signed] if signed else []
    fields.authors = [Author(name=name, kind=kind_of(name, publisher)) for name in distinct(names)]
    for item in labelled:
        if item.label == "bio":
            _add_bio(item.line.text, publisher, fields)


def _add_bio(text: str, publisher: str | None, fields: _Fields) -> None:
    name = _bio_name(text)
    if name is None:
        return
    for author in fields.authors:
        if fold(author.name) == fold(name):
            author.bio = author.bio or text
            return
    if not fields.authors:
        fields.authors.append(Author(name=name, kind=kind_of(name, publisher), bio=text))
