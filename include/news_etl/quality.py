"""Quality: the limits of the checks with their reasons, and what is decided otherwise for single sources.

The quality file (`include/quality.yaml`, or `NEWS_ETL_QUALITY`) changes limits and severities, for all sources or one:

    sources:
      echo-des-combes:
        reason: An archive, so everything in it is old.
        severity: {stale: off}
        limits: {min_body_words: 20}

Only judgements can be tuned: what the schema promises of every row holds for every source.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from news_etl.settings import SettingsError

Severity = Annotated[
    Literal["off", "info", "warning", "critical"],
    BeforeValidator(lambda value: "off" if value is False else value),  # YAML reads `off` as a truth value
]

_Value = TypeVar("_Value")


class QualityError(SettingsError):
    """The quality file cannot be used. The message has one line for each fault: file, field, what is known."""


@dataclass(frozen=True)
class Limit:
    """A limit of a check: its default, and why it is that."""

    value: float
    reason: str


LIMITS: Mapping[str, Limit] = MappingProxyType(
    {
        # rows
        "max_days_ahead": Limit(1, "a page may be dated after its fetch by clocks and zones that are off, by a day"),
        "min_body_words": Limit(50, "shorter texts are mostly captions, teasers or what a paywall leaves"),
        "max_body_characters": Limit(500_000, "80,000 words, longer than most books: a page that was not segmented"),
        "min_title_characters": Limit(3, "no headline is shorter"),
        "max_title_characters": Limit(300, "headlines run to 200; beyond 300 a paragraph was taken for one"),
        "max_quote_characters": Limit(20_000, "a speech printed whole has 3,000 words; else a mark was never closed"),
        # a source, within its day
        "max_rejected_share": Limit(0.5, "when every second document is rejected, the source has changed"),
        "max_flagged_share": Limit(0.3, "one page in twenty is flagged; one in three is a template not understood"),
        "max_unfinished_share": Limit(0.5, "lists and signatures end without a full stop, whole articles do not"),
        "max_age_days": Limit(3, "a daily newsroom whose newest article is older has a feed that is stuck"),
        "max_unexpected_language_share": Limit(0.2, "guest columns and interviews, but not every fifth article"),
        "max_mislabelled_share": Limit(0.5, "the language is read from the text: reading again finds it again"),
        # a source, beside its own past
        "min_volume_ratio": Limit(0.34, "strikes and holidays halve a day; a third of it is a feed that broke"),
        "max_volume_ratio": Limit(3, "big news doubles a day; three times is an archive sent again"),
        "max_fill_drop": Limit(0.3, "a field that a third of the articles have lost is a template that changed"),
        "min_length_ratio": Limit(0.5, "the median length of a newsroom moves by tenths, not by halves"),
        "max_length_ratio": Limit(2, "as above: comments or related pieces are in the body"),
        # the day as a whole
        "max_undated_share": Limit(0.3, "dates are found on 98 of 100 pages"),
        "max_undetermined_share": Limit(0.1, "the language is found for all but the shortest texts"),
        "max_unenriched_share": Limit(0.05, "the language pipeline fails on single articles only"),
        "min_fresh_share": Limit(0.5, "news is mostly of the week: else dates are wrong, or an archive was sent"),
        "max_language_drift": Limit(0.3, "the mix of languages follows the mix of sources, which changes slowly"),
    }
)

JUDGEMENTS = (
    "title_blank",
    "body_blank",
    "url_malformed",
    "canonical_url_malformed",
    "published_at_absurd",
    "published_at_missing",
    "modified_before_published",
    "title_too_short",
    "title_too_long",
    "short_body",
    "body_length",
    "damaged_characters",
    "markup_in_body",
    "language_undetermined",
    "unexpected_language",
    "image_url_malformed",
    "quote_length",
    "rejected_share",
    "flagged_share",
    "unfinished_share",
    "stale",
    "unexpected_language_share",
    "language_mislabelled",
    "volume_low",
    "volume_high",
    "length_changed",
    "fill_rate_dropped",
    "one_value",
    "undated_share",
    "undetermined_share",
    "unenriched_share",
    "fresh_share",
    "language_drift",
)
"""The rules that judge. They can be tuned, and a decision by hand can overrule them for one document."""


def _known_limits(limits: Mapping[str, float]) -> Mapping[str, float]:
    return _known(limits, LIMITS, "limit")


def _known_rules(severities: Mapping[str, Severity]) -> Mapping[str, Severity]:
    return _known(severities, JUDGEMENTS, "rule that can be tuned")


def _known(given: Mapping[str, _Value], known: Iterable[str], what: str) -> Mapping[str, _Value]:
    if unknown := sorted(set(given) - set(known)):
        raise ValueError(f"{', '.join(unknown)} is no {what}: {', '.join(known)}")
    return given


class Override(BaseModel):
    """What is decided otherwise, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Annotated[str, Field(min_length=1, description="Why: for the next person.")]
    limits: Annotated[Mapping[str, float], AfterValidator(_known_limits)] = {}
    severity: Annotated[Mapping[str, Severity], AfterValidator(_known_rules)] = {}


class Quality(BaseModel):
    """The whole file: what holds for all sources, and for single ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    defaults: Override | None = None
    sources: Mapping[str, Override] = {}

    def limit(self, name: str, source: str | None = None) -> float:
        """A limit, for a source or in general."""
        return next(
            (override.limits[name] for override in self._of(source) if name in override.limits), LIMITS[name].value
        )

    def severity(self, rule: str, usual: Severity, source: str | None = None) -> Severity:
        """The severity of a rule that is `usual` where nothing else is decided."""
        return next((override.severity[rule] for override in self._of(source) if rule in override.severity), usual)

    def _of(self, source: str | None) -> list[Override]:
        found = (self.sources.get(source) if source else None, self.defaults)
        return [override for override in found if override]


def load_quality(path: Path, sources: Iterable[str]) -> Quality:
    """Read and validate the quality file; one that is not there changes nothing. `sources` are the known ids.

    Raises:
        QualityError: with a line for each fault.
    """
    if not path.exists():
        return Quality()
    try:
        quality = Quality.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise QualityError(f"{path}: not YAML in UTF-8: {error}") from None
    except ValidationError as error:
        faults = (f"{path}: {'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg']}" for one in error.errors())
        raise QualityError("\n".join(faults)) from None
    if unknown := sorted(set(quality.sources) - set(sources)):
        raise QualityError(f"{path}: sources: {', '.join(unknown)} is not in the sources file")
    return quality
