"""A document that takes too long or too much memory is quarantined alone, and the day goes on."""

from dataclasses import replace

from news_etl.document import Document
from news_etl.outcome import Reason, State
from news_etl.process import process, process_all
from news_etl.settings import Settings

TEXT = (
    "Le conseil municipal de Vaubrisse a adopté mardi soir le plan de rénovation de l’école de voile, après une longue "
    "discussion sur son coût. Les travaux commenceront au printemps et dureront dix-huit mois, a précisé la maire."
)
PAGE = f"<html><head><title>Vaubrisse rénove son école de voile</title></head><body><p>{TEXT}</p>"
SLOW = PAGE + f"<p>{'a' * 2_000_000}</p>"
"""One word of two million letters: every pattern looks at each of them."""
HUNGRY = PAGE + f"<table>{'<tr><td></td><td></td><td></td><td></td></tr>' * 80_000}</table>"
"""A third of a million empty cells, in four megabytes."""
LIMITS = replace(Settings(), max_seconds=6, max_memory_bytes=400_000_000, workers=2)


def document(path: str, text: str) -> Document:
    return Document(path=path, payload=text.encode(), media_type="text/html", record_id=path, sha256="00", raw_file="x")


def test_a_slow_and_a_hungry_page_are_quarantined_and_the_others_are_as_they_would_be_alone() -> None:
    documents = [document(f"{n}.html", text) for n, text in enumerate([PAGE, SLOW, PAGE, HUNGRY, PAGE])]
    found = list(process_all(documents, {}, LIMITS))
    assert [state["path"] for _, state in found] == [one.path for one in documents]
    assert [state["reason"] for _, state in found] == [None, Reason.TIMEOUT, None, Reason.OUT_OF_MEMORY, None]
    assert {state["state"] for _, state in found[1::2]} == {State.QUARANTINED}
    assert found[1][1]["message"].startswith("1.html: it takes more than 6 seconds")
    assert found[3][1]["message"].startswith("3.html: it takes more than 400 MB")
    assert found[1][1]["extract_seconds"] == LIMITS.max_seconds
    assert found[0][1]["extract_seconds"] > 0
    for n in (0, 2, 4):
        assert _untimed(found[n]) == _untimed(process(documents[n], None, LIMITS))


def _untimed(outcome):
    row, state = outcome
    return row, {name: value for name, value in state.items() if name != "extract_seconds"}
