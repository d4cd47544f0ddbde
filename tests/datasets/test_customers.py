"""The stated law of the customers holds: exactly where it says so, within five standard errors elsewhere."""

import subprocess
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from synthdiff.datasets import customers
from synthdiff.datasets.customers import make_customers
from synthdiff.errors import ConfigError

N_ROWS = 60_000
DTYPES = {
    "customer_id": "object",
    "signup": "datetime64[ms]",
    "tenure": "timedelta64[ms]",
    "segment": "object",
    "is_business": "bool",
    "age": "Int16",
    "income": "float64",
    "region": "category",
    "country": "object",
    "postcode": "int32",
    "billing_postcode": "int32",
    "plan": "category",
    "monthly_fee": "float64",
    "last_login": "datetime64[us, Europe/Berlin]",
    "newsletter": "boolean",
    "minutes_used": "float64",
    "churn_score": "float32",
    "n_orders": "Int32",
    "order_value": "float64",
    "shipping": "float64",
    "total": "float64",
    "refunds": "float64",
    "n_tickets": "Int16",
    "balance": "object",
    "note": "object",
}


@pytest.fixture(scope="module")
def table():
    return make_customers(N_ROWS, random_state=1)


def assert_share(holds, expected):
    """The share of True is the expected one: five standard errors of a binomial share."""
    error = np.sqrt(expected * (1 - expected) / len(holds))
    assert abs(np.mean(holds) - expected) < 5 * error


def assert_mean(values, expected):
    assert abs(np.mean(values) - expected) < 5 * np.std(values) / np.sqrt(len(values))


def cents(column):
    return (column * 100).round().astype("Int64")


class TestSchema:
    def test_names_order_and_dtypes(self, table):
        assert {name: str(dtype) for name, dtype in table.dtypes.items()} == DTYPES
        assert list(table.columns) == list(DTYPES)
        assert table.index.equals(pd.RangeIndex(N_ROWS))

    def test_docstring_states_every_column(self):
        stated = [line.split()[0] for line in make_customers.__doc__.splitlines() if line[8:9].islower()]
        assert [name for name in stated if name in DTYPES] == list(DTYPES)

    def test_parquet_keeps_it(self, table, tmp_path):
        table.head(500).to_parquet(tmp_path / "customers.parquet")
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "customers.parquet"), table.head(500))

    def test_seeds(self):
        pd.testing.assert_frame_equal(make_customers(200, 5), make_customers(200, 5))
        assert not make_customers(200, 5)["income"].equals(make_customers(200, 6)["income"])

    def test_same_in_a_fresh_process(self):
        code = "from synthdiff.datasets import make_customers; print(make_customers(50, 3).to_csv())"
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert out.stdout.rstrip("\n") == make_customers(50, 3).to_csv().rstrip("\n")

    @pytest.mark.parametrize("n_rows", [1, 2, 7])
    def test_small_tables_have_the_same_schema(self, n_rows):
        table = make_customers(n_rows)
        assert len(table) == n_rows
        assert {name: str(dtype) for name, dtype in table.dtypes.items()} == DTYPES

    @pytest.mark.parametrize("n_rows", [0, -3])
    def test_no_rows(self, n_rows):
        with pytest.raises(ConfigError, match=f"n_rows is {n_rows}; give an integer from 1"):
            make_customers(n_rows)


class TestPerson:
    def test_identifiers(self, table):
        assert table["customer_id"].is_unique
        assert table["customer_id"].str.fullmatch(r"C-\d{7}").all()
        assert not table["customer_id"].is_monotonic_increasing

    def test_signup_and_tenure(self, table):
        assert table["signup"].min() >= pd.Timestamp("2018-01-01")
        assert table["signup"].max() <= pd.Timestamp("2024-12-31")
        assert (table["signup"].dt.normalize() == table["signup"]).all()
        assert (table["tenure"] == pd.Timestamp("2025-01-01") - table["signup"]).all()
        assert table["signup"].dt.year.value_counts().sort_index().is_monotonic_increasing

    def test_business_follows_from_segment(self, table):
        assert set(table["segment"]) == set(customers.SEGMENTS)
        assert (table["is_business"] == table["segment"].isin(["small business", "enterprise"])).all()

    @pytest.mark.parametrize("column", ["age", "income"])
    def test_missing_by_segment(self, table, column):
        stated = {"age": customers.AGE_MISSING, "income": customers.INCOME_MISSING}[column]
        for segment, share in zip(customers.SEGMENTS, stated, strict=True):
            assert_share(table.loc[table["segment"] == segment, column].isna(), share)

    def test_income_given_age_and_segment(self, table):
        known = table.dropna(subset=["age", "income"])
        age = known["age"].astype(float)
        level = known["segment"].map(dict(zip(customers.SEGMENTS, customers.LOG_INCOME, strict=True)))
        rest = np.log(known["income"]) - (level + 0.02 * (age - 40) - 0.0008 * (age - 40) ** 2)
        for segment in ("private", "small business", "enterprise"):  # a student's income is too small for hundreds
            assert_mean(rest[known["segment"] == segment], 0)
        assert rest.std() == pytest.approx(0.35, abs=0.01)
        assert (known["income"] % 100 == 0).all()


