"""The way of the person on call: a red day in the calendar, its flow, the documents behind it, a fix, a replay."""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Frame, Page, expect

from local_airflow import USER
from news_etl.settings import PROJECT_ROOT
from running_airflow import AirflowClient, running_airflow

# Three to four minutes on two idle cores; the limit is for busy ones.
pytestmark = [pytest.mark.airflow, pytest.mark.browser, pytest.mark.timeout(1800)]

DAY = date(2025, 11, 4)
ALMANAC = 90
"""Articles of the source that is wrong: more than the day's others, so that the day fails."""

IMAGE = "<img src=x onerror=\"document.title='RAN'\">"
SCRIPT = "<script>document.title='RAN'</script>"


@dataclass(frozen=True)
class Desk:
    client: AirflowClient
    data: Path
    sources: Path

    def url(self, path: str) -> str:
        return f"{self.client.airflow.url}/news{path}"

    def mend(self) -> None:
        """Decide for the source that its dates may lie ahead."""
        content = yaml.safe_load(self.sources.read_text(encoding="utf-8"))
        content["sources"][-1]["quality"] = {"reason": "It announces regattas.", "limits": {"max_days_ahead": 400}}
        self.sources.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A running Airflow with the samples, and a source all of whose articles are dated a year ahead."""
    folder = tmp_path_factory.mktemp("desk")
    content = yaml.safe_load((PROJECT_ROOT / "include" / "sources.yaml").read_text(encoding="utf-8"))
    pattern = f"{folder}/inbox/date={{date}}/*"
    content["sources"].append({"id": "almanac", "kind": "inbox", "path": pattern, "days": [str(DAY)]})
    sources = folder / "sources.yaml"
    sources.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    inbox = folder / "inbox" / f"date={DAY}"
    inbox.mkdir(parents=True)
    lines = [article(f"The regatta number {number} will start at dawn", number) for number in range(ALMANAC)]
    (inbox / "ahead.jsonl").write_text(
        "\n".join([*lines, article(f"Hostile {SCRIPT}", ALMANAC, f"{IMAGE} is no picture.")]) + "\n"
    )
    (inbox / "hostile.html").write_text(f"<html><head><title>x</title></head><body>{SCRIPT}{IMAGE}</body></html>")
    data = folder / "data"
    variables = {
        "NEWS_ETL_DATA": str(data),
        "NEWS_ETL_SOURCES": str(sources),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:ADMIN,reader:VIEWER",
    }
    with running_airflow(variables) as client:
        client.wait_for_dag("news_daily")
        client.wait_for_dag("news_replay")
        client.unpause("news_daily")
        yield Desk(client, data, sources)


def article(title: str, number: int, aside: str = "") -> str:
    """A line of JSON: a good article but for its date."""
    boats = " ".join(
        f"Boat {boat} of race {number} leaves the harbour of Vaubrisse at six." for boat in range(6 + number)
    )
    day = date(2026, 8, 1) + timedelta(days=number)
    return json.dumps(
        {"title": title, "body": f"{boats} {aside}", "language": "en", "published_at": f"{day}T08:00:00Z"}
    )


def log_in(page: Page, desk: Desk, user: str = USER) -> None:
    passwords = json.loads((desk.client.airflow.home / "passwords.json").read_text())
    page.goto(desk.client.airflow.url)
    page.get_by_label("Username").fill(user)
    page.locator("input[type=password]").fill(passwords[user])
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(rf"^{desk.client.airflow.url}/$"))


def embedded(page: Page) -> Frame:
    """The News desk within Airflow's own page."""
    page.locator("iframe").wait_for()
    frame = page.locator("iframe").element_handle().content_frame()
    assert frame
    return frame


def run_the_day(desk: Desk) -> str:
    """Run the day, whatever becomes of it; returns the state."""
    run = desk.client.trigger("news_daily", {"date": str(DAY)})
    for _ in range(900):
        state = str(desk.client.request("GET", f"/api/v2/dags/news_daily/dagRuns/{run}")["state"])
        if state in ("success", "failed"):
            return state
        time.sleep(0.5)
    raise AssertionError(f"{run} did not end")


