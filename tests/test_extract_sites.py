# ruff: noqa: E501 - the lines of the samples are as long as those of pages
"""A site that is read wrongly gets a rule of its own, as data, for the time in which its pages look like that."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from news_etl.article import Article
from news_etl.clean import clean
from news_etl.document import Document
from news_etl.extract import extract
from news_etl.extract.sites import NO_RULE, SITE_RULE, SitesError, load_sites, rule_for, sites

PARAGRAPHS = [
    "Le bac de Port-Salvane a repris son service jeudi matin, après onze semaines passées en cale sèche pour une avarie de moteur.",
    "Une soixantaine de passagers attendaient sur le ponton dès six heures, dont plusieurs maraîchers de la rive gauche.",
    "La capitainerie promet une traversée toutes les vingt minutes jusqu’à la fin de l’été, puis toutes les demi-heures.",
]
BRIEF = "La foire aux bestiaux de Mornas aura lieu dimanche sur le champ de foire, avec un concours de labour à quatorze heures précises."
OLD_PAGE = f"""<html><head><title>La Gazette du Port - édition en ligne</title></head><body bgcolor="#ffffff">
<table><tr><td class="menu"><a href="/">Accueil</a> <a href="/ville">Ville</a> <a href="/sports">Sports</a></td></tr>
<tr><td class="titre">Le bac est revenu</td></tr>
<tr><td class="chapeau">Onze semaines de réparation ont coûté quarante mille euros à la commune.</td></tr>
<tr><td class="signature"><b>Par Hélène Maubert et Yves Carlin</b> <i>18/03/2004 à 17h05</i></td></tr>
<tr><td class="texte">{PARAGRAPHS[0]}<br><br>{PARAGRAPHS[1]}<br><br>[retour au sommaire]<br><br>
<table class="breves"><tr><td><b>EN BREF</b><br><br>{BRIEF}</td></tr></table>
{PARAGRAPHS[2]}<br><br>Réagir à cet article (3)</td></tr></table></body></html>"""
DUMP = f"""Le bac est revenu

Onze semaines de réparation ont coûté quarante mille euros à la commune.

Par Hélène Maubert

{PARAGRAPHS[0]}

Une question sur cet article ? Le service des lecteurs vous répond du lundi au vendredi, de neuf heures à midi et demi.

{PARAGRAPHS[1]}

