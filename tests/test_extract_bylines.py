"""Bylines, credits and names of the lines around an article."""

from time import process_time

import pytest

from news_etl.extract.bylines import byline_names, distinct
from news_etl.extract.credits import split_credit
from news_etl.extract.names import kind_of, split_names


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("Par Claire Montfort et Idris Belkacem", ["Claire Montfort", "Idris Belkacem"]),
        ("Par Claire Montfort, envoyée spéciale à Altmont", ["Claire Montfort"]),
        ("Le Phare et AFP", ["AFP"]),
        ("Von Anna Berger | 04.11.2025, 15:15 Uhr", ["Anna Berger"]),
        ("By Mark Ellery Political Correspondent", ["Mark Ellery"]),
        ("Von Anna Berger , Mark Ellery , Ida Lund", ["Anna Berger", "Mark Ellery", "Ida Lund"]),
        (
            "By Ann Lee, Bo Diaz, Cy Grant, Dee Moss and Ed Park",
            ["Ann Lee", "Bo Diaz", "Cy Grant", "Dee Moss", "Ed Park"],
        ),
        ("Di Paolo Verdi", ["Paolo Verdi"]),
        ("Par Claire Montfort (avec AFP)", ["Claire Montfort", "AFP"]),
        ("Brévenne-Matin avec l’AFP et Reuters", ["Brévenne-Matin", "AFP", "Reuters"]),
        ("Par la rédaction avec AFP", ["la rédaction", "AFP"]),
        ("Par La rédaction", ["La rédaction"]),
        ("By Staff Reporter", ["Staff Reporter"]),
        ("Par Odile", ["Odile"]),
        ("Par C. M.", ["C. M."]),
        ("Par Anne-Claire d’Ormaison", ["Anne-Claire d’Ormaison"]),
        ("Jean-Luc de La Brosse", ["Jean-Luc de La Brosse"]),
        ("Chronique de Claire Montfort", ["Claire Montfort"]),
        ("Kolumne von Anna Berger", ["Anna Berger"]),
        ("Das Gespräch führte Anna Berger.", ["Anna Berger"]),
        ("De notre envoyé spécial à Altmont, Idris Belkacem", ["Idris Belkacem"]),
        ("Claire Montfort à Altmont", ["Claire Montfort"]),
        ("Ann Lee in Altmont and Bo Diaz", ["Ann Lee", "Bo Diaz"]),
        ("By Ann Lee, The Beacon", ["Ann Lee"]),
        ("Written by Ann Lee; edited by Bo Diaz", ["Ann Lee"]),
        ("Texte Claire Montfort - Photos Lucie Arnal", ["Claire Montfort"]),
        ("Publié le 4 novembre 2025 à 08h42 par Claire Montfort", ["Claire Montfort"]),
        ("Rédigé par Claire Montfort le 4 novembre 2025", ["Claire Montfort"]),
        ("04/11/2025 08:42 Claire Montfort", ["Claire Montfort"]),
        ("김하늘 기자 haneul@example.org", ["김하늘"]),
        ("Crédit : Lucie Arnal/AFP", []),
        ("Par Claire Montfort Photo : Lucie Arnal", ["Claire Montfort"]),
        ("© AFP", ["AFP"]),
        ("Par Claire Montfort - avec AFP", ["Claire Montfort", "AFP"]),
        ("Partager sur Facebook", []),
        ("Publié le 4 novembre 2025", []),
    ],
)
def test_the_names_of_a_byline(byline: str, names: list[str]) -> None:
    found = byline_names(byline)
    assert [name for name in found if name != "Le Phare"] == names


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (["Portrait of Ann Lee", "AL", "Ann Lee"], ["Ann Lee"]),
        (["Alain Pic", "AP"], ["Alain Pic", "AP"]),
        (["Ann Lee", "Lee"], ["Ann Lee", "Lee"]),
    ],
)
def test_a_portrait_is_no_author(names: list[str], kept: list[str]) -> None:
    assert distinct(names) == kept


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("Claire Montfort (AFP)", ["Claire Montfort", "AFP"]),
        ("A. Blanc, C. Dunois and E. Fall", ["A. Blanc", "C. Dunois", "E. Fall"]),
        ("Le Phare et AFP", ["Le Phare", "AFP"]),
    ],
)
def test_the_names_of_metadata(byline: str, names: list[str]) -> None:
    assert split_names(byline) == names


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("AFP", "agency"),
        ("Agence France-Presse", "agency"),
        ("Le Phare", "outlet"),
        ("La rédaction", "outlet"),
        ("Claire Montfort", "person"),
    ],
)
def test_what_a_name_is(name: str, kind: str) -> None:
    assert kind_of(name, publisher="Le Phare") == kind


