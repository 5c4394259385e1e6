"""Times are read as written: machine formats and dates in words of many languages."""

import pytest

from news_etl.extract.times import find_dates, parse_stamp


@pytest.mark.parametrize(
    ("text", "at", "zone", "precision"),
    [
        ("2025-11-04T08:42:00+01:00", "2025-11-04T08:42:00+01:00", "+01:00", "minute"),
        ("2025-11-04T08:42:00Z", "2025-11-04T08:42:00+00:00", "Z", "minute"),
        ("2025-11-04T08:42:00+0100", "2025-11-04T08:42:00+01:00", "+0100", "minute"),
        ("2025-11-04 08:42", "2025-11-04T08:42:00+00:00", None, "minute"),
        ("2025-11-04", "2025-11-04T00:00:00+00:00", None, "day"),
        ("20251104", "2025-11-04T00:00:00+00:00", None, "day"),
        ("Tue, 04 Nov 2025 08:42:00 GMT", "2025-11-04T08:42:00+00:00", "GMT", "minute"),
        ("1762242120", "2025-11-04T07:42:00+00:00", "Z", "minute"),
        ("le 4 novembre 2025 à 8h42", "2025-11-04T08:42:00+00:00", None, "minute"),
        ("1er mai 2025", "2025-05-01T00:00:00+00:00", None, "day"),
        ("04.11.2025, 15:15 Uhr", "2025-11-04T15:15:00+00:00", None, "minute"),
        ("November 4, 2025 5:40 pm EST", "2025-11-04T17:40:00-05:00", "EST", "minute"),
        ("4 de noviembre de 2025", "2025-11-04T00:00:00+00:00", None, "day"),
        ("4 novembre 2025 ore 8:42", "2025-11-04T08:42:00+00:00", None, "minute"),
        ("2025年11月4日 8時42分", "2025-11-04T08:42:00+00:00", None, "minute"),
        ("0001-01-01T00:00:00", "0001-01-01T00:00:00+00:00", None, "minute"),
    ],
)
def test_a_time_is_read(text: str, at: str, zone: str | None, precision: str) -> None:
    moment = parse_stamp(text)
    assert moment is not None
    assert (moment.at.isoformat(), moment.tz, moment.precision) == (at, zone, precision)


@pytest.mark.parametrize("text", ["", "soon", "2025-13-45", "99/99/2025", "9" * 500, "31 février 2025"])
def test_what_is_no_time_gives_none(text: str) -> None:
    assert parse_stamp(text) is None


def test_a_date_with_two_readings_shows_both() -> None:
    found = find_dates("04/05/2025")[0]
    assert found.moment.at.month == 5
    assert found.ambiguous is not None
    assert found.ambiguous.at.month == 4


def test_dates_in_running_text_come_in_order() -> None:
    found = find_dates("Du 3 mars 2024 au 5 avril 2025, puis le 06/07/2025.")
    assert [date.moment.at.date().isoformat() for date in found] == ["2024-03-03", "2025-04-05", "2025-07-06"]
