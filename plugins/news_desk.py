"""The News desk inside the Airflow UI: what became of every day, source and document, and how to put it right.

`/news/desk` is the page, under Browse; `/news/reports` the audit reports. All of it is behind Airflow's login. It only
reads, but for decisions by hand, which ask for the permission to trigger DAGs: a run or a replay is asked of Airflow's
own API by the page, so Airflow decides who may. The pages carry no script but
`desk.js`, and everything that came from a document is escaped.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from mimetypes import guess_type
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode, urlsplit

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag, requires_authenticated
from airflow.plugins_manager import AirflowPlugin
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from lxml import html
from pydantic import BaseModel, ConfigDict

from news_etl.collect.health import read_source_days
from news_etl.day import STEPS
from news_etl.decisions import Decision, DecisionError, read_log, release, take_down
from news_etl.desk.charts import bars, cells, months, sparkline
from news_etl.desk.days import Day, Days, DayState, source_state, troubles
from news_etl.desk.find import find
from news_etl.desk.quarantine import Quarantine, Wanted, choices, groups, raw
from news_etl.desk.reader import LABELS, list_articles, read_article
from news_etl.desk.runs import read_run, report_pages, slowest_fetches
from news_etl.desk.sankey import picture
from news_etl.desk.sources import Source, SourceDays, health, notes
from news_etl.outcome import Reason, SourceStatus
from news_etl.schema import ARTICLES, ENTITIES, QUOTES
from news_etl.settings import from_environment
from news_etl.sources import SourcesError, load_sources
from news_etl.store import Store, open_store

WORTH_SAYING = (SourceStatus.NOT_AVAILABLE, SourceStatus.FAILED, SourceStatus.EMPTY, SourceStatus.QUIET)
"""What the collection of a source found that the counts of its documents do not tell."""

DAILY, REPLAY = "news_daily", "news_replay"
RANGES = (31, 91, 182, 365)
"""Days that the calendar offers."""

RELEASABLE = (Reason.FAILED_EXPECTATION, Reason.ABSURD_DATE)
"""What is a judgement, which a person may overrule; what cannot be read cannot be released."""

ROW_TABLES = (ARTICLES.name, ENTITIES.name, QUOTES.name)
"""The tables whose bad rows go to quarantine with the name of the rule that they broke."""

SEARCHED_DAYS = 62
"""Days in which a story is looked for: two months of ledgers are read in a second."""

PAGE_ROWS = 100

HERE = Path(__file__).with_suffix("")
STATIC = {file.name: file for file in sorted((HERE / "static").iterdir())}
TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape(default=True), undefined=StrictUndefined
)
TEMPLATES.globals |= {
    "assets": hashlib.sha256(b"".join(file.read_bytes() for file in STATIC.values())).hexdigest()[:12],
    "labels": LABELS,
    "source_state": source_state,
    "states": list(DayState),
}
TEMPLATES.tests["fault"] = lambda line: line.startswith("  - ")
TEMPLATES.filters |= {
    "number": lambda value: f"{value:,}".replace(",", "\u202f"),
    "day": lambda value: f"{value:%a} {value.day} {value:%b %Y}" if value else "–",
    "time": lambda value: f"{value:%Y-%m-%d %H:%M}" if value else "–",
    "percent": lambda value: f"{value:.1%}" if value else "0",
    "words": lambda value: str(value).replace("_", " "),
    # Only these become links: a page may name `javascript:` as its address.
    "web": lambda value: value if value and urlsplit(value).scheme in ("http", "https") else None,
}

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

# Reports quote what stands in articles: no script of theirs runs, and nothing is asked of another host.
REPORT_HEADERS = HEADERS | {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'self'",
}

# A plugin's app is public unless it says otherwise, its own documentation pages included.
app = FastAPI(
    title="News ETL", dependencies=[Depends(requires_authenticated())], docs_url=None, redoc_url=None, openapi_url=None
)


@cache
def _desk(data_url: str) -> tuple[Store, Days, Quarantine, SourceDays]:
    """The data root with what has been read of it: the same for all requests of this process."""
    store = Store(data_url)
    return store, Days(store), Quarantine(store), SourceDays(store)


class Desk:
    """What every page needs."""

    def __init__(self, request: Request, user: GetUserDep) -> None:
        settings = from_environment()
        self.store, self.days, self.quarantine, self.source_days = _desk(settings.data_url)
        self.root = str(request.scope.get("root_path", "")).rstrip("/")
        self.today = datetime.now(UTC).date()
        self.user = user
        self.max_attempts = settings.max_attempts
        try:
            self.listed, self.sources_error = load_sources(settings.sources).sources, None
        except SourcesError as error:
            self.listed, self.sources_error = (), str(error)

    def may_trigger(self, dag_id: str) -> bool:
        """Whether the user may start runs of a DAG: it decides which buttons can be pressed, Airflow what they do."""
        return get_auth_manager().is_authorized_dag(
            method="POST", access_entity=DagAccessEntity.RUN, details=DagDetails(id=dag_id), user=self.user
        )

    def page(self, template: str, here: str, **values: Any) -> HTMLResponse:
        """A page; `here` is the entry of the menu that it belongs to."""
        text = TEMPLATES.get_template(template).render(
            desk=self, here=here, root=self.root, airflow=self.root.removesuffix("/news"), url=self.url, **values
        )
        return HTMLResponse(text, headers=HEADERS)

    def url(self, path: str, **query: Any) -> str:
        """An address below `/news/desk`; empty values are left out."""
        given = {name: value for name, value in query.items() if value not in (None, "", False)}
        return f"{self.root}/desk{path}" + (f"?{urlencode(given)}" if given else "")

    def window(self, length: int, until: date | None = None) -> list[Day]:
        """The days up to yesterday; or up to the last that has a run, where that is long ago."""
        yesterday = self.today - timedelta(days=1)
        last_run = self.days.last()
        end = until or yesterday
        if last_run and not until and (last_run > yesterday or last_run <= yesterday - timedelta(days=length)):
            end = last_run
        return self.days.between(end - timedelta(days=length - 1), end)

    def health(self, days: list[Day]) -> list[Source]:
        return health(days, self.listed, self.source_days.status)


DeskDep = Annotated[Desk, Depends()]


@app.get("/", include_in_schema=False)
def start(desk: DeskDep) -> RedirectResponse:
    return RedirectResponse(desk.url(""))


@app.get("/static/{name}")
def static(name: str) -> Response:
    """A file of the pages: one of those that lay there when Airflow started, so no path leads elsewhere."""
    if name not in STATIC:
        raise HTTPException(404, "there is no such file")
    headers = HEADERS | {"Cache-Control": "private, max-age=31536000, immutable"}
    return Response(STATIC[name].read_bytes(), media_type=guess_type(name)[0], headers=headers)


@app.get("/desk")
def calendar(desk: DeskDep, days: int = 91, until: date | None = None) -> HTMLResponse:
    """Every day, of all sources and of each."""
    length = _length(days)
    window = desk.window(length, until)
    sources = desk.health(window)
    return desk.page(
        "calendar.html",
        "calendar",
        window=window,
        elsewhere=None if any(day.documents for day in window) else desk.days.last_with_documents(),
        sources=sources,
        length=length,
        columns=_columns(window),
        ranges=RANGES,
        until=until,
        step=timedelta(days=length),
        troubles=troubles(window),
        silent=[source for source in sources if source.is_silent],
        open_entries=desk.days.open_entries(),
        months=months([day.day for day in window]),
        bars=bars(window, max((day.landed for day in window), default=0) or 1),
        all_states=_letters([day.state for day in window]),
        all_counts=_listed(day.documents.get("published", 0) for day in window),
        rows=[
            (source, cells(source.states), _letters(source.states), _listed(source.published))
            for source in sources
            if source.is_seen
        ],
        unseen=[source for source in sources if not source.is_seen],
    )


def _length(days: int) -> int:
    return min(max(days, 7), max(RANGES))


def _columns(window: list[Day]) -> int:
    """The days that a chart has room for: those of a young data root shall not be as wide as the page."""
    return max(len(window), RANGES[0])


def _letters(states: Iterable[DayState | None]) -> str:
    """The states as one letter each: what the script of the page reads them from."""
    return "".join(state[0] if state else "." for state in states)


def _listed(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))


@app.get("/desk/days/{day}")
def show_day(desk: DeskDep, day: date, run: str = "") -> HTMLResponse:
    """One day, by its newest run or the one that is asked for."""
    found = desk.days.get(day)
    name = run or found.run
    if run and run not in found.runs:
        raise HTTPException(404, "the day has no such run")
    shown = read_run(desk.store, day, name) if name else None
    return desk.page(
        "day.html",
        "calendar",
        day=found,
        run=shown,
        picture=picture(shown) if shown else None,
        pages=report_pages(desk.store, day, name) if name else {},
        fetches=slowest_fetches(desk.store, day),
        rows=_readers_see(desk.store, day),
        source_notes={
            name: row for name, row in read_source_days(desk.store, day).items() if row["status"] in WORTH_SAYING
        },
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        row_tables=ROW_TABLES,
        daily=DAILY,
        steps=STEPS,
    )


def _readers_see(store: Store, day: date) -> dict[str, int]:
    """Rows of each table that are published of a day: also where its newest run failed."""
    path = store.day_manifest(day)
    tables = store.read_json(path)["tables"] if store.exists(path) else {}
    return {name: int(table["rows"]) for name, table in tables.items()}


@app.get("/desk/sources")
def list_sources(desk: DeskDep, days: int = 91, until: date | None = None) -> HTMLResponse:
    """The health of every source."""
    window = desk.window(_length(days), until)
    sources = sorted(desk.health(window), key=lambda source: (not source.is_silent, source.id))
    rows = [(source, sparkline(source.published), cells(source.states)) for source in sources]
    last = notes(desk.store, window[-1].day) if window else {}
    return desk.page(
        "sources.html",
        "sources",
        window=window,
        rows=rows,
        columns=_columns(window),
        notes=last,
        ranges=RANGES,
        length=days,
        until=until,
    )


@app.get("/desk/sources/{name}")
def show_source(desk: DeskDep, name: str, days: int = 91, until: date | None = None) -> HTMLResponse:
    """One source, day by day."""
    window = desk.window(_length(days), until)
    source = next((source for source in desk.health(window) if source.id == name), None)
    if source is None:
        raise HTTPException(404, "there is no such source")
    return desk.page(
        "source.html",
        "sources",
        source=source,
        lines=list(reversed(list(zip(window, source.states, strict=True)))),
        window=window,
        chart=sparkline(source.published),
        paths=cells(source.states),
        months=months([day.day for day in window]),
        columns=_columns(window),
        open_entries=len(desk.quarantine.find(Wanted(source=name))),
        note=notes(desk.store, window[-1].day).get(name) if window else None,
        ranges=RANGES,
        length=days,
        until=until,
    )


@app.get("/desk/quarantine")
def list_quarantine(
    desk: DeskDep,
    first: date | None = None,
    last: date | None = None,
    source: str = "",
    reason: str = "",
    rule: str = "",
    table: str = "",
    text: str = "",
    resolved: bool = False,
    start: Annotated[int, Query(ge=0)] = 0,
) -> HTMLResponse:
    """What was rejected, in groups and one by one."""
    everything = desk.quarantine.find(Wanted(first, last, is_resolved=resolved))
    wanted = Wanted(first, last, source, reason, rule, table, text, resolved)
    found = [entry for entry in everything if wanted.admits(entry)]
    query = {
        "first": first, "last": last, "source": source, "reason": reason, "rule": rule, "table": table, "text": text,
        "resolved": "1" if resolved else "",
    }  # fmt: skip
    return desk.page(
        "quarantine.html",
        "quarantine",
        wanted=wanted,
        groups=groups(found),
        entries=found[start : start + PAGE_ROWS],
        total=len(found),
        everything=len(everything),
        choices=choices(everything),
        start=start,
        rows=PAGE_ROWS,
        query=query,
        replay=REPLAY,
    )


@app.get("/desk/quarantine/{day}/{record_id}")
def show_entry(desk: DeskDep, day: date, record_id: str, table: str = "documents", row: int = 0) -> HTMLResponse:
    """One rejected document or row, with the document as it came."""
    entry = desk.quarantine.get(day, record_id, table, row)
    if entry is None:
        raise HTTPException(404, "the quarantine of the day holds no such document")
    return desk.page(
        "entry.html",
        "quarantine",
        entry=entry,
        raw=raw(desk.store, entry),
        replay=REPLAY,
        decisions=[decision for decision in read_log(desk.store) if decision.subject == record_id],
        may_be_released=entry.reason in RELEASABLE and not entry.is_resolved,
    )


@app.get("/desk/articles")
def latest_articles(desk: DeskDep) -> RedirectResponse:
    """The articles of the last day that is published."""
    days = desk.store.days("articles")
    return RedirectResponse(desk.url(f"/articles/{days[-1]}" if days else ""))


@app.get("/desk/articles/{day}")
def show_articles(
    desk: DeskDep,
    day: date,
    source: str = "",
    flag: str = "",
    text: str = "",
    start: Annotated[int, Query(ge=0)] = 0,
) -> HTMLResponse:
    """The published articles of a day."""
    listing = list_articles(desk.store, day, source=source, flag=flag, text=text, start=start, limit=PAGE_ROWS)
    return desk.page(
        "articles.html",
        "articles",
        day=day,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        listing=listing,
        query={"source": source, "flag": flag, "text": text},
        start=start,
        rows=PAGE_ROWS,
    )


@app.get("/desk/articles/{day}/{article_id}/{revision}")
def show_article(desk: DeskDep, day: date, article_id: str, revision: int) -> HTMLResponse:
    """One article, with its names and quotations marked."""
    article = read_article(desk.store, day, article_id, revision)
    if article is None:
        raise HTTPException(404, "no such article is published on that day")
    return desk.page("article.html", "articles", day=day, article=article, replay=REPLAY)


@app.get("/desk/find")
def find_story(desk: DeskDep, text: str = "", until: date | None = None) -> HTMLResponse:
    """Where did my story go?"""
    days = list(reversed(desk.window(SEARCHED_DAYS, until)))
    found = find(desk.store, days, text.strip()) if len(text.strip()) > 2 else []
    return desk.page("find.html", "", text=text, days=days, found=found, until=until)


# ---- decisions by hand


class ReleaseOf(BaseModel):
    """A quarantined document, or row, that shall be published anyway."""

    model_config = ConfigDict(extra="forbid")

    day: date
    record_id: str
    table: str = "documents"
    row: int = 0
    why: str


class TakeDownOf(BaseModel):
    """An article that shall be left out of every publication."""

    model_config = ConfigDict(extra="forbid")

    article_id: str
    why: str


def from_own_page(request: Request) -> None:
    """Refuse what a page of another site sends with the cookie of a person who is logged in.

    Airflow's cookie is `SameSite=Lax`, so browsers do not send it with such a request; this does not rely on that.
    """
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise HTTPException(415, "send JSON")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403, "only a page of the News desk may ask for this")


MAY_DECIDE = [
    Depends(from_own_page),
    Depends(requires_access_dag(method="POST", access_entity=DagAccessEntity.RUN, param_dag_id=REPLAY)),
]


@app.get("/desk/decisions")
def list_decisions(desk: DeskDep) -> HTMLResponse:
    """Every decision by hand: who, why and when, and which hold."""
    return desk.page("decisions.html", "quarantine", decisions=list(reversed(read_log(desk.store))))


@app.post("/desk/release", dependencies=MAY_DECIDE)
def release_document(desk: DeskDep, asked: ReleaseOf) -> dict[str, str]:
    """Publish a quarantined document anyway, from the next run of its day on."""
    entry = desk.quarantine.get(asked.day, asked.record_id, asked.table, asked.row)
    if entry is None:
        raise HTTPException(404, "the quarantine of the day holds no such document")
    return _decided(desk, release, entry.row, asked.why)


@app.post("/desk/take-down", dependencies=MAY_DECIDE)
def take_down_article(desk: DeskDep, asked: TakeDownOf) -> dict[str, str]:
    """Leave an article out of every publication from now on."""
    return _decided(desk, take_down, asked.article_id, asked.why)


def _decided(desk: Desk, decide: Callable[..., Decision], subject: Any, why: str) -> dict[str, str]:
    try:
        decision = decide(desk.store, subject, desk.user.get_name(), why, datetime.now(UTC))
    except DecisionError as error:
        raise HTTPException(409, str(error)) from None
    return {"decision": decision.id}


# ---- the audit reports


@app.get("/reports")
def list_reports(desk: DeskDep) -> HTMLResponse:
    """The reports, newest day first."""
    runs = {day: desk.store.folders(f"reports/{day}") for day in desk.store.folders("reports")}
    return desk.page("reports.html", "reports", days=sorted(runs.items(), reverse=True))


@app.get("/reports/{path:path}")
def read_report(path: str) -> Response:
    """A file of a report. Pages come without their scripts and with a style of ours in the place of other hosts'."""
    parts = PurePosixPath(path).parts
    store = open_store(from_environment())
    file = "/".join(("reports", *parts))
    if not parts or ".." in parts or "/" in parts or "\0" in path or not store.is_file(file):
        raise HTTPException(404, "there is no such report")
    content = store.read_bytes(file)
    if not path.endswith(".html"):
        return Response(content, media_type=guess_type(file)[0] or "text/plain", headers=REPORT_HEADERS)
    pages = _pages_beside(store, parts) if parts[-1] == "index.html" else {}
    return HTMLResponse(_self_contained(content, pages), headers=REPORT_HEADERS)