class TestPlace:
    def test_levels_and_their_order(self, table):
        assert tuple(table["region"].cat.categories) == customers.REGIONS
        assert not table["region"].cat.ordered
        assert table["region"].nunique() == 7
        assert "Saarland" not in set(table["region"])
        assert set(table["country"]) == {"DE"}

    def test_postcodes(self, table):
        assert (table["postcode"] // 10_000 == table["region"].cat.codes + 1).all()
        assert table["postcode"].nunique() == 280
        # A copy in 90 % of the rows; of the others a few hit the same postcode.
        same = table["billing_postcode"] == table["postcode"]
        by_chance = (table["postcode"].value_counts(normalize=True) ** 2).sum()
        assert_share(same, 0.9 + 0.1 * by_chance)
        assert set(table["billing_postcode"]) <= set(table["postcode"])


class TestContract:
    def test_plans_and_prices(self, table):
        assert tuple(table["plan"].cat.categories) == customers.PLANS
        assert table["plan"].cat.ordered
        student = table["segment"] == "student"
        for prices, rows in ((customers.PRICES, ~student), (customers.STUDENT_PRICES, student)):
            assert (table["monthly_fee"][rows] == np.take(prices, table["plan"].cat.codes[rows])).all()

    def test_businesses_take_dearer_plans(self, table):
        mean = table["plan"].cat.codes.groupby(table["segment"]).mean()
        assert mean["student"] < mean["private"] < mean["small business"] < mean["enterprise"]

    def test_last_login(self, table):
        basic = table["plan"] == "basic"
        assert_share(table["last_login"].isna()[basic], 0.12)
        assert_share(table["last_login"].isna()[~basic], 0.05)
        assert (table["last_login"] >= table["signup"].dt.tz_localize("UTC"))[table["last_login"].notna()].all()
        assert table["last_login"].max() <= pd.Timestamp("2025-01-01", tz="UTC")

    def test_newsletter(self, table):
        assert table["newsletter"].isna().equals(table["last_login"].isna())
        known = table.dropna(subset=["newsletter", "age"])
        assert_mean(known["newsletter"].astype(float) - (0.2 + 0.006 * known["age"].astype(float)), 0)


class TestUse:
    def test_zeros(self, table):
        never = table["last_login"].isna()
        assert (table["minutes_used"][never] == 0).all()
        for plan, share in zip(customers.PLANS, customers.UNUSED, strict=True):
            assert_share(table["minutes_used"][~never & (table["plan"] == plan)] == 0, share)

    def test_values(self, table):
        assert table["minutes_used"].min() == 0
        assert np.allclose(table["minutes_used"] * 10, (table["minutes_used"] * 10).round(), atol=1e-6)
        used = table[table["minutes_used"] > 0]
        assert used.groupby("plan", observed=True)["minutes_used"].mean().is_monotonic_increasing

    def test_score(self, table):
        assert table["churn_score"].between(0, 1, inclusive="neither").all()
        score = table.groupby([table["minutes_used"] == 0, "plan"], observed=True)["churn_score"].mean().unstack(0)
        assert (score[True] > score[False]).all()
        assert (score.diff().dropna() < 0).all(axis=None)


class TestOrders:
    def test_missing_together_iff_enterprise(self, table):
        for column in ("n_orders", "order_value", "shipping", "total", "refunds"):
            assert (table[column].isna() == (table["segment"] == "enterprise")).all()

    def test_number(self, table):
        known = table.dropna(subset=["n_orders"])
        years = known["tenure"] / pd.Timedelta(days=365.25)
        rate = 0.5 + 0.5 * known["plan"].cat.codes + 0.3 * years
        assert_mean(known["n_orders"].astype(float) - rate, 0)
        assert_mean((known["n_orders"].astype(float) - rate) ** 2 / rate, 1)

    def test_sums_are_exact(self, table):
        known = table.dropna(subset=["n_orders"])
        assert (cents(known["total"]) == cents(known["order_value"]) + cents(known["shipping"])).all()
        assert (known["total"] == (known["order_value"] + known["shipping"]).round(2)).all()
        assert ((known["order_value"] == 0) == (known["n_orders"] == 0)).all()
        expected = (490 * known["n_orders"].astype("Int64")).where(known["order_value"] < 100, 0)
        assert (cents(known["shipping"]) == expected).all()

    def test_refunds(self, table):
        ordered = table[table["total"] > 0]
        assert (ordered["refunds"] <= ordered["total"]).all()
        assert_share(ordered["refunds"] == ordered["total"], 0.02)
        assert_share(ordered["refunds"] > 0, 0.10)


class TestPaper:
    def test_tickets(self, table):
        assert (table["n_tickets"].isna() == (table["plan"] == "basic")).all()
        known = table.dropna(subset=["n_tickets"])
        assert_mean(known["n_tickets"].astype(float) - (0.3 + 0.3 * known["plan"].cat.codes), 0)

    def test_balance(self, table):
        assert all(isinstance(value, Decimal) and value.as_tuple().exponent == -2 for value in table["balance"])
        fees = cents(table["monthly_fee"])
        months = -(table["balance"] * 100).astype(int) / fees
        assert set(months) == {0, 1, 2}
        for month, share in enumerate((0.85, 0.10, 0.05)):
            assert_share(months == month, share)

    def test_notes(self, table):
        assert_share(table["note"].notna(), 0.2)
        notes = table["note"].dropna()
        assert notes.nunique() > 0.9 * len(notes)
        assert (notes.str.count(" ") >= 5).all()
