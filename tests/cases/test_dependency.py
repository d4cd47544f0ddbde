"""Rules between columns that every real row keeps: every row that comes out keeps them too."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from tests.cases.scramble import N, after, days, findings, rng, scrambled, stays
from tests.cases.walk import walk


def places():
    city = np.array([f"city {i}" for i in range(40)])
    at = rng().integers(40, size=N)
    return pd.DataFrame(
        {
            "city": city[at],
            "state": np.array([f"state {i % 9}" for i in range(40)])[at],
            "region": np.array([f"region {i % 9 % 3}" for i in range(40)])[at],
            "size": rng().normal(size=N).round(2),
        }
    )


def pairs_of(frame, *names):
    return set(map(tuple, frame[list(names)].astype(object).where(frame[list(names)].notna(), None).to_numpy()))


def by_code(values, key="code", **others):
    at = rng().integers(len(values), size=N)
    keys = [f"K{i:02d}" for i in range(len(values))]
    noise = rng().normal(size=N).round(2)
    return pd.DataFrame({key: np.array(keys)[at], "value": pd.Series(values).take(at).array, "noise": noise} | others)


def flights():
    r = rng()
    columns = {"minutes": r.integers(40, 900, N)}
    for end in ("origin", "target"):
        at = r.integers(25, size=N)
        columns[end] = np.array([f"A{chr(65 + i)}{chr(90 - i)}" for i in range(25)])[at]
        columns[f"{end}_city"] = np.array([f"city {i % 20}" for i in range(25)])[at]
        columns[f"{end}_state"] = np.array([f"state {i % 5}" for i in range(25)])[at]
    return pd.DataFrame(columns)


DETERMINES = {
    "city and state": (places, ("city", "state")),
    "state and region": (places, ("state", "region")),
    "code and label, one to one": (lambda: by_code([f"label {i}" for i in range(12)]), ("code", "value")),
    "product and its price": (lambda: by_code([9.99 + 3 * i for i in range(12)]), ("code", "value")),
    "product and a decimal": (lambda: by_code([Decimal(i).scaleb(-2) for i in range(990, 1002)]), ("code", "value")),
    "event and its date": (
        lambda: by_code(pd.date_range("2020-01-01", periods=12, freq="37D").date),
        ("code", "value"),
    ),
    "event and its moment": (lambda: by_code(pd.date_range("2020-01-01", periods=12, freq="37h")), ("code", "value")),
    "event and a written date": (
        lambda: by_code(pd.date_range("2020-01-01", periods=12, freq="3D").strftime("%d.%m.%Y")),
        ("code", "value"),
    ),
    "code and a truth": (lambda: by_code([i % 3 == 0 for i in range(12)]), ("code", "value")),
    "code and nothing or a label": (
        lambda: by_code([None if i % 4 == 0 else f"label {i // 2}" for i in range(12)]),
        ("code", "value"),
    ),
    "code and a missing number": (
        lambda: by_code(pd.array([None if i % 4 == 0 else 10 * i for i in range(12)], "Int64")),
        ("code", "value"),
    ),
    "categories in an order": (
        lambda: by_code(pd.Categorical([f"C{i // 3}" for i in range(12)], [f"C{9 - i}" for i in range(10)])),
        ("code", "value"),
    ),
    "a number of a product and its name": (
        lambda: by_code([f"name {i}" for i in range(12)]).assign(
            code=lambda f: f["code"].str[1:].astype(int) * 977 % 10_007
        ),
        ("code", "value"),
    ),
    "a whole number and its word": (
        lambda: pd.DataFrame({"age": rng().integers(18, 80, N), "pay": rng().normal(size=N)}).assign(
            group=lambda f: pd.cut(f["age"], [0, 30, 50, 99], labels=["young", "middle", "old"]).astype(str)
        ),
        ("age", "group"),
    ),
    "two thousand keys": (
        lambda: pd.DataFrame({"code": [f"P{i:05d}x" for i in rng().integers(2000, size=8000)]}).assign(
            label=lambda f: "group " + (f["code"].str[1:6].astype(int) % 17).astype(str),
            size=np.arange(8000) % 7,
        ),
        ("code", "label"),
    ),
    "a missing key": (
        lambda: by_code([f"label {i}" for i in range(12)]).assign(
            code=lambda f: f["code"].where(f["code"] != "K03", None)
        ),
        ("code", "value"),
    ),
    "airports of flights, a state of each": (
        flights,
        ("origin", "origin_city", "origin_state"),
    ),
    "airports of flights, there": (flights, ("target", "target_city", "target_state")),
    "a product as a number and one source": (
        lambda: pd.DataFrame(
            {"product-id": 1_000 + 7 * rng().integers(30, size=N), "size": rng().normal(size=N)}
        ).assign(source=lambda f: "source " + (f["product-id"] % 4).astype(str)),
        ("product-id", "source"),
    ),
    "a day and its name": (
        lambda: stays().assign(day=lambda f: f["start"].dt.day_name(), no=lambda f: f["start"].dt.weekday),
        ("day", "no"),
    ),
    "a product and a year, and the price": (
        lambda: pd.DataFrame(
            {"product": rng().choice(list("ABCDEF"), N), "year": np.random.default_rng(8).integers(2019, 2024, N)}
        ).assign(price=lambda f: 5 + (f["product"].map(ord) * 37 + f["year"] * 53 + f["year"] % 3 * 11) % 97 / 4),
        ("product", "year", "price"),
    ),
    "a shop and a department of few rows each, and who leads it": (
        lambda: pd.DataFrame(
            {"shop": rng().integers(1, 11, N), "department": np.random.default_rng(8).integers(1, 11, N)}
        ).assign(lead=lambda f: [f"M{(x * 7 + y * 3) % 17}" for x, y in zip(f["shop"], f["department"], strict=True)]),
        ("shop", "department", "lead"),
    ),
    "whole-number columns": (
        lambda: by_code([i * 7 for i in range(12)]).rename(columns={"code": 0, "value": 1, "noise": 2}),
        (0, 1),
    ),
}


@pytest.mark.parametrize("case", DETERMINES)
def test_what_is_determined_is_so_in_every_row(case):
    make, names = DETERMINES[case]
    frame = make()
    out = scrambled(frame)
    assert pairs_of(out, *names) <= pairs_of(frame, *names)
    assert len(pairs_of(out, *names)) > 1


def temperatures():
    low = rng().normal(5, 8, N).round(1)
    r = np.random.default_rng(3)
    mean = (low + r.exponential(3, N)).round(1)
    return pd.DataFrame({"high": (mean + r.exponential(3, N)).round(1), "mean": mean, "low": low})


def gap_of(frame, form=None):
    first, last = (pd.to_datetime(frame[name], format=form) for name in ("start", "end"))
    return (last - first).dropna() / pd.Timedelta("1D")


ORDERS = {
    "end a day after the start": (stays, lambda f: gap_of(f).between(1, 30)),
    "ship within a week": (lambda: stays(0, 7), lambda f: gap_of(f).between(0, 7)),
    "dates": (lambda: stays(form="date"), lambda f: gap_of(f).between(1, 30)),
    "dates as text": (lambda: stays(form="%d/%m/%Y"), lambda f: gap_of(f, "%d/%m/%Y").between(1, 30)),
    "no end yet": (lambda: stays(null=0.6), lambda f: gap_of(f) >= 1),
    "nothing shipped yet, or the same day": (
        lambda: stays(0, 20, null=0.2).rename_axis(columns=None),
        lambda f: gap_of(f) >= 0,
    ),
    "neither date where nobody was placed": (
        lambda: stays(30, 200).assign(
            start=lambda f: f["start"].where(f["size"] > -0.5), end=lambda f: f["end"].where(f["size"] > -0.5)
        ),
        lambda f: gap_of(f) >= 1,
    ),
    "dates as text, the year first": (lambda: stays(0, 9, form="%Y-%m-%d"), lambda f: gap_of(f).between(0, 9)),
    "a death after a birth": (
        lambda: stays().assign(
            start=days(since="1920-01-01", most=9000),
            end=lambda f: after(f["start"], 400, 36000, 0.7),
        ),
        lambda f: gap_of(f) > 0,
    ),
    "moments of different units": (
        lambda: stays().assign(start=lambda f: f["start"].astype("datetime64[s]")),
        lambda f: gap_of(f).between(1, 30),
    ),
    "a date and a moment": (
        lambda: stays().assign(
            end=lambda f: after(f["start"], 60, 86400 * 5, unit="s"), start=lambda f: f["start"].dt.date
        ),
        lambda f: gap_of(f) > 0,
    ),
    "a moment in a time zone": (
        lambda: stays().assign(
            start=lambda f: f["start"].dt.tz_localize("Europe/Berlin"),
            end=lambda f: after(f["start"], 60, 86400 * 5, unit="s"),
        ),
        lambda f: gap_of(f) > 0,
    ),
    "a mean between the least and the greatest": (
        temperatures,
        lambda f: (f["low"] <= f["mean"]) & (f["mean"] <= f["high"]),
    ),
    "a discount that is at most the price": (
        lambda: pd.DataFrame({"price": rng().integers(5, 500, N)}).assign(
            discount=lambda f: (f["price"] * np.random.default_rng(4).random(N)).astype(int)
        ),
        lambda f: f["discount"] <= f["price"],
    ),
    "clock times": (
        lambda: pd.DataFrame({"open": rng().integers(0, 12, N)}).assign(
            shut=lambda f: [
                dt.time(int(h) + int(k), 30) for h, k in zip(f["open"], rng().integers(1, 11, N), strict=True)
            ],
            open=lambda f: [dt.time(int(h), 15) for h in f["open"]],
        ),
        lambda f: f["open"] < f["shut"],
    ),
}


@pytest.mark.parametrize("case", ORDERS)
def test_what_comes_later_does_so_in_every_row(case):
    make, check = ORDERS[case]
    frame = make()
    assert check(frame).all()
    out = scrambled(frame)
    assert len(check(out))
    assert check(out).all()


def test_rules_are_kept_by_a_fitted_model(tmp_path):
    out = walk(places(), tmp_path, n_samples=5000)
    assert pairs_of(out, "city", "state", "region") <= pairs_of(places(), "city", "state", "region")


def test_without_rules_they_may_be_broken(tmp_path):
    out = walk(places(), tmp_path, rules=False)
    assert not pairs_of(out, "city", "state") <= pairs_of(places(), "city", "state")


def test_independent_columns_have_no_rules():
    r = rng()
    levels = {f"c{k}": r.integers(k, size=300).astype(str) for k in (2, 3, 10, 60)}
    rare = {"rare": np.where(np.arange(300) < 2, "yes", "no")}
    found = findings(pd.DataFrame({**levels, **rare, "x": r.normal(size=300), "k": r.integers(50, size=300)}))
    assert found.rules.describe() == []
    assert found.near == ()


def test_a_rule_that_a_row_breaks_is_shown_and_not_kept():
    frame = places()
    wrong = "state 8" if frame["state"][17] != "state 8" else "state 7"
    frame.loc[17, "state"] = wrong
    found = findings(frame)
    assert "city determines state" not in found.rules.describe()
    near = next(one for one in found.near if one.columns == ("city", "state"))
    assert (near.row, near.n_broken) == (17, 1)
    assert repr(wrong) in near.describe()
