"""Which mentions of a document name the same person, place or body."""

from spacy.language import Language
from spacy.tokens import Doc

from news_etl.enrich.annotation import Entity, annotation


@Language.factory("news_identities", default_config={"language": "fr"})
class IdentityLayer:
    """Makes one entity of the mentions that share a name."""

    def __init__(self, nlp: Language, name: str, language: str) -> None:
        self.language = language

    def __call__(self, doc: Doc) -> Doc:
        entities: dict[tuple[str, str], Entity] = {}
        for span in doc.ents:
            entity = entities.setdefault((span.label_, span.text), Entity(len(entities) + 1, span.text, span.label_, []))
            entity.mentions.append(span)
        annotation(doc).entities = list(entities.values())
        return doc
