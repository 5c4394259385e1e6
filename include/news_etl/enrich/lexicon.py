"""The word lists of a language: `languages/<code>/<list>.yaml`, which a linguist edits without Python."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader in C reads the long lists in a fraction of the time; not every build of PyYAML has it."""

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
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - the safe loader, in C
    except OSError as error:
        raise LexiconError(f"{path}: {error.strerror or error}") from error
    except yaml.YAMLError as error:
        raise LexiconError(f"{path}: {error}") from error
