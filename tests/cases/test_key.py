"""Keys that repeat: rows that share one agree, keys repeat as often as real ones, and none is a real one."""

import json

import numpy as np
import pandas as pd
import pytest

from synthdiff.datasets import make_orders, make_patients
from tests.cases.scramble import findings
from tests.cases.walk import run, walk


def agree(frame, key, *names):
    return bool((frame.groupby(key)[list(names)].nunique(dropna=False) == 1).all().all())


def pairs(frame):
    return set(frame[["product_id", "unit_price"]].itertuples(index=False, name=None))


def days_between(frame, first, last):
    return ((frame[last] - frame[first]) / pd.Timedelta("1D")).dropna()


@pytest.fixture(scope="module")
def orders(tmp_path_factory):
    real = make_orders(2_000)
    return real, walk(real, tmp_path_factory.mktemp("orders"), n_samples=5_000, max_steps=10)


@pytest.fixture(scope="module")
def patients(tmp_path_factory):
    real = make_patients(2_000)
    return real, walk(real, tmp_path_factory.mktemp("patients"), n_samples=5_000, max_steps=10)


ORDERS = {
    "order": lambda f, r: agree(f, "order_id", "order_date", "ship_date", "ship_mode", "customer_id", "city"),
    "customer": lambda f, r: agree(f, "customer_id", "customer_name", "segment"),
    "place": lambda f, r: agree(f, "postal_code", "city") and agree(f, "city", "state") and agree(f, "state", "region"),
    "product": lambda f, r: agree(f, "product_id", "category", "sub_category", "unit_price"),
    "price": lambda f, r: pairs(f) <= pairs(r),
    "year": lambda f, r: (f["order_year"] == f["order_date"].dt.year).all(),
    "shipping": lambda f, r: days_between(f, "order_date", "ship_date").between(0, 7).all(),
    "net": lambda f, r: ((f["unit_price"] * f["quantity"] * (1 - f["discount"]) - f["net"]).abs() < 0.00501).all(),
    "tax": lambda f, r: ((0.19 * f["net"] - f["tax"]).abs() < 0.00501).all(),
    "gross": lambda f, r: ((f["net"] + f["tax"] - f["gross"]).abs() < 1e-6).all(),
    "profit": lambda f, r: ((f["net"] - f["cost"] - f["profit"]).abs() < 1e-6).all(),
    "fresh orders": lambda f, r: not set(f["order_id"]) & set(r["order_id"]),
    "fresh customers": lambda f, r: not set(f["customer_id"]) & set(r["customer_id"]),
    "form of orders": lambda f, r: f["order_id"].str.fullmatch(r"OR-\d{4}-\d{6}").all(),
    "lines of an order": lambda f, r: abs(lines(f, "order_id") - lines(r, "order_id")) < 0.2,
    "rows of a customer": lambda f, r: abs(lines(f, "customer_id") / lines(r, "customer_id") - 1) < 0.25,
}
PATIENTS = {
    "patient": lambda f, r: agree(f, "patient_id", "name", "sex", "birth_date", "death_date", "height_cm", "insurance"),
    "stay": lambda f, r: f["stay_id"].is_unique,
    "diagnosis": lambda f, r: agree(f, "diagnosis_code", "diagnosis", "ward"),
    "code": lambda f, r: agree(f, "diagnosis", "diagnosis_code"),
    "ward": lambda f, r: agree(f, "ward", "floor"),
    "length of stay": lambda f, r: (days_between(f, "admission", "discharge") == f["length_of_stay"]).all(),
    "death": lambda f, r: (days_between(f, "discharge", "death_date") >= 0).all(),
    "deaths": lambda f, r: 0.02 < f["death_date"].notna().mean() < 0.5,
    "mass index": lambda f, r: ((f["weight_kg"] / (f["height_cm"] / 100) ** 2 - f["bmi"]).abs() < 0.0501).all(),
    "Fahrenheit": lambda f, r: ((1.8 * f["temperature_c"] + 32 - f["temperature_f"]).abs() < 0.0501).all(),
    "pressure": lambda f, r: (f["diastolic"] < f["systolic"]).all(),
    "cost": lambda f, r: (
        (f[["room_cost", "care_cost", "drug_cost"]].sum(axis=1) - f["total_cost"]).abs() < 1e-6
    ).all(),
    "fresh patients": lambda f, r: not set(f["patient_id"]) & set(r["patient_id"]),
    "stays of a patient": lambda f, r: 1.4 < lines(f, "patient_id") < lines(r, "patient_id") + 0.2,
}


