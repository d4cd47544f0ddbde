"""A table of customers: every kind of column that a table has, drawn from a stated law."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synthdiff.parameter import checked
from synthdiff.rule import SEED, Integer, RandomState

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Columns = dict[str, Any]

AS_OF = np.datetime64("2025-01-01", "ms")
FIRST_SIGNUP = np.datetime64("2018-01-01", "ms")
SEGMENTS = ("private", "student", "small business", "enterprise")
PLANS = ("basic", "standard", "plus", "premium")
PRICES = (9.99, 19.99, 39.99, 79.99)
STUDENT_PRICES = (7.99, 15.99, 31.99, 63.99)
REGIONS = ("Bavaria", "Berlin", "Hamburg", "Hesse", "Lower Saxony", "Saxony", "Westphalia", "Saarland")
LOG_INCOME = (10.4, 9.1, 10.7, 11.3)  # at the age of 40, by segment
AGE_MISSING = (0.05, 0.05, 0.30, 0.30)  # by segment
INCOME_MISSING = (0.08, 0.35, 0.15, 0.60)  # by segment
NEVER_LOGGED_IN = (0.12, 0.05, 0.05, 0.05)  # by plan
UNUSED = (0.45, 0.30, 0.15, 0.08)  # of those who ever logged in, by plan

_SPAN = int((AS_OF - FIRST_SIGNUP) / np.timedelta64(1, "D"))
_SEGMENT_SHARE = (0.62, 0.13, 0.19, 0.06)
_PLAN_SHARE = ((0.45, 0.35, 0.15, 0.05), (0.70, 0.22, 0.07, 0.01), (0.10, 0.35, 0.40, 0.15), (0.01, 0.09, 0.30, 0.60))
_REGION_SHARE = (0.24, 0.14, 0.09, 0.12, 0.13, 0.08, 0.20, 0.0)
_AGE_MEAN, _AGE_SPREAD = (46.0, 23.0, 44.0, 44.0), (15.0, 3.0, 11.0, 11.0)
_AGE_LOW, _AGE_HIGH = (18, 18, 20, 20), (90, 35, 75, 75)
_TOPICS = ("the invoice", "a missing parcel", "the new plan", "a refund", "the app", "a change of address", "roaming")
_OUTCOMES = ("solved at once", "called back the day after", "sent a letter", "passed on to billing", "no reply so far")


@checked(n_rows=Integer(1, 10**9), random_state=SEED)
def make_customers(n_rows: int = 10_000, random_state: RandomState = 0) -> pd.DataFrame:
    """Make a table of a telephone company's customers whose law is known.

    Parameters
    ----------
    n_rows : int
        Number of rows, at least 1. Rows are independent.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None
        Seed, or what one is drawn from; the same one gives the same table. Not negative.

    Returns
    -------
    pandas.DataFrame
        25 columns, in this order; "iff" holds in every row.

        ================  =============================  ===============================================================
        customer_id       str, as ``C-0004711``          unique, in no order
        signup            datetime64[ms]                 whole days of 2018-2024, more of the later ones
        tenure            timedelta64[ms]                2025-01-01 minus signup, exactly
        segment           str                            one of ``SEGMENTS``
        is_business       bool                           iff segment is small business or enterprise
        age               Int16, null                    normal by segment; null by ``AGE_MISSING``
        income            float64, NaN                   ln income is normal, mean ``LOG_INCOME`` + .02 (age - 40)
                                                         - .0008 (age - 40)^2, sd .35; whole hundreds; NaN by
                                                         ``INCOME_MISSING``
        region            category                       seven levels; the eighth, Saarland, has no row
        country           str                            DE in every row
        postcode          int32                          its ten thousands are 1 + the position of the region
        billing_postcode  int32                          = postcode in 90 % of the rows, else that of another row
        plan              category, ordered              basic < standard < plus < premium, dearer for businesses
        monthly_fee       float64                        by plan: ``PRICES``, of students ``STUDENT_PRICES``
        last_login        datetime64[us, Europe/Berlin]  signup or later, mostly the last months; NaT (never) by
                                                         ``NEVER_LOGGED_IN``
        newsletter        boolean, null                  True for .2 + .006 age; null iff last_login is
        minutes_used      float64                        0 if never logged in, 0 by ``UNUSED`` else; gamma otherwise
        churn_score       float32                        in (0, 1); higher without use, lower with a dearer plan
        n_orders          Int32, null                    Poisson(.5 + .5 plan + .3 years of tenure); null iff segment
                                                         is enterprise
        order_value       float64, NaN                   two decimals; 0 iff n_orders is, NaN iff n_orders is null
        shipping          float64, NaN                   4.90 an order; 0 from an order_value of 100 on
        total             float64, NaN                   order_value + shipping, to the cent
        refunds           float64, NaN                   0 in 90 % of the rows, = total in 2 %, never above it
        n_tickets         Int16, null                    Poisson(.3 + .3 plan); null iff plan is basic
        balance           Decimal, two decimals          minus 0, 1 or 2 monthly fees (85, 10, 5 % of the rows)
        note              str, null                      free text in 20 % of the rows
        ================  =============================  ===============================================================

    Raises
    ------
    ConfigError
        ``n_rows`` is below 1.

    Examples
    --------
    >>> make_customers(3)[["segment", "plan", "monthly_fee"]].shape
    (3, 3)
    """
    streams = np.random.default_rng(SEED.read(random_state)).spawn(len(_PARTS) + 1)
    hidden = _draw_hidden(streams[0], n_rows)
    columns: Columns = {}
    for part, rng in zip(_PARTS, streams[1:], strict=True):
        columns |= part(rng, hidden)
    return pd.DataFrame(columns)


@dataclass(frozen=True)
class _Hidden:
    """What the columns are drawn from, one entry a row; `age` has no gaps."""

    segment: Ints
    plan: Ints
    age: Floats
    days: Ints  # from FIRST_SIGNUP to the signup
    silent: Bools  # never logged in

    @property
    def years(self) -> Floats:
        return (_SPAN - self.days) / 365.25

    @property
    def fee(self) -> Floats:
        student = self.segment == SEGMENTS.index("student")
        return np.where(student, np.take(STUDENT_PRICES, self.plan), np.take(PRICES, self.plan))


def _draw_hidden(rng: np.random.Generator, n_rows: int) -> _Hidden:
    segment = rng.choice(len(SEGMENTS), n_rows, p=_SEGMENT_SHARE)
    bounds = np.cumsum(_PLAN_SHARE, axis=1)[segment, :-1]
    plan = (rng.random((n_rows, 1)) >= bounds).sum(axis=1)
    age = rng.normal(np.take(_AGE_MEAN, segment), np.take(_AGE_SPREAD, segment))
    age = np.clip(age.round(), np.take(_AGE_LOW, segment), np.take(_AGE_HIGH, segment))
    days = (_SPAN * rng.random(n_rows) ** 0.7).astype(np.int64)
    return _Hidden(segment, plan, age, days, rng.random(n_rows) < np.take(NEVER_LOGGED_IN, plan))


def _person(rng: np.random.Generator, hidden: _Hidden) -> Columns:
    n_rows = len(hidden.segment)
    number = rng.permutation(3 * n_rows)[:n_rows] + 1
    signup = FIRST_SIGNUP + hidden.days.astype("timedelta64[D]").astype("timedelta64[ms]")
    past_40 = hidden.age - 40
    log_income = np.take(LOG_INCOME, hidden.segment) + 0.02 * past_40 - 0.0008 * past_40**2
    income = np.exp(log_income + 0.35 * rng.standard_normal(n_rows)).round(-2)
    income[rng.random(n_rows) < np.take(INCOME_MISSING, hidden.segment)] = np.nan
    return {
        "customer_id": "C-" + pd.Series(number).astype(str).str.zfill(7),
        "signup": signup,
        "tenure": AS_OF - signup,
        "segment": np.array(SEGMENTS, dtype=object)[hidden.segment],
        "is_business": hidden.segment >= SEGMENTS.index("small business"),
        "age": _nullable(hidden.age, rng.random(n_rows) < np.take(AGE_MISSING, hidden.segment), "Int16"),
        "income": income,
    }


def _place(rng: np.random.Generator, hidden: _Hidden) -> Columns:
    n_rows = len(hidden.segment)
    region = rng.choice(len(REGIONS), n_rows, p=_REGION_SHARE)
    places = 10_000 * (region + 1) + 37 * (40 * rng.random(n_rows) ** 2).astype(np.int64)  # 40 a region, unevenly
    elsewhere = rng.random(n_rows) < 0.1
    return {
        "region": pd.Categorical.from_codes(region, pd.Index(REGIONS)),
        "country": np.full(n_rows, "DE", dtype=object),
        "postcode": places.astype(np.int32),
        "billing_postcode": np.where(elsewhere, rng.permutation(places), places).astype(np.int32),
    }


def _contract(rng: np.random.Generator, hidden: _Hidden) -> Columns:
    n_rows = len(hidden.segment)
    # Exponential from the last day backwards, cut at the signup: last logins crowd at the end.
    tenure = hidden.years * 365.25 * 86_400
    ago = -45 * 86_400 * np.log1p(-rng.random(n_rows) * -np.expm1(-tenure / (45 * 86_400)))
    login = AS_OF.astype("datetime64[us]") - (ago * 1e6).astype("timedelta64[us]").astype("timedelta64[s]")
    asked = rng.random(n_rows) < 0.2 + 0.006 * hidden.age
    return {
        "plan": pd.Categorical.from_codes(hidden.plan, pd.Index(PLANS), ordered=True),
        "monthly_fee": hidden.fee,
        "last_login": pd.Series(login).mask(hidden.silent).dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin"),
        "newsletter": _nullable(asked, hidden.silent, "boolean"),
    }


def _use(rng: np.random.Generator, hidden: _Hidden) -> Columns:
    n_rows = len(hidden.segment)
    unused = hidden.silent | (rng.random(n_rows) < np.take(UNUSED, hidden.plan))
    minutes = rng.gamma(1.5, np.take((40.0, 90.0, 160.0, 300.0), hidden.plan)).round(1).clip(0.1)
    score = 1 / (1 + np.exp(1.2 - 1.4 * unused + 0.4 * hidden.plan - 0.5 * rng.standard_normal(n_rows)))
    return {"minutes_used": np.where(unused, 0.0, minutes), "churn_score": score.astype(np.float32)}


def _orders(rng: np.random.Generator, hidden: _Hidden) -> Columns:
    n_rows = len(hidden.segment)
    missing = hidden.segment == SEGMENTS.index("enterprise")
    n_orders = rng.poisson(0.5 + 0.5 * hidden.plan + 0.3 * hidden.years)
    # In cents, so that sums are exact.
    value = np.where(n_orders > 0, rng.gamma(np.maximum(2 * n_orders, 1), 1_800).astype(np.int64) + 1, 0)
    shipping = np.where(value < 10_000, 490 * n_orders, 0)
    total = value + shipping
    part = np.where(rng.random(n_rows) < 0.2, 1.0, rng.beta(2, 3, n_rows))
    refunds = np.where(rng.random(n_rows) < 0.1, (total * part).astype(np.int64), 0)
    cents = {"order_value": value, "shipping": shipping, "total": total, "refunds": refunds}
    euros = {name: np.where(missing, np.nan, amount / 100) for name, amount in cents.items()}
    return {"n_orders": _nullable(n_orders, missing, "Int32"), **euros}


def _paper(rng: np.random.Generator, hidden: _Hidden) -> Columns:
    n_rows = len(hidden.segment)
    months = rng.choice(3, n_rows, p=(0.85, 0.10, 0.05))
    owed = (hidden.fee * 100).round().astype(np.int64) * months
    return {
        "n_tickets": _nullable(rng.poisson(0.3 + 0.3 * hidden.plan), hidden.plan == 0, "Int16"),
        "balance": [Decimal(-int(cents)).scaleb(-2) for cents in owed],
        "note": _notes(rng, n_rows),
    }


def _notes(rng: np.random.Generator, n_rows: int) -> pd.Series:
    topic, outcome = (pd.Series(rng.choice(words, n_rows)) for words in (_TOPICS, _OUTCOMES))
    number = pd.Series(rng.integers(10_000, 100_000, n_rows)).astype(str)
    notes = "Asked about " + topic + " (case " + number + "); " + outcome + "."
    return notes.where(rng.random(n_rows) < 0.2, None)


def _nullable(values: npt.NDArray[Any], missing: Bools, dtype: str) -> Any:
    column: Any = pd.Series(values)  # a type that depends on the name of a dtype is more than the stubs can say
    return column.astype(dtype).mask(missing)


_PARTS: tuple[Callable[[np.random.Generator, _Hidden], Columns], ...] = (
    _person,
    _place,
    _contract,
    _use,
    _orders,
    _paper,
)
