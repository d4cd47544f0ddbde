"""Personal data in the forms of many countries: found, made up in the same form, and nothing else taken for them."""

import numpy as np
import pandas as pd
import pytest

from synthdiff.codecs.personal.detect import find_personal
from synthdiff.data.frame import to_table
from tests.cases.test_personal import FEW, ROWS, N, overlap, through, written

RNG = np.random.default_rng(7)
CHINESE = [a + b for a in "王李张刘陈" for b in ("玉朵", "吉洋", "祥利", "碧霓")]
KOREAN = [a + b for a in "김이박최정" for b in ("성민", "윤오", "대일", "현용")]


def few(values):
    return [values[int(i)] for i in RNG.integers(0, len(values), N)]


def digits(form):
    """A form in which each # is a digit."""
    pool = ["".join(str(RNG.integers(10)) if sign == "#" else sign for sign in form) for _ in range(50)]
    return [pool[i % 50] for i in range(N)]


# Name of the column, values, kind, and what comes out.
CASES = {
    "initials": ("agent", written("{f[0]}. {l}", FEW), "name", r"[A-Z]\. [^\W\d_]+"),
    "initials without a telling name": ("col7", written("{l}, {f[0]}."), "name", r"[^\W\d_]+, [A-Z]\."),
    "family name in capitals": (
        "nom",
        [f"{l_.upper()} {f}" for f, l_ in FEW],
        "name",
        r"[^\W\d_a-z]{2,} [^\W\d_][^\W\dA-Z_]+",
    ),
    "couples": ("name", written("{f} & Karl {l}", FEW), "name", r"[^\W\d_]+ & [^\W\d_]+ [^\W\d_]+"),
    "a number behind": ("employee", written("{f} {l} (12{i})"), "name", r"[^\W\d_]+ [^\W\d_]+ \(\d+\)"),
    "a number ahead": (
        "employee",
        [f"1{i} - {f} {x}" for i, (f, x) in enumerate(FEW)],
        "name",
        r"\d+ - [^\W\d_]+ [^\W\d_]+",
    ),
    "three given names": ("handled_by", few(["Anna", "Bob", "Carla"]), "first_name", r"[^\W\d_]+"),
    "Chinese": ("姓名", few(CHINESE), "name", "[㐀-鿿]{2,5}"),
    "Chinese, of customers": ("客户姓名", few(CHINESE), "name", "[㐀-鿿]{2,5}"),
    "Korean": ("이름", few(KOREAN), "name", "[가-힣]{2,5}"),
    "Russian, family name first": (
        "ФИО",
        few(["Донцов Никифор", "Нестеров Тимофей"]),
        "name",
        "[А-ЯЁа-яё]+ [А-ЯЁа-яё]+",
    ),
    "logins": ("created_by", written("{k}{b}", FEW), "user_name", r"[a-z]+"),
    "handles": ("col7", written("@{a}_{b}", FEW), "user_name", r"@[a-z]+_[a-z]+"),
    "shown names": (
        "from",
        written("{f} {l} <{a}.{b}@x-corp.de>", FEW),
        "email",
        r"[^\W\d_]+ [^\W\d_]+ <[a-z.]+@[a-z]+\.de>",
    ),
    "quoted names": (
        "to",
        written('"{l}, {f}" <{a}.{b}@x-corp.de>', FEW),
        "email",
        r'"[^\W\d_]+, [^\W\d_]+" <[a-z.]+@[a-z]+\.de>',
    ),
    "lists of e-mails": (
        "cc",
        written("{a}@x-corp.de; {b}@y-corp.fr", FEW),
        "email",
        r"[a-z]+@[a-z]+\.[a-z]{2}; [a-z]+@[a-z]+\.[a-z]{2}",
    ),
    "e-mails in JSON": (
        "c",
        written('["{a}@x-corp.de", "{b}@x-corp.de"]', FEW),
        "email",
        r'\["[a-z]+@[a-z]+\.de", "[a-z]+@[a-z]+\.de"\]',
    ),
    "persons in JSON": (
        "contact",
        [f'{{"name": "{f} {x}", "email": "{f.lower()}@x-corp.de"}}' for f, x in FEW],
        "email",
        r'\{"name": "[^\W\d_]+ [^\W\d_]+", "email": "[a-z]+@[a-z]+\.de"\}',
    ),
    "masked e-mails": ("email", written("{k}***@gmail.com"), "email", r"[a-z]\*\*\*\d*@gmail\.com"),
    "phones with dots": ("col7", digits("06.##.##.##.##"), "phone", r"0\d\.\d\d\.\d\d\.\d\d\.\d\d"),
    "phones of Japan": ("電話番号", digits("090-####-####"), "phone", r"0\d\d-\d{4}-\d{4}"),
    "phones of China": ("手机", digits("138########"), "phone", r"1\d{10}"),
    "phones of Russia": ("col7", digits("8 (9##) ###-##-##"), "phone", r"8 \(\d{3}\) \d{3}-\d\d-\d\d"),
    "phones of the Netherlands": ("phones", digits("06-########"), "phone", r"06-\d{8}|0\d-\d{8}"),
    "a Spanish id": ("DNI", [f"{x}Z" for x in digits("########")], "national_id", r"\d{8}[A-Z]"),
    "a Chinese id": ("身份证号", digits("1101011990######12"), "national_id", r"\d{18}"),
    "a masked id": ("policy_holder_ssn", digits("***-**-####"), "national_id", r"\*\*\*-\*\*-\d{4}"),
    "a masked card": ("card", digits("**** ####"), "card", r"\*\*\*\* \d{4}"),
    "a masked IBAN": ("iban", digits("DE** **** **** ####"), "iban", r"DE\*\* \*\*\*\* \*\*\*\* \d{4}"),
    "accounts": ("account_number", digits("0#######"), "account", r"\d{8}"),
    "plates": ("Kennzeichen", digits("M-AB ###"), "plate", r"M-AB \d{3}"),
    "devices": ("col7", digits("00:1a:2b:##:##:##"), "device", r"[\da-f]{2}(:[\da-f]{2}){5}"),
    "a company with two forms": ("firma", written("{l} {f} GmbH & Co. KG", FEW), "company", r".+ GmbH & Co\. KG"),
    "a Japanese company": ("col7", written("株式会社{l}{f}", FEW), "company", r"株式会社.+"),
    "a Russian company": ("организация", written("ООО «{l} {f}»", FEW), "company", r"ООО «[^«»]+»"),
}


