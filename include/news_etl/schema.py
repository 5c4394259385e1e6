"""The contract of every table, declared once: writer, checks, data dictionary and tests all read it here.

Names: the same quantity has the same name everywhere; `_at` is a UTC time, `_date` a calendar day, `_url` an address,
`_id` a key, `is_` a truth value. Days are UTC. Offsets are half-open, in Unicode code points of the published text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from news_etl.fetch.fetched import FetchReason
from news_etl.outcome import Reason, SourceStatus, State

Row = dict[str, Any]
"""A row of any table, by column."""

TEXT = pa.string()
TIME = pa.timestamp("us", tz="UTC")
TEXTS = pa.list_(pa.string())

RAW_POINTER = pa.struct([("file", TEXT), ("record_id", TEXT), ("sha256", TEXT)])
AUTHOR = pa.struct([("name", TEXT), ("kind", TEXT), ("role", TEXT), ("bio", TEXT)])
BLOCK = pa.struct(
    [
        ("kind", TEXT),
        ("text", TEXT),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("label", TEXT),
        ("score", pa.float64()),
    ]
)
IMAGE = pa.struct([("url", TEXT), ("caption", TEXT), ("credit", TEXT), ("alt", TEXT)])

QUOTE_KINDS = ("direct", "mixed", "indirect")
SPEAKER_KINDS = ("person", "group", "organisation", "document", "unknown")

SHARE_DECIMALS = 3
"""Published floats are rounded, so that they do not differ between machines in their last bits."""


@dataclass(frozen=True)
class Column:
    """A column: its Arrow type, what it means, and what must hold for it.

    `required` columns are never null; `values` is the closed set of a column; `low` and `high` bound a number.
    """

    name: str
    type: pa.DataType
    description: str
    unit: str | None = None
    required: bool = False
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    def field(self) -> "pa.Field[Any]":
        metadata = {"description": self.description} | ({"unit": self.unit} if self.unit else {})
        return pa.field(self.name, self.type, nullable=not self.required, metadata=metadata)


@dataclass(frozen=True)
class Table:
    """A table: where it lies, what a row is, its key, the order of its rows and its columns."""

    name: str
    area: str
    row: str
    key: tuple[str, ...]
    order: tuple[str, ...]
    columns: tuple[Column, ...]
    parent: str | None = None

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([column.field() for column in self.columns], metadata={"table": self.name, "row": self.row})

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def arrow(self, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
        """Rows as a table of this schema, in the order of the table.

        Raises:
            ValueError: when a row holds a column that the table has not.
            pyarrow.ArrowInvalid: when a value does not fit its type, or a required one is null.
        """
        names = set(self.schema.names)
        for row in rows:
            if unknown := set(row) - names:
                raise ValueError(f"table {self.name} has no column {', '.join(sorted(unknown))}")
        ordered = sorted(rows, key=lambda row: tuple(_sort_key(row.get(name)) for name in self.order))
        return self._checked(pa.Table.from_pylist(ordered, schema=self.schema))

    def ordered(self, table: pa.Table) -> pa.Table:
        """An Arrow table of this schema in the order of the table: what `arrow` gives, without Python rows."""
        in_order = table.select(self.schema.names).sort_by([(name, "ascending") for name in self.order])
        return self._checked(in_order.combine_chunks().cast(self.schema))

    def _checked(self, table: pa.Table) -> pa.Table:
        for column in self.columns:
            if column.required and table[column.name].null_count:
                raise pa.ArrowInvalid(f"table {self.name}: column {column.name} must not be null")
        return table


def _sort_key(value: Any) -> tuple[bool, Any]:
    """Nulls last."""
    return (value is None, "" if value is None else value)


ARTICLES = Table(
    name="articles",
    area="warehouse",
    row="one revision of an article, as it stood on the day it was collected",
    key=("article_id", "revision"),
    order=("language", "source", "article_id", "revision"),
    columns=(
        Column(
            "article_id",
            TEXT,
            "Key of the article: a hash of its canonical URL, or of source, title and body where it has none. "
            "The same article has the same id on every day.",
            required=True,
        ),
        Column(
            "revision",
            pa.int32(),
            "Number of this version of the article within the day, by time of fetch.",
            required=True,
            low=1,
        ),
        Column(
            "content_hash",
            TEXT,
            "SHA-256 of title and body: equal for exact duplicates, in any source.",
            required=True,
        ),
        Column("url", TEXT, "Address from which the document was fetched."),
        Column("canonical_url", TEXT, "Address that the page names as its own, without tracking parameters."),
        Column("source", TEXT, "Id of the source in the sources file.", required=True),
        Column("publisher", TEXT, "Name of the publication, as the page states it, else as the sources file does."),
        Column("country", TEXT, "Country of the source, ISO 3166-1 alpha-2."),
        Column("language", TEXT, "Language of the text, ISO 639-1, identified from the text.", required=True),
        Column(
            "language_confidence",
            pa.float64(),
            "How sure the identification is; null where the text is too short and the page's word was taken.",
            unit="share 0-1",
            low=0,
            high=1,
        ),
        Column("label", TEXT, "Mark that the newsroom put on it: Exclusif, Live, Opinion."),
        Column("kicker", TEXT, "The words above the title (surtitre)."),
        Column("title", TEXT, "Headline, without the site's name.", required=True),
        Column("title_page", TEXT, "The headline on the page where it differs from `title`."),
        Column("deck", TEXT, "The text under the title that sums up the article (chapô)."),
        Column("section", TEXT, "Section of the publication."),
        Column("topics", TEXTS, "Topics or keywords that the publication gave.", required=True),
        Column(
            "authors",
            pa.list_(AUTHOR),
            "Every name of the byline in its order, with kind (person, agency, outlet), role and biography.",
            required=True,
        ),
        Column("byline", TEXT, "The byline as it stood on the page."),
        Column("agency", TEXT, "News agency whose copy it is, where the byline names one."),
        Column(
            "published_at",
            TIME,
            "Time of publication. With precision `day` it is that calendar day at 00:00 UTC, never shifted by a zone.",
            unit="UTC",
        ),
        Column("published_tz", TEXT, "Zone in which the page stated the time; null where it stated none."),
        Column("published_precision", TEXT, "How exact `published_at` is.", values=("minute", "day")),
        Column(
            "published_source",
            TEXT,
            "Where `published_at` was found; `inferred` means from a date in the text.",
            values=("json-ld", "meta", "feed", "dump", "url", "visible", "inferred", "json"),
        ),
        Column("modified_at", TIME, "Time of the last change, as the page states it.", unit="UTC"),
        Column(
            "fetched_at",
            TIME,
            "Time of the fetch, where the document carries it; never the time of a re-run.",
            unit="UTC",
        ),
        Column("body", TEXT, "The article's text: all blocks, joined by a blank line.", required=True),
        Column(
            "blocks",
            pa.list_(BLOCK),
            "Paragraphs, headings, lists and quotes with their offsets in `body`; for text dumps also the label that "
            "the line got and its score (0-1).",
            required=True,
        ),
        Column(
            "word_count",
            pa.int32(),
            "Words of the body: runs of letters and digits; each character of Chinese and Japanese counts.",
            unit="words",
            required=True,
            low=1,
        ),
        Column("sentence_count", pa.int32(), "Sentences of the body.", unit="sentences", low=0),
        Column("token_count", pa.int32(), "Tokens of the body, without spaces.", unit="tokens", low=0),
        Column("entity_count", pa.int32(), "Rows of `entities`: mentions of names.", unit="mentions", low=0),
        Column("person_count", pa.int32(), "Different people named in title, deck and body.", unit="people", low=0),
        Column("quote_count", pa.int32(), "Rows of `quotes`.", unit="quotations", low=0),
        Column(
            "quoted_share",
            pa.float64(),
            "Share of the body's characters that stand in its direct and mixed quotations.",
            unit="share 0-1",
            low=0,
            high=1,
        ),
        Column(
            "enrichment",
            TEXT,
            "What was done: full (names, quotations, who said them); basic (counts, and quotations by their marks: "
            "the language has no pipeline); none (it failed on this article).",
            required=True,
            values=("full", "basic", "none"),
        ),
        Column(
            "reading_minutes_stated", pa.int32(), "Reading time that the page states.", unit="minutes", low=0, high=600
        ),
        Column(
            "reading_minutes", pa.int32(), "Reading time at 238 words a minute.", unit="minutes", required=True, low=1
        ),
        Column(
            "access",
            TEXT,
            "Whether the page says that it is free to read.",
            required=True,
            values=("free", "paid", "unknown"),
        ),
        Column("is_truncated", pa.bool_(), "The body ends at a paywall or a `read more`.", required=True),
        Column(
            "tdm_opt_out",
            TEXTS,
            "What the site says against text and data mining or training on this page: header, meta tag or robots.txt "
            "rule; empty where nothing was seen. Fetching pages tells more than reading saved ones.",
            required=True,
        ),
        Column(
            "quality_flags",
            TEXTS,
            "What the checks found doubtful about this row; empty for most rows.",
            required=True,
        ),
        Column(
            "extraction_agreement",
            pa.float64(),
            "Overlap of the body with what a second way of finding it takes from the page, by length; a low one points "
            "to a body that was read wrongly. Null for dumps and JSON articles.",
            unit="share 0-1",
            low=0,
            high=1,
        ),
        Column("input_kind", TEXT, "Form of the document.", required=True, values=("dump", "html", "json")),
        Column(
            "raw_pointer",
            RAW_POINTER,
            "The landed document: WARC file below the data root, record id, SHA-256 of the document.",
            required=True,
        ),
        Column("extractor", TEXT, "Extractor and its version.", required=True),
        Column("field_provenance", pa.map_(TEXT, TEXT), "For each field, what it was read from.", required=True),
    ),
)

IMAGES = Table(
    name="images",
    area="warehouse",
    row="one picture of an article",
    key=("article_id", "revision", "position"),
    order=("article_id", "revision", "position"),
    parent="articles",
    columns=(
        Column("article_id", TEXT, "The article.", required=True),
        Column("revision", pa.int32(), "The revision of the article.", required=True, low=1),
        Column("position", pa.int32(), "Place among the pictures of the article, from 1.", required=True, low=1),
        Column("url", TEXT, "Address of the picture."),
        Column("caption", TEXT, "Caption, without the credit."),
        Column("credit", TEXT, "Photographer, agency or other holder of rights."),
        Column("alt", TEXT, "Alternative text for those who do not see the picture."),
    ),
)

_MENTION = (
    Column("article_id", TEXT, "The article.", required=True),
    Column("revision", pa.int32(), "The revision of the article.", required=True, low=1),
)
_SPAN = (
    Column("field", TEXT, "The field of the article it stands in.", required=True, values=("title", "deck", "body")),
    Column("start", pa.int32(), "First character in the field.", unit="code points", required=True, low=0),
    Column("end", pa.int32(), "Character after the last in the field.", unit="code points", required=True, low=1),
    Column("text", TEXT, "The words, as they stand there.", required=True),
)
_MODEL = Column("model", TEXT, "The language pipeline and its version; `marks` where it was quotation marks alone.")

ENTITIES = Table(
    name="entities",
    area="warehouse",
    row="one mention of a name",
    key=("article_id", "revision", "mention_id"),
    order=("article_id", "revision", "mention_id"),
    parent="articles",
    columns=(
        *_MENTION,
        Column("mention_id", pa.int32(), "Number of the mention within the article, from 1.", required=True, low=1),
        *_SPAN,
        Column(
            "label",
            TEXT,
            "PER person, LOC place, ORG organisation, MISC other name (event, work, product).",
            required=True,
            values=("PER", "LOC", "ORG", "MISC"),
        ),
        Column(
            "entity_id",
            pa.int32(),
            "Number of what is named, within the article: all its mentions have it.",
            required=True,
            low=1,
        ),
        Column("name", TEXT, "Fullest name that the article gives it: `M. Trump` is `Donald Trump`.", required=True),
        Column(
            "gender", TEXT, "Of a person, from titles and given names; null where they do not tell.", values=("f", "m")
        ),
        Column("country_code", TEXT, "Of a country, or of the country a city lies in: ISO 3166-1 alpha-2."),
        Column("latitude", pa.float64(), "Of a city.", unit="degrees north", low=-90, high=90),
        Column("longitude", pa.float64(), "Of a city.", unit="degrees east", low=-180, high=180),
        Column("is_in_quote", pa.bool_(), "Whether it stands inside a quotation.", required=True),
        _MODEL,
    ),
)

QUOTES = Table(
    name="quotes",
    area="warehouse",
    row="one quotation",
    key=("article_id", "revision", "quote_id"),
    order=("article_id", "revision", "quote_id"),
    parent="articles",
    columns=(
        *_MENTION,
        Column("quote_id", pa.int32(), "Number of the quotation within the article, from 1.", required=True, low=1),
        *_SPAN,
        Column(
            "kind",
            TEXT,
            "direct: whole clauses between marks; mixed: a fragment between marks in the reporter's sentence; "
            "indirect: a clause of reported speech without marks.",
            required=True,
            values=QUOTE_KINDS,
        ),
        Column("cue", TEXT, "The words that announce it, as written: `a déclaré`, `selon`."),
        Column("speaker_text", TEXT, "Who says it, as written there: `elle`, `le ministre`, `M. Trump`."),
        Column("speaker_name", TEXT, "Who is meant: the fullest name in the article, else the speaker as written."),
        Column("speaker_entity_id", pa.int32(), "`entity_id` of the speaker, where it is a named one.", low=1),
        Column("speaker_gender", TEXT, "Of a person; null where the article does not tell.", values=("f", "m")),
        Column("speaker_kind", TEXT, "What the speaker is.", required=True, values=SPEAKER_KINDS),
        Column("attribution", TEXT, "How the speaker was found; see docs/enrichment.md.", required=True),
        Column(
            "confidence",
            pa.float64(),
            "How often a speaker found in this way was right on annotated articles.",
            unit="share 0-1",
            required=True,
            low=0,
            high=1,
        ),
        _MODEL,
    ),
)

_DOCUMENT = (
    Column("run_id", TEXT, "The run that wrote the row.", required=True),
    Column("record_id", TEXT, "Id of the landed record.", required=True),
    Column("source", TEXT, "Id of the source.", required=True),
    Column("path", TEXT, "Path in the inbox, or URL.", required=True),
    Column("raw_pointer", RAW_POINTER, "The landed document.", required=True),
)

LEDGER = Table(
    name="ledger",
    area="ops",
    row="one landed document and the state in which it ended in one run",
    key=("run_id", "record_id"),
    order=("source", "path", "record_id"),
    columns=(
        *_DOCUMENT,
        Column("state", TEXT, "The one state.", required=True, values=tuple(State)),
        Column("reason", TEXT, "Why it was not published.", values=tuple(Reason)),
        Column("step", TEXT, "The step that decided."),
        Column("message", TEXT, "What was seen, and the remedy where there is one."),
        Column("article_id", TEXT, "The article that it became."),
        Column("revision", pa.int32(), "Its revision."),
        Column("duplicate_of", TEXT, "For duplicates: the record id of the document that was kept."),
        Column(
            "extract_seconds",
            pa.float64(),
            "Processor time that reading and cleaning it took; of one that was stopped for it, the limit.",
            unit="s",
            low=0,
        ),
        Column(
            "enrich_seconds",
            pa.float64(),
            "Processor time that finding its names and quotations took.",
            unit="s",
            low=0,
        ),
    ),
)

_REJECTED = (
    Column(
        "table",
        TEXT,
        "What was rejected: a whole document, or a row of this child table while its article was published.",
        required=True,
        values=("documents", "entities", "quotes"),
    ),
    Column("row_id", pa.int32(), "`mention_id` or `quote_id` of a rejected row; 0 for a document.", required=True),
    Column("content", TEXT, "The rejected row, as JSON; null for a document, which lies in the landing."),
)

QUARANTINE = Table(
    name="quarantine",
    area="ops",
    row="one document, or one row of a child table, that a step rejected",
    key=("record_id", "table", "row_id"),
    order=("source", "path", "record_id", "table", "row_id"),
    columns=(
        *_DOCUMENT,
        *_REJECTED,
        Column("step", TEXT, "The step that rejected it.", required=True),
        Column("reason", TEXT, "Why.", required=True, values=tuple(Reason)),
        Column("message", TEXT, "What was seen, and the remedy where there is one.", required=True),
        Column("first_seen_at", TIME, "When it was first rejected.", unit="UTC", required=True),
        Column("last_seen_at", TIME, "When it was last rejected.", unit="UTC", required=True),
        Column("attempts", pa.int32(), "Runs that rejected it.", required=True, low=1),
        Column("is_resolved", pa.bool_(), "A later run did not reject it any more.", required=True),
    ),
)

CHECKS = Table(
    name="checks",
    area="ops",
    row="the result of one expectation in one run",
    key=("run_id", "table", "expectation", "column", "rule"),
    order=("table", "expectation", "column", "rule"),
    columns=(
        Column("run_id", TEXT, "The run that wrote the row.", required=True),
        Column("table", TEXT, "The table that was checked.", required=True),
        Column("expectation", TEXT, "Name of the expectation.", required=True),
        Column("column", TEXT, "The column, or the columns joined by a comma.", required=True),
        Column("severity", TEXT, "What a failure means.", required=True, values=("info", "warning", "critical")),
        Column("is_success", pa.bool_(), "Whether it held.", required=True),
        Column("row_count", pa.int64(), "Rows checked.", unit="rows", required=True),
        Column("unexpected_count", pa.int64(), "Rows that broke it.", unit="rows", required=True),
        Column("rule", TEXT, "The rule in words.", required=True),
        Column("examples", TEXT, "Some of the values that broke it, as JSON."),
    ),
)

FETCH_LOG = Table(
    name="fetch_log",
    area="ops",
    row="one address that was asked for, or left alone for a reason, in one collection",
    key=("run_id", "source", "number"),
    order=("source", "number"),
    columns=(
        Column("run_id", TEXT, "The run that wrote the row.", required=True),
        Column("source", TEXT, "Id of the source.", required=True),
        Column("number", pa.int32(), "Number within the source and run, from 1.", required=True, low=1),
        Column("kind", TEXT, "What it is to the source.", required=True, values=("listing", "page")),
        Column("url", TEXT, "The address.", required=True),
        Column("final_url", TEXT, "Where its redirects led; null without any."),
        Column("redirects", pa.int32(), "Redirects that were followed.", required=True, low=0),
        Column("reason", TEXT, "How it ended.", required=True, values=tuple(FetchReason)),
        Column("message", TEXT, "What was seen, where it is no success."),
        Column("http_status", pa.int32(), "Status code of the answer, where there was one."),
        Column("media_type", TEXT, "Media type that the server named."),
        Column("bytes", pa.int64(), "Size of the body as received.", unit="bytes", low=0),
        Column("seconds", pa.float64(), "Time of the last exchange with the server.", unit="s", required=True, low=0),
        Column("sha256", TEXT, "Digest of the body without its content encoding."),
        Column("fetched_at", TIME, "When the answer came; null where none did.", unit="UTC"),
        Column("offered", pa.int32(), "Pages that a listing offers.", unit="pages", low=0),
        Column("record_id", TEXT, "The record that was landed for it; null where nothing was new."),
    ),
)

SOURCE_DAYS = Table(
    name="source_days",
    area="ops",
    row="the health of one source on one day, as one run found it",
    key=("run_id", "source"),
    order=("source",),
    columns=(
        Column("run_id", TEXT, "The run that wrote the row.", required=True),
        Column("source", TEXT, "Id of the source.", required=True),
        Column("kind", TEXT, "Kind of the source.", required=True),
        Column("status", TEXT, "What can be said of the day.", required=True, values=tuple(SourceStatus)),
        Column("documents", pa.int64(), "Documents landed for the day.", unit="documents", required=True, low=0),
        Column("offered", pa.int32(), "Pages that its listings offered at most at once.", unit="pages", low=0),
        Column("new", pa.int32(), "Fetches that brought something new.", unit="fetches", required=True, low=0),
        Column("unchanged", pa.int32(), "Fetches that brought what was known.", unit="fetches", required=True, low=0),
        Column("failed", pa.int32(), "Addresses whose last fetch failed.", unit="addresses", required=True, low=0),
        Column("robots_denied", pa.int32(), "Of these, by robots.txt.", unit="addresses", required=True, low=0),
        Column("reasons", pa.map_(TEXT, pa.int32()), "Fetches of the day by how they ended.", required=True),
        Column("last_success_at", TIME, "Last fetch of the day that was answered as it should.", unit="UTC"),
        Column("silent_since_date", pa.date32(), "First day of those without a document up to this one."),
        Column("usual", pa.float64(), "Median of documents on the same weekday before.", unit="documents", low=0),
        Column("message", TEXT, "What to know about it: the failure, or the figures of its quiet."),
    ),
)

PROFILES = Table(
    name="profiles",
    area="ops",
    row="what a source gave on a published day: the past with which later days are compared",
    key=("source",),
    order=("source",),
    columns=(
        Column("source", TEXT, "Id of the source.", required=True),
        Column("documents", pa.int64(), "Landed documents, without the skipped ones.", required=True, low=0),
        Column("articles", pa.int64(), "Published articles.", required=True, low=0),
        Column("quarantined", pa.int64(), "Documents in quarantine.", required=True, low=0),
        Column("median_words", pa.float64(), "Median length of the bodies.", unit="words", low=0),
        Column("flagged", pa.int64(), "Articles that the extraction flagged as doubtful.", required=True, low=0),
        Column("unfinished", pa.int64(), "Articles whose body ends within a sentence.", required=True, low=0),
        Column("newest_at", TIME, "The latest time of publication.", unit="UTC"),
        Column("filled", pa.map_(TEXT, pa.int64()), "Articles that have the field, by field.", required=True),
        Column("distinct", pa.map_(TEXT, pa.int64()), "Different values of the field, by field.", required=True),
        Column("languages", pa.map_(TEXT, pa.int64()), "Articles by language.", required=True),
    ),
)

WAREHOUSE = (ARTICLES, IMAGES, ENTITIES, QUOTES)
OPERATIONS = (LEDGER, QUARANTINE, CHECKS, FETCH_LOG, SOURCE_DAYS, PROFILES)
TABLES = {table.name: table for table in (*WAREHOUSE, *OPERATIONS)}

STAGED = Table(
    name="staged",
    area="stage",
    row="an article between the steps of a day, its pictures nested",
    key=ARTICLES.key,
    order=ARTICLES.order,
    columns=(*ARTICLES.columns, Column("images", pa.list_(IMAGE), "The pictures, in their order.", required=True)),
)
"""What the steps hand to one another: an article's row, and its pictures until publication splits them off."""

DOCUMENTS = Table(
    name="documents",
    area="stage",
    row="a landed document and the state in which it has ended so far",
    key=("record_id",),
    order=LEDGER.order,
    columns=tuple(column for column in LEDGER.columns if column.name != "run_id"),
)
"""The ledger of a day before it belongs to a run."""

ENRICH_SECONDS = Table(
    name="enrich_seconds",
    area="stage",
    row="an article and the processor time of its enrichment: kept apart, because no published value may depend on it",
    key=("record_id",),
    order=("record_id",),
    columns=tuple(column for column in LEDGER.columns if column.name in ("record_id", "enrich_seconds")),
)


REJECTED_ROWS = Table(
    name="rejected_rows",
    area="stage",
    row="a row of a child table that the audit rejected",
    key=("record_id", "table", "row_id"),
    order=QUARANTINE.order,
    columns=(
        *(column for column in _DOCUMENT if column.name != "run_id"),
        *_REJECTED,
        *(column for column in QUARANTINE.columns if column.name in ("step", "reason", "message")),
    ),
)
"""Quarantine rows before they belong to a run."""


def record_id_of(row: Row) -> str:
    """The id of the landed record that an article's row came from."""
    return str(row["raw_pointer"]["record_id"])
