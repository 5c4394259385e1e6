"""Collect web archives: the pages of the WARC files that are filed under a day, copied as they stand there."""

from collections.abc import Iterator
from datetime import date

from news_etl.collect.inbox import day_files
from news_etl.collect.warc import pages_in
from news_etl.landing import Arrival
from news_etl.sources import Archive


def arrivals(source: Archive, day: date) -> Iterator[Arrival]:
    """The wanted pages of a day, file by file in the order of their names.

    Raises:
        FileNotFoundError: when the folder itself is not there; a day without files is no error.
    """
    for file, path in day_files(source, day):
        yield from pages_in(file, path, source.wants)