def test_a_red_day_is_looked_into_mended_and_replayed(page: Page, screenshots: Path, desk: Desk) -> None:
    assert run_the_day(desk) == "failed"
    page.set_viewport_size({"width": 1280, "height": 900})
    log_in(page, desk)

    page.get_by_role("link", name="News desk").or_(page.get_by_role("button", name="News desk")).first.click()
    frame = embedded(page)
    expect(frame.get_by_text("Needs attention")).to_be_visible()
    page.screenshot(path=screenshots / "desk-embedded.png")

    page.goto(desk.url(f"/desk?days=31&until={DAY}"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Tue 4 Nov 2025 failed")
    calendar = page.get_by_role("application")
    expect(calendar.locator("path.failed").first).to_be_visible()
    page.screenshot(path=screenshots / "desk-calendar-red.png")
    calendar.focus()
    page.keyboard.press("Home")
    expect(page.locator("#tip")).to_contain_text("Tue 4 Nov 2025 · all sources · failed")
    page.keyboard.press("Enter")

    expect(page).to_have_url(desk.url(f"/desk/days/{DAY}"))
    expect(page.get_by_role("alert")).to_contain_text("is not published")
    expect(page.locator(".sankey")).to_contain_text("held")
    page.screenshot(path=screenshots / "desk-day-red.png", full_page=True)
    page.locator("table.checks").get_by_role("link", name="bad share").click()

    expect(page.get_by_role("heading", name=re.compile("entries in 3 groups"))).to_be_visible()
    page.get_by_role("link", name="absurd date").first.click()
    expect(page.get_by_role("heading", name=re.compile(rf"{ALMANAC + 1} entries"))).to_be_visible()
    page.screenshot(path=screenshots / "desk-quarantine.png", full_page=True)
    page.locator("table.entries").get_by_role("link").first.click()
    expect(page.locator("pre.raw")).to_contain_text('"published_at": "2026-')
    page.screenshot(path=screenshots / "desk-entry.png", full_page=True)
    page.go_back()

    desk.mend()
    page.locator("table").first.get_by_role("button", name="Replay").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Reason")).to_have_value("absurd_date")
    page.screenshot(path=screenshots / "desk-replay.png")
    dialog.get_by_role("button", name="Replay").click()
    expect(page.get_by_text("No entry is like that.").or_(page.get_by_text("The quarantine is empty."))).to_be_visible(
        timeout=300_000
    )

    page.goto(desk.url(f"/desk/days/{DAY}"))
    expect(page.locator("h1 .badge")).to_have_text("published")
    expect(page.locator(".sankey")).to_contain_text("published")
    page.screenshot(path=screenshots / "desk-day-green.png", full_page=True)
    page.goto(desk.url("/desk/sources/almanac?days=365&until=2025-11-04"))
    page.screenshot(path=screenshots / "desk-source.png")
    expect(page.get_by_role("row").filter(has_text="4 Nov 2025")).to_contain_text(str(ALMANAC + 1))
    page.goto(desk.url(f"/desk?days=31&until={DAY}"))
    expect(page.locator(".line.all path.failed")).to_have_count(0)
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=screenshots / "desk-calendar-green-dark.png")


@pytest.fixture
def published(desk: Desk) -> Desk:
    """The day is published, whichever test came before."""
    if not (desk.data / "warehouse" / "_days" / f"date={DAY}.json").exists():
        desk.mend()
        assert run_the_day(desk) == "success"
    return desk


def test_a_page_that_carries_a_script_does_not_run_it(page: Page, screenshots: Path, published: Desk) -> None:
    log_in(page, published)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(published.url(f"/desk/find?text=hostile&until={DAY}"))
    addresses = [link.get_attribute("href") for link in page.locator("td.path a").all()]
    assert len(addresses) == 2  # the published article, and the page in quarantine
    for number, address in enumerate(addresses):
        page.goto(f"{published.client.airflow.url}{address}")
        expect(page.get_by_text("document.title").first).to_be_visible()
        assert page.title() != "RAN"
        assert page.locator("img, main script").count() == 0
        page.screenshot(path=screenshots / f"desk-hostile-{number}.png")
    assert {url for url in asked if not url.startswith((published.client.airflow.url, "data:"))} == set()


def test_an_article_is_read_with_its_names_and_quotations(page: Page, screenshots: Path, published: Desk) -> None:
    page.set_viewport_size({"width": 1280, "height": 1000})
    log_in(page, published)
    page.goto(published.url(f"/desk/articles/{DAY}?source=le-courrier-du-lac"))
    page.screenshot(path=screenshots / "desk-articles.png")
    page.locator("a.headline").last.click()
    page.locator(".named button").first.click()
    expect(page.locator("mark.on").first).to_be_visible()
    page.locator("h1[data-tip]").focus()
    expect(page.locator("#tip")).to_contain_text("title: read from")
    page.screenshot(path=screenshots / "desk-reader.png")
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=screenshots / "desk-reader-dark.png")