{PARAGRAPHS[2]}
"""


def page(
    html: str, fetched: datetime | None = datetime(2004, 3, 19, tzinfo=UTC), host: str = "www.gazette-du-port.example"
) -> Document:
    url = f"https://{host}/article.php?id=311"
    return Document(path="a.html", payload=html.encode(), media_type="text/html", url=url, fetched_at=fetched)


def paragraphs(article: Article) -> list[str]:
    return [block.text for block in article.blocks]


# ---- pages


def test_an_old_page_is_read_with_the_rule_of_its_time() -> None:
    article = extract(page(OLD_PAGE))
    assert article.title == "Le bac est revenu"
    assert article.deck == "Onze semaines de réparation ont coûté quarante mille euros à la commune."
    assert [author.name for author in article.authors] == ["Hélène Maubert", "Yves Carlin"]
    assert article.published is not None
    assert article.published.at == datetime(2004, 3, 18, 17, 5, tzinfo=UTC)
    assert paragraphs(article) == PARAGRAPHS


def test_provenance_says_that_a_rule_gave_it() -> None:
    article = extract(page(OLD_PAGE))
    row = clean(page(OLD_PAGE), article)
    found = dict(row["field_provenance"])
    assert {name for name, source in found.items() if source == SITE_RULE} == {
        "title",
        "deck",
        "authors",
        "published_at",
        "body",
    }
    assert row["published_source"] == "visible"  # the closed set of the column knows no rules


def test_without_the_rule_the_page_is_read_wrongly() -> None:
    """The reason for the rule. When this fails, the rule can go."""
    article = extract(page(OLD_PAGE, host="www.example.org"))
    assert article.title != "Le bac est revenu" or paragraphs(article) != PARAGRAPHS


def test_the_day_of_the_fetch_decides_else_that_of_the_page() -> None:
    assert rule_for(page(OLD_PAGE), lambda: None) is sites()[0].rules[0]
    assert rule_for(page(OLD_PAGE, datetime(2025, 11, 4, tzinfo=UTC)), lambda: date(2004, 3, 18)) is NO_RULE
    assert rule_for(page(OLD_PAGE, None), lambda: date(2004, 3, 18)) is sites()[0].rules[0]
    assert rule_for(page(OLD_PAGE, None), lambda: None) is NO_RULE
    new = OLD_PAGE.replace("18/03/2004", "18/03/2024")
    assert extract(page(OLD_PAGE, None)).title == "Le bac est revenu"
    assert extract(page(new, None)).field_provenance["title"] != SITE_RULE


def test_a_rule_is_for_its_hosts_and_those_below() -> None:
    fetched = datetime(2004, 3, 19, tzinfo=UTC)
    for host, covered in [
        ("gazette-du-port.example", True),
        ("archives.gazette-du-port.example", True),
        ("lagazette-du-port.example", False),
        ("[", False),
    ]:
        assert (rule_for(page(OLD_PAGE, fetched, host), lambda: None) is not NO_RULE) is covered


def test_what_a_rule_does_not_find_is_read_as_everywhere() -> None:
    bare = OLD_PAGE.replace('class="signature"', 'class="x"').replace('class="chapeau"', 'class="y"')
    article = extract(page(bare))
    assert paragraphs(article) == PARAGRAPHS
    assert article.field_provenance.get("authors") != SITE_RULE


# ---- dumps


def dump(fetched: datetime, source: str = "le-courrier-du-lac") -> Document:
    return Document(path="a.txt", payload=DUMP.encode(), media_type="text/plain", source=source, fetched_at=fetched)


def test_lines_that_a_rule_drops_are_not_in_a_dump_of_its_time() -> None:
    question = next(line for line in DUMP.splitlines() if line.startswith("Une question"))
    old, new = datetime(2015, 6, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC)
    assert paragraphs(extract(dump(old))) == PARAGRAPHS
    assert question in paragraphs(extract(dump(new)))
    assert question in paragraphs(extract(dump(old, "another-source")))


# ---- the files


def refusal(folder: Path, text: str) -> str:
    (folder / "a-site.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SitesError) as error:
        load_sites(folder)
    return str(error.value).replace(str(folder), "")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("hosts: [a.example]\nrules:\n  - why: x\n    body: 'p['\n", "/a-site.yaml, line 4: rules.0.body: "),
        ("hosts: [a.example]\nrules:\n  - why: x\n    drop:\n      - p\n      - //p[\n", "/a-site.yaml, line 6: rules.0.drop.1: "),
        ("hosts: [a.example]\nrules:\n  - why: x\n    drop_lines: ['(']\n", "is no regular expression"),
        ("hosts: [a.example]\nrules:\n  - why: x\n    boddy: p\n", "/a-site.yaml, line 4: rules.0.boddy: "),
        ("hosts: [a.example]\nrules:\n  - body: p\n", "/a-site.yaml, line 3: rules.0.why: Field required"),
        ("hosts: [a.example]\nrules:\n  - why: x\n    valid_until: 31.12.2012\n", "/a-site.yaml, line 4: rules.0.valid_until: "),
        ("hosts: [a.example]\nrules:\n  - {why: x, valid_from: 2013-01-01, valid_until: 2012-01-01}\n", "lies after valid_until"),
        ("hosts: [a.example]\nrules:\n  - {why: x, valid_until: 2012-01-01}\n  - {why: y, valid_from: 2012-01-01}\n", "two rules hold on 2012-01-01"),
        ("hosts: [a.example]\nrules:\n  - {why: x}\n  - {why: y, valid_from: 2012-01-01, valid_until: 2013-01-01}\n", "two rules hold on 2012-01-01"),
        ("hosts: [a.example]\n", "/a-site.yaml, line 1: rules: Field required"),
        ("hosts: [a.example\n", "/a-site.yaml: not YAML"),
        ("", "/a-site.yaml, line 1: "),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_with_line_and_field(tmp_path: Path, text: str, seen: str) -> None:
    assert seen in refusal(tmp_path, text)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes("hosts: [é.example]".encode("latin-1"))
    with pytest.raises(SitesError, match="not UTF-8"):
        load_sites(tmp_path)


def test_rules_one_after_the_other_are_fine(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "hosts: [a.example]\nrules:\n  - {why: x, valid_until: 2011-12-31, body: //div}\n  - {why: y, valid_from: 2012-01-01}\n"
    )
    (site,) = load_sites(tmp_path)
    assert [rule.why for rule in site.rules if rule.holds_on(date(2011, 12, 31))] == ["x"]
    assert [rule.why for rule in site.rules if rule.holds_on(date(2012, 1, 1))] == ["y"]


def test_every_rule_that_ships_is_for_an_invented_site() -> None:
    for site in sites():
        assert site.hosts
        assert all(host.endswith(".example") for host in site.hosts)
