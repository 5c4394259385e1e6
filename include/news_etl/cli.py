"""The command line `news-etl`: the same steps that the DAGs run, on files and days, without Airflow.

Exit codes: 0 when every document was handled, also where some are quarantined; 1 for a failed day or a broken
contract; 2 for wrong usage.
"""

import json
import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from datetime import UTC, date, datetime
from getpass import getuser
from itertools import tee
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.markup import escape

from news_etl.outcome import BrokenContract
from news_etl.settings import VARIABLES, SettingsError, from_environment

FAILED, WRONG_USAGE = 1, 2
SAMPLE_DAY = "2025-11-04"

Step = Literal["collect", "extract_and_clean", "enrich", "validate", "publish"]
Format = Literal["table", "csv", "jsonl"]

EPILOG = "Environment:\n\n" + "\n\n".join(f"{name}: {meaning}" for name, meaning in VARIABLES.items())

app = typer.Typer(
    name="news-etl",
    help="From landed news documents to validated, partitioned Parquet.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
sources_app = typer.Typer(help="The sources file.", no_args_is_help=True)
app.add_typer(sources_app, name="sources")

messages = Console(stderr=True)


class UsageError(Exception):
    """What was asked for cannot be done; the message names the file, the line where there is one, and the remedy."""


Day = Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="The UTC day.")]


@app.callback()
def options(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log every step to stderr.")] = False,
) -> None:
    handler = RichHandler(console=messages, show_path=False)
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, format="%(message)s", handlers=[handler])


@app.command()
def extract(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Dumps, pages, JSON articles, WARC or JSON Lines files.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Address of the page, for a single file.")] = None,
    manifest: Annotated[
        Path | None,
        typer.Option(help="JSON Lines of {id, path, url?, fetched_at?}; paths relative to this file."),
    ] = None,
) -> None:
    """Print the article in each document, one JSON object a line, as the pipeline sees it.

    A document that the pipeline would quarantine gives {id, path, error, reason}.
    """
    from news_etl.documents import from_files, from_manifest
    from news_etl.process import process_all

    if bool(files) == bool(manifest):
        raise UsageError("give either files or --manifest; see news-etl extract --help")
    if url and (not files or len(files) != 1):
        raise UsageError("--url is for a single file; for several use --manifest with a url in each line")
    settings = from_environment()
    limit = settings.max_document_bytes
    found = from_manifest(manifest, limit) if manifest else from_files(files or [], url, limit)
    identities, documents = tee(found)
    states = process_all((document for _, document in documents), {}, settings)
    for (identity, _), (row, state) in _progress(zip(identities, states, strict=True), "documents"):
        _print_json(_extracted(identity, row, state))


def _extracted(identity: str, row: dict[str, Any] | None, state: dict[str, Any]) -> dict[str, Any]:
    name = {"id": identity, "path": state["path"]}
    if row is None:
        return name | {"error": state["message"], "reason": state["reason"], "state": state["state"]}
    dropped = ("body", "blocks", "raw_pointer", "revision", "source", "country", "enrichment")
    counted_later = ("sentence_count", "token_count", "entity_count", "person_count", "quote_count", "quoted_share")
    fields = {key: value for key, value in row.items() if key not in dropped + counted_later}
    body = [
        {key: block[key] for key in ("kind", "text", "label", "score") if block[key] is not None}
        for block in row["blocks"]
    ]
    return name | fields | {"body": body, "field_provenance": dict(row["field_provenance"])}


@app.command()
def enrich(
    file: Annotated[Path | None, typer.Argument(help="JSON Lines of {id, text, language?}; stdin if left out.")] = None,
) -> None:
    """Print the names and quotations of each text, one JSON object a line; offsets are into the given text."""
    from news_etl.clean.language import identify
    from news_etl.enrich import enrich_text

    settings = from_environment()
    for place, line in _progress(_json_lines(file), "texts"):
        text, language = line.get("text"), line.get("language")
        if not isinstance(text, str) or not isinstance(language, str | None):
            raise UsageError(f'{place}: each line is {{"id": …, "text": …, "language": …}}, text and language strings')
        language = language or identify(text)[0]
        _print_json({"id": line.get("id"), "language": language} | enrich_text(text, language, settings))


