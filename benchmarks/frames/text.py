"""Text as tables of real life hold it: moments, numbers, codes, names and what stands for nothing."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable

import numpy as np

Rng = np.random.Generator
Words = list[str]

_FIRST = [
    "Ann",
    "Bo",
    "Chloé",
    "Dmitri",
    "Esi",
    "Fatima",
    "Günther",
    "Hana",
    "Ivo",
    "Jürgen",
    "Li",
    "María",
    "Ng",
    "Óscar",
]
_LAST = ["Smith", "Müller", "Ito", "O'Neil", "van Dyk", "García", "Okafor", "Lindqvist", "Ivanov", "Das"]
_PLACES = ["Oslo", "Rome", "New York", "São Paulo", "Łódź", "北京", "Bern", "St. John's"]
_NOUNS = [
    "cable",
    "lamp",
    "chair",
    "desk",
    "phone",
    "paper",
    "folder",
    "stapler",
    "printer",
    "shelf",
    "bag",
    "clip",
    "label",
]
_MARKERS = ["na", "--", "n/a", "#DIV/0!", "unknown", "<0.5", "", "-"]
_ZONES = ["+02:00", "-05:00", "Z", "+0530", "+00"]


def _moments(rng: Rng, n: int) -> list[datetime.datetime]:
    seconds = rng.integers(0, int(rng.choice([86_400 * 30, 86_400 * 365 * 20])), n)
    start = datetime.datetime(int(rng.integers(1950, 2024)), 1, 1)
    return [start + datetime.timedelta(seconds=int(second)) for second in seconds]


def _formatted(form: str) -> Callable[[Rng, int], Words]:
    return lambda rng, n: [moment.strftime(form) for moment in _moments(rng, n)]


def _offset(rng: Rng, n: int) -> Words:
    zone = str(rng.choice(_ZONES))
    return [moment.isoformat() + zone for moment in _moments(rng, n)]


def _fraction(rng: Rng, n: int) -> Words:
    digits = int(rng.integers(1, 10))
    return [f"{m:%Y-%m-%d %H:%M:%S}.{int(rng.integers(10**digits)):0{digits}d}" for m in _moments(rng, n)]


def _long_duration(rng: Rng, n: int) -> Words:
    parts = zip(rng.integers(0, 99, n), rng.integers(0, 60, n), rng.integers(0, 60, n), strict=True)
    return [f"{hours}:{minutes:02d}:{seconds:02d}" for hours, minutes, seconds in parts]


def _amount(form: str) -> Callable[[Rng, int], Words]:
    def make(rng: Rng, n: int) -> Words:
        values = np.round(rng.lognormal(4, 2, n) * rng.choice([1, -1], n, p=[0.9, 0.1]), 2)
        return [form.format(value) for value in values]

    return make


def _european(rng: Rng, n: int) -> Words:
    table = str.maketrans(",.", ".,")
    return [f"{value:,.2f}".translate(table) for value in rng.lognormal(6, 2, n)]


def _marked(rng: Rng, n: int) -> Words:
    cells = [f"{value:.1f}" for value in rng.normal(50, 20, n)]
    markers = rng.choice(_MARKERS, max(1, int(rng.integers(1, 4))))
    for row in np.flatnonzero(rng.random(n) < rng.choice([0.01, 0.1])):
        cells[row] = str(rng.choice(markers))
    return cells


def _counts_and_one(rng: Rng, n: int) -> Words:
    cells = [str(count) for count in rng.integers(0, 5_000, n)]
    cells[int(rng.integers(n))] = "3.0M"
    return cells


def _digits(rng: Rng, n: int) -> Words:
    width = int(rng.integers(2, 20))
    return ["".join(map(str, rng.integers(0, 10, width))) for _ in range(n)]


def _template(form: str) -> Callable[[Rng, int], Words]:
    """Replace # by a digit, @ by a capital letter, ~ by a hexadecimal digit."""
    alphabets = {"#": "0123456789", "@": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "~": "0123456789abcdef"}

    def make(rng: Rng, n: int) -> Words:
        return ["".join(str(rng.choice(list(alphabets[c]))) if c in alphabets else c for c in form) for _ in range(n)]

    return make


