# ruff: noqa: E501 - the lines of the samples are as long as those of pages
"""A news page gives its article: text without the page around it, and fields with where they were found."""

import gzip
from datetime import UTC, datetime

import pytest

from news_etl.article import Article
from news_etl.document import Document
from news_etl.extract import extract
from news_etl.outcome import Reason, Rejected

FETCHED = datetime(2025, 11, 4, 12, 0, tzinfo=UTC)
URL = "https://www.phare.example/societe/2025/11/04/gare-de-brevenne.html"

PARAGRAPHS = [
    "Le premier train est entré en gare de Brévenne mardi matin, sous les applaudissements d’une centaine d’habitants venus le voir.",
    "« Nous avons attendu ce moment pendant trente ans », a déclaré la maire, Odile Rambert, en coupant le ruban devant les caméras.",
    "La ligne, fermée en 1995 faute de voyageurs, relie désormais la ville à la préfecture en moins de quarante minutes.",
    "La région a investi douze millions d’euros dans les travaux, qui ont duré deux ans et mobilisé près de deux cents ouvriers.",
    "Selon les premières estimations, quatre cents personnes devraient prendre le train chaque jour, un chiffre que l’opposition conteste.",
]
JSON_LD = """{"@context": "https://schema.org", "@graph": [
  {"@type": "NewsArticle", "@id": "#a", "headline": "À Brévenne, la gare rouvre après trente ans",
   "datePublished": "2025-11-04T08:42:00+01:00", "dateModified": "2025-11-04T10:05:00+01:00",
   "author": [{"@id": "#claire"}, {"@type": "Organization", "name": "AFP"}], "publisher": {"@id": "#phare"},
   "articleSection": "Société", "keywords": ["Transports", "Brévenne"], "isAccessibleForFree": true,},
  {"@type": "Person", "@id": "#claire", "name": "Claire Montfort", "jobTitle": "Journaliste"},
  {"@type": "NewsMediaOrganization", "@id": "#phare", "name": "Le Phare"}
]}"""
PAGE = f"""<!DOCTYPE html>
<html lang="fr"><head>
<meta charset="utf-8"><title>À Brévenne, la gare rouvre après trente ans | Le Phare</title>
<meta property="og:site_name" content="Le Phare">
<meta property="og:title" content="À Brévenne, la gare rouvre après trente ans | Le Phare">
<link rel="canonical" href="/societe/2025/11/04/gare-de-brevenne.html">
<script type="application/ld+json">{JSON_LD}</script>
</head><body>
<header><nav><ul><li><a href="/">Accueil</a></li><li><a href="/societe">Société</a></li></ul></nav></header>
<main><article>
<h1>À Brévenne, la gare rouvre après trente ans</h1>
<p class="chapo">La petite ville a voté à une large majorité le retour des trains, malgré les doutes de la préfecture.</p>
<p class="byline">Par <a rel="author" href="/auteurs/claire">Claire Montfort</a> avec AFP</p>
<figure><img src="/img/quai.jpg" alt="Un quai de gare">
<figcaption>Des voyageurs attendent sur le quai. <span class="credit">Lucie Arnal / Le Phare</span></figcaption></figure>
<div class="content">
<p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p>
<div class="newsletter-box"><p>Inscrivez-vous à notre lettre du matin et recevez l’essentiel de l’actualité chaque jour.</p></div>
<p>{PARAGRAPHS[2]}</p>
<h2>Un pari pour la région</h2>
<p>{PARAGRAPHS[3]}</p>
<div class="related"><h3>Lire aussi</h3><ul><li><a href="/x">Les petites lignes, un combat sans fin</a></li></ul></div>
<p>{PARAGRAPHS[4]}</p>
</div></article></main>
<aside><h2>Les plus lus</h2><ul><li><a href="/y">Le marché couvert change de mains</a></li></ul></aside>
<footer><p>© Le Phare 2025. Tous droits réservés. Toute reproduction interdite sans autorisation de l’éditeur.</p></footer>
</body></html>"""


def read(page: str | bytes, **known: object) -> Article:
    payload = page if isinstance(page, bytes) else page.encode()
    return extract(
        Document(path="a.html", payload=payload, media_type="text/html", url=URL, fetched_at=FETCHED, **known)
    )  # type: ignore[arg-type]


