"""Columns that are computed of others are so in every row that comes out."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from tests.cases.scramble import N, days, findings, rng, scrambled, stays


def sale(**columns):
    r = rng()
    frame = pd.DataFrame({"net": r.gamma(2, 40, N).round(2), "note": r.integers(3, size=N)})
    return frame.assign(**columns)


def half_up(values, digits=2):
    return (np.floor(values * 10**digits + 0.5 + 1e-9) / 10**digits).round(digits)


def goods():
    r = rng()
    frame = pd.DataFrame(
        {
            "price": r.gamma(2, 30, N).round(2) + 0.5,
            "quantity": r.integers(1, 12, N),
            "discount": r.choice([0, 0.1, 0.2, 0.45], N),
        }
    )
    return frame.assign(sales=lambda f: (f["price"] * f["quantity"] * (1 - f["discount"])).round(2))


def near(x, y, most=0.00500001):
    return (x - y).abs() <= most


def shares():
    r = rng()
    frame = pd.DataFrame({"part": r.integers(0, 100, N)}).assign(total=lambda f: f["part"] + r.integers(1, 200, N))
    return frame.assign(percent=lambda f: (100 * f["part"] / f["total"]).round(1))


def spans(unit, digits=1):
    r = rng()
    start = days() + pd.to_timedelta(r.integers(0, 86_400, N), unit="s")
    frame = pd.DataFrame({"start": start, "end": start + pd.to_timedelta(r.integers(60, 9_000, N), unit="s")})
    return frame.assign(length=lambda f: ((f["end"] - f["start"]) / pd.Timedelta(unit)).round(digits))


def length_of(frame, unit):
    return (frame["end"] - frame["start"]) / pd.Timedelta(unit)


def moments():
    return days() + pd.to_timedelta(rng().integers(0, 86_400, N), unit="s")


def begins(at, unit):
    return at.dt.to_period(unit).dt.start_time


STARTS = {
    "the day as text": lambda at: at.dt.strftime("%d/%m/%Y"),
    "the month": lambda at: begins(at, "M"),
    "the month as text": lambda at: at.dt.strftime("%Y-%m"),
    "the month in digits": lambda at: at.dt.strftime("%Y%m").astype(int),
    "the week": lambda at: begins(at, "W-SUN"),
    "the week from Sunday": lambda at: begins(at, "W-SAT"),
    "the quarter": lambda at: at.dt.to_period("Q").astype(str),
    "the hour": lambda at: at.dt.floor("h"),
    "the minute as text": lambda at: at.dt.strftime("%Y-%m-%d %H:%M"),
    "the end of the month": lambda at: at.dt.normalize() + pd.offsets.MonthEnd(0),
    "the end of the quarter": lambda at: at.dt.normalize() + pd.offsets.QuarterEnd(0),
    "the clock": lambda at: at.dt.time,
    "the clock as text": lambda at: at.dt.strftime("%H:%M:%S"),
    "minutes": lambda at: at.dt.minute,
    "seconds": lambda at: at.dt.second,
}


@pytest.mark.parametrize("form", [None, "%Y-%m-%dT%H:%M:%S"])
@pytest.mark.parametrize("case", STARTS)
def test_what_a_calendar_says_of_a_moment_is_so_in_every_row(case, form):
    of = STARTS[case]
    frame = pd.DataFrame({"at": moments(), "x": rng().normal(size=N)}).assign(part=lambda f: of(f["at"]))
    if form is not None:
        frame["at"] = frame["at"].dt.strftime(form)
    made = scrambled(frame)
    assert made["part"].nunique() > 3
    assert (made["part"] == of(pd.to_datetime(made["at"]))).all()


ZONE = "America/New_York"
LOCAL = {
    "hour": lambda at: at.dt.hour,
    "day": lambda at: at.dt.tz_localize(None).dt.normalize(),
    "midnight": lambda at: at.dt.normalize(),
    "month": lambda at: at.dt.strftime("%Y-%m"),
    "weekday": lambda at: at.dt.day_name(),
    "clock": lambda at: at.dt.strftime("%H:%M:%S"),
}


@pytest.mark.parametrize("case", LOCAL)
def test_clocks_of_a_zone_say_it(case):
    of = LOCAL[case]
    at = moments().dt.tz_localize("UTC").dt.tz_convert(ZONE)
    made = scrambled(pd.DataFrame({"at": at, "x": rng().normal(size=N)}).assign(part=lambda f: of(f["at"])))
    assert made["part"].nunique() > 3
    assert (made["part"] == of(made["at"])).all()


FORMULAS = {
    "a percentage, never the parts of one": (
        shares,
        lambda f: near(f["percent"], 100 * f["part"] / f["total"], 0.0500001),
    ),
    "minutes with a decimal": (lambda: spans("1min"), lambda f: near(f["length"], length_of(f, "1min"), 0.0500001)),
    "hours with two decimals": (lambda: spans("1h", 2), lambda f: near(f["length"], length_of(f, "1h"))),
    "seconds": (lambda: spans("1s", 0), lambda f: near(f["length"], length_of(f, "1s"), 1e-6)),
    "pages, the last one not full": (
        lambda: pd.DataFrame({"size": rng().integers(1, 5_000, N)}).assign(pages=lambda f: -(-f["size"] // 25)),
        lambda f: f["pages"] == -(-f["size"] // 25),
    ),
    "miles at a rate of six digits": (
        lambda: sale(miles=lambda f: (0.621371 * f["net"]).round(1)),
        lambda f: near(f["miles"], 0.621371 * f["net"], 0.06),
    ),
    "tax at a rate": (
        lambda: sale(tax=lambda f: (0.19 * f["net"]).round(2)),
        lambda f: near(f["tax"], 0.19 * f["net"]),
    ),
    "tax rounded half up": (
        lambda: sale(tax=lambda f: half_up(0.075 * f["net"])),
        lambda f: near(f["tax"], half_up(0.075 * f["net"]), 1e-6),
    ),
    "tax cut off": (
        lambda: sale(tax=lambda f: np.floor(0.19 * f["net"] * 100 + 1e-9) / 100),
        lambda f: near(f["tax"], np.floor(0.19 * f["net"] * 100 + 1e-9) / 100, 1e-6),
    ),
    "net, tax and gross": (
        lambda: sale(tax=lambda f: (0.19 * f["net"]).round(2), gross=lambda f: (f["net"] + f["tax"]).round(2)),
        lambda f: near(f["gross"], f["net"] + f["tax"], 1e-6) & near(f["tax"], 0.19 * f["net"]),
    ),
    "gross alone": (
        lambda: sale(gross=lambda f: (1.19 * f["net"]).round(2)),
        lambda f: near(f["gross"], 1.19 * f["net"]),
    ),
    "decimals": (
        lambda: sale(
            tax=lambda f: [Decimal(str(x)) for x in (0.19 * f["net"]).round(2)],
            net=lambda f: [Decimal(str(x)) for x in f["net"]],
        ),
        lambda f: near(f["tax"].astype(float), 0.19 * f["net"].astype(float)),
    ),
    "Fahrenheit": (
        lambda: pd.DataFrame({"c": rng().normal(10, 9, N).round(1)}).assign(f=lambda f: (1.8 * f["c"] + 32).round(1)),
        lambda f: near(f["f"], 1.8 * f["c"] + 32, 0.0500001),
    ),
    "kilograms and grams": (
        lambda: pd.DataFrame({"kg": rng().gamma(3, 20, N).round(3)}).assign(
            g=lambda f: (1000 * f["kg"]).round().astype(int)
        ),
        lambda f: near(f["g"], 1000 * f["kg"], 1e-6),
    ),
    "a total of four": (
        lambda: pd.DataFrame({k: rng().spawn(4)[i].gamma(2, 9, N).round(2) for i, k in enumerate("abcd")}).assign(
            total=lambda f: f.sum(axis=1).round(2)
        ),
        lambda f: near(f["total"], f["a"] + f["b"] + f["c"] + f["d"], 1e-6),
    ),
    "counts that add up": (
        lambda: pd.DataFrame({"men": rng().integers(0, 90, N), "women": rng().spawn(1)[0].integers(0, 90, N)}).assign(
            all=lambda f: f["men"] + f["women"]
        ),
        lambda f: f["all"] == f["men"] + f["women"],
    ),
    "a profit": (
        lambda: sale(
            cost=lambda f: np.random.default_rng(8).gamma(2, 30, N).round(2),
            profit=lambda f: (f["net"] - f["cost"]).round(2),
        ),
        lambda f: near(f["profit"], f["net"] - f["cost"], 1e-6),
    ),
    "price times quantity": (
        lambda: goods().assign(discount=0, sales=lambda f: (f["price"] * f["quantity"]).round(2)),
        lambda f: near(f["sales"], f["price"] * f["quantity"]),
    ),
    "what a discount leaves": (goods, lambda f: near(f["sales"], f["price"] * f["quantity"] * (1 - f["discount"]))),
    "mass index": (
        lambda: pd.DataFrame(
            {"kg": rng().normal(75, 12, N).round(1), "cm": np.random.default_rng(9).integers(150, 200, N)}
        ).assign(bmi=lambda f: (f["kg"] / (f["cm"] / 100) ** 2).round(1)),
        lambda f: near(f["bmi"], f["kg"] / (f["cm"] / 100) ** 2, 0.0500001),
    ),
    "missing with what it is computed of": (
        lambda: sale(
            net=lambda f: f["net"].where(np.random.default_rng(8).random(N) < 0.8),
            tax=lambda f: (0.19 * f["net"]).round(2),
        ),
        lambda f: near(f["tax"], 0.19 * f["net"]) | (f["tax"].isna() & f["net"].isna()),
    ),
    "the year of a date": (
        lambda: stays().assign(year=lambda f: f["start"].dt.year),
        lambda f: f["year"] == f["start"].dt.year,
    ),
    "the weekday of a moment": (
        lambda: stays().assign(day=lambda f: f["start"].dt.weekday + 1),
        lambda f: f["day"] == f["start"].dt.weekday + 1,
    ),
    "month and quarter": (
        lambda: stays().assign(m=lambda f: f["start"].dt.month, q=lambda f: f["start"].dt.quarter),
        lambda f: (f["m"] == f["start"].dt.month) & (f["q"] == f["start"].dt.quarter),
    ),
    "days of a stay": (
        lambda: stays().assign(n=lambda f: (f["end"] - f["start"]).dt.days),
        lambda f: (f["n"] == (f["end"] - f["start"]).dt.days) & (f["n"] >= 1),
    ),
    "a stay as a duration": (
        lambda: stays().assign(n=lambda f: f["end"] - f["start"]),
        lambda f: (f["n"] == f["end"] - f["start"]) & (f["n"] >= pd.Timedelta("1D")),
    ),
    "age at a date": (
        lambda: pd.DataFrame(
            {"born": days(since="1930-01-01", most=20_000), "seen": days(since="2010-01-01", seed=4)}
        ).assign(age=lambda f: years(f["born"], f["seen"])),
        lambda f: f["age"] == years(f["born"], f["seen"]),
    ),
    "the day of a moment": (
        lambda: pd.DataFrame({"at": days() + pd.to_timedelta(rng().integers(0, 86_400, N), "s")}).assign(
            day=lambda f: f["at"].dt.date
        ),
        lambda f: f["day"] == f["at"].dt.date,
    ),
    "whole minutes between moments": (
        lambda: pd.DataFrame({"on": days()}).assign(
            off=lambda f: f["on"] + pd.to_timedelta(rng().integers(60, 86_400, N), "s"),
            minutes=lambda f: (f["off"] - f["on"]) // pd.Timedelta("1min"),
        ),
        lambda f: f["minutes"] == (f["off"] - f["on"]) // pd.Timedelta("1min"),
    ),
}


def years(born, seen):
    had = (seen.dt.month > born.dt.month) | ((seen.dt.month == born.dt.month) & (seen.dt.day >= born.dt.day))
    return seen.dt.year - born.dt.year - 1 + had


@pytest.mark.parametrize("case", FORMULAS)
def test_what_is_computed_is_so_in_every_row(case):
    make, check = FORMULAS[case]
    frame = make()
    assert check(frame).all()
    assert check(scrambled(frame)).all()


def test_a_rate_is_shown_in_its_simplest_form():
    assert findings(FORMULAS["net, tax and gross"][0]()).rules.describe() == ["tax = 0.19 x net", "gross = net + tax"]
    assert "f = 1.8 x c + 32" in findings(FORMULAS["Fahrenheit"][0]()).rules.describe()


def independent(seed):
    r = np.random.default_rng(seed)
    n = int(r.integers(20, 201))
    kinds = [
        lambda: r.normal(50, 20, n).round(int(r.integers(0, 4))),
        lambda: r.lognormal(3, 1, n).round(2),
        lambda: r.integers(0, int(r.choice([2, 5, 10, 100, 1_000])), n),
        lambda: [f"L{i}" for i in r.integers(0, int(r.choice([2, 3, 6, 15, 40])), n)],
        lambda: r.choice(["yes", "no"], n, p=[0.97, 0.03]),
        lambda: pd.Timestamp("2020-01-01") + pd.to_timedelta(r.integers(0, 1_500, n), unit="D"),
        lambda: np.where(r.random(n) > 0.3, r.normal(size=n), np.nan),
        lambda: r.poisson(1.5, n),
    ]
    return pd.DataFrame({f"c{j}": kinds[int(r.integers(len(kinds)))]() for j in range(int(r.integers(4, 13)))})


def test_small_tables_of_columns_without_links_have_no_rules():
    said = {seed: found.describe() for seed in range(30) if (found := findings(independent(seed))).describe()}
    assert said == {}
