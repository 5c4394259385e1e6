"""What a page says about its article: title, byline, times, topics and the rest, each with where it was found.

The order of trust: JSON-LD, then meta tags and OpenGraph, then the visible page, then general-purpose finders.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

from htmldate import find_date

from news_etl.article import Access, Author, AuthorKind
from news_etl.document import Document
from news_etl.extract.jsonld import Graph, Node, article_node, as_list, load_nodes, text_of, types_of
from news_etl.extract.names import clean_name, has_prefix, is_role, kind_of, split_names, strip_prefix
from news_etl.extract.page import Flag, Page, Unit
from news_etl.extract.text import fold, plain, squeeze
from news_etl.extract.times import Moment, find_dates, parse_stamp

_SITE_SEPARATOR = re.compile(r"\s+[-–—|·•:»›/]\s+|\s*[|]\s*")
_TRUNCATED = re.compile(r"(?:…|\.\.\.)$")
_URL_DATE = re.compile(r"/(20\d\d)[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?=[/\-_.]|\D|$)")
_TOPIC_NOISE = re.compile(r"^(?:[0-9a-f-]{20,}|\d+|\w+:.*|https?:.*|.{81,})$")
_PIECES = re.compile(r"\s*[|•·]\s*")
_MIN_HEADLINE = 12
_RIGHT_BELOW = 3
"""Units below the headline within which a bare name is taken for the author's."""
_AUTHOR_META = (
    "author",
    "article:author",
    "parsely-author",
    "sailthru.author",
    "byl",
    "dc.creator",
    "dcterms.creator",
    "cxenseparse:author",
    "og:article:author",
    "articleauthor",
    "dcsext.author",
)
_PUBLISHED_META = (
    "article:published_time", "og:article:published_time", "datepublished", "article:published", "parsely-pub-date",
    "sailthru.date", "pubdate", "publishdate", "publish-date", "publication_date", "date.issued", "dcterms.created",
    "dc.date.issued", "dc.date", "cxenseparse:recs:publishtime", "article.published", "date",
)  # fmt: skip
_MODIFIED_META = (
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "last-modified",
    "dcterms.modified",
    "revised",
)
_TITLE_META = ("og:title", "twitter:title", "dc.title", "parsely-title", "title")
_DESCRIPTION_META = ("og:description", "description", "twitter:description")
_TOPIC_META = ("article:tag", "news_keywords", "keywords", "parsely-tags", "sailthru.tags", "cxenseparse:taglist")


@dataclass
class Metadata:
    """The fields of an article that do not come from its body. `provenance` names the source of each."""

    provenance: dict[str, str]
    title: str | None = None
    title_page: str | None = None
    kicker: str | None = None
    description: str | None = None
    authors: list[Author] | None = None
    byline: str | None = None
    published: Moment | None = None
    modified: Moment | None = None
    section: str | None = None
    topics: list[str] | None = None
    publisher: str | None = None
    language: str | None = None
    canonical_url: str | None = None
    access: Access = "unknown"
    body_text: str | None = None
    """JSON-LD articleBody: a witness for the body, not the body (it has no headings and may be cut)."""
    node: Node | None = None
    titles: list[str] = field(default_factory=list)
    descriptions: list[str] = field(default_factory=list)
    """Every title and description that the page names, of which one is chosen above."""


def read_metadata(page: Page, document: Document) -> Metadata:
    """The metadata of a page."""
    return _Reader(page, document).read()


