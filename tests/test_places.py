"""Places: names, codes and coordinates of countries and cities."""

import csv

import pytest

from news_etl.enrich.gazetteer import fold
from news_etl.enrich.places import CITIES, country_names, load_cities, locate, place_entries


def test_countries_come_with_their_variants_and_a_canonical_name():
    names = country_names("fr")
    assert names["US"][0] == "États-Unis"
    assert {"Grande-Bretagne", "Royaume-Uni"} <= set(names["GB"])
    assert names["KP"][0] == "Corée du Nord"
    assert len(names) > 230


def test_no_union_or_region_counts_as_a_country():
    assert not {"EU", "UN", "ZZ", "EZ", "XA", "XB", "QO"} & set(country_names("fr"))


def test_a_language_without_lists_has_no_place_names():
    with pytest.raises(ValueError, match="places"):
        list(place_entries("zz"))


@pytest.mark.parametrize(
    ("name", "countries", "code", "latitude"),
    [
        ("Pékin", set(), "CN", 39.9),
        ("Londres", {"CA"}, "GB", 51.5),
        ("Genève", set(), "CH", 46.2),
        ("Saint-Denis", set(), "FR", 48.9),
        ("Saint-Denis", {"RE"}, "RE", -20.9),
        ("Tokyo", {"US"}, "JP", 35.7),
        ("Birmingham", {"US"}, "US", 33.5),
        ("Birmingham", set(), "GB", 52.5),
    ],
)
def test_a_city_is_the_one_that_the_text_means(name, countries, code, latitude):
    city = locate(name, "fr", frozenset(countries))
    assert city is not None
    assert city.country == code
    assert city.latitude == pytest.approx(latitude, abs=0.2)


def test_an_unknown_city_has_no_position():
    assert locate("Vaubrisse-les-Flots", "fr", frozenset()) is None


def test_every_exonym_names_a_city_of_the_table():
    entries = {entry.form for entry in place_entries("fr") if entry.kind == "city"}
    assert {"Moscou", "Le Caire", "Katmandou"} <= entries
    assert all(locate(form, "fr", frozenset()) is not None for form in entries)


def test_the_table_of_cities_is_small_sorted_and_sound():
    with CITIES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert CITIES.stat().st_size < 1_000_000
    assert len(rows) > 5_000
    assert [row["name"] for row in rows] == sorted(row["name"] for row in rows)
    assert all(-90 <= float(row["latitude"]) <= 90 and -180 <= float(row["longitude"]) <= 180 for row in rows)
    assert all(len(row["country"]) == 2 and int(row["population"]) >= 0 for row in rows)


def test_the_largest_city_of_a_name_comes_first():
    assert all(
        [city.population for city in cities] == sorted((city.population for city in cities), reverse=True)
        for cities in load_cities().values()
    )


def test_the_source_of_the_table_is_named_beside_it():
    readme = CITIES.with_name("README.md").read_text(encoding="utf-8")
    assert "GeoNames" in readme
    assert "Creative Commons Attribution 4.0" in readme


def test_accents_and_case_do_not_count():
    assert fold("Éméché ŒUVRE") == "emeche oeuvre"
