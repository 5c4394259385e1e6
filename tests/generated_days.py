"""Days of invented news, as large as wanted: clean, varied like real ones, and the same for the same seed."""

import hashlib
import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from news_etl.outcome import State
from news_etl.schema import ENTITIES, QUOTES, STAGED
from news_etl.validate import Day

Row = dict[str, Any]

PLACES = ("Vaubrisse", "Port-Salvane", "Noirlieu", "Mornas", "Tarran", "Clairvent", "Bréval", "Saint-Elve")
PEOPLE = ("Jeanne Dorval", "Marc Hélias", "Nahia Etchegorry", "Paul Sauvanet", "Inès Calder", "Luc Fontange")
SUBJECTS = ("le port", "l’école de voile", "le tunnel", "la criée", "le festival", "le barrage", "la bibliothèque")
SENTENCES = {
    "fr": "À {place}, le conseil a adopté {number} mesures pour {subject}. « Nous commençons au printemps, et cela "
    "durera dix-huit mois », a précisé {person} devant la presse. L’opposition demande une étude indépendante.",
    "en": "In {place} the council adopted {number} measures for the harbour. “We begin in spring, and it will take "
    "eighteen months”, said {person} to reporters on the quay. The opposition wants an independent study.",
}


def generated_day(
    day: date, volumes: Mapping[str, int], seed: int = 0, languages: Mapping[str, str] | None = None
) -> Day:
    """A clean day with so many articles of each source, with their names and quotations."""
    rows = [
        article(
            day, source, number, random.Random(f"{seed} {day} {source} {number}"), (languages or {}).get(source, "fr")
        )
        for source, volume in volumes.items()
        for number in range(volume)
    ]
    return as_day(day, rows)


def as_day(day: date, rows: list[Row]) -> Day:
    """The rows as a day in which every document became an article; names and quotations are looked up in the bodies."""
    entities = [mention for row in rows for mention in mentions(row)]
    quotes = [quote for row in rows for quote in quotations(row)]
    children = {"entities": ENTITIES.arrow(entities), "quotes": QUOTES.arrow(quotes)}
    return Day(day, staged(rows), [document(row) for row in rows], len(rows), children)


def staged(rows: list[Row]) -> pa.Table:
    """Rows as the gate gets them; what is wrong in them is for it to say."""
    return pa.Table.from_pylist(rows, schema=STAGED.schema)


def article(day: date, source: str, number: int, chance: random.Random, language: str) -> Row:
    digest = hashlib.sha256(f"{day} {source} {number}".encode()).hexdigest()
    published = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=chance.randrange(-600, 1400))
    has = {name: chance.random() < share for name, share in SHARES.items()}
    paragraphs = [_paragraph(language, chance) for _ in range(chance.randint(3, 9))]
    place, person = chance.choice(PLACES), chance.choice(PEOPLE)
    url = f"https://{source}.example/{day:%Y/%m/%d}/{number}"
    row: Row = {column.name: None for column in STAGED.columns} | {
        "article_id": digest[:32],
        "revision": 1,
        "content_hash": digest,
        "url": url,
        "canonical_url": url if has["canonical_url"] else None,
        "source": source,
        "publisher": source,
        "country": "FR",
        "language": language,
        "language_confidence": 0.99,
        "title": f"{place} : {chance.choice(SUBJECTS)}, épisode {number}",
        "deck": f"Le point sur {chance.choice(SUBJECTS)} par {person}, {number}" if has["deck"] else None,
        "section": chance.choice(("Local", "Culture", "Sport")) if has["section"] else None,
        "topics": [place] if has["topics"] else [],
        "authors": [{"name": person, "kind": "person"}] if has["byline"] else [],
        "byline": f"Par {person}" if has["byline"] else None,
        "published_at": published if has["published_at"] else None,
        "published_precision": "minute" if has["published_at"] else None,
        "modified_at": published + timedelta(hours=1) if has["published_at"] and has["modified_at"] else None,
        "fetched_at": published + timedelta(hours=2),
        "enrichment": "full",
        "access": "free",
        "is_truncated": False,
        "quality_flags": ["low_agreement"] if chance.random() < 0.04 else [],
        "tdm_opt_out": [],
        "input_kind": "html",
        "raw_pointer": {"file": f"raw/{source}/date={day}/part-0.warc.gz", "record_id": digest[:36], "sha256": digest},
        "extractor": "html 1",
        "field_provenance": [("title", "json-ld")],
        "images": [{"url": f"{url}.jpg", "caption": place, "credit": None, "alt": None}] if has["images"] else [],
    }
    return with_body(row, paragraphs)


