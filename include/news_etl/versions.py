"""What the output of a day depends on besides its landing: the code, the libraries and the configuration."""

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from news_etl.settings import BUNDLED_MODELS, Settings
from news_etl.sources import Sources

LIBRARIES = ("courlan", "ftfy", "htmldate", "lxml", "py3langid", "pyarrow", "spacy", "trafilatura")
"""The libraries whose version can change a published value."""


@cache
def versions() -> dict[str, str]:
    """The project's version, digests of its code and its models, and the versions of the libraries that matter."""
    return {
        "news-etl": version("news-etl"),
        "code": _code_digest(),
        "models": _digest_of_all(BUNDLED_MODELS.values()),
        **{name: version(name) for name in LIBRARIES},
    }


def configuration_digest(settings: Settings, sources: Sources) -> str:
    """A digest of what is configured and can change a published value; where the data lies is no part of it."""
    content = {
        "sources": sources.model_dump(mode="json"),
        "files_per_day": settings.files_per_day,
        "max_document_bytes": settings.max_document_bytes,
        "max_seconds": settings.max_seconds,
        "max_memory_bytes": settings.max_memory_bytes,
        "max_bad_share": settings.max_bad_share,
        "models": {language: _model_version(name) for language, name in settings.models.items()},
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _model_version(name: str) -> str:
    """A configured pipeline and its version; of a folder, a digest of what it says about itself."""
    meta = Path(name) / "meta.json"
    if meta.is_file():
        return f"{name} {hashlib.sha256(meta.read_bytes()).hexdigest()}"
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return name


def _code_digest() -> str:
    return _digest_of_all([Path(__file__).parent], (".py", ".yaml", ".json", ".txt", ".tsv"))


def _digest_of_all(folders: Iterable[Path], suffixes: tuple[str, ...] = ()) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            if not suffixes or file.suffix in suffixes:
                digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
