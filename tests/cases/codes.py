"""Codes as people have them, made up from a seed, and readers of them that know nothing of the package."""

from __future__ import annotations

import base64
import datetime
import hashlib
import random
import re
import string
import uuid
from collections.abc import Callable

RANDOM = random.Random(3)
Make, Check = Callable[[], str], Callable[[str], bool]
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
HETU = "0123456789ABCDEFHJKLMNPRSTUVWXY"
DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
ALPHANUMERIC = string.digits + string.ascii_uppercase


def digits(n: int) -> str:
    return "".join(RANDOM.choice(string.digits) for _ in range(n))


def letters(n: int, alphabet: str = string.ascii_uppercase) -> str:
    return "".join(RANDOM.choice(alphabet) for _ in range(n))


def day(first: int = 1940, last: int = 2005) -> datetime.date:
    begin, end = datetime.date(first, 1, 1).toordinal(), datetime.date(last, 12, 31).toordinal()
    return datetime.date.fromordinal(RANDOM.randint(begin, end))


def clock(first: int, last: int) -> str:
    return f"{RANDOM.randint(first, last):02d}{RANDOM.randint(0, 59):02d}{RANDOM.randint(0, 59):02d}"


def luhn(code: str) -> bool:
    total = 0
    for place, character in enumerate(reversed(re.sub(r"\D", "", code))):
        doubled = int(character) * (1 + place % 2)
        total += doubled - 9 * (doubled > 9)
    return total % 10 == 0


def ean(code: str) -> bool:
    return sum(int(c) * (1 + 2 * (i % 2)) for i, c in enumerate(reversed(re.sub(r"\D", "", code)))) % 10 == 0


def iban(code: str) -> bool:
    code = code.replace(" ", "")
    return int("".join(str(int(c, 36)) for c in code[4:] + code[:4])) % 97 == 1


def isbn10(code: str) -> bool:
    return sum((10 - i) * (10 if c == "X" else int(c)) for i, c in enumerate(code)) % 11 == 0


def resident(code: str) -> bool:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return code[17] == "10X98765432"[sum(w * int(c) for w, c in zip(weights, code, strict=False)) % 11]


def aba(code: str) -> bool:
    return sum(w * int(c) for w, c in zip((3, 7, 1) * 3, code, strict=True)) % 10 == 0


def cpf(code: str) -> bool:
    body = [int(c) for c in code if c.isdigit()]
    return all(body[n] == (sum((n + 1 - i) * d for i, d in enumerate(body[:n])) * 10 % 11) % 10 for n in (9, 10))


def pesel(code: str) -> bool:
    return sum(w * int(c) for w, c in zip((1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), code, strict=True)) % 10 == 0


def nhs(code: str) -> bool:
    return sum((10 - i) * int(c) for i, c in enumerate(code)) % 11 == 0


def date(pattern: str, begin: int, end: int, first: int = 1940, last: int = 2005) -> Check:
    """Whether a slice of a code is a date of these years."""

    def check(code: str) -> bool:
        found = datetime.datetime.strptime(code[begin:end], pattern)
        return first <= found.year - 100 * (found.year > last) <= last

    return check


def closed(body: str, check: Check, alphabet: str = string.digits, at: int | None = None) -> str:
    """Add the character that makes a check hold; another body where there is none."""
    at = len(body) if at is None else at
    return next((code for c in alphabet if check(code := body[:at] + c + body[at:])), "")


def of_version(version: int) -> Check:
    return lambda code: uuid.UUID(code).version == version and uuid.UUID(code).variant == uuid.RFC_4122


def swedish() -> str:
    code = closed(f"{day():%y%m%d}{digits(3)}", luhn)
    return f"{code[:6]}-{code[6:]}"


def finnish() -> str:
    born, number = day(1930), f"{RANDOM.randint(2, 899):03d}"
    remainder = int(f"{born:%d%m%y}{number}") % 31
    return f"{born:%d%m%y}{'-' if born.year < 2000 else 'A'}{number}{HETU[remainder]}"


def is_finnish(code: str) -> bool:
    born = datetime.datetime.strptime(code[:6], "%d%m%y")
    year = born.year % 100 + (1900 if code[6] == "-" else 2000)
    return 1930 <= year <= 2005 and HETU[int(code[:6] + code[7:10]) % 31] == code[10]


