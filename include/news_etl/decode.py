"""Bytes to text: bounded decompression, and an encoding that is found rather than believed."""

import re
import zlib
from dataclasses import dataclass

from charset_normalizer import from_bytes

from news_etl.outcome import Reason, Rejected

MAX_BYTES = 20_000_000
"""Largest document that is read, decompressed: news pages stay below 5 MB, a gzip bomb does not."""

GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1024 * 1024
_SAMPLE = 16_000
_CONTROL_SHARE = 0.02

_BINARY_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP container (also DOCX, ODT, XLSX)"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a RIFF container (WebP, WAV, AVI)"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"{\\rtf", "an RTF document"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ\x00", "xz data"),
    (b"\x28\xb5\x2f\xfd", "zstandard data"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip container"),
    (b"Rar!", "a RAR container"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"OggS", "an Ogg stream"),
    (b"ID3", "an MP3 file"),
    (b"\x00\x00\x00\x18ftyp", "an MP4 file"),
    (b"\x00\x00\x00\x20ftyp", "an MP4 file"),
)
_BOMS: tuple[tuple[bytes, str], ...] = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
# Pages mean the superset when they name the subset (as browsers read them, WHATWG encoding standard).
_SUPERSETS = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "l1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "ms_kanji": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "big5": "big5hkscs",
    "x-euc-jp": "euc_jp",
    "unicode": "utf-8",
    "utf8": "utf-8",
    "utf-8": "utf-8",
}
_META_CHARSET = re.compile(
    rb"""<meta[^>]{0,400}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.\-]{2,40})|<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"']{2,40})""",
    re.IGNORECASE,
)
_UNDEFINED_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
# A high byte inside a Latin word is an accented letter in these; guesses outside them need better evidence.
_GUESSABLE = [
    "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "koi8_r", "cp874",
    "cp932", "euc_jp", "gb18030", "big5", "cp949", "mac_roman",
]  # fmt: skip


@dataclass(frozen=True)
class Decoded:
    """A text, the encoding that gave it, and why that one: bom, utf-8, declared, guessed, fallback."""

    text: str
    encoding: str
    how: str


def gunzip(data: bytes, name: str, limit: int = MAX_BYTES) -> bytes:
    """Decompress a gzip file of one or more members, at most `limit` bytes.

    Raises Rejected: DAMAGED_GZIP for a truncated or corrupt stream, TOO_LARGE past the limit
    (the surplus is never produced, so a bomb costs no more than the limit).
    """
    parts: list[bytes] = []
    size = 0
    rest = data
    while rest.startswith(GZIP_MAGIC):
        member = zlib.decompressobj(wbits=31)
        pending = rest
        while not member.eof:
            try:
                part = member.decompress(pending, _CHUNK)
            except zlib.error as error:
                raise Rejected(
                    Reason.DAMAGED_GZIP, f"{name}: the gzip data are corrupt ({error}); fetch it again"
                ) from error
            pending = member.unconsumed_tail
            if not part and not pending and not member.eof:
                raise Rejected(Reason.DAMAGED_GZIP, f"{name}: the gzip data end too early; fetch it again")
            size += len(part)
            if size > limit:
                raise _too_large(name, f"decompresses to more than {limit:,} bytes")
            parts.append(part)
        rest = member.unused_data
    return b"".join(parts)