class _Reader:
    def __init__(self, page: Page, document: Document) -> None:
        self.page = page
        self.document = document
        self.graph = Graph(load_nodes(page.tree))
        self.node = article_node(self.graph.nodes)
        self.found = Metadata(provenance={}, node=self.node)

    def read(self) -> Metadata:
        self._set("publisher", self._publishers())
        self._title()
        self.found.titles = _known([text_of(self.node.get("headline")), self._html_title()], self.page, _TITLE_META)
        self.found.descriptions = _known([text_of(self.node.get("description"))], self.page, _DESCRIPTION_META)
        self._set("description", self._descriptions())
        self._authors()
        self._times()
        self._set("section", self._sections())
        self._topics()
        self._set("language", self._languages())
        self._set("canonical_url", self._canonical_urls())
        self._access()
        self.found.body_text = text_of(self.node.get("articleBody"))
        return self.found

    def _set(self, name: str, candidates: Iterator[tuple[str, str | None]]) -> None:
        """Take the first candidate that has a value, and note its source."""
        for source, value in candidates:
            if value and plain(value):
                setattr(self.found, name, plain(value))
                self.found.provenance[name] = source
                return

    def _publishers(self) -> Iterator[tuple[str, str | None]]:
        yield "json-ld", text_of(self.graph.resolve(next(iter(as_list(self.node.get("publisher"))), None)))
        yield "meta", self.page.first_meta("og:site_name")
        for node in self.graph.nodes:
            if any(kind in ("NewsMediaOrganization", "WebSite") for kind in types_of(node)):
                yield "json-ld", text_of(node.get("name"))
        yield "meta", self.page.first_meta("application-name", "publisher", "dc.publisher", "copyright")

    # title

    def _title(self) -> None:
        visible = self._headline_unit()
        shown = visible.text if visible else None
        candidates = [
            ("json-ld", text_of(self.node.get("headline"))),
            ("meta", self.page.first_meta(*_TITLE_META)),
            ("visible", shown),
            ("visible", self._html_title()),
        ]
        cleaned = [
            (source, self._without_site(_cut_at(plain(text), shown)))
            for source, text in candidates
            if text and plain(text)
        ]
        chosen = next(((source, text) for source, text in cleaned if text), None)
        if chosen:
            self.found.provenance["title"], title = chosen
            whole = next((other for _, other in cleaned if other and _completes(title, other)), title)
            self.found.kicker, self.found.title = _part_kicker(whole, [other for _, other in cleaned])
            if self.found.kicker:
                self.found.provenance["kicker"] = chosen[0]
        if shown and self.found.title and fold(shown) != fold(self.found.title):
            self.found.title_page = shown
            self.found.provenance["title_page"] = "visible"

    def _headline_unit(self) -> Unit | None:
        headings = [unit for unit in self.page.units if unit.tag == "h1"]
        named = [text_of(self.node.get("headline")), self.page.first_meta("og:title"), self._html_title()]
        keys = [fold(name) for name in named if name]
        for unit in headings:
            if any(unit.folded and (unit.folded in key or key in unit.folded) for key in keys):
                return unit
        return max(headings, key=lambda unit: len(unit.text), default=None)

    def _html_title(self) -> str | None:
        title = self.page.tree.find(".//head/title")
        return squeeze(title.text) if title is not None and title.text else None

    def _without_site(self, title: str) -> str:
        """The title without the name of the site at either end."""
        pieces = _SITE_SEPARATOR.split(title)
        if len(pieces) < 2:
            return title
        for cut in (pieces[-1], pieces[0]):
            if self._is_site_name(cut):
                rest = title[: title.rindex(cut)] if cut == pieces[-1] else title[title.index(cut) + len(cut) :]
                stripped = rest.strip(" -–—|·•:»›/")
                if len(stripped) >= _MIN_HEADLINE:
                    return self._without_site(stripped)
        return title

    def _is_site_name(self, text: str) -> bool:
        key = fold(text).replace(" ", "")
        if not key:
            return False
        host = _host(self.document.url) or _host(self.page.first_meta("og:url"))
        names = [self.found.publisher, self.page.first_meta("og:site_name"), self.page.first_meta("application-name")]
        known = {fold(name).replace(" ", "") for name in names if name}
        labels = [label for label in host.split(".")[:-1] if label not in ("www", "co", "com")]
        sites = (
            known
            | {fold(label).replace(" ", "") for label in labels}
            | {fold(host.removeprefix("www.")).replace(" ", "")}
        )
        if key in sites:
            return True
        alike = (key.startswith(site) or site.startswith(key) for site in sites if min(len(site), len(key)) > 3)
        return any(alike) or any(site in key for site in sites if len(site) > 5)

    # deck

    def _descriptions(self) -> Iterator[tuple[str, str | None]]:
        yield "json-ld", text_of(self.node.get("description"))
        yield "meta", self.page.first_meta(*_DESCRIPTION_META)
        yield "json-ld", text_of(self.node.get("alternativeHeadline"))

    # authors

    def _authors(self) -> None:
        """The first source that names a person or an agency; an outlet's own name only where nobody else is named."""
        fallback: tuple[str, list[Author]] | None = None
        for source, authors, sure in self._author_candidates():
            if any(author.kind != "outlet" for author in authors) and (sure or fallback is None):
                fallback = (source, authors)
                break
            if authors and fallback is None:
                fallback = (source, authors)
        if fallback:
            self.found.provenance["authors"], self.found.authors = fallback
        self.found.byline = next(iter(self._byline_unit()), None)

    def _author_candidates(self) -> Iterator[tuple[str, list[Author], bool]]:
        """Source, authors, and whether the source is sure enough to overrule an outlet's name."""
        yield "json-ld", self._named(self._json_authors()), True
        yield "meta", self._named(self._meta_authors()), True
        yield "visible", self._named(self._authors_of(self._byline_unit())), True
        yield "visible", self._named(self._authors_of(self._author_links())), False
        yield "visible", self._named(self._authors_of(self._author_units())), False

    def _named(self, authors: list[Author]) -> list[Author]:
        """Every name once, with its kind."""
        named: dict[str, Author] = {}
        for author in authors:
            kind = kind_of(author.name, self.found.publisher)
            site = kind == "person" and (author.kind == "outlet" or self._is_site_name(author.name))
            author.kind = "outlet" if site else kind
            named.setdefault(fold(author.name), author)
        return list(named.values())

    def _json_authors(self) -> list[Author]:
        authors: list[Author] = []
        for given in as_list(self.node.get("author")) or as_list(self.node.get("creator")):
            value = self.graph.resolve(given)
            if isinstance(value, str):
                authors += [Author(name=name) for name in _names_in(value)]
            elif isinstance(value, dict):
                authors += self._json_author(value)
        return authors

    def _json_author(self, node: Node) -> list[Author]:
        given = " ".join(str(node[key]) for key in ("givenName", "familyName") if isinstance(node.get(key), str))
        text = (
            "; ".join(filter(None, (text_of(name) for name in as_list(node.get("name")))))
            or text_of(node.get("byline"))
            or given
        )
        names = _names_in(text) if text else []
        role = text_of(node.get("jobTitle"))
        bio = text_of(node.get("description"))
        single = len(names) == 1
        kind: AuthorKind = "outlet" if any(kind.endswith("Organization") for kind in types_of(node)) else "person"
        return [
            Author(name=name, kind=kind, role=role if single else None, bio=bio if single else None) for name in names
        ]

    def _meta_authors(self) -> list[Author]:
        for key in _AUTHOR_META:
            names = [name for content in self.page.meta.get(key, ()) for name in _names_in(plain(content))]
            if names:
                return [Author(name=name) for name in names]
        return []

    def _authors_of(self, texts: list[str]) -> list[Author]:
        names = [name for text in texts for name in _names_in(text)]
        return [Author(name=name) for name in dict.fromkeys(names)]

    def _byline_unit(self) -> list[str]:
        """The line under the headline that begins with "By" and a name."""
        headline = self._headline_unit()
        start = headline.position if headline else 0
        for unit in self.page.units[max(0, start - 6) : start + 20]:
            if len(unit.text) < 200:
                for piece in _PIECES.split(unit.text):
                    if has_prefix(piece) and _looks_like_name(_before_date(strip_prefix(piece))):
                        return [_before_date(piece)]
        return []

    def _author_links(self) -> list[str]:
        path = './/a[@rel="author" or @itemprop="author"] | .//*[@itemprop="author"]//*[@itemprop="name"]'
        return [squeeze(element.text_content()) for element in self.page.tree.xpath(path)][:8]

    def _author_units(self) -> list[str]:
        """Names near the headline that the markup calls the author, or that stand right below it."""
        headline = self._headline_unit()
        start = headline.position if headline else 0
        texts: list[str] = []
        for unit in self.page.units[max(0, start - 12) : start + 40]:
            text = _before_date(unit.text)
            marked = any(self.page.marks[mark].flags & Flag.AUTHOR for mark in unit.marks[-3:])
            below = headline is not None and 0 < unit.position - start <= _RIGHT_BELOW
            if (marked or (below and not texts)) and len(unit.text) < 120 and _looks_like_name(text):
                texts.append(text)
        return texts

    # times

    def _times(self) -> None:
        self.found.published = self._pick("published", self._published())
        self.found.modified = self._pick("modified", self._modified())

    def _pick(self, name: str, candidates: Iterator[tuple[str, Moment | None]]) -> Moment | None:
        """The first plausible time, made more exact by the next ones of the same day; an absurd one only if alone."""
        absurd: tuple[str, Moment] | None = None
        best: Moment | None = None
        for source, moment in candidates:
            if moment is None:
                continue
            if not self._believable(moment):
                absurd = absurd or (source, moment)
            elif best is None or _sharpens(best, moment):
                best = moment
                self.found.provenance[name] = source
            if best and best.precision == "minute" and best.tz:
                break
        if best is None and absurd:
            self.found.provenance[name] = absurd[0]
            return absurd[1]
        return best

    def _believable(self, moment: Moment) -> bool:
        fetched = self.document.fetched_at
        future = fetched is not None and moment.at > _aware(fetched) + timedelta(days=2)
        return moment.plausible and moment.at.year < 2100 and not future

    def _published(self) -> Iterator[tuple[str, Moment | None]]:
        for key in ("datePublished", "dateCreated", "uploadDate"):
            yield "json-ld", _moment(text_of(self.node.get(key)))
        for key in _PUBLISHED_META:
            yield "meta", _moment(self.page.first_meta(key))
        for element in self.page.tree.xpath('.//time[@datetime and (@itemprop="datePublished" or @pubdate)]')[:3]:
            yield "visible", _moment(element.get("datetime"))
        if self.found.provenance.get("published"):
            return
        for element in self.page.tree.xpath(
            ".//article//time[@datetime] | .//main//time[@datetime] | .//header//time[@datetime]"
        )[:1]:
            yield "visible", _moment(element.get("datetime"))
        yield from self._last_resorts()

    def _last_resorts(self) -> Iterator[tuple[str, Moment | None]]:
        yield "visible", self._visible_date()
        match = _URL_DATE.search(self.document.url or "")
        yield "url", _moment("-".join(match.groups())) if match else None
        yield "visible", self._general_finder()

    def _visible_date(self) -> Moment | None:
        headline = self._headline_unit()
        start = headline.position if headline else 0
        for unit in self.page.units[max(0, start - 10) : start + 30]:
            if len(unit.text) < 160:
                found = find_dates(unit.text)
                if found:
                    return found[0].moment
        return None

    def _general_finder(self) -> Moment | None:
        latest = self.document.fetched_at or datetime(2100, 1, 1, tzinfo=UTC)
        try:
            found = find_date(
                self.page.tree, extensive_search=False, original_date=True, max_date=latest.strftime("%Y-%m-%d")
            )
        except Exception:  # a finder that stumbles over a page has found nothing
            return None
        return _moment(found)

    def _modified(self) -> Iterator[tuple[str, Moment | None]]:
        yield "json-ld", _moment(text_of(self.node.get("dateModified")))
        for key in _MODIFIED_META:
            yield "meta", _moment(self.page.first_meta(key))

    # the rest

    def _sections(self) -> Iterator[tuple[str, str | None]]:
        yield "json-ld", text_of(self.node.get("articleSection"))
        yield "meta", self.page.first_meta("article:section", "og:article:section", "section", "parsely-section")

    def _topics(self) -> None:
        for source, topics in self._topic_candidates():
            if topics:
                self.found.topics = topics
                self.found.provenance["topics"] = source
                return

    def _topic_candidates(self) -> Iterator[tuple[str, list[str]]]:
        yield "json-ld", _topics(as_list(self.node.get("keywords")))
        for key in _TOPIC_META:
            yield "meta", _topics(self.page.meta.get(key, []))

    def _languages(self) -> Iterator[tuple[str, str | None]]:
        yield "visible", self.page.tree.get("lang") or self.page.tree.get("{http://www.w3.org/XML/1998/namespace}lang")
        yield "json-ld", text_of(self.node.get("inLanguage"))
        yield "meta", self.page.first_meta("og:locale", "content-language", "language", "dc.language")

    def _canonical_urls(self) -> Iterator[tuple[str, str | None]]:
        base = self.document.url or ""
        links = [link for link in self.page.tree.iter("link") if "canonical" in (link.get("rel") or "").lower().split()]
        for link in links:
            yield "meta", _absolute(base, link.get("href"))
        yield "meta", _absolute(base, self.page.first_meta("og:url"))
        page = self.graph.resolve(self.node.get("mainEntityOfPage"))
        yield (
            "json-ld",
            _absolute(base, (page.get("@id") if isinstance(page, dict) else page) or text_of(self.node.get("url"))),
        )

    def _access(self) -> None:
        free = _boolean(self.node.get("isAccessibleForFree"))
        if free is None:
            parts = [part for part in as_list(self.node.get("hasPart")) if isinstance(part, dict)]
            values = [_boolean(part.get("isAccessibleForFree")) for part in parts]
            free = False if False in values else None
        if free is not None:
            self.found.access = "free" if free else "paid"
            self.found.provenance["access"] = "json-ld"
            return
        tier = (self.page.first_meta("article:content_tier", "og:article:content_tier") or "").lower()
        if tier in ("free", "locked", "metered"):
            self.found.access = "paid" if tier == "locked" else "free"
            self.found.provenance["access"] = "meta"