def _json_lines(file: Path | None) -> Iterator[tuple[str, dict[str, Any]]]:
    name = str(file) if file else "stdin"
    try:
        with file.open(encoding="utf-8") if file else nullcontext(sys.stdin) as stream:
            for number, text in enumerate(stream, start=1):
                if text.strip():
                    place = f"{name}, line {number}"
                    line = json.loads(text)
                    if not isinstance(line, dict):
                        raise UsageError(f"{place}: not a JSON object")
                    yield place, line
    except json.JSONDecodeError as error:
        raise UsageError(f"{name}, line {number}: not JSON: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{name}: not UTF-8 ({error.reason}); save it as UTF-8") from None
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror}") from None


@app.command()
def collect(
    source: Annotated[
        list[str] | None, typer.Option(help="Collect only this source (may be repeated); also a paused one.")
    ] = None,
) -> None:
    """Land what feeds, sitemaps and pages have now, as the hourly DAG does. Nothing is published.

    Every source that is due is looked at; those named are, due or not.
    """
    from news_etl.collect import collect_now
    from news_etl.sources import load_sources
    from news_etl.store import open_store

    settings = from_environment()
    store, run_id, failed = open_store(settings), f"cli__{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}", []
    for one in load_sources(settings.sources).web(source):
        with messages.status(one.id):
            try:
                done = _brief(collect_now(store, one, settings, run_id, due_only=not source))
                messages.print(f"[green]✓[/] {done}", highlight=False)
            except OSError as error:
                failed.append(one.id)
                messages.print(f"[red]✗[/] {escape(str(error))}", highlight=False, soft_wrap=True)
    if failed:
        raise BrokenContract(f"not collected: {', '.join(failed)}")


@app.command()
def run(
    day: Day,
    source: Annotated[
        list[str] | None, typer.Option(help="Collect only this source (may be repeated); all landed are published.")
    ] = None,
    restart_from: Annotated[
        Step, typer.Option(help="Take over what an earlier run left of the steps before this one.")
    ] = "collect",
) -> None:
    """Run the five steps of a day without Airflow, and show what was published."""
    from news_etl.day import Run, run_day

    this = Run.of(day.date(), _run_id(), from_environment(), restart_from)
    with messages.status(f"{day:%Y-%m-%d}: collect") as status:
        for step, manifest in run_day(this, source):
            messages.print(f"[green]✓[/] {step:<18} {_brief(manifest)}", highlight=False)
            status.update(f"{day:%Y-%m-%d}: after {step}")
    show(day)


def _run_id() -> str:
    return f"cli__{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"


def _brief(manifest: dict[str, Any]) -> str:
    shown = {
        key: value for key, value in manifest.items() if isinstance(value, (int, str)) and key not in ("day", "date")
    }
    brief = [f"{key} {value}" for key, value in shown.items() if key not in ("part", "report", "path")]
    left_out = [f"{count} left out by {why}" for why, count in sorted(manifest.get("left_out", {}).items())]
    return ", ".join(brief + left_out)


@app.command()
def show(day: Day) -> None:
    """Show a day: its articles, where every document ended, where the files are, and what to try next."""
    from news_etl.show import show_day

    show_day(from_environment(), day.date(), Console())


# ---- the quarantine, and decisions by hand