@pytest.mark.parametrize("case", CASES)
def test_found_and_made_up(case):
    name, values, kind, form = CASES[case]
    frame = pd.DataFrame({name: values, "size": RNG.integers(0, 9, N)})
    found = find_personal(to_table(frame)[0])
    assert found[name].kind == kind
    made, stored = through(frame)
    assert not overlap(values, made[name])
    assert made[name].str.fullmatch(form).mean() > 0.95, made[name].tolist()[:9]
    assert not [value for value in set(values) if len(value) > 3 and f'"{value}"' in stored]


OTHERS = {
    "product_name": ["Rose Mary Oil", "Grace Lamp", "Victoria Sofa", "Dakota Chair", "Jordan Shoe", "Austin Desk"],
    "property_name": ["Lake View", "Rose Cottage", "The Oaks", "Sea Breeze"],
    "horse_name": ["Lucky Star", "Sea Biscuit", "Midnight Run", "Daisy Bell"],
    "name": ["Tony's Pizza", "Maria's Kitchen", "Joe's Diner", "Bella Italia", "Burger King"],
    "brand": ["Hugo Boss", "Calvin Klein", "Ralph Lauren", "Tommy Hilfiger", "Michael Kors"],
    "host name": ["srv-01.example.com", "srv-02.example.com", "db.example.com"],
    "file_name": ["smith.de", "jones.com", "lee.net"],
    "sku": digits("###-###-####"),
    "invoice_no": digits("01## ######"),
    "station": ["Main St & 5th Ave", "1 Ave & E 16 St", "8 Ave & W 31 St", "Park Ave & E 12 St"],
    "customer": ["Consumer", "Corporate", "Home Office"],
    "agent": ["Chrome", "Firefox", "Safari", "Edge"],
    "owner": ["First Owner", "Second Owner", "Third Owner"],
    "card": ["Visa", "Mastercard", "Amex"],
    "winner": ["Arsenal", "Chelsea", "Liverpool", "Real Madrid", "Bayern Munich"],
    "job": ["Sales Manager", "Data Scientist", "Project Lead"],
    "text": [f"The {f} of {x} is item {i}" for i, (f, x) in enumerate(ROWS)],
    "created_by": ["system", "import", "api", "batch"],
    "plate": ["steel", "iron", "copper"],
    "device": ["mobile", "desktop", "tablet"],
    "city": ["Paris", "Charlotte", "Florence", "Sydney", "Madison", "Jackson", "Victoria", "Lincoln"],
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_things_are_no_persons(name):
    values = OTHERS[name]
    assert not find_personal(to_table(pd.DataFrame({name: [values[i % len(values)] for i in range(N)]}))[0])
