"""A page is rendered as the dump that copying it would give, so that it can train what reads dumps."""

import pytest

from news_etl.document import Document
from news_etl.extract.html import Prepared, prepare
from news_etl.extract.rendered import renderings, titled_gold
from test_extract_html import PAGE, PARAGRAPHS

TITLE = "À Brévenne, la gare rouvre après trente ans"


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return prepare(Document(path="a.html", payload=b"", media_type="text/html"), PAGE)


def test_the_narrow_dump_holds_the_article_and_its_alternative_texts(prepared: Prepared) -> None:
    narrow, *_ = renderings(prepared, {"title": TITLE, "paragraphs": PARAGRAPHS})
    lines = narrow.text.split("\n\n")
    assert narrow.narrow
    assert lines[0] == TITLE
    assert lines.index("Un quai de gare") + 1 == lines.index(
        "Des voyageurs attendent sur le quai. Lucie Arnal / Le Phare"
    )
    assert set(PARAGRAPHS) <= set(lines)
    assert "Accueil" not in lines


def test_a_wide_dump_is_made_where_the_page_has_much_more(prepared: Prepared) -> None:
    around = "".join(f"<p>Une brève de la journée, la numéro {number}.</p>" for number in range(20))
    page = PAGE.replace("<aside>", f"<aside>{around}")
    more = prepare(Document(path="a.html", payload=b"", media_type="text/html"), page)
    wide = [made.text for made in renderings(more, {"title": TITLE, "paragraphs": PARAGRAPHS}) if not made.narrow]
    assert len(wide) == 1
    assert "Accueil" in wide[0]


def test_nothing_is_made_without_a_title_to_find(prepared: Prepared) -> None:
    assert list(renderings(prepared, {"title": "Un autre article", "paragraphs": PARAGRAPHS})) == []


def test_a_body_alone_gets_the_title_of_its_page(prepared: Prepared) -> None:
    assert titled_gold({"body_text": "\n".join(PARAGRAPHS)}, prepared)["title"] == TITLE
    assert titled_gold({"title": "Annoté", "paragraphs": []}, prepared)["title"] == "Annoté"
