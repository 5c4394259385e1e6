"""The audit reports (Great Expectations' Data Docs) inside the Airflow UI, behind its login.

`/news/reports` lists them by day and run; the menu entry is under Browse.
"""

from html import escape
from mimetypes import guess_type
from pathlib import PurePosixPath
from typing import ClassVar

from airflow.api_fastapi.core_api.security import requires_authenticated
from airflow.plugins_manager import AirflowPlugin
from fastapi import Depends, FastAPI, HTTPException, Response
from fastapi.responses import HTMLResponse

from news_etl.settings import from_environment
from news_etl.store import Store, open_store

# A plugin's app is public unless it says otherwise, its own documentation pages included.
app = FastAPI(
    title="News ETL", dependencies=[Depends(requires_authenticated())], docs_url=None, redoc_url=None, openapi_url=None
)

# Reports quote what stands in articles. In a sandbox of its own origin a script in one cannot act in Airflow.
SANDBOX = {"Content-Security-Policy": "sandbox allow-scripts allow-popups", "X-Content-Type-Options": "nosniff"}

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Audit reports</title><style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
body {{ margin: 2rem auto; max-width: 60rem }}
</style><h1>Audit reports</h1>{days}</html>"""


@app.get("/reports", response_class=HTMLResponse)
def list_reports() -> str:
    """The reports, newest day first."""
    days = "".join(
        _day(name, runs) for name, runs in sorted(_runs(open_store(from_environment())).items(), reverse=True)
    )
    return PAGE.format(days=days or "<p>No day has been audited yet.</p>")


@app.get("/reports/{path:path}")
def read_report(path: str) -> Response:
    """A file of a report."""
    parts = PurePosixPath(path).parts
    store = open_store(from_environment())
    file = "/".join(("reports", *parts))
    if not parts or ".." in parts or "/" in parts or not store.is_file(file):
        raise HTTPException(404, "there is no such report")
    return Response(store.read_bytes(file), media_type=guess_type(file)[0] or "text/plain", headers=SANDBOX)


def _runs(store: Store) -> dict[str, list[str]]:
    return {day: store.folders(f"reports/{day}") for day in store.folders("reports")}


def _day(name: str, runs: list[str]) -> str:
    links = "".join(
        f'<li><a href="/news/reports/{escape(name)}/{escape(run)}/index.html">{escape(run)}</a></li>' for run in runs
    )
    return f"<h2>{escape(name.removeprefix('date='))}</h2><ul>{links}</ul>"


class AuditReports(AirflowPlugin):
    name = "audit_reports"
    fastapi_apps: ClassVar = [{"app": app, "url_prefix": "/news", "name": "News ETL"}]
    external_views: ClassVar = [
        {
            "name": "Audit reports",
            "href": "/news/reports",
            "destination": "nav",
            "category": "browse",
            "url_route": "audit",
        }
    ]