def _numbered(rng: Rng, n: int) -> Words:
    start, width = int(rng.integers(0, 10**6)), int(rng.choice([0, 6, 9]))
    return [f"INV-{start + row:0{width}d}" for row in range(n)]


def _persons(rng: Rng, n: int) -> Words:
    return [f"{first} {last}" for first, last in zip(rng.choice(_FIRST, n), rng.choice(_LAST, n), strict=True)]


def _emails(rng: Rng, n: int) -> Words:
    return [f"{name.lower().replace(' ', '.')}{int(rng.integers(99))}@example.org" for name in _persons(rng, n)]


def _sentences(rng: Rng, n: int) -> Words:
    return [" ".join(rng.choice([*_NOUNS, *_PLACES], int(rng.integers(0, 12)))) for _ in range(n)]


def _addresses(rng: Rng, n: int) -> Words:
    return [".".join(map(str, rng.integers(0, 256, 4))) for _ in range(n)]


def _coordinates(rng: Rng, n: int) -> Words:
    return [f"{a:.5f}, {b:.5f}" for a, b in zip(rng.uniform(-90, 90, n), rng.uniform(-180, 180, n), strict=True)]


def _anything(rng: Rng, n: int) -> Words:
    return ["".join(map(chr, rng.integers(1, 0xD7FF, int(rng.integers(0, 6))))) for _ in range(n)]


TEXTS: dict[str, Callable[[Rng, int], Words]] = {
    "iso dates": _formatted("%Y-%m-%d"),
    "day first": _formatted("%d/%m/%Y"),
    "month first": _formatted("%m/%d/%Y"),
    "dotted": _formatted("%d.%m.%y"),
    "words": _formatted("%d %b %Y"),
    "compact": _formatted("%Y%m%d%H%M%S"),
    "minutes": _formatted("%Y-%m-%d %H:%M"),
    "seconds": _formatted("%Y-%m-%dT%H:%M:%S"),
    "twelve hours": _formatted("%I:%M %p"),
    "weeks": _formatted("%G-W%V"),
    "months": _formatted("%Y-%m"),
    "offsets": _offset,
    "fractions": _fraction,
    "long durations": _long_duration,
    "dollars": _amount("${:,.2f}"),
    "percent": _amount("{:.1f}%"),
    "units": _amount("{:.0f} kg"),
    "currency": _amount("USD {:.2f}"),
    "plain": _amount("{:.2f}"),
    "scientific": _amount("{:.3e}"),
    "european": _european,
    "markers": _marked,
    "one odd count": _counts_and_one,
    "digits": _digits,
    "zip codes": _template("#####"),
    "zip and four": _template("#####-####"),
    "plates": _template("@@-###-@@"),
    "hashes": _template("~" * 32),
    "macs": _template("~~:~~:~~:~~:~~:~~"),
    "phones": _template("+1 (###) ###-####"),
    "uuids": lambda rng, n: [str(uuid.UUID(bytes=rng.bytes(16), version=4)) for _ in range(n)],
    "invoices": _numbered,
    "persons": _persons,
    "emails": _emails,
    "places": lambda rng, n: [str(place) for place in rng.choice(_PLACES, n)],
    "sentences": _sentences,
    "addresses": _addresses,
    "links": lambda rng, n: [f"https://example.org/{noun}?id={row}" for row, noun in enumerate(rng.choice(_NOUNS, n))],
    "coordinates": _coordinates,
    "truths": lambda rng, n: [str(word) for word in rng.choice(["TRUE", "FALSE"], n)],
    "yes and no": lambda rng, n: [str(word) for word in rng.choice(["yes", "No", "Y", " "], n)],
    "blanks": lambda rng, n: [" " * int(width) for width in rng.integers(0, 4, n)],
    "anything": _anything,
    "quotes": lambda rng, n: [str(word) for word in rng.choice(['a"b', "a,b", "a\nb", "'", "=1+1", "\\N"], n)],
}
"""Each makes n cells."""
