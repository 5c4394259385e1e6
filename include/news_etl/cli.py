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
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.markup import escape

from news_etl.settings import VARIABLES, Settings, SettingsError, from_environment

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

    if bool(files) == bool(manifest):
        raise UsageError("give either files or --manifest; see news-etl extract --help")
    if url and (not files or len(files) != 1):
        raise UsageError("--url is for a single file; for several use --manifest with a url in each line")
    settings = from_environment()
    documents = from_manifest(manifest) if manifest else from_files(files or [], url)
    for identity, document in _progress(documents, "documents"):
        _print_json(_extracted(identity, document, settings))


def _extracted(identity: str, document: Any, settings: Settings) -> dict[str, Any]:
    from news_etl.day import process

    row, state = process(document, None, settings)
    name = {"id": identity, "path": document.path}
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

    run_id = f"cli__{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"
    this = Run.of(day.date(), run_id, from_environment(), restart_from)
    with messages.status(f"{day:%Y-%m-%d}: collect") as status:
        for step, manifest in run_day(this, source):
            messages.print(f"[green]✓[/] {step:<18} {_brief(manifest)}", highlight=False)
            status.update(f"{day:%Y-%m-%d}: after {step}")
    show(day)


def _brief(manifest: dict[str, Any]) -> str:
    shown = {
        key: value for key, value in manifest.items() if isinstance(value, (int, str)) and key not in ("day", "date")
    }
    return ", ".join(f"{key} {value}" for key, value in shown.items() if key not in ("part", "report", "path"))


@app.command()
def show(day: Day) -> None:
    """Show a day: its articles, where every document ended, where the files are, and what to try next."""
    from news_etl.show import show_day

    show_day(from_environment(), day.date(), Console())


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
    """Validate the sources file; show what a source would land for a day. Nothing is landed."""
    from news_etl.show import show_arrivals
    from news_etl.sources import load_sources

    settings = from_environment()
    loaded = load_sources(settings.sources)
    messages.print(f"{settings.sources}: {len(loaded.sources)} sources, valid", highlight=False, markup=False, soft_wrap=True)
    for one in [loaded.get(source)] if source else loaded.sources:
        state = f"paused: {one.paused}" if one.paused else f"{one.kind} {one.path}"
        messages.print(f"  {one.id:<24} {state}", highlight=False, markup=False, soft_wrap=True)
    if source:
        found = loaded.get(source)
        show_arrivals(found, day.date() if day else _latest_day(found), Console())


def _latest_day(source: Any) -> date:
    return max(source.days) if source.days else datetime.now(UTC).date()


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
    from news_etl.outcome import BrokenContract

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
