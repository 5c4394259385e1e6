"""Clean: from what an extractor found to the row that is published."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news_etl.article import Article, Author, Block, Image, Timestamp
from news_etl.clean import clean
from news_etl.document import Document
from news_etl.outcome import Reason, Rejected
from news_etl.schema import STAGED
from news_etl.sources import Inbox

DAY = date(2025, 11, 4)
FETCH = datetime(2025, 11, 4, 9, tzinfo=UTC)
SOURCE = Inbox(id="src", kind="inbox", path="x/{date}/*", publisher="Le Test", country="FR")


def document(**fields) -> Document:
    given = {"path": "a.html", "payload": b"", "media_type": "text/html", "source": "src", "day": DAY}
    return Document(**given | {"record_id": "r1", "sha256": "00", "raw_file": "raw/x"} | fields)


def article(*texts: str, **fields) -> Article:
    blocks = [Block(text=text) for text in texts or ("Un premier paragraphe.", "Un second.")]
    return Article(**{"title": "Un titre", "blocks": blocks, "extractor": "test"} | fields)


def row(*texts: str, source: Inbox | None = SOURCE, **fields):
    return clean(document(fetched_at=FETCH), article(*texts, **fields), source)


def refusal(**fields) -> Rejected:
    with pytest.raises(Rejected) as verdict:
        row(**fields)
    return verdict.value


def published(at: datetime, precision: str = "minute", tz: str | None = None) -> Timestamp:
    return Timestamp(at=at, tz=tz, precision=precision, source="meta")


def test_a_row_has_every_column_and_fits_the_schema():
    assert set(row()) == set(STAGED.schema.names)
    assert STAGED.arrow([row()]).num_rows == 1


def test_the_agreement_of_the_extractors_is_a_share_or_null():
    assert row(extraction_agreement=2 / 3)["extraction_agreement"] == 0.667
    assert row()["extraction_agreement"] is None


# ---- what is refused


@pytest.mark.parametrize("title", [None, "", " \u00a0\u200b "])
def test_no_title_is_refused(title):
    assert refusal(title=title).reason == Reason.NO_TITLE


@pytest.mark.parametrize("blocks", [[], [Block(text="")], [Block(text="\u200b \n")]])
def test_no_body_is_refused(blocks):
    assert refusal(blocks=blocks).reason == Reason.NO_BODY


@pytest.mark.parametrize(
    "at",
    [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-5))),
        FETCH + timedelta(days=2),
    ],
)
def test_an_absurd_publication_time_is_refused_and_says_where_it_stood(at):
    verdict = refusal(published=published(at))
    assert verdict.reason == Reason.ABSURD_DATE
    assert "a.html: publication time from meta" in verdict.message


def test_an_absurd_time_of_change_is_dropped_and_flagged():
    found = row(modified=published(datetime(1970, 1, 1, tzinfo=UTC)), quality_flags=["z", "a"])
    assert found["modified_at"] is None
    assert found["quality_flags"] == ["a", "absurd_modified_at", "z"]


# ---- text, blocks, times


def test_the_body_is_the_blocks_joined_by_a_blank_line():
    found = row("Un\npremier. ", "\u200b", "«\u00a0Deux\u00a0»", "Trois 👩‍👩‍👧 fin.")
    assert found["body"] == "Un premier.\n\n«\u00a0Deux\u00a0»\n\nTrois 👩‍👩‍👧 fin."
    assert [block["text"] for block in found["blocks"]] == found["body"].split("\n\n")


@given(st.lists(st.text(max_size=20), max_size=8))
def test_offsets_give_the_text_of_each_block_in_code_points(texts):
    found = clean(document(), article("Début.", *texts, "Fin 😀."), None)
    assert len(found["blocks"]) >= 2
    for block in found["blocks"]:
        assert found["body"][block["start"] : block["end"]] == block["text"]


def test_every_text_field_is_cleaned():
    soiled = "  dÃ©jÃ\u00a0 \u200bvu\n"
    texts = ("title", "title_page", "deck", "kicker", "label", "section", "byline", "publisher")
    found = row(
        **dict.fromkeys(texts, soiled),
        topics=[soiled, "déjà vu", " "],
        authors=[Author(name=soiled, role=soiled, bio=soiled), Author(name="\u200b")],
        images=[Image(caption=soiled, credit=soiled, alt=soiled), Image(caption=" ")],
    )
    assert {found[name] for name in texts} == {"déjà vu"}
    assert found["topics"] == ["déjà vu"]
    assert found["authors"] == [{"name": "déjà vu", "kind": "person", "role": "déjà vu", "bio": "déjà vu"}]
    assert found["images"] == [{"url": None, "caption": "déjà vu", "credit": "déjà vu", "alt": "déjà vu"}]


def test_a_day_is_never_shifted_and_the_zone_is_kept():
    paris = timezone(timedelta(hours=1))
    found = row(published=published(datetime(2025, 11, 4, tzinfo=paris), "day", "+01:00"))
    assert found["published_at"] == datetime(2025, 11, 4, tzinfo=UTC)
    assert (found["published_precision"], found["published_tz"], found["published_source"]) == ("day", "+01:00", "meta")


def test_reading_time_is_at_least_a_minute():
    assert row("Un mot.")["reading_minutes"] == 1
    assert row("mot " * 239)["reading_minutes"] == 2


def test_the_first_agency_of_the_byline_is_the_agency():
    authors = [Author(name="A. B."), Author(name="AFP", kind="agency"), Author(name="Reuters", kind="agency")]
    assert row(authors=authors)["agency"] == "AFP"
    assert row()["agency"] is None


def test_scores_are_rounded_to_three_decimals():
    found = row(blocks=[Block(text="Un texte.", label="paragraph", score=0.123456)])
    assert found["blocks"][0]["score"] == 0.123


# ---- what is known besides


def test_the_sources_file_fills_in_the_publisher_and_says_so():
    found = row()
    assert (found["publisher"], dict(found["field_provenance"])["publisher"]) == ("Le Test", "sources")
    stated = row(publisher="La Gazette", field_provenance={"publisher": "meta"})
    assert (stated["publisher"], dict(stated["field_provenance"])["publisher"]) == ("La Gazette", "meta")
    assert row(source=None)["publisher"] is None


def test_pictures_get_absolute_addresses():
    found = row(url="https://journal.example/a/b", images=[Image(url="c 1.jpg"), Image(url="javascript:x")])
    assert [image["url"] for image in found["images"]] == ["https://journal.example/a/c%201.jpg"]


@pytest.mark.parametrize(
    ("media_type", "kind"), [("text/plain", "dump"), ("text/html", "html"), ("application/json", "json")]
)
def test_the_kind_of_input_follows_the_media_type(media_type, kind):
    assert clean(document(media_type=media_type), article(), None)["input_kind"] == kind


def test_the_fetch_time_of_the_document_stands_where_the_article_has_none():
    assert row()["fetched_at"] == FETCH
    assert row(fetched_at=FETCH - timedelta(hours=1))["fetched_at"] == FETCH - timedelta(hours=1)


# ---- ids


def test_an_article_is_known_by_its_canonical_address_in_any_source():
    one = row(url="https://journal.example/a?utm_source=x")
    other = clean(
        document(source="other", path="z"), article("Autre texte.", url="https://JOURNAL.example/a#top"), None
    )
    assert one["article_id"] == other["article_id"]
    assert one["content_hash"] != other["content_hash"]


def test_without_an_address_it_is_known_by_source_title_and_body():
    assert row("L’été  ﬁni.")["article_id"] == row("l’ÉTÉ\u00a0fini.")["article_id"]
    assert row()["article_id"] != clean(document(source="other"), article(), None)["article_id"]
    assert row()["article_id"] != row(title="Un autre")["article_id"]


def test_equal_title_and_body_have_one_content_hash_whatever_their_spaces_and_sources():
    one = row("« Oui »\u00a0: fin.", "Deux.")
    two = clean(document(source="b"), article("« Oui » : fin. Deux.", url="https://b.example/x"), None)
    assert one["content_hash"] == two["content_hash"]
    assert row(title="Un titre!")["content_hash"] != row()["content_hash"]


def test_the_same_document_always_gives_the_same_row():
    assert row() == row()