def open_payload(data: bytes, name: str, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a document, decompressed where they are gzip. Refuses the empty, the binary and the too large."""
    if data.startswith(GZIP_MAGIC):
        data = gunzip(data, name, limit)
    if len(data) > limit:
        raise _too_large(name, f"has {len(data):,} bytes, the limit is {limit:,}")
    if not data.strip(b" \t\r\n\x0b\x0c\xef\xbb\xbf"):
        raise Rejected(
            Reason.EMPTY_DOCUMENT, f"{name}: the document is empty ({len(data)} bytes); land it again with its content"
        )
    kind = binary_kind(data)
    if kind:
        raise Rejected(
            Reason.BINARY_CONTENT, f"{name}: this is {kind}, not text; land the text or the HTML page instead"
        )
    return data


def _too_large(name: str, seen: str) -> Rejected:
    return Rejected(Reason.TOO_LARGE, f"{name}: {seen}; NEWS_ETL_MAX_DOCUMENT_MB sets the limit")


def binary_kind(data: bytes) -> str | None:
    """What the bytes are when they are no text ("a PDF"), else None."""
    for magic, kind in _BINARY_MAGIC:
        if data.startswith(magic):
            return kind
    if any(data.startswith(bom) for bom, _ in _BOMS) or _utf16_without_bom(data):
        return None
    sample = data[:_SAMPLE]
    if sample.count(0) > max(3, len(sample) * 0.005):
        return "binary data (NUL bytes)"
    controls = sum(sample.count(byte) for byte in (*range(1, 9), *range(14, 27), *range(28, 32)))
    if controls > len(sample) * _CONTROL_SHARE:
        return "binary data (control characters)"
    return None


def decode(data: bytes, charset: str | None = None) -> Decoded:
    """The text of a document. A declared encoding is believed only where the bytes do not say otherwise."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _decoded(data[len(bom) :].decode(encoding, errors="replace"), encoding, "bom")
    declared = _declared(data, charset)
    wide = _utf16_without_bom(data)
    if wide:
        return _decoded(data.decode(wide, errors="replace"), wide, "guessed")
    utf8 = _strictly(data, "utf-8")
    if utf8 is not None and not (b"\x1b$" in data and "iso-2022-jp" in declared):
        return _decoded(utf8, "utf-8", "utf-8")
    if _mostly_utf8(data):
        return _decoded(data.decode("utf-8", errors="replace"), "utf-8", "utf-8")
    for encoding in declared:
        text = None if encoding == "utf-8" else _strictly(data, encoding)
        if text is not None:
            return _decoded(text, encoding, "declared")
    guess = _guess(data)
    text = _strictly(data, guess) if guess else None
    if guess and text is not None:
        return _decoded(text, guess, "guessed")
    return _decoded(_fallback(data), "cp1252", "fallback")


def _decoded(text: str, encoding: str, how: str) -> Decoded:
    return Decoded(_CONTROL.sub("", text.removeprefix("\ufeff")), encoding, how)


def _declared(data: bytes, charset: str | None) -> list[str]:
    """Encodings that the header and the page name, in the order in which they are to be tried."""
    found = [(match[1] or match[2]).decode("ascii", "ignore") for match in _META_CHARSET.finditer(data[:8192])]
    names = [charset, *found] if charset else found
    clean = [name.strip().strip("\"'").lower() for name in names]
    return list(dict.fromkeys(_SUPERSETS.get(name, name) for name in clean))


def _strictly(data: bytes, encoding: str) -> str | None:
    if encoding == "cp1252":
        return _fallback(data) if len(_UNDEFINED_CP1252.findall(data)) <= 2 else None
    try:
        return data.decode(encoding)
    except (LookupError, UnicodeError, ValueError):
        return None


def _fallback(data: bytes) -> str:
    """Windows-1252 as browsers read it: the five undefined bytes do not make it fail."""
    return data.decode("cp1252", errors="replace")


def _mostly_utf8(data: bytes) -> bool:
    """UTF-8 with a few damaged bytes: a page cut within a character, a foreign fragment."""
    whole = re.sub(rb"[\xc2-\xf4][\x80-\xbf]{0,2}\Z", b"", data)  # a last character may be cut
    sequences = _MULTIBYTE.findall(whole)
    stray = len(_HIGH.findall(whole)) - sum(map(len, sequences))
    return len(sequences) > 0 and stray * 10 <= len(sequences)


def _utf16_without_bom(data: bytes) -> str | None:
    """UTF-16 in a Latin script has a NUL in every other byte."""
    sample = data[:2000]
    half = len(sample) // 2
    if half < 4 or sum(byte < 9 for byte in sample) > half * 1.05:
        return None
    if sample[1::2].count(0) > 0.6 * half and sample[0::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if sample[0::2].count(0) > 0.6 * half and sample[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None


def _guess(data: bytes) -> str | None:
    """The encoding that the bytes themselves suggest, from the lines that are not plain ASCII."""
    lines = [line for line in re.split(rb"[\r\n]+|<[^>]{0,2000}>", data) if _HIGH.search(line)]
    sample = b"\n".join(lines)[:_SAMPLE]
    if not sample:
        return None
    if _reads_as_western(sample):
        return "cp1252"
    best = from_bytes(sample, cp_isolation=_GUESSABLE).best()
    return best.encoding if best else None


def _reads_as_western(sample: bytes) -> bool:
    """Whether the high bytes stand as lone accented letters or typographic signs among ASCII letters."""
    text = sample.decode("cp1252", errors="replace")
    high = [index for index, char in enumerate(text) if ord(char) >= 0x80]
    common = sum(1 for index in high if text[index] in _WESTERN_SIGNS)
    runs = len(re.findall(r"[À-ÿ]{3,}", text))
    return bool(high) and common >= 0.97 * len(high) and runs * 20 <= len(high)


_WESTERN_SIGNS = frozenset("àâäçéèêëîïôöùûüÿœæÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŒÆñÑáíóúÁÍÓÚßãõìòåøÅØ«»“”‘’‚„–—…•·°€£§©®™\xa0¿¡ªº½¼²³´×")
