"""What is collected: the sources file, validated with errors that name the line and the field."""

import fnmatch
import glob
import re
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from news_etl.quality import Override, Quality, of_one_source
from news_etl.settings import PROJECT_ROOT
from news_etl.store import DECISIONS
from news_etl.yaml_lines import fault_at, lines_of

DAY = re.compile(r"\{date(?::([^{}]+))?\}")
"""Where the day stands in a path: `{date}` is 2025-11-04, `{date:%Y%m%d}` is 20251104."""


class SourcesError(ValueError):
    """The sources file cannot be used. The message has one line for each fault: file, line, field, remedy."""


class Source(BaseModel):
    """What every source has, whatever its kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", description="Name of the source in every table.")]
    publisher: Annotated[str | None, Field(description="Used where a page does not name its publisher.")] = None
    country: Annotated[str | None, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")] = None
    languages: Annotated[tuple[str, ...], Field(description="Expected languages, ISO 639-1.")] = ()
    timezone: Annotated[str | None, Field(description="Zone of times that name none: Europe/Paris.")] = None
    sections: Annotated[
        Mapping[str, str],
        Field(description="Section by part of the address, where a page names none: {/sport/: Sport}."),
    ] = {}
    days: Annotated[
        tuple[date, ...], Field(description="The only days this source has; on others nothing is expected.")
    ] = ()
    paused: Annotated[str | None, Field(description="The reason why it is not collected now.")] = None
    terms: Annotated[
        str | None, Field(description="On what terms it may be collected: licence, contract, contact.")
    ] = None
    note: Annotated[str | None, Field(description="For the next person: oddities.")] = None
    quality: Annotated[
        Override | None, AfterValidator(of_one_source), Field(description="What is decided otherwise about its checks.")
    ] = None

    @field_validator("id")
    @classmethod
    def _is_a_name_of_its_own(cls, identity: str) -> str:
        if identity == DECISIONS:
            raise ValueError(f"{identity!r} is the folder of what is decided by hand: give the source another id")
        if "--" in identity:
            raise ValueError("write single hyphens: two of them part the run from the source in the names of files")
        return identity

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, timezone: str | None) -> str | None:
        if timezone and timezone not in available_timezones():
            raise ValueError(f"there is no time zone {timezone!r}; zones are named as in Europe/Paris")
        return timezone

    def expects(self, day: date) -> bool:
        return not self.days or day in self.days

    def section_of(self, url: str | None) -> str | None:
        """The section of an address, by the first part of the section map that its path holds."""
        path = urlsplit(url or "").path
        return next((section for part, section in self.sections.items() if part in path), None)


class _Files(Source):
    """Files that lie in folders by day."""

    path: Annotated[
        str,
        Field(description="A day's files: inbox/date={date}/*, or with another form of the day, {date:%Y%m%d}."),
    ]

    @field_validator("path")
    @classmethod
    def _names_the_day(cls, path: str) -> str:
        if not DAY.search(path):
            raise ValueError("the path must hold {date}, which stands for the day: inbox/date={date}/*")
        return path

    def pattern(self, day: date) -> Path:
        """The glob pattern of a day's files, absolute."""
        named = DAY.sub(lambda found: day.strftime(found[1]) if found[1] else day.isoformat(), self.path)
        return Path(glob.escape(str(PROJECT_ROOT))) / named

    def base(self) -> Path:
        """The folder above the first part that depends on the day or is a pattern: it must exist."""
        parts = Path(self.path).parts
        fixed = next(index for index, part in enumerate(parts) if any(mark in part for mark in "{*?["))
        return PROJECT_ROOT.joinpath(*parts[:fixed])

    @property
    def origin(self) -> str:
        """Where it comes from, for a person."""
        return self.path


class _Filtered(Source):
    """What of its addresses is wanted."""

    only: Annotated[
        tuple[str, ...], Field(description="Patterns of the addresses that are wanted: https://x.example/news/*.")
    ] = ()
    exclude: Annotated[tuple[str, ...], Field(description="Patterns of the addresses that are not: */video/*.")] = ()

    def wants(self, url: str) -> bool:
        return (not self.only or _matches(url, self.only)) and not _matches(url, self.exclude)


def _matches(url: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(url, pattern) for pattern in patterns)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Web(_Filtered):
    """Pages that are fetched from servers."""

    url: Annotated[
        tuple[Annotated[str, Field(pattern=r"^https?://[^\s/?#@]+([/?#]\S*)?$")], ...],
        BeforeValidator(_listed, json_schema_input_type=str | list[str]),
        Field(min_length=1, description="Address, or a list of them."),
    ]
    every_hours: Annotated[int, Field(ge=1, le=24, description="How often it is looked at through the day.")] = 1
    max_pages: Annotated[int, Field(ge=1, le=10_000, description="Pages fetched at most in one collection.")] = 200
    delay_seconds: Annotated[
        float | None, Field(ge=0, le=300, description="Least pause between two requests to a host; else the settings'.")
    ] = None
    allow_private: Annotated[
        bool, Field(description="Its own host may be one of the inner network; for tests and intranets.")
    ] = False

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts that the entry itself names."""
        return frozenset(host.lower() for url in self.url if (host := urlsplit(url).hostname))

    @property
    def origin(self) -> str:
        """Where it comes from, for a person."""
        return self.url[0] + (f" and {len(self.url) - 1} more" if len(self.url) > 1 else "")


class Inbox(_Files):
    """A folder into which others put files, filed by day."""

    kind: Literal["inbox"]


class Archive(_Files, _Filtered):
    """Web archives (WARC), filed by day: a crawl of one's own, or those of CC-NEWS."""

    kind: Literal["archive"]


