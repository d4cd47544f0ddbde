"""Personal data never come out by accident: made up in the same form, consistent, seeded, and none of the real ones."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from synthdiff import TabularDiffusion
from synthdiff.codecs.infer import infer_schema
from synthdiff.codecs.personal.beside import write_beside
from synthdiff.codecs.table import TableCodec
from synthdiff.data.frame import to_table
from synthdiff.data.schema import Schema
from synthdiff.errors import SchemaError
from tests.cases.walk import run, walk

N = 240
RNG = np.random.default_rng(3)
FIRST = [
    "Anna",
    "Robert",
    "Maria",
    "James",
    "Linda",
    "Peter",
    "Susan",
    "Karl",
    "Emma",
    "Paul",
    "Laura",
    "Frank",
    "Ruth",
]
LAST = ["Smith", "Johnson", "Miller", "Davis", "Wilson", "Moore", "Taylor", "Walker", "Young", "Baker", "Parker"]
PEOPLE = [(FIRST[i % 13], LAST[i % 11]) for i in range(143)]
ROWS = [PEOPLE[i % 143] for i in range(N)]
FEW = [PEOPLE[int(i)] for i in RNG.integers(0, 20, N)]


def number(i, digits=10):
    return str((i * 7_368_787 + 2_345_678) % 10**digits).zfill(digits)


def written(form, people=ROWS):
    """A form filled in for each person."""
    return [
        form.format(f=f, l=l_, i=i, a=f.lower(), b=l_.lower(), n=number(i), k=f[0].lower())
        for i, (f, l_) in enumerate(people)
    ]


CASES = {
    "distinct e-mails": ("email", written("{a}.{b}{i}@gmail.com"), r"[a-z]+\.[a-z]+\d+@gmail\.com"),
    "e-mails that repeat": ("email", written("{a}.{b}@acme-corp.com", FEW), r"[a-z]+\.[a-z]+@(?!acme)[a-z]+\.com"),
    "e-mails without a telling name": ("x", written("{k}{b}{i}@web.de"), r"[a-z]+\d+@web\.de"),
    "one e-mail in all rows": ("x", ["ann.lee@web.de"] * N, r"[a-z]+\.[a-z]+@web\.de"),
    "five e-mails": ("x", (["a@b.org", "c@d.org", "e@f.org", "g@h.org", "i@j.org"] * N)[:N], r"[a-z]+@[a-z]+\.org"),
    "names": ("customer", written("{f} {l}"), r"[^\W\d_]+ [^\W\d_]+"),
    "names that repeat": ("name", written("{f} {l}", FEW), r"[^\W\d_]+ [^\W\d_]+"),
    "names with a title": ("doctor", written("Dr. {f} {l}", FEW), r"Dr\. [^\W\d_]+ [^\W\d_]+"),
    "last name first, in capitals": ("holder", [x.upper() for x in written("{l}, {f}")], r"[^\W\d_a-z]+, [^\W\d_a-z]+"),
    "names with an initial": ("name", written("{f} Q. {l}", FEW), r"[^\W\d_]+ [A-Z]\. [^\W\d_]+"),
    "given names": ("vorname", written("{f}"), r"[^\W\d_]+"),
    "family names": ("surname", written("{l}"), r"[^\W\d_]+"),
    "phones with brackets": ("x", [f"({n[:3]}) {n[3:6]}-{n[6:]}" for n in written("{n}")], r"\(\d{3}\) \d{3}-\d{4}"),
    "phones of a country": ("Telefon", [f"+49 {n[:3]} {n[3:]}" for n in written("{n}")], r"\+49 \d{3} \d{7}"),
    "phones with an extension": ("phone", [f"0{n} x{n[:3]}" for n in written("{n}")], r"0\d{10} x\d{3}"),
    "phones that repeat": ("mobile", [f"+44 7700 {number(i % 30, 6)}" for i in range(N)], r"\+44 770\d \d{6}"),
    "streets": ("x", written("{i} {l} Street"), r"\d+ [^\d]+ Street"),
    "streets in German": ("adresse", written("{l}straße {i}, 1{i:04d} Berlin"), r"[^\d]+ \d+, \d{5} [^\d]+"),
    "addresses in lines": ("address", written("{i} {l} Road\nSpringfield, IL 6{i:04d}"), r"\d+ .+ Road\n.+, IL \d{5}"),
    "companies": ("company", written("{l} {f} Ltd"), r".+ Ltd"),
    "addresses of the net": ("client_ip", [f"81.2.{i % 250}.{i // 2 + 1}" for i in range(N)], r"(\d{1,3}\.){3}\d{1,3}"),
    "local addresses": ("ip", [f"192.168.{i % 16}.{i // 2 + 1}" for i in range(N)], r"192\.168\.\d{1,3}\.\d{1,3}"),
    "web addresses": ("website", written("https://www.{b}{i}.de/{i}"), r"https://www\.[a-z]+\.de/\d+"),
    "user names": ("username", written("{a}_{i}"), r"[a-z]+_\d+"),
    "handles that repeat": ("username", written("{a}.{b}", FEW), r"[a-z]+\.[a-z]+"),
    "national ids that repeat": ("ssn", [f"{101 + i % 40}-45-{6000 + i % 40}" for i in range(N)], r"\d{3}-\d\d-\d{4}"),
}


def overlap(real, made):
    return set(map(str, pd.Series(real).dropna())) & set(map(str, pd.Series(made).dropna()))


def through(frame):
    """What comes out of a perfect model of a frame, and what is stored of it."""
    table, kind = to_table(frame)
    schema = infer_schema(table)
    codec, values = TableCodec.fit(table, schema)
    stored = json.dumps(codec.to_dict())
    codec = TableCodec.from_dict(json.loads(stored))
    rows = codec.decode(values, 0, np.random.default_rng(0))
    return kind.with_levels(codec.hidden_levels(schema)).restore(write_beside(rows, codec.codecs, 0)), stored


@pytest.mark.parametrize("case", CASES)
def test_values_are_made_up_in_the_same_form(case):
    name, values, form = CASES[case]
    frame = pd.DataFrame({name: values, "size": RNG.integers(0, 9, N)})
    frame.loc[RNG.random(N) < 0.2, name] = None
    made, stored = through(frame)
    made = made[name]
    assert not overlap(values, made)
    assert made.dropna().str.fullmatch(form).mean() > 0.98, made.tolist()[:9]
    assert 0.05 < made.isna().mean() < 0.45
    if frame[name].nunique() > 0.98 * frame[name].count():
        assert made.dropna().is_unique
    else:
        assert made.nunique() <= frame[name].nunique() + 1
    telling = [value for value in set(values) if len(value) > 7 and json.dumps(value)[1:-1] in stored]
    assert not telling


def test_repeats_are_as_frequent_and_keep_their_links(tmp_path):
    people = [PEOPLE[i] for i in RNG.choice(4, N, p=[0.6, 0.2, 0.1, 0.1])]
    frame = pd.DataFrame({"agent": written("{f} {l}", people), "office": [LAST.index(p[1]) for p in people]})
    made = walk(frame, tmp_path, max_steps=150, n_samples=1000)
    assert made["agent"].nunique() == 4
    assert made["agent"].value_counts(normalize=True).iloc[0] == pytest.approx(0.6, abs=0.1)
    assert made.groupby("agent")["office"].agg(lambda x: x.value_counts(normalize=True).iloc[0]).min() > 0.8


def test_names_and_addresses_of_a_row_are_of_one_person(tmp_path):
    rows = [
        (FIRST[int(i)], LAST[int(j)]) for i, j in zip(RNG.integers(13, size=N), RNG.integers(11, size=N), strict=True)
    ]
    frame = pd.DataFrame(
        {
            "first_name": [f for f, _ in rows],
            "last_name": [l_ for _, l_ in rows],
            "full_name": written("{f} {l}", rows),
            "email": written("{a}.{b}{i}@gmail.com", rows),
            "login": written("{k}{b}", rows),
        }
    )
    made = walk(frame, tmp_path)
    assert (made["full_name"] == made["first_name"] + " " + made["last_name"]).all()
    assert made["email"].is_unique
    for column in ("first_name", "last_name", "full_name", "email", "login"):
        assert not overlap(frame[column], made[column])
    ascii_rows = made[made["last_name"].str.fullmatch("[A-Za-z]+") & made["first_name"].str.fullmatch("[A-Za-z]+")]
    assert len(ascii_rows) > 100
    for row in ascii_rows.itertuples():
        assert row.email.startswith(f"{row.first_name}.{row.last_name}".lower())
        assert row.login.startswith(f"{row.first_name[0]}{row.last_name}".lower())


def test_the_address_of_a_name_is_always_the_same(tmp_path):
    frame = pd.DataFrame({"name": written("{f} {l}", FEW), "email": written("{k}{b}@acme.com", FEW)})
    made = walk(frame, tmp_path)
    assert made.groupby("name")["email"].nunique().max() == 1


def test_the_same_person_in_two_columns(tmp_path):
    frame = pd.DataFrame({"employee": written("{f} {l}", FEW), "manager": written("{f} {l}", FEW[::-1]), "x": range(N)})
    made = walk(frame, tmp_path)
    both = set(made["employee"]) & set(made["manager"])
    assert len(both) >= 10
    assert not both & set(frame["employee"])


def test_the_same_company_in_two_columns():
    names = [f"{LAST[i]} {word} Ltd" for i in range(11) for word in ("Tools", "Foods")]
    frame = pd.DataFrame({"shipper_company": RNG.choice(names, N), "company": RNG.choice(names, N)})
    made, _ = through(frame)
    assert set(made["shipper_company"]) == set(made["company"])
    assert not overlap(frame["company"], made["company"])


def test_more_given_names_than_there_are_in_lists():
    values = [a + b.lower() for a in FIRST for b in FIRST for _ in range(2)] + [f"Ann{x}" for x in "abcdefgh"]
    made, _ = through(pd.DataFrame({"first_name": values, "x": range(len(values))}))
    assert made["first_name"].nunique() == len(set(values))
    assert made["first_name"].value_counts().tolist() == pd.Series(values).value_counts().tolist()
    assert made["first_name"].str.fullmatch(r"[^\W\d_]+").all()


def test_missing_cells_stay_in_their_rows():
    frame = pd.DataFrame({"email": written("{a}{i}@web.de"), "phone": [f"+49 170 {number(i, 7)}" for i in range(N)]})
    frame.loc[::3, "email"], frame.loc[::5, "phone"] = None, None
    made, _ = through(frame)
    pd.testing.assert_frame_equal(made.isna(), frame.isna())


def test_masked_numbers_and_metadata_that_say_no():
    values = [f"XXX-XX-{4000 + i % 60}" for i in range(N)]
    frame = pd.DataFrame({"ssn": values, "x": range(N)})
    made, _ = through(frame)
    assert not overlap(values, made["ssn"])
    given = Schema.from_dict({"columns": {"ssn": {"sdtype": "ssn", "pii": False}}})
    assert infer_schema(to_table(frame)[0], given=given)["ssn"].pii == "keep"


def test_streets_are_of_the_language():
    values = [f"{i} rue de {LAST[i % 11]}, {75000 + i} Paris" for i in range(N)]
    made, _ = through(pd.DataFrame({"adresse": values, "x": range(N)}))
    assert made["adresse"].str.fullmatch(r"\d+ rue .+, \d{5} .+").mean() > 0.95
    assert not overlap(values, made["adresse"])


def test_words_for_missing_cells_do_not_hide_addresses():
    values = [*written("{a}.{b}@acme.com", FEW)[:200], *["unknown"] * 40]
    made, _ = through(pd.DataFrame({"contact": values}))
    assert not overlap(values[:200], made["contact"])


def test_seeds(tmp_path):
    frame = pd.DataFrame({"name": written("{f} {l}", FEW), "email": written("{a}{i}@web.de"), "x": RNG.normal(size=N)})
    once, again = walk(frame, tmp_path), walk(frame, tmp_path)
    pd.testing.assert_frame_equal(once, again)
    other = walk(frame, tmp_path, random_state=5)
    assert set(other["name"]) != set(once["name"])


TYPES = {
    "large_string": lambda x: pa.table({"email": pa.array(x, pa.large_string())}),
    "dictionary": lambda x: pa.table({"email": pa.array(x).dictionary_encode()}),
    "pandas category": lambda x: pd.DataFrame({"email": pd.Categorical(x)}),
    "pandas string": lambda x: pd.DataFrame({"email": pd.array(x, dtype="string")}),
    "polars categorical": lambda x: pl.DataFrame({"email": pl.Series(x, dtype=pl.Categorical)}),
    "polars enum": lambda x: pl.DataFrame({"email": pl.Series(x, dtype=pl.Enum(sorted(set(x))))}),
}


@pytest.mark.parametrize("repeated", [True, False], ids=["repeated", "distinct"])
@pytest.mark.parametrize("dtype", TYPES)
def test_types_stay_and_hold_no_real_level(dtype, repeated, tmp_path):
    values = written("{a}.{b}@acme.com", FEW) if repeated else written("{a}.{b}{i}@acme.com")
    frame = TYPES[dtype](values)
    made = walk(frame, tmp_path)
    assert type(made) is type(frame)
    assert not overlap(values, made["email"].to_pylist() if isinstance(made, pa.Table) else made["email"].to_list())
    if isinstance(made, pa.Table):
        assert made.schema.equals(frame.schema)
    elif isinstance(made, pl.DataFrame) and dtype != "polars enum":
        assert made.schema == frame.schema
    if dtype == "pandas category":
        assert not set(made["email"].cat.categories) & set(values)
    for path in tmp_path.rglob("*.json"):
        assert "@acme" not in path.read_text()


def test_numbers_of_telephones(tmp_path):
    values = [4_155_550_000 + 7919 * i for i in range(N)]
    made = walk(pd.DataFrame({"phone": values, "x": RNG.normal(size=N)}), tmp_path)["phone"]
    assert made.dtype == np.int64
    assert not overlap(values, made)
    assert made.astype(str).str.len().eq(10).all()


def test_keep_says_so(tmp_path):
    frame = pd.DataFrame({"name": written("{f} {l}", FEW), "x": range(N)})
    model = TabularDiffusion(pii="keep", max_steps=10, random_state=0).fit(frame)
    assert set(model.sample(50)["name"]) <= set(frame["name"])
    assert any("'name'" in note and "real values come out" in note for note in model.warnings_)


def test_null_leaves_nothing(tmp_path):
    frame = pd.DataFrame({"name": pd.Categorical(written("{f} {l}", FEW)), "x": range(N)})
    made = walk(frame, tmp_path, pii="null")
    assert made["name"].isna().all()
    assert not any("Smith" in path.read_text() for path in tmp_path.rglob("*.json"))


def test_a_column_goes_before_the_option(tmp_path):
    frame = pd.DataFrame({"name": written("{f} {l}", FEW), "email": written("{a}.{b}@acme.com", FEW)})
    schema = {"columns": [{"name": "email", "kind": "categorical", "pii": "regenerate"}]}
    made = walk(frame, tmp_path, pii="keep", schema=schema)
    assert set(made["name"]) <= set(frame["name"])
    assert not overlap(frame["email"], made["email"])


def test_a_column_that_nobody_would_find(tmp_path):
    values = [f"case of {LAST[i % 11]} no {i % 60}" for i in range(N)]
    schema = {"columns": [{"name": "x", "kind": "categorical", "pii": "regenerate", "personal": "other"}]}
    made = walk(pd.DataFrame({"x": values}), tmp_path, schema=schema)["x"]
    assert not overlap(values, made)
    schema["columns"][0]["personal"] = "nonsense"
    with pytest.raises(SchemaError, match="no personal kind 'nonsense'"):
        walk(pd.DataFrame({"x": values}), tmp_path, schema=schema)


def test_metadata_of_another_library(tmp_path):
    frame = pd.DataFrame({"a": written("{f} {l}", FEW), "b": written("{a}{i}@web.de"), "c": ["x", "y"] * (N // 2)})
    columns = {"a": {"sdtype": "name"}, "b": {"sdtype": "email", "pii": True}, "c": {"sdtype": "categorical"}}
    schema = {"METADATA_SPEC_VERSION": "SINGLE_TABLE_V1", "columns": columns, "primary_key": "b"}
    made = walk(frame, tmp_path, schema=schema)
    assert made["b"].is_unique
    assert made["b"].str.fullmatch(r"[a-z]+\d+@web\.de").all()
    assert not overlap(frame["a"], made["a"])
    assert set(made["c"]) == {"x", "y"}


def test_the_command_line_shows_and_switches(tmp_path):
    pd.DataFrame({"name": written("{f} {l}", FEW), "x": range(N)}).to_csv(tmp_path / "d.csv", index=False)
    shown = run("inspect", "d.csv", "--json", cwd=tmp_path).stdout
    column = json.loads(shown)["columns"][0]
    assert "names of persons" in column["why"]
    schema = json.loads((tmp_path / "schema.json").read_text())
    assert schema["columns"][0]["pii"] == "regenerate"
    done = run("fit", "d.csv", "--pii", "keep", "--max-steps", "5", "--preset", "fast", cwd=tmp_path)
    assert "real values come out" in " ".join((done.stdout + done.stderr).split())


def test_placeholder_text(tmp_path):
    words = ["invoice", "parcel", "refund", "contract", "roaming", "letter", "address", "billing"]
    text = [" ".join(RNG.choice(words, RNG.integers(3, 12))) + f" {i}." for i in range(N)]
    frame = pd.DataFrame({"note": text, "x": RNG.normal(size=N)})
    frame.loc[RNG.random(N) < 0.3, "note"] = None
    made = walk(frame, tmp_path, text="lorem")["note"]
    real = frame["note"].dropna()
    assert made.isna().mean() == pytest.approx(0.3, abs=0.15)
    assert not set(" ".join(made.dropna()).lower().split()) & set(words)
    assert made.dropna().str.len().mean() == pytest.approx(real.str.len().mean(), rel=0.15)
    assert made.dropna().str.split().str.len().mean() == pytest.approx(real.str.split().str.len().mean(), rel=0.15)


def test_rare_values_are_named(tmp_path):
    values = [f"case {i % 90}" for i in range(200)]
    model = TabularDiffusion(max_steps=5, random_state=0).fit(pd.DataFrame({"topic": values}))
    assert any("'topic'" in note and "fewer than 5 rows" in note for note in model.warnings_)
