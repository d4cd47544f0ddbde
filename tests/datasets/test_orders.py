"""What is said of the tables of orders and of patients holds in all of their rows."""

import pandas as pd
import pytest

from synthdiff.datasets import make_orders, make_patients


def determines(frame, key, *targets):
    return bool((frame.groupby(key)[list(targets)].nunique(dropna=False) == 1).all().all())


ORDERS = {
    "order": lambda f: determines(f, "order_id", "order_date", "ship_date", "ship_mode", "customer_id", "city"),
    "customer": lambda f: determines(f, "customer_id", "customer_name", "segment"),
    "place": lambda f: determines(f, "postal_code", "city") and determines(f, "city", "state"),
    "region": lambda f: determines(f, "state", "region"),
    "product": lambda f: determines(f, "product_id", "category", "sub_category", "product_name", "unit_price"),
    "year": lambda f: (f["order_year"] == f["order_date"].dt.year).all(),
    "shipping": lambda f: (f["ship_date"] - f["order_date"]).dt.days.between(0, 7).all(),
    "net": lambda f: ((f["unit_price"] * f["quantity"] * (1 - f["discount"]) - f["net"]).abs() < 0.00501).all(),
    "tax": lambda f: ((0.19 * f["net"] - f["tax"]).abs() < 0.00501).all(),
    "gross": lambda f: ((f["net"] + f["tax"] - f["gross"]).abs() < 1e-6).all(),
    "profit": lambda f: ((f["net"] - f["cost"] - f["profit"]).abs() < 1e-6).all(),
}
PATIENTS = {
    "patient": lambda f: determines(
        f, "patient_id", "name", "sex", "birth_date", "death_date", "height_cm", "insurance"
    ),
    "diagnosis": lambda f: determines(f, "diagnosis_code", "diagnosis", "ward"),
    "code": lambda f: determines(f, "diagnosis", "diagnosis_code"),
    "ward": lambda f: determines(f, "ward", "floor"),
    "stay": lambda f: ((f["discharge"] - f["admission"]).dt.days == f["length_of_stay"]).all(),
    "death": lambda f: (f["death_date"] >= f["discharge"])[f["death_date"].notna()].all(),
    "mass index": lambda f: ((f["weight_kg"] / (f["height_cm"] / 100) ** 2 - f["bmi"]).abs() < 0.0501).all(),
    "Fahrenheit": lambda f: ((1.8 * f["temperature_c"] + 32 - f["temperature_f"]).abs() < 0.0501).all(),
    "pressure": lambda f: (f["diastolic"] < f["systolic"]).all(),
    "cost": lambda f: ((f[["room_cost", "care_cost", "drug_cost"]].sum(axis=1) - f["total_cost"]).abs() < 1e-6).all(),
}


@pytest.mark.parametrize("name", ORDERS)
def test_orders(name):
    assert ORDERS[name](make_orders(3_000))


@pytest.mark.parametrize("name", PATIENTS)
def test_patients(name):
    assert PATIENTS[name](make_patients(3_000))


@pytest.mark.parametrize("make", [make_orders, make_patients])
@pytest.mark.parametrize("n_rows", [1, 2, 50])
def test_any_number_of_rows_from_a_seed(make, n_rows):
    frame = make(n_rows, random_state=3)
    assert len(frame) == n_rows
    pd.testing.assert_frame_equal(frame, make(n_rows, random_state=3))