@app.command()
def replay(
    start: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    end: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day; else the first.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Only what was rejected for this reason: absurd_date.")] = None,
    source: Annotated[str | None, typer.Option(help="Only what came from this source.")] = None,
    poison: Annotated[
        bool, typer.Option("--poison", help="Also what was rejected too often and is set aside.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be replayed.")] = False,
) -> None:
    """Put the quarantine of some days through again, after its cause was mended; one JSON object a day.

    The days that hold something of the kind are run again from what is landed for them.
    """
    from news_etl.day import Run, run_day
    from news_etl.replay import RESTART_FROM, Selection, outcome, waiting
    from news_etl.store import open_store

    settings = from_environment()
    store = open_store(settings)
    selection = Selection(start.date(), (end or start).date(), reason, source, poison)
    found = waiting(store, selection, settings.max_attempts)
    failed = []
    for one in found:
        if not one.entries or dry_run:
            _print_json({"day": one.day, "waiting": len(one.entries), "poison": len(one.poison)})
            continue
        try:
            for _ in run_day(Run.of(one.day, _run_id(), settings, RESTART_FROM)):
                pass
        except BrokenContract as error:
            failed.append(str(error))
        _print_json(outcome(store, [one])[0])
    if failed:
        raise BrokenContract("\n".join(failed))


Who = Annotated[
    str, typer.Option("--who", help="Who decides. Default: the name of the login.", default_factory=getuser)
]
Why = Annotated[str, typer.Option("--why", help="Why: for the next person.")]


@app.command()
def release(
    day: Day,
    document: Annotated[list[str], typer.Argument(help="Record ids, or paths, as they stand in the quarantine.")],
    why: Why,
    who: Who,
) -> None:
    """Publish quarantined documents anyway: every later run passes over the judgements that rejected them."""
    from news_etl import decisions
    from news_etl.ledger import read_quarantine
    from news_etl.store import open_store

    store = open_store(from_environment())
    for name in document:
        entries = [row for row in read_quarantine(store, day.date()) if name in (row["record_id"], row["path"])]
        if not entries:
            raise UsageError(f"{day:%Y-%m-%d}: nothing in quarantine has the record id or path {name!r}")
        for entry in entries:
            _show_decision(decisions.release(store, entry, who, why, datetime.now(UTC)))
    messages.print(
        f"Takes effect with the next run: news-etl run --date {day:%Y-%m-%d} --restart-from extract_and_clean"
    )


@app.command(name="take-down")
def take_down(
    article: Annotated[str, typer.Argument(help="The article_id, or the address of the article.")], why: Why, who: Who
) -> None:
    """Leave an article out of every later publication; says which published days hold it."""
    from news_etl import decisions
    from news_etl.read import days_of
    from news_etl.store import open_store

    store = open_store(from_environment())
    _show_decision(decisions.take_down(store, article, who, why, datetime.now(UTC)))
    for day in days_of(store, article):
        messages.print(f"Published on {day}: news-etl run --date {day} --restart-from extract_and_clean removes it")


@app.command()
def revoke(decision: Annotated[str, typer.Argument(help="Id of the decision.")], why: Why, who: Who) -> None:
    """Take a decision back, from the next run on."""
    from news_etl import decisions
    from news_etl.store import open_store

    _show_decision(decisions.revoke(open_store(from_environment()), decision, who, why, datetime.now(UTC)))


@app.command(name="decisions")
def list_decisions() -> None:
    """Print every decision by hand, one JSON object a line."""
    from news_etl.decisions import read_log
    from news_etl.store import open_store

    for decision in read_log(open_store(from_environment())):
        _show_decision(decision)


def _show_decision(decision: Any) -> None:
    _print_json({"id": decision.id} | vars(decision))


@app.command(name="quality")
def list_limits() -> None:
    """Print what `quality` in the sources file can change, as JSON: the limits with their reasons, and the rules."""
    from news_etl.quality import JUDGEMENTS, LIMITS

    limits = {name: vars(limit) for name, limit in LIMITS.items()}
    sys.stdout.write(json.dumps({"limits": limits, "rules": JUDGEMENTS}, ensure_ascii=False, indent=2) + "\n")