def _known(texts: list[str | None], page: Page, names: tuple[str, ...]) -> list[str]:
    """The different texts among these and the contents of the named meta tags."""
    found = [*texts, *(content for name in names for content in page.meta.get(name, ()))]
    return list(dict.fromkeys(text for raw in found if raw and (text := plain(raw))))


def _cut_at(title: str, shown: str | None) -> str:
    """The title without what follows the visible headline after a bar: " | Sport", " | The Name of the Site"."""
    if (
        shown
        and len(shown) >= _MIN_HEADLINE
        and title.startswith(shown)
        and title[len(shown) :].lstrip().startswith("|")
    ):
        return shown
    return title


def _part_kicker(title: str, others: list[str]) -> tuple[str | None, str]:
    """The kicker before a title ("The strike: Two ferries sail"), known by a source that has the title alone."""
    for other in others:
        if len(other) >= _MIN_HEADLINE and title != other and title.endswith(other):
            kicker = title[: -len(other)].rstrip()
            if kicker.endswith(":") and len(kicker.split()) <= 8:
                return kicker.rstrip(" :"), other
    return None, title


def _completes(cut: str, whole: str) -> bool:
    """Whether `whole` is the full form of a title that was cut with an ellipsis."""
    stem = _TRUNCATED.sub("", cut).strip()
    return stem != cut and len(whole) > len(stem) and whole.startswith(stem)


