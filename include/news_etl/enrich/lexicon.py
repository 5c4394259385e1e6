"""The word lists of a language: `languages/<code>/<list>.yaml`, which a linguist edits without Python."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml


class _WordLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # in C where it is built: faster
    """Reads "on", "no" and "y" as the words that they are: of YAML's truth values only true and false are left."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the name and the form are PyYAML's
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


LANGUAGES = Path(__file__).with_name("languages")


class LexiconError(ValueError):
    """A list cannot be read as it stands: names the file and what is wrong with it."""


def has_lists(language: str) -> bool:
    """Whether there are word lists for a language; without them no rule of another language is applied to it."""
    return (LANGUAGES / language).is_dir()


@cache
def read_list(language: str, name: str) -> Any:
    """The content of `languages/<language>/<name>.yaml`, read once per process.

    Raises:
        LexiconError: when the file is missing or no YAML, with file and line.
    """
    path = LANGUAGES / language / f"{name}.yaml"
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_WordLoader)  # noqa: S506 - a safe loader
    except OSError as error:
        raise LexiconError(f"{path}: {error.strerror or error}") from error
    except yaml.YAMLError as error:
        raise LexiconError(f"{path}: {error}") from error