def test_an_audit_report_is_read_without_any_other_host(page: Page, screenshots: Path, published: Desk) -> None:
    log_in(page, published)
    page.goto(published.url(f"/desk/days/{DAY}"))
    foreign: list[str] = []
    page.on("request", lambda request: foreign.append(request.url))
    page.get_by_role("link", name="audit report", exact=True).click()
    page.get_by_role("link", name="articles").click()
    expect(page.get_by_text("article_id is never null")).to_be_visible()
    page.screenshot(path=screenshots / "desk-report.png")
    assert [url for url in foreign if not url.startswith(published.client.airflow.url)] == []


def test_who_may_not_trigger_dags_can_read_and_not_change(page: Page, screenshots: Path, published: Desk) -> None:
    log_in(page, published, "reader")
    page.goto(published.url(f"/desk/days/{DAY}"))
    expect(page.get_by_role("button", name="Run the day again")).to_be_disabled()
    for path, body in [
        ("/news/desk/release", {"day": str(DAY), "record_id": "x", "why": "I want it"}),
        ("/news/desk/take-down", {"article_id": "0" * 32, "why": "I do not want it"}),
        ("/api/v2/dags/news_replay/dagRuns", {"logical_date": None, "conf": {"start": str(DAY)}}),
    ]:
        assert post_from_page(page, path, body) == 403, path
    assert not list(published.data.glob("raw/decisions/*"))


def test_a_release_and_a_take_down_are_kept_with_name_and_reason(page: Page, published: Desk) -> None:
    log_in(page, published)
    page.goto(published.url(f"/desk/articles/{DAY}?source=almanac"))
    page.locator("a.headline").first.click()
    page.get_by_role("button", name="Take down").click()
    page.get_by_label("Why").fill("The harbour asked for it.")
    page.get_by_role("dialog").get_by_role("button", name="Take down").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.goto(published.url("/desk/decisions"))
    expect(page.get_by_role("row").last).to_contain_text("The harbour asked for it.")
    expect(page.get_by_role("row").last).to_contain_text(USER)


def post_from_page(page: Page, path: str, body: object) -> int:
    """The status that the page gets when its script posts something."""
    status: int = page.evaluate(
        """async ([path, body]) => (await fetch(path, {
            method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).status""",
        [path, body],
    )
    return status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Content-Type": "application/json"}, 401),
        ({"Authorization": "Bearer {token}", "Content-Type": "text/plain"}, 415),
        (
            {
                "Authorization": "Bearer {token}",
                "Content-Type": "application/json",
                "Sec-Fetch-Site": "cross-site",
            },
            403,
        ),
    ],
    ids=["nobody", "nobody with JSON", "no JSON", "another site"],
)
def test_a_decision_is_taken_only_from_the_desk_itself(desk: Desk, headers: dict[str, str], status: int) -> None:
    filled = {name: value.format(token=desk.client.token) for name, value in headers.items()}
    body = json.dumps({"article_id": "0" * 32, "why": "no"}).encode()
    request = urllib.request.Request(desk.url("/desk/take-down"), body, filled, method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30)
    assert refused.value.code == status