def test_the_body_is_the_article_and_nothing_else() -> None:
    article = read(PAGE)
    assert [block.text for block in article.blocks if block.kind == "paragraph"] == PARAGRAPHS
    assert [block.text for block in article.blocks if block.kind == "heading"] == ["Un pari pour la région"]


def test_every_field_and_its_source() -> None:
    article = read(PAGE)
    assert article.title == "À Brévenne, la gare rouvre après trente ans"
    assert article.title_page is None
    assert (
        article.deck
        == "La petite ville a voté à une large majorité le retour des trains, malgré les doutes de la préfecture."
    )
    assert [(a.name, a.kind, a.role) for a in article.authors] == [
        ("Claire Montfort", "person", "Journaliste"),
        ("AFP", "agency", None),
    ]
    assert (article.publisher, article.section, article.language, article.access) == (
        "Le Phare",
        "Société",
        "fr",
        "free",
    )
    assert article.topics == ["Transports", "Brévenne"]
    assert article.canonical_url == URL
    assert article.published is not None
    assert article.published.at.isoformat() == "2025-11-04T08:42:00+01:00"
    assert (article.published.tz, article.published.precision, article.published.source) == (
        "+01:00",
        "minute",
        "json-ld",
    )
    assert article.modified is not None
    assert article.field_provenance["title"] == "json-ld"
    assert article.field_provenance["deck"] == "visible"


def test_the_agreement_with_a_second_opinion_is_told() -> None:
    """A body that no second way of finding it shares is flagged: here it stands in a script alone."""
    agreed = read(PAGE)
    assert agreed.extraction_agreement is not None
    assert agreed.extraction_agreement > 0.8
    assert agreed.quality_flags == []
    hidden = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    doubted = read(PAGE.replace('<div class="content">', f'<div class="comments">{hidden * 3}</div><div class="nav">'))
    assert doubted.extraction_agreement is not None
    assert doubted.extraction_agreement < agreed.extraction_agreement


def test_what_stands_apart_and_is_the_description_is_the_deck() -> None:
    deck = "La petite ville a voté à une large majorité le retour des trains, malgré les doutes de la préfecture."
    page = PAGE.replace('class="chapo"', 'class="t3"')
    described = page.replace("</head>", f'<meta property="og:description" content="{deck}"></head>')
    assert read(described).deck == deck


def test_a_deck_of_several_parts_is_taken_whole() -> None:
    parts = ["Le conseil a voté le retour des trains.", "Les travaux ont duré deux ans."]
    lead = "".join(f'<h2 class="standfirst">{part}</h2>' for part in parts)
    page = PAGE.replace('<p class="byline">', f'{lead}<p class="byline">')
    start, end = page.index('<p class="chapo">'), page.index("<h2 class")
    assert read(page[:start] + page[end:]).deck == " ".join(parts)


def test_the_name_of_an_element_around_the_headline_says_nothing_of_the_text() -> None:
    around = PAGE.replace("<main>", '<main class="sidebar newsletter related">')
    assert read(around).blocks == read(PAGE).blocks


def test_a_long_heading_below_the_title_is_the_deck() -> None:
    deck = "La petite ville a voté à une large majorité le retour des trains, malgré les doutes de la préfecture."
    article = read(PAGE.replace(f'<p class="chapo">{deck}</p>', f"<h2>{deck}</h2>"))
    assert article.deck == deck
    assert [block.text for block in article.blocks if block.kind == "heading"] == ["Un pari pour la région"]


def test_captions_and_credits_are_images() -> None:
    image = read(PAGE).images[0]
    assert image.caption == "Des voyageurs attendent sur le quai."
    assert image.credit == "Lucie Arnal / Le Phare"
    assert image.alt == "Un quai de gare"
    assert image.url == "https://www.phare.example/img/quai.jpg"


def test_a_page_without_structured_data_is_read_from_what_it_shows() -> None:
    bare = PAGE.replace(JSON_LD, "{}").replace('<meta property="og:site_name" content="Le Phare">', "")
    bare = bare.replace("</h1>", "</h1><p>Publié le 4 novembre 2025 à 08h42</p>")
    article = read(bare)
    assert article.title == "À Brévenne, la gare rouvre après trente ans"
    assert [author.name for author in article.authors] == ["Claire Montfort", "AFP"]
    assert article.published is not None
    assert article.published.at == datetime(2025, 11, 4, 8, 42, tzinfo=UTC)
    assert article.published.source == "visible"