def lines(frame, key):
    return frame[key].value_counts().mean()


@pytest.mark.parametrize("case", ORDERS)
def test_orders(case, orders):
    real, drawn = orders
    assert ORDERS[case](drawn, real)


@pytest.mark.parametrize("case", PATIENTS)
def test_patients(case, patients):
    real, drawn = patients
    assert PATIENTS[case](drawn, real)


def visits(key, n=400):
    r = np.random.default_rng(6)
    who = r.integers(n // 3, size=n)
    born = pd.Timestamp("1940-01-01") + pd.to_timedelta(r.integers(0, 20_000, n // 3), "D")
    return pd.DataFrame(
        {
            "person_id": np.array([key(k) for k in range(n // 3)])[who],
            "born": born[who],
            "value": r.normal(size=n).round(2),
        }
    )


KEYS = {
    "numbers": lambda k: 70_001 + 13 * k,
    "zeros in front": lambda k: f"{17 * k:07d}",
    "letters": lambda k: f"PT-{90_000 + 70 * k}",
    "hexadecimal": lambda k: f"{(k + 11) * 2_654_435_761 % 2**32:08x}",
}


@pytest.mark.parametrize("case", KEYS)
def test_a_key_is_fresh_and_of_its_form(case):
    found = findings(visits(KEYS[case]))
    assert found.describe()[0].startswith("person_id repeats, ")
    assert found.groups.levels[0].columns == ("born",)


def test_a_declared_kind_wins(tmp_path):
    frame = visits(KEYS["letters"])
    out = walk(frame, tmp_path, max_steps=2, categorical=["person_id"])
    assert set(out["person_id"]) <= set(frame["person_id"])


def test_inspect_shows_keys_and_rules(tmp_path):
    make_orders(600).to_csv(tmp_path / "orders.csv", index=False)
    shown = json.loads(run("inspect", "orders.csv", "--json", cwd=tmp_path).stdout)
    rules = " ".join(shown["rules"])
    for words in (
        "order_id repeats, ",
        "tax = 0.19 x net",
        "state determines region",
        "order_year = year of order_date",
    ):
        assert words in rules


def test_keys_repeat_as_often_though_many_rows_break_a_rule(tmp_path):
    real = make_orders(3_000)
    made = walk(real, tmp_path, n_samples=3_000, max_steps=2)
    for key in ("order_id", "customer_id"):
        each, own = (frame[key].value_counts() for frame in (real, made))
        # Standard error of the mean number of rows a key, of both.
        error = (each.var() / len(each) + own.var() / len(own)) ** 0.5
        assert abs(each.mean() - own.mean()) < 4 * error, key
    assert (made["profit"] - (made["net"] - made["cost"])).abs().max() < 0.005


def test_keys_that_repeat_have_room_for_more_rows_than_there_are_keys(tmp_path):
    """10,000 codes of four digits, less the 600 real ones, are enough for 40,000 rows of about 7,300 customers."""
    r = np.random.default_rng(3)
    who = np.repeat(np.arange(600), r.integers(4, 8, 600))
    real = pd.DataFrame(
        {
            "customer_id": np.array([f"C{k:04d}" for k in r.choice(10_000, 600, replace=False)])[who],
            "city": np.array(list("abcdefgh"))[who % 8],
            "paid": r.normal(size=len(who)),
        }
    )
    made = walk(real, tmp_path, n_samples=40_000, max_steps=2)
    assert made["customer_id"].str.fullmatch(r"C\d{4}").all()
    assert not set(made["customer_id"]) & set(real["customer_id"])
    assert agree(made, "customer_id", "city")
    assert abs(lines(made, "customer_id") / lines(real, "customer_id") - 1) < 0.02
