"""Places: countries of the Unicode CLDR, cities of GeoNames, the lists of a language, with codes and coordinates."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError

from news_etl.enrich.gazetteer import Entry, fold
from news_etl.enrich.lexicon import read_list

CITIES = Path(__file__).with_name("data") / "cities.tsv"

COUNTRY = "country"
CITY = "city"

HOME_COUNTRIES = {"fr": "FR"}
"""The country that a text of a language means where a city's name stands in several and nothing else tells."""

WELL_KNOWN = 150_000
"""Inhabitants. A city of this size is found by its name alone; smaller ones share their names with too many things."""
WELL_KNOWN_AT_HOME = 10_000
FRANCOPHONE = frozenset({"FR", "BE", "CH", "LU", "MC", "GP", "MQ", "GF", "RE", "YT", "NC", "PF"})
SHORTEST_CITY = 4
"""Letters. Cities with shorter names are found where the model or a preposition tells of a place."""


@dataclass(frozen=True)
class City:
    """A city: its name in GeoNames, ISO 3166-1 code of its country, inhabitants, degrees north and east."""

    name: str
    country: str
    population: int
    latitude: float
    longitude: float


@cache
def load_cities() -> dict[str, tuple[City, ...]]:
    """The cities by folded name, the largest first."""
    cities: defaultdict[str, list[City]] = defaultdict(list)
    with CITIES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            city = City(
                row["name"], row["country"], int(row["population"]), float(row["latitude"]), float(row["longitude"])
            )
            cities[fold(city.name)].append(city)
    return {name: tuple(sorted(found, key=lambda city: -city.population)) for name, found in cities.items()}


def place_entries(language: str) -> Iterator[Entry]:
    """All place names of a language for a gazetteer: countries, then the lists, then cities."""
    places = read_list(language, "places")
    ambiguous = {fold(name) for name in places["ambiguous"]}

    def entry(form: str, name: str, kind: str, code: str | None = None) -> Entry:
        return Entry(form, "LOC", name, kind, code, ambiguous=fold(form) in ambiguous)

    for code, names in country_names(language).items():
        for form in names:
            yield entry(form, names[0], COUNTRY, code)
    for section in ("former_countries", "seats", "continents", "france", "quarters", "nature"):
        for form in places[section]:
            yield entry(form, form, section)
    for code, forms in places["regions"].items():
        for form in forms:
            yield entry(form, form, "region", code)
    yield from _city_entries(places, ambiguous)


def _city_entries(places: dict[str, Any], ambiguous: Set[str]) -> Iterator[Entry]:
    exonyms: dict[str, str] = places["exonyms"]
    for form in exonyms:
        yield Entry(form, "LOC", form, CITY, ambiguous=fold(form) in ambiguous)
    french = {fold(form) for form in exonyms}
    for folded, cities in load_cities().items():
        if folded not in french:
            name = cities[0].name
            yield Entry(name, "LOC", name, CITY, ambiguous=folded in ambiguous or not _is_well_known(cities))


def _is_well_known(cities: tuple[City, ...]) -> bool:
    if len(cities[0].name) < SHORTEST_CITY:
        return False
    return any(
        city.population >= (WELL_KNOWN_AT_HOME if city.country in FRANCOPHONE else WELL_KNOWN) for city in cities
    )


@cache
def country_names(language: str) -> dict[str, list[str]]:
    """The names of countries and territories by ISO 3166-1 alpha-2 code, the canonical one first."""
    places = read_list(language, "places")
    dropped = {fold(name) for name in places["not_countries"]}
    try:
        territories = dict(Locale.parse(language).territories)
    except (UnknownLocaleError, ValueError):
        territories = {}
    names = {
        code: [name]
        for code, name in sorted(territories.items())
        if code in _STATES or (len(code) == 2 and code.isalpha() and not code.startswith(("X", "Z", "E", "Q", "U")))
        if fold(name) not in dropped
    }
    for code, forms in places["countries"].items():
        listed = {fold(form) for form in forms}
        names[code] = forms + [name for name in names.get(code, []) if fold(name) not in listed]
    return names


_STATES = frozenset(
    {"XK", "ZA", "ZM", "ZW", "EC", "EE", "EG", "EH", "ER", "ES", "ET", "QA", "UA", "UG", "US", "UY", "UZ"}
)
"""Codes of states among the letters that CLDR also uses for groupings (EU, UN, ZZ …)."""


def locate(name: str, language: str, countries: Set[str]) -> City | None:
    """The city that a name means in a text that names the given countries.

    A city with a name of its own in the language is the largest that bears the original name. Of others: the largest
    in a country that the text names, else the largest in the country of the language, unless another is ten times as
    large.
    """
    original = exonyms(language).get(fold(name))
    cities = load_cities().get(fold(original or name))
    if not cities:
        return None
    if original is not None:
        return cities[0]
    for city in cities:
        if city.country in countries:
            return city
    home = next((city for city in cities if city.country == HOME_COUNTRIES.get(language)), None)
    return home if home is not None and home.population * MUCH_LARGER > cities[0].population else cities[0]


MUCH_LARGER = 10
"""How many times as large a city abroad must be to be meant rather than one at home."""


@cache
def exonyms(language: str) -> dict[str, str]:
    return {fold(form): original for form, original in read_list(language, "places")["exonyms"].items()}