def test_gzip_and_plain_pages_read_the_same() -> None:
    assert read(gzip.compress(PAGE.encode())) == read(PAGE)


def test_reading_is_repeatable() -> None:
    first = read(PAGE).model_dump_json()
    read(PAGE.replace("Brévenne", "Altmont"))
    assert read(PAGE).model_dump_json() == first


def test_an_absurd_date_gives_way_to_a_plausible_one() -> None:
    page = PAGE.replace('"2025-11-04T08:42:00+01:00"', '"0001-01-01T00:00:00"')
    page = page.replace(
        "</title>", '</title><meta property="article:published_time" content="2025-11-04T08:42:00+01:00">'
    )
    article = read(page)
    assert article.published is not None
    assert (article.published.at.year, article.published.source) == (2025, "meta")


def test_an_absurd_date_alone_is_kept_for_the_audit_to_see() -> None:
    article = extract(
        Document(
            path="a.html",
            payload=PAGE.replace('"2025-11-04T08:42:00+01:00"', '"1970-01-01T00:00:00Z"')
            .replace("/2025/11/04", "")
            .replace("2025-11-04T10:05", "1970-01-01T00:05")
            .encode(),
            media_type="text/html",
        )
    )
    assert article.published is not None
    assert article.published.at.year == 1970


def test_the_visible_headline_is_kept_where_it_differs() -> None:
    article = read(
        PAGE.replace("<h1>À Brévenne, la gare rouvre après trente ans", "<h1>La gare de Brévenne rouvre enfin")
    )
    assert article.title == "À Brévenne, la gare rouvre après trente ans"
    assert article.title_page == "La gare de Brévenne rouvre enfin"


def test_a_paid_article_is_marked() -> None:
    article = read(PAGE.replace('"isAccessibleForFree": true', '"isAccessibleForFree": "False"'))
    assert article.access == "paid"


def test_an_article_that_stands_in_a_script_is_found() -> None:
    html = "".join(f'\\u003cp class=\\"t\\"\\u003e{text}\\u003c/p\\u003e' for text in PARAGRAPHS)
    page = f'<html><head><title>La gare rouvre à Brévenne</title></head><body><div id="app"></div><script>go({{"b": "{html}"}})</script></body></html>'
    assert [block.text for block in read(page).blocks] == PARAGRAPHS


@pytest.mark.parametrize(
    "page",
    [
        "<html><head><title>Erreur 404</title></head><body><h1>Page introuvable</h1><p>Retour à l’accueil</p></body></html>",
        "<html><head><title>Le Phare</title></head><body><ul>"
        + "<li><a href='/x'>Une brève du jour</a></li>" * 40
        + "</ul></body></html>",
        "<html></html>",
        "<!-- nothing -->",
        "just words, no markup",
    ],
)
def test_a_page_without_an_article_is_refused(page: str) -> None:
    with pytest.raises(Rejected) as refused:
        read(page)
    assert refused.value.reason is Reason.NOT_AN_ARTICLE
    assert refused.value.message.startswith("a.html: ")


@pytest.mark.parametrize(
    "page",
    [
        PAGE.replace("<main>", "<div>" * 50_000),
        PAGE.replace("<p>", "<p>" + "<span>" * 5_000),
        PAGE.replace(JSON_LD, "[" * 50_000),
        PAGE.replace(JSON_LD, JSON_LD.replace('"@id": "#phare"', '"@id": "#a"')),
        PAGE.replace('href="/societe/2025', 'href="http://[::1/2025'),
        PAGE.replace("Le premier train", "&#xD800;&#x110000;&#0; Le premier train"),
        PAGE[: len(PAGE) // 2],
    ],
)
def test_hostile_markup_ends_in_an_article_or_a_reason(page: str) -> None:
    try:
        assert read(page).title
    except Rejected as refused:
        assert refused.reason in (Reason.NOT_AN_ARTICLE, Reason.STEP_CRASHED, Reason.TOO_LARGE)  # noqa: PT017