class Feed(Web):
    """RSS, Atom or JSON Feed. A feed tells what is new now; it cannot give a past day."""

    kind: Literal["feed"]


class Sitemap(Web):
    """A sitemap, a Google News sitemap, or an index of them. It gives past days as far as it dates its pages."""

    kind: Literal["sitemap"]
    max_age_days: Annotated[
        int, Field(ge=1, le=36_525, description="Pages that it dates earlier than this are left out through the day.")
    ] = 3
    undated: Annotated[
        Literal["skip", "take"], Field(description="Whether pages for which it names no date are fetched.")
    ] = "skip"


class Pages(Web):
    """Pages whose addresses stand in the entry; each is looked at again in every collection."""

    kind: Literal["pages"]


AnySource = Annotated[Inbox | Archive | Feed | Sitemap | Pages, Field(discriminator="kind")]
AnyWeb = Feed | Sitemap | Pages
KINDS: dict[str, type[Source]] = {"inbox": Inbox, "archive": Archive, "feed": Feed, "sitemap": Sitemap, "pages": Pages}

SHAPES = {
    "id": "lower case letters, digits, - and _ are wanted, the first a letter or digit",
    "country": "two capital letters are wanted, ISO 3166-1: FR",
    "url": "an address is wanted, which begins with http:// or https:// and holds no space or password",
}
"""What is wanted of the fields that have a pattern, in words."""


class Sources(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quality: Annotated[
        Override | None, Field(description="What is decided otherwise about the checks of all sources and of the day.")
    ] = None
    sources: Annotated[tuple[AnySource, ...], Field(min_length=1)]

    def judged_by(self) -> Quality:
        """By which limits and severities its days are judged."""
        return Quality(self.quality, {source.id: source.quality for source in self.sources if source.quality})

    def active(self, only: list[str] | None = None) -> list[AnySource]:
        """The sources that are not paused, or those of `only`, in the order of the file.

        Raises:
            SourcesError: when `only` names a source that the file does not hold.
        """
        self.check_ids(only or [])
        return [source for source in self.sources if (source.id in only if only else not source.paused)]

    def web(self, only: list[str] | None = None) -> list[AnyWeb]:
        """Of `active`, those that are fetched from servers."""
        return [source for source in self.active(only) if isinstance(source, Web)]

    def get(self, identity: str) -> AnySource:
        """The source of that id.

        Raises:
            SourcesError: when there is none.
        """
        self.check_ids([identity])
        return next(source for source in self.sources if source.id == identity)

    def check_ids(self, ids: list[str]) -> None:
        known = [source.id for source in self.sources]
        unknown = [identity for identity in ids if identity not in known]
        if unknown:
            raise SourcesError(f"unknown source: {', '.join(unknown)}. The sources file has: {', '.join(known)}.")


def load_sources(path: Path) -> Sources:
    """Read and validate the sources file.

    Raises:
        SourcesError: with a line for each fault.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SourcesError(f"{path}: there is no such file. Set NEWS_ETL_SOURCES to your sources file.") from None
    except UnicodeDecodeError as error:
        raise SourcesError(f"{path}: not UTF-8 ({error}). Save it as UTF-8.") from None
    try:
        content = yaml.safe_load(text)
        lines = lines_of(yaml.compose(text))
    except yaml.YAMLError as error:
        raise SourcesError(f"{path}: not YAML: {error}") from None
    try:
        sources = Sources.model_validate(content)
    except ValidationError as error:
        faults = error.errors()
        # where every source is faulty, that "at least one" is missing is no help
        faults = [fault for fault in faults if fault["type"] != "too_short" or len(fault["loc"]) > 1] or faults
        raise SourcesError("\n".join(_fault(path, lines, fault) for fault in faults)) from None
    _refuse_twins(path, lines, sources)
    return sources


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the sources file, for editors; it stands in `include/sources.schema.json`."""
    schema = Sources.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def _refuse_twins(path: Path, lines: dict[tuple[Any, ...], int], sources: Sources) -> None:
    seen: dict[str, int] = {}
    for index, source in enumerate(sources.sources):
        if source.id in seen:
            line = lines.get(("sources", index, "id"), 0)
            raise SourcesError(f"{path}, line {line}: id: {source.id!r} stands twice. Give each source its own id.")
        seen[source.id] = index


def _fault(path: Path, lines: dict[tuple[Any, ...], int], fault: Any) -> str:
    location = tuple(fault["loc"])
    message = _said(fault)
    if fault["type"].startswith("union_tag"):
        location = (*location, "kind")
        message = f"the kind of a source is one of {', '.join(KINDS)}"
    elif len(location) > 2 and location[2] in KINDS:  # which of the kinds it was read as is no part of the file
        location = (*location[:2], *location[3:])
    return fault_at(path, lines, location, message)


def _said(fault: Any) -> str:
    """What is wrong with a field, and what is wanted there."""
    if fault["type"] == "extra_forbidden":
        *above, name = fault["loc"]
        kind = next((part for part in above if part in KINDS), None)
        known = KINDS[kind].model_fields if kind else Sources.model_fields
        near = get_close_matches(str(name), known, n=1, cutoff=0.75)
        return f"{kind or 'the file'} has no such key" + (f"; is {near[0]!r} meant?" if near else "")
    if fault["type"] == "string_pattern_mismatch":
        field = next((part for part in reversed(fault["loc"]) if part in SHAPES), "")
        return f"{fault['input']!r}: {SHAPES[field]}" if field else str(fault["msg"])
    return str(fault["msg"]).removeprefix("Value error, ")
