"""One of each bad input in one inbox: each ends in quarantine with its reason, the rest of the day goes on."""

import gzip
import io
from datetime import date

import pandas as pd
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from news_etl.day import Run, run_day
from news_etl.settings import Settings

DAY = date(2025, 11, 4)
PARAGRAPHS = [
    "Le conseil municipal de Vaubrisse a adopté mardi soir, à une large majorité, le projet de réaménagement de la "
    "place des Tilleuls, qui était débattu depuis plus de trois ans dans la commune.",
    "« Nous avons écouté chaque riverain », a assuré la maire, Solène Garrigou, devant une salle pleine. Les travaux "
    "doivent commencer au printemps et durer onze mois, pour un coût de quatre millions d’euros.",
    "L’opposition regrette l’abattage de six arbres et demande qu’une étude de circulation soit publiée avant le début "
    "du chantier. Une réunion publique est prévue le mois prochain à la salle des fêtes.",
]


def page(title: str, *, charset: str = "utf-8", encoding: str = "utf-8") -> bytes:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    html = (
        f'<!doctype html><html lang="fr"><head><meta charset="{charset}"><title>{title}</title>'
        f'<meta property="og:title" content="{title}">'
        '<meta property="article:published_time" content="2025-11-04T07:00:00+01:00"></head>'
        f"<body><article><h1>{title}</h1>{text}</article></body></html>"
    )
    return html.encode(encoding)


def archive(titles: list[str]) -> bytes:
    file = io.BytesIO()
    writer = WARCWriter(file, gzip=True)
    for number, title in enumerate(titles):
        record = writer.create_warc_record(
            f"https://example.org/{number}",
            "response",
            payload=io.BytesIO(page(title)),
            http_headers=StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Date": "2025-11-04T09:00:00Z"},
        )
        writer.write_record(record)
    return file.getvalue()


def future_page() -> bytes:
    return page("Une page du futur").replace(b"2025-11-04T07:00:00+01:00", b"2031-01-01T07:00:00+01:00")


FILES = {
    "bonne.html": page("La place des Tilleuls sera réaménagée"),
    "vide.txt": b"",
    "binaire.txt": bytes(range(256)) * 64,
    "tronque.html.gz": gzip.compress(page("Une page coupée en route"), mtime=0)[:-200],
    "coupe.warc.gz": archive(["Première page de l’archive", "Deuxième page", "Troisième page"])[:-300],
    "immense.html": page("Une page immense") + b"<p>" + b"x " * 50_000_000 + b"</p>",
    "sans-article.html": b"<!doctype html><html><body><nav><a href='/'>Accueil</a></nav></body></html>",
    "lignes.jsonl": b'{"temperature": 12}\n{"title": "coup\n[1, 2]\n',
    "rapport.pdf": b"%PDF-1.7 \x00\x01\x02",
    "futur.html": future_page(),
    "latin.html": page("L’été à Châteauneuf", charset="utf-8", encoding="windows-1252").replace(b"adopt", b"Adopt"),
    "menteuse.html": page("Le maïs à l’épreuve de la sécheresse", charset="iso-8859-1").replace(b"conseil", b"Conseil"),
}

QUARANTINED = {
    "vide.txt": "empty_document",
    "binaire.txt": "binary_content",
    "tronque.html.gz": "damaged_gzip",
    "immense.html": "too_large",
    "sans-article.html": "not_an_article",
    "lignes.jsonl#line=1": "not_an_article",
    "lignes.jsonl#line=2": "not_json",
    "lignes.jsonl#line=3": "not_an_article",
    "rapport.pdf": "unsupported_type",
    "futur.html": "absurd_date",
}


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """The published day as data frames: articles, ledger, quarantine."""
    root = tmp_path_factory.mktemp("bad")
    folder = root / "inbox" / f"date={DAY}"
    folder.mkdir(parents=True)
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    sources = root / "sources.yaml"
    sources.write_text(f"sources:\n  - {{id: inbox, kind: inbox, path: '{root}/inbox/date={{date}}/*'}}\n")
    settings = Settings(data=str(root / "data"), sources=sources, min_rows_for_share=100)
    dict(run_day(Run.of(DAY, "bad", settings)))
    read = pd.read_parquet
    return (
        read(root / "data/warehouse/articles"),
        read(root / f"data/ops/ledger/date={DAY}/bad.parquet").set_index("path"),
        read(root / f"data/ops/quarantine/date={DAY}").set_index("path"),
    )


@pytest.mark.parametrize(("path", "reason"), QUARANTINED.items())
def test_a_bad_document_is_quarantined_with_its_reason(day, path, reason):
    _, ledger, quarantine = day
    assert (ledger.state[path], ledger.reason[path]) == ("quarantined", reason)
    assert quarantine.reason[path] == reason
    assert path.split("#")[0] in quarantine.message[path]
    assert quarantine.raw_pointer[path]["file"].endswith(".warc.gz")


def test_the_whole_records_of_a_cut_archive_are_read_and_its_rest_is_one_document(day):
    articles, ledger, _ = day
    of_archive = ledger[ledger.index.str.startswith("coupe.warc.gz")]
    assert sorted(of_archive.state) == ["published", "published", "quarantined"]
    assert of_archive[of_archive.state == "quarantined"].reason.tolist() == ["damaged_container"]
    assert "Première page de l’archive" in set(articles.title)


def test_good_documents_beside_the_bad_ones_are_published(day):
    articles, ledger, _ = day
    assert "La place des Tilleuls sera réaménagée" in set(articles.title)
    assert set(ledger.state) == {"published", "quarantined"}
    assert len(ledger) == len(FILES) - 2 + 3 + 3  # the JSON lines are three documents, and so is the cut archive


@pytest.mark.parametrize(
    ("title", "phrase"),
    [("L’été à Châteauneuf", "a Adopté mardi soir"), ("Le maïs à l’épreuve de la sécheresse", "à une large majorité")],
)
def test_a_wrongly_declared_encoding_is_read_rightly(day, title, phrase):
    articles, _, _ = day
    (body,) = articles.body[articles.title == title]
    assert phrase in body
    assert "« Nous avons écouté chaque riverain »" in body
