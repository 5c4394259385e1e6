"""Articles that a page carries as data for its scripts, not as markup."""

import json
import re

_SCRIPT = re.compile(r"<script\b[^>]*>(.*?)</script>", re.IGNORECASE | re.DOTALL)
_STRING = re.compile(r'"((?:[^"\\]|\\.){400,})"', re.DOTALL)
_PARAGRAPH = re.compile(r"<p[\s>]", re.IGNORECASE)
_END = re.compile(r"</body\s*>", re.IGNORECASE)


def with_embedded(text: str) -> str:
    """The page with the longest HTML string of its scripts put into its body; unchanged where there is none."""
    found = [html for script in _SCRIPT.findall(text) for html in _html_strings(script)]
    if not found:
        return text
    article = f"<article>{max(found, key=len)}</article>"
    return _END.sub(lambda end: article + end[0], text, count=1) if _END.search(text) else text + article


def _html_strings(script: str) -> list[str]:
    """The JSON strings of a script that hold paragraphs, unescaped."""
    found: list[str] = []
    for match in _STRING.finditer(script):
        try:
            value = json.loads(f'"{match[1]}"', strict=False)
        except ValueError:
            continue
        if _PARAGRAPH.search(value):
            found.append(value)
    return found