@app.command()
def read(
    table: Annotated[str, typer.Argument(help="articles, images, entities or quotes.")] = "articles",
    start: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day; else the first.")
    ] = None,
    language: Annotated[list[str] | None, typer.Option(help="Keep this language (may be repeated).")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Keep this source (may be repeated).")] = None,
    columns: Annotated[str | None, typer.Option(help="Columns, joined by commas.")] = None,
    published: Annotated[bool, typer.Option("--published", help="Select by day of publication.")] = False,
    rows: Annotated[int, typer.Option(min=0, help="Rows at most; 0 for all.")] = 20,
    form: Annotated[Format, typer.Option("--format", help="How to print the rows.")] = "table",
    schema: Annotated[bool, typer.Option("--schema", help="Show the columns instead of rows.")] = False,
    partitions: Annotated[bool, typer.Option("--partitions", help="Show days and files instead of rows.")] = False,
) -> None:
    """Show a published table: its rows, its schema or its partitions."""
    from news_etl import read as reader
    from news_etl import show

    console = Console()
    if schema:
        show.show_schema(table, console)
    elif partitions:
        show.show_partitions(from_environment(), table, console)
    else:
        first, last = (moment.date() if moment else None for moment in (start, end))
        selection = reader.Selection(first, last, language or (), source or (), published)
        wanted = [name.strip() for name in columns.split(",")] if columns else None
        found = reader.table(table, selection, columns=wanted, form="arrow")
        show.show_rows(found, rows, form, console, chosen=wanted is not None)


@app.command()
def dictionary() -> None:
    """Print the data dictionary as Markdown; `docs/data-dictionary.md` is this output."""
    from news_etl.dictionary import data_dictionary

    sys.stdout.write(data_dictionary())


@sources_app.command()
def check(
    source: Annotated[str | None, typer.Argument(help="A source to look at now; the file alone if left out.")] = None,
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="The day to look at; else the source's last."),
    ] = None,
) -> None:
    """Validate the sources file; look at a source now, and show what would be collected. Nothing is landed."""
    from news_etl.show import show_arrivals, show_preview
    from news_etl.sources import Web, load_sources

    settings = from_environment()
    loaded = load_sources(settings.sources)
    messages.print(
        f"{settings.sources}: {len(loaded.sources)} sources, valid", highlight=False, markup=False, soft_wrap=True
    )
    for one in [loaded.get(source)] if source else loaded.sources:
        state = f"{one.kind} {one.origin}" + (f" (paused: {one.paused})" if one.paused else "")
        messages.print(f"  {one.id:<24} {state}", highlight=False, markup=False, soft_wrap=True)
    if source:
        found = loaded.get(source)
        if isinstance(found, Web):
            show_preview(found, settings, day.date() if day else None, Console())
        else:
            show_arrivals(found, day.date() if day else _latest_day(found), Console())


def _latest_day(source: Any) -> date:
    return max(source.days) if source.days else datetime.now(UTC).date()


@sources_app.command(name="schema")
def sources_schema() -> None:
    """Print the JSON Schema of the sources file, for editors; `include/sources.schema.json` is this output."""
    from news_etl.sources import json_schema

    sys.stdout.write(json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n")


def _progress(items: Iterable[Any], what: str) -> Iterator[Any]:
    """The items, with a counter on stderr where a person is looking."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed} " + what), TimeElapsedColumn())
    with Progress(*columns, console=messages, transient=True, disable=not messages.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        for item in items:
            yield item
            progress.advance(task)


def _print_json(content: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(content, ensure_ascii=False, default=_json_value) + "\n")


def _json_value(value: Any) -> str:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, (datetime, date)) else str(value)


def main() -> None:
    """Run the command line, and turn what went wrong into a message and an exit code."""
    try:
        app()
    except BrokenContract as error:
        _fail(str(error), FAILED)
    except BrokenPipeError:  # the reader of our output has left: `news-etl read | head`
        sys.stderr.close()
        sys.exit(0)
    except (UsageError, SettingsError, ValueError, LookupError, OSError) as error:
        known = isinstance(error, (UsageError, SettingsError)) or type(error).__module__.startswith("news_etl")
        if not known and not isinstance(error, (FileNotFoundError, PermissionError)):
            raise
        _fail(str(error), WRONG_USAGE)


def _fail(message: str, code: int) -> None:
    messages.print(f"[red]error:[/] {escape(message)}", highlight=False, soft_wrap=True)
    sys.exit(code)
