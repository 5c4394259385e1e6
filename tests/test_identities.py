"""Which mentions are one entity: persons by surname and title, bodies by acronym, countries by code."""

import pytest
import spacy

from news_etl.enrich.annotation import Entity, annotation
from news_etl.enrich.entities import EntityLayer
from news_etl.enrich.identities import IdentityLayer
from news_etl.enrich.text import normalise

FRENCH = spacy.blank("fr")
FRENCH.add_pipe("sentencizer")


def entities(text: str, language: str = "fr") -> list[Entity]:
    doc = FRENCH(normalise(text))
    doc = EntityLayer(FRENCH, "news_entities", language)(doc)
    doc = IdentityLayer(FRENCH, "news_identities", language)(doc)
    return annotation(doc).entities


def by_name(text: str) -> dict[str, Entity]:
    return {entity.name: entity for entity in entities(text)}


def texts(entity: Entity) -> list[str]:
    return [mention.text for mention in entity.mentions]


def test_a_person_is_one_entity_under_the_fullest_name():
    found = by_name("M. Tassart parle. Luc Tassart insiste, puis Tassart se tait.")
    assert list(found) == ["Luc Tassart"]
    assert texts(found["Luc Tassart"]) == ["Tassart", "Luc Tassart", "Tassart"]
    assert found["Luc Tassart"].gender == "m"


def test_particles_and_initials_lead_to_the_same_person():
    found = by_name("Jean-Luc de Vaugrenard arrive. M. de Vaugrenard salue. J.-L. de Vaugrenard repart.")
    assert list(found) == ["Jean-Luc de Vaugrenard"]


def test_two_persons_of_one_surname_are_told_apart_by_their_title():
    found = by_name("Luc Tassart et Anne Tassart débattent. M. Tassart rit. Mme Tassart non.")
    assert texts(found["Luc Tassart"]) == ["Luc Tassart", "Tassart"]
    assert texts(found["Anne Tassart"]) == ["Anne Tassart", "Tassart"]


def test_without_a_title_the_person_named_last_is_meant():
    found = by_name("Luc Tassart entre. Jean Tassart sort. Alors Tassart crie. Luc Tassart rit. Puis Tassart dort.")
    assert len(found["Luc Tassart"].mentions) == 3
    assert len(found["Jean Tassart"].mentions) == 2


def test_a_title_tells_the_gender_where_the_given_name_does_not():
    found = by_name("Mme Camille Tassart préside. La ministre Osgood-Brel aussi.")
    assert found["Camille Tassart"].gender == "f"
    assert found["Osgood-Brel"].gender is None


def test_a_function_beside_the_name_tells_the_gender():
    found = by_name("Claude Tassart, directrice du port, a signé.")
    assert found["Claude Tassart"].gender == "f"


def test_an_acronym_and_what_it_stands_for_are_one_body():
    found = by_name(
        "La Commission nationale de suivi des ports (CNSP) enquête. La CNSP publie. L’ONU et les Nations unies aussi."
    )
    assert texts(found["Commission nationale de suivi des ports"])[1:] == ["CNSP", "CNSP"]
    assert texts(found["Nations unies"]) == ["ONU", "Nations unies"]


def test_variants_of_a_country_are_one_entity_with_its_code():
    found = by_name("Les Etats-Unis et la Grande-Bretagne signent. Les USA, le Royaume-Uni et l’Écosse attendent.")
    assert texts(found["États-Unis"]) == ["Etats-Unis", "USA"]
    assert found["États-Unis"].country_code == "US"
    assert found["Royaume-Uni"].country_code == "GB"
    assert texts(found["Écosse"]) == ["Écosse"]


def test_cities_have_their_country_and_position():
    found = by_name("De Pékin à Lyon, le train met dix jours.")
    assert (found["Pékin"].country_code, found["Lyon"].country_code) == ("CN", "FR")
    assert found["Lyon"].latitude == pytest.approx(45.75, abs=0.1)
    assert found["Lyon"].longitude == pytest.approx(4.85, abs=0.1)


def test_a_country_that_the_text_names_tells_which_city_is_meant():
    assert by_name("Il vit à Birmingham, aux États-Unis.")["Birmingham"].country_code == "US"
    assert by_name("Il vit à Birmingham.")["Birmingham"].country_code == "GB"


def test_entities_count_by_their_first_mention_and_their_mentions_carry_the_id():
    found = entities("Luc Tassart a quitté Lyon pour la CGT. Lyon regrette Tassart.")
    assert [entity.id for entity in found] == [1, 2, 3]
    assert [entity.name for entity in found] == ["Luc Tassart", "Lyon", "CGT"]
    for entity in found:
        assert {mention.id_ for mention in entity.mentions} == {str(entity.id)}
        assert {token.ent_id_ for mention in entity.mentions for token in mention} == {str(entity.id)}


def test_a_language_without_lists_groups_names_by_their_text():
    doc = FRENCH("Osgood sieht Osgood.")
    doc.ents = [doc.char_span(0, 6, "PER"), doc.char_span(13, 19, "PER")]
    doc = IdentityLayer(FRENCH, "news_identities", "de")(doc)
    assert [len(entity.mentions) for entity in annotation(doc).entities] == [2]


@pytest.mark.parametrize("text", ["", " ", "…", "🎉 M. ", "M. M. M."])
def test_odd_text_has_no_entities_and_does_no_harm(text):
    assert entities(text) == []


def test_entities_are_the_same_whenever_the_text_is_read():
    text = "Luc Tassart et M. Osgood, de la CGT, étaient à Lyon ; Tassart l’a dit au Monde."

    def read():
        return [(entity.id, entity.name, entity.gender, texts(entity)) for entity in entities(text)]

    first = read()
    entities("Tassart Osgood, maire de Lyon, n’aime pas la CGT.")
    assert read() == first