@pytest.mark.parametrize(
    ("text", "caption", "credit"),
    [
        ("La gare, mardi. (Photo : Lucie Arnal/AFP)", "La gare, mardi.", "Lucie Arnal/AFP"),
        ("Photo: LUCIE ARNAL/POOL/AFP via Getty Images", None, "LUCIE ARNAL/POOL/AFP via Getty Images"),
        ("Der Bahnhof am Dienstag. © Anna Berger/dpa", "Der Bahnhof am Dienstag.", "Anna Berger/dpa"),
        ("The station on Tuesday. AP Photo/Mark Ellery", "The station on Tuesday.", "AP Photo/Mark Ellery"),
        ("La stazione. | Paolo Verdi", "La stazione.", "Paolo Verdi"),
        ("La gare de Brévenne rouvre après trente ans.", "La gare de Brévenne rouvre après trente ans.", None),
        ("Odile Rambert (à gauche) devant la gare.", "Odile Rambert (à gauche) devant la gare.", None),
        ("La gare, le 4 novembre 2025. Lucie Arnal / AFP", "La gare, le 4 novembre 2025.", "Lucie Arnal / AFP"),
        ("La gare rouvre (Vallombre).Lucie Arnal / AFP", "La gare rouvre (Vallombre).", "Lucie Arnal / AFP"),
        ("La gare, mardi. L. Arnal / Le Phare", "La gare, mardi.", "L. Arnal / Le Phare"),
        ("La gare, mardi. LUCIE ARNAL POUR « LE PHARE »", "La gare, mardi.", "LUCIE ARNAL POUR « LE PHARE »"),
        ("La gare, mardi. Photo DR", "La gare, mardi.", "DR"),
        ("© Crédit photo : Lucie Arnal/Le Phare", None, "Lucie Arnal/Le Phare"),
        ("PHOTO LUCIE ARNAL, LE PHARE", None, "LUCIE ARNAL, LE PHARE"),
        ("The station. Credit...Mark Ellery for The Post", "The station.", "Mark Ellery for The Post"),
        ("Il gol del pareggio – FOTO ANSA", "Il gol del pareggio", "ANSA"),
        ("On n’a pas vu les photos de l’intérieur.", "On n’a pas vu les photos de l’intérieur.", None),
        ("Crédit Mutuel", "Crédit Mutuel", None),
        ("Il revoit la photo… Une image qui hante", "Il revoit la photo… Une image qui hante", None),
    ],
)
def test_a_caption_and_its_credit(text: str, caption: str | None, credit: str | None) -> None:
    assert split_credit(text) == (caption, credit)


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("Robin Delestre - avec AFP", ["Robin Delestre", "AFP"]),
        ("Par Marie d’Ormaison et Jean de La Brosse", ["Marie d’Ormaison", "Jean de La Brosse"]),
        ("Aus Westeroog berichtet Jonna Petersen-Kühl", ["Jonna Petersen-Kühl"]),
    ],
)
def test_names_between_places_particles_and_dashes(byline: str, names: list[str]) -> None:
    assert byline_names(byline) == names


def test_a_quotation_keeps_its_closing_mark() -> None:
    assert split_credit("« Nous avons gagné. » Lucie Arnal") == ("« Nous avons gagné. »", "Lucie Arnal")


@pytest.mark.parametrize("part", ["A.", "A. ", "A.-", "A"])
def test_a_long_run_of_initials_is_read_at_once(part: str) -> None:
    start = process_time()
    split_credit(f"{part * 10_000}!")
    assert process_time() - start < 1
