"""Memory stays flat, however many documents a worker reads: what a document leaves behind does not add up."""

import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "include" / "samples"

READ = """
import re, sys
from pathlib import Path
import psutil
from news_etl.document import Document
from news_etl.process import process
from news_etl.settings import Settings

TYPES = {".html": "text/html", ".txt": "text/plain"}
files = [path for path in sorted(Path(sys.argv[1]).rglob("*")) if path.suffix in TYPES and path.stem != "illisible"]
texts = [(path, path.read_text(encoding="utf-8")) for path in files]
settings, count, published = Settings(), int(sys.argv[2]), 0


def varied(text, number):
    # every document has words, class names and addresses of its own, so that no cache knows it
    text = re.sub(r"\\b([a-zà-ÿ]{5,})\\b(?![^<>]*>)", lambda word: f"{word[1]}{number % 97}", text)
    return text.replace('class="', f'class="c{number}-').replace(".example/", f".example/{number}/")


for number in range(count):
    path, text = texts[number % len(texts)]
    url = f"https://www.site-{number}.example/a" if path.suffix == ".html" else None
    document = Document(
        path=path.name, payload=varied(text, number).encode(), media_type=TYPES[path.suffix], url=url, sha256="00"
    )
    published += process(document, None, settings)[0] is not None
    if (number + 1) % (count // 10) == 0:
        print(psutil.Process().memory_info().rss)
assert published > 0.9 * count, published
"""
MEGABYTE = 1_000_000


def memory_over(count: int) -> list[int]:
    """Resident memory in bytes after each tenth of so many documents, read in a process of its own."""
    command = [sys.executable, "-c", READ, str(SAMPLES), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return [int(line) for line in done.stdout.split()]


def check(count: int, bound: int) -> None:
    memory = memory_over(count)
    growth = [(size - memory[0]) // MEGABYTE for size in memory]
    print(f"{count} documents: {memory[0] // MEGABYTE} MB after the first tenth, then {growth} MB more")
    assert max(growth) <= bound, growth


def test_memory_is_flat_after_the_first_hundred_of_a_thousand_documents() -> None:
    check(1_000, bound=20)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_memory_is_flat_after_the_first_thousand_of_ten_thousand_documents() -> None:
    check(10_000, bound=20)