def _looks_like_name(text: str) -> bool:
    """Whether a text is nothing but names: capitalised words, no digits, no sentence."""
    words = re.findall(r"[^\W\d_][\w.’'-]*", text)
    capital = sum(1 for word in words if word[:1].isupper())
    if not 2 <= len(words) <= 12 or any(char.isdigit() for char in text) or text.endswith((".", "?", "!", ":")):
        return False
    return capital >= 2 and capital >= 0.6 * len(words) and not is_role(text)


def _before_date(text: str) -> str:
    """The part of a line before a date and a clock time."""
    dates = find_dates(text)
    return text[: dates[0].start].strip(" ,|•·-–—") if dates and dates[0].start > 3 else text


def _names_in(text: str) -> list[str]:
    """The names of a byline. Commas part names only where the parts look like names: "A. B., professor at C" is one."""
    text = squeeze(text)
    if len(text) > 300 or "://" in text or "@" in text:
        return []
    names: list[str] = []
    for chunk in split_names(text, commas=False) or []:
        pieces = [piece.strip() for piece in chunk.split(",")]
        if len(pieces) > 1 and not all(
            2 <= len(piece.split()) <= 4 and piece[:1].isupper() and not is_role(piece) for piece in pieces
        ):
            pieces = pieces[:1]
        names += [name for piece in pieces if (name := clean_name(piece))]
    if not names and "," in text:
        names = [name for piece in split_names(text) if (name := clean_name(piece))]
    return list(dict.fromkeys(names))


