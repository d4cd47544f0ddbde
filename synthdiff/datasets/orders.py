"""A table of orders, line by line: columns that determine others, dates in order, sums and rates, all known."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synthdiff.datasets.name import group_rows, made_up_words
from synthdiff.parameter import checked
from synthdiff.rule import SEED, Integer

Ints = npt.NDArray[np.int64]
Columns = dict[str, Any]

FIRST_ORDER = np.datetime64("2021-01-01", "D")
N_DAYS = 4 * 365
MODES = ("Same Day", "First Class", "Second Class", "Standard Class")
SHIP_DAYS = ((0, 0), (1, 3), (2, 5), (4, 7))
SEGMENTS = ("Consumer", "Corporate", "Home Office")
REGIONS = ("North", "East", "South", "West")
GOODS = {
    "Furniture": ("Chairs", "Tables", "Shelves", "Lamps"),
    "Office Supplies": ("Paper", "Binders", "Labels", "Storage", "Pens", "Envelopes"),
    "Technology": ("Phones", "Printers", "Copiers", "Accessories"),
}
TAX = 0.19
DISCOUNTS = (0.0, 0.1, 0.2, 0.3, 0.5)
N_STATES, N_CITIES = 24, 160


@checked(n_rows=Integer(1, 10**7), random_state=SEED)
def make_orders(n_rows: int = 5_000, random_state: int = 0) -> pd.DataFrame:
    """Make a table of orders of which it is known what follows from what.

    Parameters
    ----------
    n_rows : int
        Number of rows, at least 1: a row is one line of an order.
    random_state : int
        Seed; the same one gives the same table. Not negative.

    Returns
    -------
    pandas.DataFrame
        25 columns. In every row, and for every two rows that agree in the column on the left:

        =============  ============================================================================================
        order_id       determines order_date, ship_date, ship_mode, customer_id, city; about two rows each
        customer_id    determines customer_name, segment; about ten rows each
        city           determines state, and postal_code determines city
        state          determines region
        product_id     determines category, sub_category, product_name, unit_price
        sub_category   determines category
        order_year     the year of order_date
        ship_date      0 to 7 days after order_date, by ship_mode: `SHIP_DAYS`
        net            unit_price x quantity x (1 - discount), rounded to cents
        tax            0.19 x net, rounded to cents
        gross          net + tax
        profit         net - cost, where cost is drawn
        country        one value
        =============  ============================================================================================

    Raises
    ------
    ConfigError
        ``n_rows`` is below 1.

    Examples
    --------
    >>> int(make_orders(100).groupby("product_id")["unit_price"].nunique().max())
    1
    """
    streams = np.random.default_rng(random_state).spawn(4)
    order, line = group_rows(streams[0].geometric(0.5, n_rows), n_rows)
    head = _orders(streams[1], int(order[-1]) + 1)
    columns = {name: cells[order] for name, cells in head.items()}
    columns |= _goods(streams[2], n_rows) | _money(streams[3], n_rows, line)
    frame = pd.DataFrame(columns)
    net = (frame["unit_price"] * frame["quantity"] * (1 - frame["discount"])).round(2)
    tax = (TAX * net).round(2)
    cost = (net * frame.pop("margin")).round(2)
    return frame.assign(net=net, tax=tax, gross=(net + tax).round(2), cost=cost, profit=(net - cost).round(2))


def _orders(rng: np.random.Generator, n: int) -> Columns:
    n_customers = max(n // 5, 1)
    customer = (n_customers * rng.random(n) ** 1.3).astype(np.int64)
    words = made_up_words(rng, 2_000)
    names = np.array([f"{a} {b}" for a, b in rng.choice(words, (n_customers, 2))], dtype=object)
    codes = np.array([f"{name[0]}{name.split()[1][0]}-{10_000 + 7 * k}" for k, name in enumerate(names)], dtype=object)
    date = FIRST_ORDER + (N_DAYS * rng.random(n) ** 0.8).astype(np.int64)
    mode = rng.choice(len(MODES), n, p=(0.05, 0.15, 0.2, 0.6))
    low, high = np.array(SHIP_DAYS).T
    year = date.astype("datetime64[Y]").astype(np.int64) + 1970
    number = 100_000 + rng.choice(9 * max(n, 100_000), n, replace=False)
    return {
        "order_id": np.array([f"OR-{y}-{k:06d}" for y, k in zip(year, number, strict=True)], dtype=object),
        "order_date": date.astype("datetime64[ms]"),
        "order_year": year,
        "ship_date": (date + rng.integers(low[mode], high[mode] + 1)).astype("datetime64[ms]"),
        "ship_mode": np.array(MODES, dtype=object)[mode],
        "customer_id": codes[customer],
        "customer_name": names[customer],
        "segment": np.array(SEGMENTS, dtype=object)[rng.choice(3, n_customers, p=(0.5, 0.3, 0.2))[customer]],
    } | _places(rng, n)


def _places(rng: np.random.Generator, n: int) -> Columns:
    words = made_up_words(rng, N_STATES + N_CITIES)
    state_of = rng.integers(N_STATES, size=N_CITIES)
    city = (N_CITIES * rng.random(n) ** 1.7).astype(np.int64)
    postcode = 10_000 + 500 * np.arange(N_CITIES) + 17 * rng.integers(3, size=N_CITIES)
    return {
        "city": words[N_STATES:][city],
        "state": words[:N_STATES][state_of[city]],
        "region": np.array(REGIONS, dtype=object)[state_of[city] % len(REGIONS)],
        "country": np.full(n, "Home", dtype=object),
        "postal_code": postcode[city] + rng.integers(2, size=n),
    }


def _goods(rng: np.random.Generator, n_rows: int) -> Columns:
    n = int(np.clip(n_rows // 8, 10, 1_500))
    kinds = [(category, kind) for category, own in GOODS.items() for kind in own]
    kind = rng.integers(len(kinds), size=n)
    words = made_up_words(rng, n)
    product = (n * rng.random(n_rows) ** 1.2).astype(np.int64)
    categories, subs = (np.array(names, dtype=object)[kind] for names in zip(*kinds, strict=True))
    codes = [
        f"{a[:3].upper()}-{b[:2].upper()}-{10_000_000 + 37 * k}"
        for k, (a, b) in enumerate(zip(categories, subs, strict=True))
    ]
    price = np.exp(rng.normal(np.array([4.2, 2.4, 4.8])[np.array([list(GOODS).index(c) for c in categories])], 0.7))
    return {
        "product_id": np.array(codes, dtype=object)[product],
        "category": categories[product],
        "sub_category": subs[product],
        "product_name": (words + " " + subs)[product],
        "unit_price": (price.round(1) + 0.49).round(2)[product],
    }


def _money(rng: np.random.Generator, n_rows: int, line: Ints) -> Columns:
    return {
        "quantity": 1 + rng.poisson(np.where(line > 0, 2.0, 3.0)),
        "discount": rng.choice(DISCOUNTS, n_rows, p=(0.5, 0.15, 0.2, 0.1, 0.05)),
        "margin": rng.beta(6, 2.5, n_rows),
    }
