"""What the output of a day depends on besides its landing: the code, the libraries and the configuration."""

import hashlib
import json
from functools import cache
from importlib.metadata import version
from pathlib import Path

from news_etl.settings import Settings
from news_etl.sources import Sources

LIBRARIES = ("courlan", "ftfy", "htmldate", "lxml", "py3langid", "pyarrow", "spacy", "trafilatura")
"""The libraries whose version can change a published value."""


@cache
def versions() -> dict[str, str]:
    """The project's version, a digest of its code and data, and the versions of the libraries that matter."""
    return {"news-etl": version("news-etl"), "code": _code_digest()} | {name: version(name) for name in LIBRARIES}


def configuration_digest(settings: Settings, sources: Sources) -> str:
    """A digest of what is configured and can change a published value; where the data lies is no part of it."""
    content = {
        "sources": sources.model_dump(mode="json"),
        "files_per_day": settings.files_per_day,
        "max_document_bytes": settings.max_document_bytes,
        "max_bad_share": settings.max_bad_share,
        "models": dict(settings.models),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@cache
def _code_digest() -> str:
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for file in sorted(path for path in root.rglob("*") if path.suffix in (".py", ".yaml", ".json", ".txt")):
        digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
