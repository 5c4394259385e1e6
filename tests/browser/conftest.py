"""A headless browser for the tests that look at the UI as a person does."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from running_airflow import services_required

OUTPUT = Path(__file__).resolve().parents[2] / "test-output"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def page() -> Iterator[Page]:
    """A page of Debian's Chromium; a wait for something on it lasts 30 s at most."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        reason = "no Chromium on this machine (Debian: apt-get install chromium)"
        if services_required():
            pytest.fail(reason)
        pytest.skip(reason)
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1400, "height": 1200})
        yield page
        browser.close()


@pytest.fixture
def screenshots() -> Path:
    """Where a test leaves pictures of what it saw."""
    OUTPUT.mkdir(exist_ok=True)
    return OUTPUT
