"""A person logs in and runs the three sample days from the backfill form."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from local_airflow import USER
from running_airflow import AirflowClient, running_airflow

# A minute and a half on two idle cores; the limit is for busy ones.
pytestmark = [pytest.mark.airflow, pytest.mark.browser, pytest.mark.timeout(600)]

DAYS = ["2025-11-03", "2025-11-04", "2025-11-05"]


def test_three_sample_days_run_from_the_backfill_form(page: Page, screenshots: Path, tmp_path: Path) -> None:
    with running_airflow({"NEWS_ETL_DATA": str(tmp_path)}) as client:
        client.wait_for_dag("news_daily")
        log_in(page, client)
        fill_in_backfill(page, client, screenshots)

        runs = client.wait_for_runs("news_daily", "backfill", len(DAYS))
        assert sorted(run["logical_date"][:10] for run in runs) == DAYS

        page.goto(f"{client.airflow.url}/dags/news_daily/runs")
        expect(page.get_by_role("row").filter(has_text="Backfill").filter(has_text="Success")).to_have_count(len(DAYS))
        page.screenshot(path=screenshots / "backfill-runs.png")

    for day in DAYS:
        assert list(tmp_path.glob(f"warehouse/articles/date={day}/*.parquet")), f"{day} is not in the warehouse"


def log_in(page: Page, client: AirflowClient) -> None:
    page.goto(client.airflow.url)
    page.get_by_label("Username").fill(USER)
    page.locator("input[type=password]").fill(client.airflow.password())
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(rf"^{client.airflow.url}/$"))


def fill_in_backfill(page: Page, client: AirflowClient, screenshots: Path) -> None:
    page.goto(f"{client.airflow.url}/dags/news_daily")
    page.get_by_role("button", name="Trigger").first.click()
    form = page.get_by_role("dialog")
    form.get_by_text("Run this Dag for a range of dates").click()
    for field, day in (("From", DAYS[0]), ("To", DAYS[-1])):
        form.get_by_role("group").filter(has_text=re.compile(f"^{field}")).get_by_text("Select date and time").click()
        page.get_by_placeholder("YYYY/MM/DD").fill(day.replace("-", "/"))
        page.get_by_placeholder("HH:mm").fill("00:00")
        form.get_by_role("heading").click()  # elsewhere, to close the calendar
        expect(page.get_by_placeholder("YYYY/MM/DD")).to_have_count(0)  # on a busy machine it closes slowly
    expect(form.get_by_text(f"{len(DAYS)} runs will be triggered")).to_be_visible()
    page.screenshot(path=screenshots / "backfill-form.png")
    form.get_by_role("button", name="Run Backfill").click()
    expect(form).to_be_hidden()
