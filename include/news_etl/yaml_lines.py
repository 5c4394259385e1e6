"""YAML that knows where it stands: every key and item with its line, so that an error can name it."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Location = tuple[Any, ...]
"""Keys and indexes from the root to a value."""

KEY = "[key]"
"""How pydantic marks that the key of a mapping is at fault, not its value."""

Model = TypeVar("Model", bound=BaseModel)


def load(path: Path, model: type[Model]) -> Model:
    """A YAML file as a model.

    Raises:
        ValueError: with a line for each fault: file, line, field, what is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content, lines = yaml.safe_load(text), lines_of(yaml.compose(text))
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 ({error}). Save it as UTF-8.") from None
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: not YAML: {error}") from None
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = (fault_at(path, lines, tuple(fault["loc"]), fault["msg"]) for fault in error.errors())
        raise ValueError("\n".join(faults)) from None


def fault_at(path: Path, lines: dict[Location, int], location: Location, message: str) -> str:
    """A fault in words: file, line, field, what is wrong. What is missing has the line of what it is missing in."""
    known = next((location[:n] for n in range(len(location), -1, -1) if location[:n] in lines), ())
    name = ".".join(str(part) for part in location if part != KEY) or "the file"
    return f"{path}, line {lines.get(known, 1)}: {name}: {message}"


def lines_of(node: yaml.Node | None, location: Location = ()) -> dict[Location, int]:
    """The line of every key and item of a YAML tree, by its location."""
    if node is None:
        return {}
    lines = {location: node.start_mark.line + 1}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            lines |= lines_of(value, (*location, key.value))
            lines[(*location, key.value)] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines |= lines_of(item, (*location, index))
    return lines
