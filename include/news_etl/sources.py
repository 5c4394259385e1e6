"""What is collected: the sources file, validated with errors that name the line and the field."""

import glob
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from news_etl.settings import PROJECT_ROOT


class SourcesError(ValueError):
    """The sources file cannot be used. The message has one line for each fault: file, line, field, remedy."""


class Inbox(BaseModel):
    """A folder into which others put files, filed by day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", description="Name of the source in every table.")]
    kind: Literal["inbox"]
    path: Annotated[str, Field(description="Where a day's files lie, with {date}: inbox/date={date}/*")]
    publisher: Annotated[str | None, Field(description="Used where a page does not name its publisher.")] = None
    country: Annotated[str | None, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")] = None
    languages: Annotated[tuple[str, ...], Field(description="Expected languages, ISO 639-1.")] = ()
    timezone: Annotated[str | None, Field(description="Zone of times that name none: Europe/Paris.")] = None
    days: Annotated[
        tuple[date, ...], Field(description="The only days this source has; on others nothing is expected.")
    ] = ()
    paused: Annotated[str | None, Field(description="The reason why it is not collected now.")] = None
    note: Annotated[str | None, Field(description="For the next person: terms, contact, oddities.")] = None

    @field_validator("path")
    @classmethod
    def _names_the_day(cls, path: str) -> str:
        if "{date}" not in path:
            raise ValueError("the path must hold {date}, which stands for the day: inbox/date={date}/*")
        return path

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, timezone: str | None) -> str | None:
        if timezone and timezone not in available_timezones():
            raise ValueError(f"there is no time zone {timezone!r}; zones are named as in Europe/Paris")
        return timezone

    def pattern(self, day: date) -> Path:
        """The glob pattern of a day's files, absolute."""
        return Path(glob.escape(str(PROJECT_ROOT))) / self.path.replace("{date}", day.isoformat())

    def base(self) -> Path:
        """The folder above the first part that depends on the day or is a pattern: it must exist."""
        parts = Path(self.path).parts
        fixed = next(index for index, part in enumerate(parts) if any(mark in part for mark in "{*?["))
        return PROJECT_ROOT.joinpath(*parts[:fixed])

    def expects(self, day: date) -> bool:
        return not self.days or day in self.days


class Sources(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: Annotated[tuple[Inbox, ...], Field(min_length=1)]

    def active(self, only: list[str] | None = None) -> list[Inbox]:
        """The sources that are not paused, or those of `only`, in the order of the file.

        Raises:
            SourcesError: when `only` names a source that the file does not hold.
        """
        self.check_ids(only or [])
        return [source for source in self.sources if (source.id in only if only else not source.paused)]

    def get(self, identity: str) -> Inbox:
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
        lines = _lines(yaml.compose(text))
    except yaml.YAMLError as error:
        raise SourcesError(f"{path}: not YAML: {error}") from None
    try:
        sources = Sources.model_validate(content)
    except ValidationError as error:
        raise SourcesError("\n".join(_fault(path, lines, fault) for fault in error.errors())) from None
    _refuse_twins(path, lines, sources)
    return sources


def _refuse_twins(path: Path, lines: dict[tuple[Any, ...], int], sources: Sources) -> None:
    seen: dict[str, int] = {}
    for index, source in enumerate(sources.sources):
        if source.id in seen:
            line = lines.get(("sources", index, "id"), 0)
            raise SourcesError(f"{path}, line {line}: id: {source.id!r} stands twice. Give each source its own id.")
        seen[source.id] = index


def _fault(path: Path, lines: dict[tuple[Any, ...], int], fault: Any) -> str:
    location = tuple(fault["loc"])
    known = next((location[:n] for n in range(len(location), -1, -1) if location[:n] in lines), ())
    name = ".".join(str(part) for part in location) or "the file"
    return f"{path}, line {lines.get(known, 1)}: {name}: {fault['msg']}"


def _lines(node: yaml.Node | None, location: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], int]:
    """The line of every key and item of a YAML tree, by its path."""
    if node is None:
        return {}
    lines = {location: node.start_mark.line + 1}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            lines |= _lines(value, (*location, key.value))
            lines[(*location, key.value)] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines |= _lines(item, (*location, index))
    return lines
