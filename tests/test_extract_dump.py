# ruff: noqa: E501 - the lines of the samples are as long as those of pages
"""A text dump gives its article's fields and none of its interface lines."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from news_etl.article import Article
from news_etl.document import Document
from news_etl.extract import extract
from news_etl.extract.lines import read_lines
from news_etl.extract.signatures import find_signature

EVAL = Path(os.environ.get("NEWS_ETL_EVAL", "../shared"))
SAMPLE = EVAL / "samples" / "alliance-etats-unis-japon.txt"
FETCHED = datetime(2025, 11, 4, 12, 0, tzinfo=UTC)

DUMP = """Accueil
Société
Logo Le Phare de Brévenne
Reportage
À Brévenne, les habitants rouvrent la gare fermée depuis trente ans
La petite ville a voté à une large majorité le retour des trains, malgré les doutes de la préfecture.
Par Claire Montfort et Idris Belkacem
{date}
Partager sur Facebook
Copier le lien
Durée de lecture: 4 min.
Des voyageurs attendent sur le quai de la gare de Brévenne.
Des voyageurs attendent sur le quai de la gare de Brévenne. (Photo : Lucie Arnal/Le Phare)

Le premier train est entré en gare de Brévenne mardi matin à six heures, sous les applaudissements d’une centaine d’habitants venus le voir.
« Nous avons attendu ce moment pendant trente ans », a déclaré la maire, Odile Rambert, en coupant le ruban devant les caméras de la télévision régionale.
La ligne, fermée en 1995 faute de voyageurs, relie désormais la ville à la préfecture en moins de quarante minutes, contre plus d’une heure par la route.
Publicité
Un pari pour la région
La région a investi douze millions d’euros dans les travaux, qui ont duré deux ans et mobilisé près de deux cents ouvriers sur toute la longueur de la voie.
Lire aussi
Les petites lignes, un combat sans fin
Selon les premières estimations, quatre cents personnes devraient prendre le train chaque jour, un chiffre que l’opposition juge beaucoup trop optimiste.
« Nous verrons bien à la fin de l’hiver », répond la maire, qui prend elle-même le train pour aller travailler et promet de publier les comptes chaque mois.
Les plus lus
Le marché couvert change de mains
Une nuit blanche pour les musées
Newsletter
Inscrivez-vous pour recevoir nos articles
"""


def read(text: str, fetched: datetime | None = FETCHED) -> Article:
    return extract(Document(path="a.txt", payload=text.encode(), media_type="text/plain", fetched_at=fetched))


def test_the_fields_of_a_dump() -> None:
    article = read(DUMP.format(date="Publié le 4 novembre 2025 à 08h42, mis à jour le 4 novembre 2025 à 10h05"))
    assert article.title == "À Brévenne, les habitants rouvrent la gare fermée depuis trente ans"
    assert article.label == "Reportage"
    assert article.publisher == "Le Phare de Brévenne"
    assert (
        article.deck
        == "La petite ville a voté à une large majorité le retour des trains, malgré les doutes de la préfecture."
    )
    assert [(author.name, author.kind) for author in article.authors] == [
        ("Claire Montfort", "person"),
        ("Idris Belkacem", "person"),
    ]
    assert article.reading_minutes_stated == 4
    assert article.published
    assert article.published.at == datetime(2025, 11, 4, 8, 42, tzinfo=UTC)
    assert article.modified
    assert article.modified.at == datetime(2025, 11, 4, 10, 5, tzinfo=UTC)
    assert [(image.caption, image.credit) for image in article.images] == [
        ("Des voyageurs attendent sur le quai de la gare de Brévenne.", "Lucie Arnal/Le Phare")
    ]


SIGNED = "La maire, Odile Rambert, devant les guichets rénovés de la gare. (Photo : Lucie Arnal/Le Phare)"


@pytest.mark.parametrize(
    "before",
    ["Partager sur Facebook", "Un pari pour la région", "La région a investi", "« Nous verrons bien"],
)
def test_a_signed_line_is_a_caption_wherever_it_stands(before: str) -> None:
    article = read(DUMP.format(date="4 novembre 2025").replace(before, f"{SIGNED}\n{before}", 1))
    assert ("La maire, Odile Rambert, devant les guichets rénovés de la gare.", "Lucie Arnal/Le Phare") in [
        (image.caption, image.credit) for image in article.images
    ]
    assert "guichets" not in "".join(block.text for block in article.blocks) + (article.deck or "")


def headings(article: Article) -> list[str]:
    return [block.text for block in article.blocks if block.kind == "heading"]


def test_alternative_text_and_caption_repeat_each_other() -> None:
    caption = "Les ouvriers posent les derniers mètres de rail avant l’hiver"
    pair = f"{caption}\n{caption}\n"
    article = read(DUMP.format(date="4 novembre 2025").replace("Selon les premières", f"{pair}Selon les premières"))
    assert "derniers mètres" not in "".join(block.text for block in article.blocks)
    assert caption in [image.caption for image in article.images]


@pytest.mark.parametrize(
    "line",
    [
        "Par Claire Montfort",
        "gare-de-brevenne plan.png",
        "— Odile Rambert (@rambert) 4 novembre 2025",
        "View 3 images",
        "Odile Rambert, maire de Brévenne",
        "Toutes les cartes >>",
        "Elle a précisé :",
        "Lucie Arnal/Le Phare)",
        "Une promesse tenue.",
    ],
)
def test_what_is_no_heading(line: str) -> None:
    text = DUMP.format(date="4 novembre 2025").replace("« Nous verrons", f"{line}\n« Nous verrons", 1)
    assert headings(read(text)) == ["Un pari pour la région"]


@pytest.mark.parametrize("line", ["« Le travail de deux ans »", "Lire l’avenir de la région", "Et maintenant ?"])
def test_what_is_a_heading(line: str) -> None:
    text = DUMP.format(date="4 novembre 2025").replace("« Nous verrons", f"{line}\n« Nous verrons", 1)
    assert headings(read(text)) == ["Un pari pour la région", line]


DECK = "La petite ville a voté à une large majorité le retour des trains, malgré les doutes de la préfecture."
TITLE = "À Brévenne, les habitants rouvrent la gare fermée depuis trente ans"


@pytest.mark.parametrize(
    "between",
    [
        f"{TITLE} - La gare, mardi, avant le premier train",
        "Publié le 4 novembre 2025 à 08h42",
    ],
)
def test_what_is_no_deck(between: str) -> None:
    article = read(DUMP.format(date="4 novembre 2025").replace(DECK, f"{between}\n{DECK}"))
    assert article.deck == DECK


def test_a_deck_ends_where_running_text_begins() -> None:
    first = DUMP.splitlines()[14]
    assert first.startswith("Le premier train")
    article = read(DUMP.format(date="4 novembre 2025").replace(f"{first}\n", "").replace(DECK, f"{DECK}\n{first}"))
    assert article.deck == DECK


def test_a_note_about_affiliate_links_is_advertising() -> None:
    note = "Certains liens de cet article sont affiliés : nous touchons une commission si vous achetez."
    article = read(DUMP.format(date="4 novembre 2025").replace("« Nous verrons", f"{note}\n« Nous verrons"))
    assert "commission" not in "".join(block.text for block in article.blocks)


@pytest.mark.parametrize("path", ["Vous êtes ici : Accueil » Société » ", "Accueil › Vie locale › Transports › "])
def test_a_path_before_the_title_is_left_out(path: str) -> None:
    article = read(DUMP.format(date="4 novembre 2025").replace("Accueil\n", f"{path}{TITLE}\n", 1))
    assert article.title == TITLE


def test_a_section_that_begins_the_title_is_not_the_title() -> None:
    title = "Retour du train : les habitants de Brévenne rouvrent la gare fermée depuis trente ans"
    text = DUMP.format(date="4 novembre 2025").replace(TITLE, title).replace("Société\n", "Retour du train\n", 1)
    assert read(text).title == title


def test_the_words_of_a_cookie_banner_are_no_title() -> None:
    banner = "Le respect de votre vie privée est notre priorité\nContinuer sans accepter\n"
    article = read(banner + DUMP.format(date="4 novembre 2025"))
    assert article.title == TITLE
    assert "vie privée" not in "".join(block.text for block in article.blocks)


def test_a_row_of_buttons_is_no_title() -> None:
    text = DUMP.format(date="4 novembre 2025").replace(
        "Logo Le", "Facebook X LinkedIn Pinterest WhatsApp Imprimer\nLogo Le"
    )
    assert read(text).title == "À Brévenne, les habitants rouvrent la gare fermée depuis trente ans"


def test_a_quotation_glued_to_the_title_is_its_kicker() -> None:
    title = "À Brévenne, les habitants rouvrent la gare fermée depuis trente ans"
    article = read(DUMP.format(date="4 novembre 2025").replace(title, f"« Trente ans d’attente »{title}"))
    assert (article.kicker, article.title) == ("« Trente ans d’attente »", title)


def test_an_agency_signs_where_no_author_does() -> None:
    unsigned = DUMP.format(date="4 novembre 2025").replace("Par Claire Montfort et Idris Belkacem\n", "")
    text = unsigned.replace("Les plus lus", "ATS/mc\nLes plus lus")
    assert [(author.name, author.kind) for author in read(text).authors] == [("ATS", "agency")]


BYLINE = "Par Claire Montfort et Idris Belkacem\n{date}"


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (
            "Claire Montfort\nc.montfort@example.org\nIdris Belkacem\n4 novembre 2025",
            ["Claire Montfort", "Idris Belkacem"],
        ),
        ("Par\nClaire Montfort\net\nIdris Belkacem\n4 novembre 2025", ["Claire Montfort", "Idris Belkacem"]),
        ("CM\nClaire Montfort\n4 novembre 2025", ["Claire Montfort"]),
        ("Photo de profil de Claire Montfort\nClaire Montfort\n4 novembre 2025", ["Claire Montfort"]),
        ("Par Claire Montfort\nPhotos : Lucie Arnal\n4 novembre 2025", ["Claire Montfort"]),
        ("Odile Rambert\nPublié le 4 novembre 2025", ["Odile Rambert"]),
        ("Odile Rambert\nPar Claire Montfort\nPublié le 4 novembre 2025", ["Claire Montfort"]),
        ("La rédaction\n4 novembre 2025", ["La rédaction"]),
        ("Source : AFP\n4 novembre 2025", ["AFP"]),
        ("Crédit : Lucie Arnal/AFP\n4 novembre 2025", []),
    ],
)
def test_the_authors_above_the_text(header: str, names: list[str]) -> None:
    assert [author.name for author in read(DUMP.replace(BYLINE, header)).authors] == names


@pytest.mark.parametrize(
    ("signature", "names"),
    [
        ("Le Phare (avec AFP)", ["Le Phare", "AFP"]),
        ("(AFP)", ["AFP"]),
        ("Avec l’AFP", ["AFP"]),
        ("© dpa-infocom, dpa:251104-930-123456/1", ["dpa"]),
        ("LB-Redaktion", ["LB-Redaktion"]),
        ("Photo : AFP", []),
        ("Lucie Arnal/AFP", []),
    ],
)
def test_the_signature_below_the_text(signature: str, names: list[str]) -> None:
    text = DUMP.replace(BYLINE, "4 novembre 2025").replace("Les plus lus", f"{signature}\nLes plus lus")
    assert [author.name for author in read(text).authors] == names


def test_a_title_signs_nothing() -> None:
    lines = read_lines("Une ligne de texte qui se trouve au-dessus.\nReuters et la Bourse\nMenu\n")
    assert find_signature(lines, ["paragraph", "title", "other"], 1) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Le premier train est entré", "BRÉVENNE, 4 nov. (AFP) – Le premier train est entré"),
        ("publier les comptes chaque mois.", "publier les comptes chaque mois. (AFP)"),
    ],
)
def test_an_agency_signs_within_the_text(before: str, after: str) -> None:
    text = DUMP.replace(BYLINE, "4 novembre 2025").replace(before, after)
    assert [author.name for author in read(text).authors] == ["AFP"]


def test_a_byline_between_two_titles() -> None:
    title = "À Brévenne, les habitants rouvrent la gare fermée depuis trente ans"
    text = DUMP.replace(BYLINE, f"Claire Montfort\n4 novembre 2025\n{title}")
    assert [author.name for author in read(text).authors] == ["Claire Montfort"]


def test_yesterday_in_the_line_of_the_byline() -> None:
    article = read(DUMP.replace(BYLINE, "Par Claire Montfort Mis à jour hier à 18:30"))
    assert article.published
    assert article.published.at == datetime(2025, 11, 3, 18, 30, tzinfo=UTC)


def test_a_sentence_with_a_colon_is_no_link() -> None:
    text = "Lisez ces quelques lignes : elles disent tout du désarroi des habitants de la vallée, selon la maire."
    article = read(DUMP.format(date="4 novembre 2025").replace("« Nous verrons", f"{text}\n« Nous verrons"))
    assert text in [block.text for block in article.blocks]


def test_a_link_to_another_article_is_no_heading() -> None:
    link = "Lire aussi : Les petites lignes, un combat sans fin"
    article = read(DUMP.format(date="4 novembre 2025").replace("« Nous verrons", f"{link}\n« Nous verrons"))
    assert [block.text for block in article.blocks if block.kind == "heading"] == ["Un pari pour la région"]


def test_the_body_has_no_interface_line() -> None:
    article = read(DUMP.format(date="4 novembre 2025"))
    assert [block.text for block in article.blocks if block.kind == "heading"] == ["Un pari pour la région"]
    assert len([block for block in article.blocks if block.kind == "paragraph"]) == 6
    body = "\n".join(block.text for block in article.blocks)
    for line in (
        "Publicité",
        "Lire aussi",
        "petites lignes",
        "Partager",
        "Les plus lus",
        "Newsletter",
        "Accueil",
        "voyageurs attendent sur",
    ):
        assert line not in body
    assert all(block.label and block.score is not None for block in article.blocks)


def test_a_relative_date_counts_from_the_fetch() -> None:
    article = read(DUMP.format(date="Publié il y a 3 heures"))
    assert article.published
    assert article.published.at == datetime(2025, 11, 4, 9, 0, tzinfo=UTC)
    assert article.published.source == "dump"


def test_without_a_fetch_time_a_relative_date_says_nothing() -> None:
    article = read(DUMP.format(date="Publié il y a 3 heures"), fetched=None)
    assert article.published is None


def test_every_line_end_reads_the_same() -> None:
    text = DUMP.format(date="4 novembre 2025")
    assert read(text.replace("\n", "\r\n")) == read(text) == read(text.replace("\n", "\r"))


@pytest.mark.skipif(not SAMPLE.exists(), reason=f"no sample article at {SAMPLE} (set NEWS_ETL_EVAL)")
def test_the_first_real_article() -> None:
    article = extract(Document(path=SAMPLE.name, payload=SAMPLE.read_bytes(), media_type="text/plain"))
    body = [block.text for block in article.blocks if block.kind == "paragraph"]
    assert article.publisher == "Epoch Times"
    assert (article.label, article.kicker) == ("Exclusif", "Alliance États Unis–Japon")
    assert article.title
    assert article.title.startswith("Donald Trump et la Première")
    assert article.title.endswith("pour les deux pays")
    assert article.deck
    assert article.deck.startswith("Le président américain a fait escale à Tokyo")
    assert article.deck.endswith("trois pays.")
    assert len(article.images) == 1
    assert article.images[0].caption
    assert article.images[0].caption.endswith("à Tokyo, le 28 octobre 2025.")
    assert article.images[0].credit == "KIYOSHI OTA/POOL/AFP via Getty Images"
    assert article.images[0].alt is None
    assert article.reading_minutes_stated == 5
    assert [author.name for author in article.authors] == ["Travis Gillmore"]
    assert article.authors[0].bio
    assert article.authors[0].bio.startswith("Travis Gillmore est un lecteur")
    assert [block.text for block in article.blocks if block.kind == "heading"] == ["Alliés solides"]
    assert len(body) == 25
    assert len(article.blocks) == 26
    assert body[0].startswith("Le président des États‑Unis, Donald Trump, a rencontré")
    assert body[-1].endswith("qui viendra clore son voyage.")
    assert article.published
    assert article.published.at == datetime(2025, 10, 28, tzinfo=UTC)
    assert (article.published.source, article.published.precision) == ("inferred", "day")
