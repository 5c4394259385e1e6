"""Publication times: UTC where the hour is known, the calendar day where it is not, refused where they cannot be."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from news_etl.article import Timestamp
from news_etl.clean.times import absurd, in_zone, to_utc

DAY = date(2025, 11, 4)
FETCH = datetime(2025, 11, 4, 12, tzinfo=UTC)
PARIS, AUCKLAND, HAWAII = (timezone(timedelta(hours=hours)) for hours in (1, 13, -10))


def stamp(at: datetime, precision: str = "minute") -> Timestamp:
    return Timestamp(at=at, precision=precision, source="meta")


def test_a_time_with_a_zone_becomes_utc():
    assert to_utc(stamp(datetime(2025, 11, 4, 0, 30, tzinfo=PARIS))) == datetime(2025, 11, 3, 23, 30, tzinfo=UTC)


def test_a_time_without_a_zone_is_taken_as_utc():
    assert to_utc(stamp(datetime(2025, 11, 4, 8, 30))) == datetime(2025, 11, 4, 8, 30, tzinfo=UTC)


def test_fractions_of_a_second_are_dropped():
    assert to_utc(stamp(datetime(2025, 11, 4, 8, 30, 15, 999, tzinfo=UTC))) == datetime(
        2025, 11, 4, 8, 30, 15, tzinfo=UTC
    )


@pytest.mark.parametrize("zone", [None, UTC, PARIS, AUCKLAND, HAWAII])
@pytest.mark.parametrize("hour", [0, 12, 23])
def test_a_day_is_never_shifted_by_a_zone(zone, hour):
    assert to_utc(stamp(datetime(2025, 11, 4, hour, 59, tzinfo=zone), "day")) == datetime(2025, 11, 4, tzinfo=UTC)


@pytest.mark.parametrize("year", [1, 9999])
@pytest.mark.parametrize("zone", [AUCKLAND, HAWAII])
@pytest.mark.parametrize("precision", ["minute", "day"])
def test_the_defaults_of_databases_are_no_error_of_the_program(year, zone, precision):
    month, day = (1, 1) if year == 1 else (12, 31)
    at = to_utc(stamp(datetime(year, month, day, 12, tzinfo=zone), precision))
    assert absurd(at, FETCH, DAY)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), "before 1990"),
        (datetime(1989, 12, 31, 23, 59, tzinfo=UTC), "before 1990"),
        (FETCH + timedelta(days=1, seconds=1), "after the fetch"),
        (datetime(2035, 1, 1, tzinfo=UTC), "after the fetch"),
    ],
)
def test_a_time_that_cannot_be_is_refused_with_the_reason(at, words):
    assert words in absurd(at, FETCH, DAY)


@pytest.mark.parametrize("at", [datetime(1990, 1, 1, tzinfo=UTC), FETCH, FETCH + timedelta(days=1)])
def test_the_bounds_themselves_are_allowed(at):
    assert absurd(at, FETCH, DAY) is None


def test_without_a_fetch_the_day_it_is_filed_under_bounds_it():
    last = datetime(2025, 11, 6, tzinfo=UTC)
    assert absurd(last, None, DAY) is None
    assert "filed under" in absurd(last + timedelta(seconds=1), None, DAY)


def test_a_page_fetched_long_after_the_day_it_is_filed_under_may_be_newer():
    assert absurd(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), DAY) is None


def test_without_fetch_and_day_only_the_past_is_refused():
    assert absurd(datetime(2999, 1, 1, tzinfo=UTC), None, None) is None
    assert absurd(datetime(1901, 1, 1, tzinfo=UTC), None, None)


def test_a_fetch_time_that_lies_is_no_error_of_the_program():
    assert absurd(datetime(2025, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC), DAY) is None


def test_a_time_without_zone_is_local_time_of_the_source():
    stamp = Timestamp(at=datetime(2025, 7, 4, 7, 15, tzinfo=UTC), source="dump")
    assert to_utc(in_zone(stamp, "Europe/Paris")) == datetime(2025, 7, 4, 5, 15, tzinfo=UTC)
    assert in_zone(stamp, "Europe/Paris").tz == "Europe/Paris"


def test_a_stated_zone_and_a_mere_day_are_not_shifted_by_the_zone_of_the_source():
    stated = Timestamp(at=datetime(2025, 7, 4, 7, 15, tzinfo=UTC), tz="Z", source="json-ld")
    day = Timestamp(at=datetime(2025, 7, 4, tzinfo=UTC), precision="day", source="dump")
    assert in_zone(stated, "Europe/Paris") is stated
    assert in_zone(day, "Europe/Paris") is day
    assert in_zone(stated, None) is stated
    assert in_zone(None, "Europe/Paris") is None
