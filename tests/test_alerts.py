"""Alerts: silence when all is well; else one message that says what happened, what to do, and where to look."""

from datetime import date
from types import SimpleNamespace

import pytest

from news_etl.alerts import Alert, late, of_run, send
from news_etl.ledger import write_books
from news_etl.outcome import Reason, State
from news_etl.schema import CHECKS
from news_etl.settings import Settings, SettingsError

DAY = date(2025, 11, 4)
LINK = "https://airflow.example/dags/news_daily/runs/r1"


def documents(published=20, quarantined=0):
    states = [(State.PUBLISHED, None)] * published + [(State.QUARANTINED, Reason.NO_TITLE)] * quarantined
    return [
        {"record_id": str(number), "source": "gazette", "path": f"{number}.txt", "state": state, "reason": reason}
        | {"raw_pointer": {"file": "f", "record_id": str(number), "sha256": "0"}, "step": "clean", "message": "why"}
        | dict.fromkeys(("article_id", "revision", "duplicate_of"))
        for number, (state, reason) in enumerate(states)
    ]


def told(store, *failed, **changes):
    return of_run(store, Settings(**changes), DAY, "r1", failed, LINK)


def test_nothing_is_told_when_all_is_well(store):
    write_books(store, DAY, "r1", documents())
    assert told(store) is None


def test_a_day_that_failed_its_audit_says_why_what_to_do_and_where(store):
    store.write_json(store.stage(DAY, "failure.json"), {"run_id": "r1", "message": "it breaks 1 of its promises"})
    alert = told(store, "validate")
    assert alert.subject == f"News of {DAY} failed, and is not published"
    assert alert.text.count("it breaks 1 of its promises") == 1
    assert "What to do" in alert.text
    assert alert.text.endswith(LINK)


def test_a_task_that_failed_is_named(store):
    assert "Failed: publish" in told(store, "publish", "collect").text


def test_quarantine_above_the_threshold_is_told_of_a_published_day(store):
    write_books(store, DAY, "r1", documents(17, 3))
    assert "3 of 20 documents are in quarantine" in told(store).text
    assert told(store, alert_share=0.2) is None


def test_a_quiet_source_is_named(store):
    write_books(store, DAY, "r1", documents())
    check = {"run_id": "r1", "table": "sources", "expectation": "volume_low", "column": "volume_drop", "rule": "…"}
    check |= {"severity": "warning", "is_success": False, "row_count": 2, "unexpected_count": 1}
    store.write_table(store.ops("checks", DAY, "r1"), CHECKS.arrow([check | {"examples": '["courrier"]'}]))
    alert = told(store)
    assert alert.subject == f"News of {DAY} is published; look at this"
    assert "courrier has far less than usual" in alert.text


def test_a_day_is_late_until_it_is_wholly_published(store):
    assert "has not begun" in late(store, DAY, LINK).text
    store.write_json(store.day_manifest(DAY), {})
    assert late(store, DAY, LINK) is None
    store.write_json(store.publishing_marker(DAY), {})
    assert "began and did not end" in late(store, DAY, LINK).text


class Notifier:
    """What a notifier of Airflow looks like from outside."""

    sent: list = []  # noqa: RUF012

    def __init__(self, text, blocks):
        self.message = (text, blocks)

    def notify(self, context):
        self.sent.append((*self.message, context))


def test_the_configured_notifier_gets_the_message_as_it_is(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "my_notifier", SimpleNamespace(Notifier=Notifier))
    settings = Settings(
        notifier="my_notifier.Notifier", notifier_args={"text": "{subject}", "blocks": [{"t": "{text}"}]}
    )
    assert send(Alert("News {{ 7 * 7 }}", "a title"), settings, {"run": 1})
    assert Notifier.sent == [("News {{ 7 * 7 }}", [{"t": "a title"}], {"run": 1})]


def test_without_a_notifier_the_message_is_logged(caplog):
    assert not send(Alert("News of today", "a text"), Settings(), {})
    assert "News of today" in caplog.text


@pytest.mark.parametrize("name", ["no.such.Notifier", "json.Nothing", "json.JSONDecoder"])
def test_a_notifier_that_cannot_be_made_is_named(name):
    with pytest.raises(SettingsError, match=name):
        send(Alert("s", "t"), Settings(notifier=name, notifier_args={"wrong": 1}), {})
