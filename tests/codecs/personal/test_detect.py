"""Which columns are taken for personal data, and which are not."""

import pyarrow as pa
import pytest

from synthdiff.codecs.personal.detect import find_personal
from synthdiff.datasets import make_customers

FIRST = ["Anna", "Robert", "Maria", "James", "Linda", "Peter", "Susan", "Karl", "Emma", "Paul", "Laura", "Frank"]
LAST = [
    "Smith",
    "Johnson",
    "Miller",
    "Davis",
    "Wilson",
    "Moore",
    "Taylor",
    "Walker",
    "Young",
    "Baker",
    "Parker",
    "Evans",
]
N = 60


def pairs(form):
    return [form.format(f=FIRST[i % 12], l=LAST[(i // 5) % 11], i=i) for i in range(N)]


UNKNOWN = [f"Mila{a}o Noru{b}as" for a in "bcdfgh" for b in "klmnprst"]
PERSONAL = {
    "email by pattern": ("email", "x", pairs("{f}.{l}@mail.example")),
    "email of which some are broken": ("email", "x", [*pairs("{f}{i}@mail.example"), "none", "n/a"]),
    "phone by pattern": ("phone", "x", pairs("(415) 555-01{i:02d}")),
    "phone with a prefix": ("phone", "x", pairs("+49 170 55501{i:02d}")),
    "phone by heading": ("phone", "Telefon", pairs("0305550{i:02d}1")),
    "phone as a number": ("phone", "mobile", [4155550100 + i for i in range(N)]),
    "full name": ("name", "x", pairs("{f} {l}")),
    "full name with a title": ("name", "x", pairs("Dr. {f} {l}")),
    "full name in capitals": ("name", "holder", pairs("{l}, {f}".upper().replace("{L}", "{l}").replace("{F}", "{f}"))),
    "last name first": ("name", "x", pairs("{l}, {f}")),
    "few names": ("name", "manager", [f"{FIRST[i % 4]} {LAST[i % 4]}" for i in range(N)]),
    "names that are in no list": (
        "name",
        "customer_name",
        UNKNOWN,
    ),
    "given name": ("first_name", "vorname", pairs("{f}")),
    "family name": ("last_name", "Surname", pairs("{l}")),
    "street": ("address", "x", pairs("{i} {l} Street")),
    "street with the number behind": ("address", "x", pairs("{l}straße {i}")),
    "company": ("company", "x", pairs("{l} {f} Ltd")),
    "ip": ("ip", "x", pairs("203.0.{i}.113").__class__(f"81.2.{i}.140" for i in range(N))),
    "ip by heading": ("ip", "client_ip", pairs("192.168.0.{i}")),
    "url": ("url", "x", pairs("https://{l}.example/{i}")),
    "user name": ("user_name", "username", pairs("{f}{i}")),
    "iban": ("iban", "x", ["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32"]),
    "card": ("card", "x", [f"411111111111{k}" for k in ("1111", "0006", "0014", "0022", "0030", "0048")]),
    "national id": ("national_id", "x", pairs("123-45-67{i:02d}")),
}
ORDINARY = {
    "job": ["Baker", "Cook", "Engineer", "Manager", "Sales Manager", "Data Analyst"] * 10,
    "city": ["Paris", "Sofia", "Florence", "Victoria", "San Jose", "Santa Maria"] * 10,
    "country": ["Georgia", "Jordan", "Chad", "India", "China", "Germany"] * 10,
    "color": ["Amber", "Ruby", "Scarlett", "Olive", "Violet", "Brown"] * 10,
    "sex": ["Male", "Female"] * 30,
    "customer": ["gift card", "Wal-Mart 7", "walk in", "online"] * 15,
    "product": [f"Paris chair {i % 9}" for i in range(N)],
    "month": ["April", "May", "June", "August"] * 15,
    "version": [f"{i % 4}.{i % 7}.{i % 9}.{i % 3}" for i in range(N)],
    "zip": [f"{12345 + i}-{4000 + i}" for i in range(N)],
    "range": [f"{i}-{i + 10}" for i in range(N)],
    "workclass": ["Self-Employed", "Private", "Local-gov", "State-gov"] * 15,
    "date": [f"2024-03-{i % 28 + 1:02d}" for i in range(N)],
    "order_id": [f"CA-2016-{152156 + i}" for i in range(N)],
    "text": [f"the customer asked about case {i}" for i in range(N)],
    "flag": ["yes", "no"] * 30,
    "amount": [f"{i},{i % 10}0" for i in range(N)],
}


@pytest.mark.parametrize("case", PERSONAL)
def test_personal_data_are_found(case):
    kind, name, values = PERSONAL[case]
    for array in (pa.array(values), pa.array([None, *values]).dictionary_encode()):
        assert find_personal(pa.table({name: array}))[name].kind == kind


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_columns_are_not(name):
    assert not find_personal(pa.table({name: ORDINARY[name]}))


def test_a_table_of_customers_without_names_has_none():
    assert not find_personal(pa.Table.from_pandas(make_customers(2000)))


def test_columns_without_text_or_values_have_none():
    table = pa.table({"phone": pa.array([1.5, 2.5]), "email": pa.nulls(2, pa.string()), "mail": pa.nulls(2)})
    assert not find_personal(table)


def test_a_name_beside_a_birth_date_is_one_of_a_person():
    names, days = pa.array(UNKNOWN), pa.array(range(len(UNKNOWN)), pa.date32())
    assert find_personal(pa.table({"name": names, "birth_date": days}))["name"].kind == "name"
    assert not find_personal(pa.table({"name": names, "launched": days}))
    assert not find_personal(pa.table({"product name": names, "birth_date": days}))
