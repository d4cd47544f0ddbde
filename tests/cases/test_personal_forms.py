"""Personal data in the forms of many countries: found, made up in the same form, and nothing else taken for them."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synthdiff.codecs.infer import infer_schema
from synthdiff.codecs.personal.beside import write_beside
from synthdiff.codecs.personal.detect import find_personal
from synthdiff.codecs.table import TableCodec
from synthdiff.data.frame import to_table
from tests.cases.test_personal import FEW, FIRST, LAST, ROWS, N, overlap, through, written

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
    "given names, some with an initial": (
        "first_name",
        [f"{f} J." if i % 3 else f for i, (f, _) in enumerate(FEW)],
        "first_name",
        r"[^\W\d_][^\W\dA-Z_]+( [A-Z]\.)?",
    ),
    "companies in capitals": (
        "business_name",
        [f"{x.upper()} TOOLS #{10 + i % 80}" if i % 5 else f"{x.upper()} INC" for i, (_, x) in enumerate(ROWS)],
        "company",
        r"[^\W\d_a-z]+ ([A-Z]+ #\d\d|INC)",
    ),
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


def test_all_columns_of_a_person_agree():
    who, other = FEW, FEW[::-1]
    frame = pd.DataFrame(
        {
            "customer": written("{f} {l}", who),
            "contact": written("{l}, {f}", who),
            "first": [f for f, _ in who],
            "surname": [x for _, x in who],
            "email": written("{a}.{b}@x-corp.de", who),
            "manager": written("{f} {l}", other),
            "signed_by": written("{f[0]}. {l}", other),
            "mail2": written("{k}{b}@x-corp.de", other),
        }
    )
    made, _ = through(frame)
    assert not any(overlap(frame[name], made[name]) for name in frame)
    assert (made["first"] + " " + made["surname"] == made["customer"]).all()
    assert (made["surname"] + ", " + made["first"] == made["contact"]).all()
    assert set(made["customer"]) == set(made["manager"])
    assert made["customer"].nunique() == frame["customer"].nunique()
    assert (made["signed_by"].str[0] == made["manager"].str[0]).all()
    domains = pd.concat([made["email"], made["mail2"]]).str.partition("@")[2]
    assert domains.nunique() == 1


def test_addresses_of_different_persons_differ_over_pieces():
    people = [(f"{a}{b.lower()}", x) for a in FIRST for b in FIRST for x in LAST]
    frame = pd.DataFrame({"name": written("{f} {l}", people), "email": written("{a}.{b}@web.de", people)})
    codecs = TableCodec.fit(*(lambda table: (table, infer_schema(table)))(to_table(frame)[0]))[0].codecs
    rng = np.random.default_rng(0)
    cells = []
    for start in range(0, 40_960, 4096):
        rows = pa.table({name: codec.generate(start, 4096, rng) for name, codec in codecs.items()})
        cells += write_beside(rows, codecs, start)["email"].to_pylist()
    assert len(set(cells)) == len(cells)


ADDRESSES = {
    "postcode of letters": ("{i} High Street, London SW1A {d}AA", r"\d+ .+ Street, .+ [A-Z]{2}\d[A-Z] \d[A-Z]{2}"),
    "a country": ("{i} {l} Road\nSpringfield, IL 6{i:04d}\nUSA", r"\d+ .+ Road\n.+, IL \d{5}\nUSA"),
    "ordinals": ("{i} E {d}4th Street", r"\d+ E \d+th Street"),
    "Danish": ("{l}vej {i}, 2100 København", r".+ \d+, \d{4} .+"),
    "Turkish": ("{l} Caddesi No: {i}, 34000 İstanbul", r".+ Caddesi No: \d+, \d{5} .+"),
    "French": ("{i} rue de la {l}, 75001 Paris", r"\d+ rue de la .+, \d{5} .+"),
    "Spanish": ("Calle de {l}, {i}", r"Calle de .+, \d+"),
}


@pytest.mark.parametrize("case", ADDRESSES)
def test_addresses(case):
    form, pattern = ADDRESSES[case]
    values = [form.format(i=i + 10, l=x + f.lower(), d=i % 9 + 1) for i, (f, x) in enumerate(ROWS)]
    made, _ = through(pd.DataFrame({"address": values}))
    assert not overlap(values, made["address"])
    assert made["address"].str.fullmatch(pattern).mean() > 0.95, made["address"].tolist()[:5]


def test_sentences_with_addresses_in_them_do_not_come_out():
    values = [f"Hello, I am {f} {x}, please write to {f}.{x}@mail.com" for f, x in FEW]
    made, stored = through(pd.DataFrame({"body": values, "x": range(N)}))
    assert made["body"].isna().all()
    assert "@mail.com" not in stored


def test_pages_of_a_site_stay_pages_of_that_site():
    values = [f"https://www.social.com/in/{f}-{x}-{i}".lower() for i, (f, x) in enumerate(ROWS)]
    made, _ = through(pd.DataFrame({"profile": values}))
    assert made["profile"].str.fullmatch(r"https://www\.social\.com/in/[a-z]+-[a-z]+-\d+").all()
    assert not overlap(values, made["profile"])


def test_digits_that_all_numbers_have_stay():
    values = [f"({11 + i % 80}) 9{x}" for i, x in enumerate(digits("####-####"))]
    made, _ = through(pd.DataFrame({"fone": values}))
    assert made["fone"].str.fullmatch(r"\(\d\d\) 9\d{4}-\d{4}").all()
    assert not overlap(values, made["fone"])
