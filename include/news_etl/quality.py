"""Quality: the limits of the checks with their reasons, and what is decided otherwise, for all sources or for one.

Both stand in the sources file, as a block `quality:` of the file or of a source:

    - id: echo-des-combes
      quality:
        reason: An archive, so everything in it is old.
        severity: {stale: off}
        limits: {min_body_words: 20}

Only judgements can be tuned: what the schema promises of every row holds for every source.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat

_Severity = Literal["off", "info", "warning", "critical"]
Severity = Annotated[
    _Severity,
    BeforeValidator(lambda value: "off" if value is False else value),  # YAML reads `off` as a truth value
]


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


OF_THE_DAY = frozenset(
    {
        "max_undated_share", "max_undetermined_share", "max_unenriched_share", "min_fresh_share", "max_language_drift",
        "undated_share", "undetermined_share", "unenriched_share", "fresh_share", "language_drift",
    }
)  # fmt: skip
"""Limits and rules of the day as a whole: no source has its own."""


def _one_of(known: Collection[str], what: str) -> AfterValidator:
    def check(name: str) -> str:
        if name not in known:
            raise ValueError(f"{name} is no {what}: {', '.join(known)}")
        return name

    return AfterValidator(check)


def _only(properties: Mapping[str, Any]) -> dict[str, Any]:
    """For the JSON Schema: an object with these keys alone, so that an editor offers them."""
    return {"properties": dict(properties), "additionalProperties": False}


class Override(BaseModel):
    """What is decided otherwise about the checks, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Annotated[str, Field(min_length=1, description="Why: for the next person.")]
    limits: Annotated[
        Mapping[Annotated[str, _one_of(LIMITS, "limit")], FiniteFloat],
        Field(
            description="The numbers of the checks; `news-etl quality` lists them.",
            json_schema_extra=_only(
                {
                    name: {"type": "number", "default": limit.value, "description": limit.reason}
                    for name, limit in LIMITS.items()
                }
            ),
        ),
    ] = {}
    severity: Annotated[
        Mapping[Annotated[str, _one_of(JUDGEMENTS, "rule that can be tuned")], Severity],
        Field(
            description="Of a rule. critical: the row is quarantined, and for a rule on a source or the day, the day "
            "fails; warning: the row is flagged; info: it is counted; off: it is not checked.",
            # `off` without quotes is a truth value in YAML 1.1
            json_schema_extra=_only({rule: {"enum": [*get_args(_Severity), False]} for rule in JUDGEMENTS}),
        ),
    ] = {}


def of_one_source(override: Override | None) -> Override | None:
    """The override of a source.

    Raises:
        ValueError: when it names what concerns the day as a whole, and would do nothing.
    """
    if override and (misplaced := sorted(OF_THE_DAY.intersection({*override.limits, *override.severity}))):
        raise ValueError(f"{', '.join(misplaced)} concerns the whole day: it belongs to `quality` of the file")
    return override


@dataclass(frozen=True)
class Quality:
    """By which limits and severities a day is judged: what holds for all sources, and for single ones."""

    defaults: Override | None = None
    sources: Mapping[str, Override] = field(default_factory=dict)

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
