"""How a document can end: one state, and a reason from a closed set for each state but `published`.

The conservation law of every run is counted in these words:
documents in = published + duplicate + quarantined + skipped (+ held, when the day failed its audit).
"""

from enum import StrEnum


class State(StrEnum):
    """The one state a document ends in."""

    PUBLISHED = "published"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"
    SKIPPED = "skipped"
    HELD = "held"
    """The document is good, its day failed: nothing of the day was published."""


class Reason(StrEnum):
    """Why a document was not published. The value is what stands in the ledger and the quarantine."""

    # quarantined: the document could not be read
    EMPTY_DOCUMENT = "empty_document"
    BINARY_CONTENT = "binary_content"
    UNSUPPORTED_TYPE = "unsupported_type"
    DAMAGED_CONTAINER = "damaged_container"
    DAMAGED_GZIP = "damaged_gzip"
    TOO_LARGE = "too_large"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    NOT_JSON = "not_json"
    # quarantined: it was read and holds no article that can be published
    NOT_AN_ARTICLE = "not_an_article"
    NO_TITLE = "no_title"
    NO_BODY = "no_body"
    ABSURD_DATE = "absurd_date"
    STEP_CRASHED = "step_crashed"
    FAILED_EXPECTATION = "failed_expectation"
    # duplicate
    EXACT_DUPLICATE = "exact_duplicate"
    # skipped: a record of an archive that is no page
    NOT_A_PAGE = "not_a_page"
    HTTP_STATUS = "http_status"
    REVISIT = "revisit"
    # skipped: somebody decided so
    TAKEN_DOWN = "taken_down"
    # held
    DAY_FAILED = "day_failed"


REASONS: dict[State, tuple[Reason, ...]] = {
    State.QUARANTINED: (
        Reason.EMPTY_DOCUMENT,
        Reason.BINARY_CONTENT,
        Reason.UNSUPPORTED_TYPE,
        Reason.DAMAGED_CONTAINER,
        Reason.DAMAGED_GZIP,
        Reason.TOO_LARGE,
        Reason.TIMEOUT,
        Reason.OUT_OF_MEMORY,
        Reason.NOT_JSON,
        Reason.NOT_AN_ARTICLE,
        Reason.NO_TITLE,
        Reason.NO_BODY,
        Reason.ABSURD_DATE,
        Reason.STEP_CRASHED,
        Reason.FAILED_EXPECTATION,
    ),
    State.DUPLICATE: (Reason.EXACT_DUPLICATE,),
    State.SKIPPED: (Reason.NOT_A_PAGE, Reason.HTTP_STATUS, Reason.REVISIT, Reason.TAKEN_DOWN),
    State.HELD: (Reason.DAY_FAILED,),
}
"""The reasons each state admits. `published` has none."""


class SourceStatus(StrEnum):
    """What can be said of a source on a day, or of one collection of it."""

    COLLECTED = "collected"
    EMPTY = "empty"
    """It was looked at and has nothing, which is not expected."""
    QUIET = "quiet"
    """Far less than on the same weekday before."""
    FAILED = "failed"
    """It could not be looked at."""
    NOT_AVAILABLE = "not_available"
    """Nothing was landed through the day, and the source cannot give a past day."""
    NOT_EXPECTED = "not_expected"
    """The source has nothing on this day, as the sources file says."""
    NOT_DUE = "not_due"
    """Its last collection is not long ago, or still under way."""
    REUSED = "reused"
    """The run restarts from a later step."""


class Rejected(Exception):  # noqa: N818 - it is a verdict on one document, not an error of the program
    """A step refuses one document: it is quarantined with this reason, and the batch goes on."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class Skipped(Exception):  # noqa: N818 - as above
    """A landed record is no page: it is counted as skipped with this reason."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class BrokenContract(Exception):  # noqa: N818 - named for what happened, and never retried
    """The day as a whole breaks a promise: it fails before anything is published, and a retry would not help."""
