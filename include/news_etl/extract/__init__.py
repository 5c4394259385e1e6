"""From one landed document to one article: pages, text dumps and ready-made JSON articles."""

from news_etl.extract.dispatch import extract

__all__ = ["extract"]
