"""Duplicates and revisions: what is kept does not depend on the order in which documents came."""

import copy
import random
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from news_etl.dedupe import split_duplicates


def row(identity: str, content: str = "c", article: str = "a", source: str = "s", **times):
    return {
        "content_hash": content,
        "article_id": article,
        "source": source,
        "revision": 1,
        "published_at": times.get("published"),
        "fetched_at": times.get("fetched"),
        "raw_pointer": {"record_id": identity},
    }


def hour(value: int | None) -> datetime | None:
    return None if value is None else datetime(2025, 11, 4, value, tzinfo=UTC)


def split(*rows, paths: dict[str, str] | None = None):
    identities = {row["raw_pointer"]["record_id"] for row in rows}
    kept, duplicates = split_duplicates(list(rows), paths or {identity: identity for identity in identities})
    return {row["raw_pointer"]["record_id"]: row for row in kept}, duplicates


def test_different_contents_are_all_kept():
    kept, duplicates = split(row("1", "x"), row("2", "y", "b"))
    assert kept.keys() == {"1", "2"}
    assert duplicates == {}


def test_the_earliest_published_is_kept_and_an_unknown_time_comes_last():
    kept, duplicates = split(row("1"), row("2", published=hour(9)), row("3", published=hour(8)))
    assert kept.keys() == {"3"}
    assert duplicates == {"1": "3", "2": "3"}


def test_at_equal_times_source_then_path_decide():
    same = {"published": hour(8)}
    kept, _ = split(row("1", source="b", **same), row("2", source="a", **same))
    assert kept.keys() == {"2"}
    kept, _ = split(row("1", **same), row("2", **same), paths={"1": "z.txt", "2": "a.txt"})
    assert kept.keys() == {"2"}


def test_versions_of_an_article_are_numbered_by_their_fetch():
    kept, duplicates = split(
        row("1", "x", fetched=hour(12)), row("2", "y", fetched=hour(8)), row("3", "z"), row("4", "w", "other")
    )
    assert duplicates == {}
    assert {name: version["revision"] for name, version in kept.items()} == {"2": 1, "1": 2, "3": 3, "4": 1}


def test_a_duplicate_takes_no_revision_number():
    kept, _ = split(row("1", "x", fetched=hour(8)), row("2", "x", fetched=hour(9)), row("3", "y", fetched=hour(10)))
    assert {name: version["revision"] for name, version in kept.items()} == {"1": 1, "3": 2}


def test_an_empty_day_has_nothing_to_split():
    assert split_duplicates([], {}) == ([], {})


hours = st.none() | st.integers(0, 3)
days = st.lists(
    st.tuples(
        st.sampled_from("xyz"), st.sampled_from("ab"), st.sampled_from("st"), hours, hours, st.sampled_from("pq")
    ),
    max_size=12,
)


@given(days, st.randoms(use_true_random=False))
def test_any_order_gives_the_same_result(day, order: random.Random):
    rows = [
        row(str(number), content, article, source, published=hour(published), fetched=hour(fetched))
        for number, (content, article, source, published, fetched, _) in enumerate(day)
    ]
    paths = {str(number): path for number, (*_, path) in enumerate(day)}
    shuffled = copy.deepcopy(rows)
    order.shuffle(shuffled)
    first, second = split(*rows, paths=paths), split(*shuffled, paths=paths)
    assert first == second
    kept, duplicates = first
    assert len(kept) + len(duplicates) == len(rows)
    assert kept.keys().isdisjoint(duplicates)
    assert set(duplicates.values()) <= kept.keys()
    keys = [(version["article_id"], version["revision"]) for version in kept.values()]
    assert len(set(keys)) == len(keys)