def polish() -> str:
    born = day(1930, 2015)
    month = born.month + 20 * (born.year >= 2000)
    return closed(f"{born.year % 100:02d}{month:02d}{born.day:02d}{digits(4)}", pesel)


def is_polish(code: str) -> bool:
    month = int(code[2:4])
    datetime.date(1900 + 100 * (month > 20) + int(code[:2]), month % 20, int(code[4:6]))
    return pesel(code)


def uuid7() -> str:
    parts = f"{1_700_000_000_000 + RANDOM.randint(0, 10**9):012x}7{letters(3, '0123456789abcdef')}"
    return str(uuid.UUID(f"{parts}{RANDOM.choice('89ab')}{letters(15, '0123456789abcdef')}"))


def ulid() -> str:
    number, text = (1_700_000_000_000 + RANDOM.randint(0, 10**9)) << 80 | RANDOM.getrandbits(80), ""
    for _ in range(26):
        text, number = CROCKFORD[number & 31] + text, number >> 5
    return text


def grouped(code: str) -> str:
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def german_iban() -> str:
    body = digits(18)
    return next(code for n in range(2, 99) if iban(code := f"DE{n:02d}{body}"))


def british_iban() -> str:
    body = letters(4) + digits(14)
    return next(code for n in range(2, 99) if iban(code := f"GB{n:02d}{body}"))


def like(pattern: str) -> Check:
    return lambda code: re.fullmatch(pattern, code) is not None


def both(*checks: Check) -> Check:
    return lambda code: all(check(code) for check in checks)


AREAS = [f"{n}{m:02d}1{n}2" for n in range(1, 7) for m in range(4)]
HEADS = ["FUR-BO", "FUR-CH", "OFF-AR", "OFF-BI", "TEC-PH"]
HEX = "[0-9a-f]"

