"""Bake the table of given names that the entity layer ships with, from the name providers of `Faker` (MIT licence).

Names in Latin script of all its locales, with the gender of most locales that have them. What stands in
`languages/<code>/given_names.yaml` comes first: this table only adds the names of other countries.

    python scripts/bake_names.py
"""

import importlib
import pkgutil
import unicodedata
from collections import Counter
from pathlib import Path

from faker.providers import person

TABLE = Path(__file__).resolve().parents[1] / "include" / "news_etl" / "enrich" / "data" / "given_names.tsv"

SHORTEST = 3
"""Letters. Shorter names ("An", "Bo") are rather ordinary words of a French text."""
CLEAR = 2
"""A name given to one gender twice as often as to the other tells the gender."""


def main() -> None:
    """Write `data/given_names.tsv`: name and gender, by name."""
    genders: dict[str, Counter[str]] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(person.__path__)):
        provider = importlib.import_module(f"{person.__name__}.{module}").Provider
        for gender, attribute in (("f", "first_names_female"), ("m", "first_names_male")):
            for name in set(getattr(provider, attribute, ())):
                if len(name) >= SHORTEST and name.isalpha() and name.istitle() and _is_latin(name):
                    genders.setdefault(name, Counter())[gender] += 1
    lines = ["name\tgender", *(f"{name}\t{_mostly(genders[name])}" for name in sorted(genders))]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{TABLE}: {len(genders)} names, {TABLE.stat().st_size // 1000} kB")


def _is_latin(name: str) -> bool:
    return all(unicodedata.name(letter).startswith("LATIN") for letter in name)


def _mostly(counts: Counter[str]) -> str:
    if counts["f"] >= CLEAR * counts["m"]:
        return "f"
    return "m" if counts["m"] >= CLEAR * counts["f"] else "both"


if __name__ == "__main__":
    main()