def _pages_beside(store: Store, parts: tuple[str, ...]) -> Mapping[str, str]:
    """The pages of a report by table, as addresses beside its index: the index itself lists them by a script."""
    folder = "/".join(("reports", *parts[:-1]))
    found = (path.removeprefix(f"{folder}/") for path in store.stamps(folder))
    return {PurePosixPath(path).parts[1]: path for path in found if path.startswith("validations/")}


def _self_contained(content: bytes, pages: Mapping[str, str]) -> str:
    """A page of Great Expectations that needs nothing but itself."""
    page = html.document_fromstring(content)
    for element in list(page.iter("script", "link", "iframe", "object", "embed", "form", "base", "meta", "style")):
        element.drop_tree()
    for element in page.iter():
        for name in [name for name in element.attrib if name.startswith("on")]:
            del element.attrib[name]
    for element in list(page.iter("img")):
        element.drop_tree()
    head, body = page.find("head"), page.find("body")
    if head is None or body is None:  # not a page of a report
        return ""
    style = html.Element("style")
    style.text = STATIC["report.css"].read_text()
    head.append(html.Element("meta", charset="utf-8"))
    head.append(style)
    if pages:
        listed = html.Element("ul", {"class": "pages"})
        for table, path in sorted(pages.items()):
            item = html.Element("li")
            link = html.Element("a", href=path)
            link.text = table
            item.append(link)
            listed.append(item)
        for element in list(body):
            element.drop_tree()
        title = html.Element("h1")
        title.text = "Audit report"
        body.append(title)
        body.append(listed)
    return "<!doctype html>\n" + html.tostring(page, encoding="unicode")


class NewsDesk(AirflowPlugin):
    name = "news_desk"
    fastapi_apps: ClassVar = [{"app": app, "url_prefix": "/news", "name": "News ETL"}]
    external_views: ClassVar = [
        {
            "name": "News desk",
            "href": "/news/desk",
            "destination": "nav",
            "url_route": "news-desk",
            "icon": "/news/static/icon.svg",
            "icon_dark_mode": "/news/static/icon-dark.svg",
        },
        {
            "name": "Audit reports",
            "href": "/news/reports",
            "destination": "nav",
            "category": "browse",
            "url_route": "audit",
        },
    ]