def _moment(text: str | None) -> Moment | None:
    return parse_stamp(text) if text else None


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _sharpens(best: Moment, other: Moment) -> bool:
    """Whether `other` says the same day more exactly: a clock time for a mere day, a zone for a bare clock time."""
    if best.precision == "day":
        return other.precision == "minute" and abs(other.at - best.at) < timedelta(days=1, hours=14)
    if best.tz is None and other.tz is not None:
        return other.at.replace(tzinfo=None, second=0, microsecond=0) == best.at.replace(
            tzinfo=None, second=0, microsecond=0
        )
    return False


def _topics(values: list[Any]) -> list[str]:
    texts = [text_of(value) or "" for value in values]
    if len(texts) == 1:
        texts = re.split(r"[,;]", texts[0])
    topics = [squeeze(text).strip("\"'") for text in texts]
    return list({fold(topic): topic for topic in reversed(topics) if topic and not _TOPIC_NOISE.match(topic)}.values())[
        ::-1
    ]


def _boolean(value: Any) -> bool | None:
    for item in as_list(value):
        text = str(item).strip().lower()
        if text in ("true", "1", "yes", "http://schema.org/true"):
            return True
        if text in ("false", "0", "no", "http://schema.org/false"):
            return False
    return None


def _host(url: str | None) -> str:
    try:
        return urlsplit(url or "").hostname or ""
    except ValueError:
        return ""


def _absolute(base: str, href: object) -> str | None:
    if not isinstance(href, str) or not href.strip():
        return None
    try:
        url = urljoin(base, href.strip())
        return url if urlsplit(url).scheme in ("http", "https") else None
    except ValueError:
        return None