SHARES = {
    "canonical_url": 1.0,
    "deck": 0.9,
    "section": 0.95,
    "topics": 0.8,
    "byline": 0.75,
    "published_at": 0.98,
    "modified_at": 0.5,
    "images": 0.7,
}


def _paragraph(language: str, chance: random.Random) -> str:
    sentence = SENTENCES[language].format(
        place=chance.choice(PLACES),
        person=chance.choice(PEOPLE),
        subject=chance.choice(SUBJECTS),
        number=chance.randint(2, 90),
    )
    return sentence


def with_body(row: Row, paragraphs: list[str]) -> Row:
    """The row with this body and all that is counted in it."""
    blocks, position = [], 0
    for text in paragraphs:
        blocks.append({"kind": "paragraph", "text": text, "start": position, "end": position + len(text)})
        position += len(text) + 2
    body = "\n\n".join(paragraphs)
    words = len(body.split())
    row = row | {"body": body, "blocks": blocks, "word_count": words, "reading_minutes": max(1, words // 238)}
    row |= {"sentence_count": 3 * len(paragraphs), "token_count": words}
    return row | {"entity_count": len(mentions(row)), "quote_count": len(quotations(row))}


def key(row: Row) -> Row:
    return {"article_id": row["article_id"], "revision": row["revision"]}


def mentions(row: Row) -> list[Row]:
    """The names in the body, as rows of `entities`."""
    body, found = row["body"], []
    for label, names in (("LOC", PLACES), ("PER", PEOPLE)):
        for number, name in enumerate(names, start=1):
            start = body.find(name)
            while start >= 0:
                entity = number if label == "LOC" else number + len(PLACES)
                found.append((start, {"text": name, "label": label, "entity_id": entity, "name": name}))
                start = body.find(name, start + 1)
    return [
        key(row)
        | {"mention_id": number, "field": "body", "start": start, "end": start + len(about["text"])}
        | about
        | {"is_in_quote": False, "model": "m 1"}
        for number, (start, about) in enumerate(sorted(found, key=lambda one: one[0]), start=1)
    ]


def quotations(row: Row) -> list[Row]:
    """The quotations in the body, as rows of `quotes`; who said them is left open."""
    body, found, end = row["body"], [], 0
    opening, closing = ("« ", " »") if "« " in body else ("“", "”")
    while (start := body.find(opening, end)) >= 0 and (end := body.find(closing, start)) >= 0:
        begin = start + len(opening)
        found.append(
            key(row)
            | {"quote_id": len(found) + 1, "field": "body", "start": begin, "end": end, "text": body[begin:end]}
            | {"kind": "direct", "speaker_kind": "unknown", "attribution": "none", "confidence": 0.0, "model": "m 1"}
        )
    return found


def document(row: Row, **fields: Any) -> Row:
    """The document that became the article."""
    identity = row["raw_pointer"]["record_id"]
    return (
        dict.fromkeys(("reason", "step", "message", "duplicate_of"))
        | {"extract_seconds": 0.1, "enrich_seconds": 0.2}
        | {"record_id": identity, "source": row["source"], "path": identity, "raw_pointer": row["raw_pointer"]}
        | {"state": State.PUBLISHED, **key(row)}
        | fields
    )