CODES: dict[str, tuple[Make, Check]] = {
    "uuid 1": (lambda: str(uuid.uuid1(RANDOM.getrandbits(48) | 1 << 40, RANDOM.getrandbits(14))), of_version(1)),
    "uuid 4": (lambda: str(uuid.UUID(int=RANDOM.getrandbits(128), version=4)), both(of_version(4), str.islower)),
    "uuid 4 upper": (
        lambda: str(uuid.UUID(int=RANDOM.getrandbits(128), version=4)).upper(),
        both(of_version(4), str.isupper),
    ),
    "uuid 4 braced": (lambda: f"{{{uuid.UUID(int=RANDOM.getrandbits(128), version=4)}}}", of_version(4)),
    "uuid 4 bare": (lambda: uuid.UUID(int=RANDOM.getrandbits(128), version=4).hex, of_version(4)),
    "uuid 7": (uuid7, of_version(7)),
    "ulid": (ulid, like(f"01[{CROCKFORD}]{{24}}")),
    "object id": (
        lambda: f"{1_700_000_000 + RANDOM.randint(0, 10**7):08x}{RANDOM.getrandbits(64):016x}",
        like(f"6{HEX}{{23}}"),
    ),
    "md5": (lambda: hashlib.md5(RANDOM.randbytes(9)).hexdigest(), like(f"{HEX}{{32}}")),
    "sha1": (lambda: hashlib.sha1(RANDOM.randbytes(9)).hexdigest().upper(), like("[0-9A-F]{40}")),
    "sha256": (lambda: hashlib.sha256(RANDOM.randbytes(9)).hexdigest(), like(f"{HEX}{{64}}")),
    "short commit": (lambda: f"{RANDOM.getrandbits(28):07x}", like(f"{HEX}{{7}}")),
    "base64": (
        lambda: base64.b64encode(RANDOM.randbytes(16)).decode(),
        lambda code: base64.b64encode(base64.b64decode(code, validate=True)).decode() == code,
    ),
    "url-safe": (lambda: base64.urlsafe_b64encode(RANDOM.randbytes(9)).decode(), like("[-_0-9A-Za-z]{12}")),
    "card": (lambda: closed(f"4{digits(14)}", luhn), both(luhn, like("4[0-9]{15}"))),
    "card grouped": (lambda: grouped(closed(f"4{digits(14)}", luhn)), both(luhn, like("4[0-9]{3}( [0-9]{4}){3}"))),
    "cards of two lengths": (
        lambda: closed(RANDOM.choice([f"4{digits(14)}", f"37{digits(12)}"]), luhn),
        both(luhn, like("4[0-9]{15}|37[0-9]{13}")),
    ),
    "imei": (lambda: closed(f"35{digits(12)}", luhn), both(luhn, like("35[0-9]{13}"))),
    "ean 13": (lambda: closed(f"40{digits(10)}", ean), both(ean, like("40[0-9]{11}"))),
    "ean 8": (lambda: closed(digits(7), ean), both(ean, like("[0-9]{8}"))),
    "upc": (lambda: closed(digits(11), ean), both(ean, like("[0-9]{12}"))),
    "isbn 13": (
        lambda: re.sub(r"(...)(.)(...)(.....)(.)", r"\1-\2-\3-\4-\5", closed(f"978{digits(9)}", ean)),
        both(ean, like("978-[0-9]-[0-9]{3}-[0-9]{5}-[0-9]")),
    ),
    "isbn 10": (lambda: closed(digits(9), isbn10, string.digits + "X"), isbn10),
    "iban": (german_iban, both(iban, like("DE[0-9]{20}"))),
    "iban grouped": (lambda: grouped(german_iban()), both(iban, like("DE[0-9]{2}( [0-9]{4}){4} [0-9]{2}"))),
    "iban of two countries": (
        lambda: german_iban() if RANDOM.random() < 0.5 else british_iban(),
        both(iban, like("DE[0-9]{20}|GB[0-9]{2}[A-Z]{4}[0-9]{14}")),
    ),
    "routing number": (lambda: closed(digits(8), aba), aba),
    "personnummer": (swedish, both(luhn, date("%y%m%d", 0, 6), like("[0-9]{6}-[0-9]{4}"))),
    "personnummer of twelve": (
        lambda: (lambda born: f"{born:%Y}"[:2] + closed(f"{born:%y%m%d}{digits(3)}", luhn))(day()),
        both(lambda code: luhn(code[2:]), date("%Y%m%d", 0, 8)),
    ),
    "hetu": (finnish, is_finnish),
    "resident": (
        lambda: closed(f"{RANDOM.choice(AREAS)}{day():%Y%m%d}{digits(3)}", resident, string.digits + "X"),
        both(resident, date("%Y%m%d", 6, 14), lambda code: code[:6] in AREAS),
    ),
    "pesel": (polish, is_polish),
    "cpr": (lambda: f"{day():%d%m%y}-{digits(4)}", both(date("%d%m%y", 0, 6), like("[0-9]{6}-[0-9]{4}"))),
    "rijksregister": (
        lambda: (lambda b, n: f"{b:%y.%m.%d}-{n}.{97 - int(f'{b:%y%m%d}{n}') % 97:02d}")(day(1940, 1999), digits(3)),
        both(date("%y.%m.%d", 0, 8), lambda c: int(c[13:]) == 97 - int(re.sub(r"\D", "", c[:12])) % 97),
    ),
    "cpf": (
        lambda: (lambda b: re.sub(r"(...)(...)(...)(..)", r"\1.\2.\3-\4", closed(closed(b + "", _cpf_first), cpf)))(
            digits(9)
        ),
        both(cpf, like(r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}")),
    ),
    "dni": (
        lambda: (lambda n: n + DNI[int(n) % 23])(digits(8)),
        lambda code: DNI[int(code[:8]) % 23] == code[8],
    ),
    "nhs": (lambda: closed(digits(9), nhs), both(nhs, like("[0-9]{10}"))),
    "zip and zip+4": (
        lambda: digits(5) + (f"-{digits(4)}" if RANDOM.random() < 0.3 else ""),
        like("[0-9]{5}(-[0-9]{4})?"),
    ),
    "british post code": (
        lambda: f"{RANDOM.choice(['SW1A', 'EC2V', 'M1', 'B33', 'LS12'])} {digits(1)}{letters(2, 'ABDEFGHJLNPQ')}",
        like("(SW1A|EC2V|M1|B33|LS12) [0-9][ABDEFGHJLNPQ]{2}"),
    ),
    "canadian post code": (
        lambda: f"{letters(1)}{digits(1)}{letters(1)} {digits(1)}{letters(1)}{digits(1)}",
        like("[A-Z][0-9][A-Z] [0-9][A-Z][0-9]"),
    ),
    "german plate": (
        lambda: f"{RANDOM.choice(['B', 'M', 'HH', 'K'])}-{letters(RANDOM.randint(1, 2))} {RANDOM.randint(1, 9999)}",
        like("(B|M|HH|K)-[A-Z]{1,2} [1-9][0-9]{0,3}"),
    ),
    "french plate": (lambda: f"{letters(2)}-{digits(3)}-{letters(2)}", like("[A-Z]{2}-[0-9]{3}-[A-Z]{2}")),
    "article": (
        lambda: f"{RANDOM.choice(HEADS)}-{RANDOM.randint(10_000_000, 10_004_999)}",
        both(lambda code: code[:6] in HEADS, like(".{7}1000[0-4][0-9]{3}")),
    ),
    "invoice of a year": (
        lambda: f"INV-{RANDOM.randint(2019, 2021)}-{RANDOM.randint(1, 99_999):05d}",
        like("INV-(2019|2020|2021)-[0-9]{5}"),
    ),
    "order of a day": (
        lambda: f"PO{day(2019, 2021):%Y%m%d}{RANDOM.randint(1, 40):03d}",
        both(date("%Y%m%d", 2, 10, 2019, 2021), like("PO[0-9]{11}")),
    ),
    "picture of a moment": (
        lambda: f"IMG_{day(2019, 2021):%Y%m%d}_{clock(0, 23)}.jpg",
        lambda code: datetime.datetime.strptime(code, "IMG_%Y%m%d_%H%M%S.jpg").year in (2019, 2020, 2021),
    ),
    "order of a second": (
        lambda: f"{day(2019, 2021):%Y%m%d}{clock(8, 19)}{digits(3)}",
        lambda code: 8 <= datetime.datetime.strptime(code[:14], "%Y%m%d%H%M%S").hour < 20,
    ),
    "telephone without separators": (
        lambda: RANDOM.choice(["212", "415", "646"]) + digits(7),
        like("(212|415|646)[0-9]{7}"),
    ),
    "card of an issuer": (
        lambda: closed(RANDOM.choice(["4929", "5404", "4716"]) + digits(11), luhn),
        both(luhn, like("(4929|5404|4716)[0-9]{12}")),
    ),
    "vehicle of a maker": (
        lambda: RANDOM.choice(["1HG", "JTD", "WDB"]) + letters(8, "ABCDEFGHJKLMNPRSTUVWXYZ0123456789") + digits(6),
        like("(1HG|JTD|WDB)[0-9A-HJ-NPR-Z]{8}[0-9]{6}"),
    ),
    "bank": (
        lambda: letters(4) + RANDOM.choice(["DE", "FR", "GB"]) + letters(2) + RANDOM.choice(["", "XXX"]),
        like("[A-Z]{4}(DE|FR|GB)[A-Z]{2}(XXX)?"),
    ),
    "colour": (lambda: f"#{RANDOM.getrandbits(24):06X}", like("#[0-9A-F]{6}")),
    "ticket": (
        lambda: f"{RANDOM.choice(['PC', 'C.A.', 'A/5'])} {RANDOM.randint(1000, 99_999)}",
        like(r"(PC|C\.A\.|A/5) [0-9]{4,5}"),
    ),
    "telephone": (
        lambda: f"({RANDOM.choice(['212', '415', '646'])}) {digits(3)}-{digits(4)}",
        like(r"\((212|415|646)\) [0-9]{3}-[0-9]{4}"),
    ),
    "leading zeros": (lambda: f"{RANDOM.randint(0, 99_999):08d}", like("000[0-9]{5}")),
    "many digits": (lambda: digits(30), like("[0-9]{30}")),
    "mixed width": (lambda: f"{RANDOM.choice('ABC')}{RANDOM.randint(1, 99_999)}", like("[ABC][1-9][0-9]{0,4}")),
}
"""How to make each kind of code, and what tells a good one; a reader may also raise."""


def _cpf_first(code: str) -> bool:
    body = [int(c) for c in code]
    return body[9] == (sum((10 - i) * d for i, d in enumerate(body[:9])) * 10 % 11) % 10


def distinct(make: Make, n: int) -> list[str]:
    """Make n different codes."""
    found: dict[str, None] = {}
    while len(found) < n:
        code = make()
        if code:
            found[code] = None
    return list(found)
