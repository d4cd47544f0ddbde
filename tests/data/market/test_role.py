import numpy as np
import pytest

from synthdiff.data.market.role import infer_values
from synthdiff.data.market.vocabulary import hint_of
from synthdiff.errors import DataError

RNG = np.random.default_rng(0)
N = 400
WALK = RNG.normal(0.0, 0.01, N).cumsum()
NOISE = RNG.normal(0.0, 1.0, N)
TREND = np.linspace(0.0, 1.0, N)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (100.0 * np.exp(WALK), "price"),
        (100.0 * np.exp(WALK + TREND), "price"),
        (1e-9 * np.exp(WALK), "price"),
        (0.01 * NOISE, "return"),
        (0.01 * NOISE + 0.004, "return"),
        (0.01 * NOISE + 0.02, "level"),  # far from zero
        (-100.0 + NOISE, "level"),
        (WALK - WALK.mean(), "level"),  # a wandering spread
        (20.0 + NOISE, "level"),  # positive, but no walk
        (np.where(NOISE > 0.0, NOISE, 0.0), "level"),
        (np.where(TREND < 0.2, np.nan, 100.0 * np.exp(WALK)), "price"),
    ],
)
def test_the_rule(column, values):
    assert infer_values({"x": column})["x"].values == values


def test_nothing_can_be_said_of_a_constant_or_of_percent():
    with pytest.raises(DataError, match="'x' is 5 in all rows"):
        infer_values({"x": np.full(N, 5.0)})
    with pytest.raises(DataError, match="by 0.97 a step, which is 97%; if these are percent, divide by 100"):
        infer_values({"x": NOISE / NOISE.std() * 0.97})


def pulled_back():
    """A price that came back to its mean, as one in a hundred does by chance: t is -4.1."""
    logs = np.zeros(N)
    for t in range(1, N):
        logs[t] = 0.93 * logs[t - 1] + 0.01 * NOISE[t]
    return 50.0 * np.exp(logs)


def test_prices_in_majority_take_silent_columns_with_them_unless_these_come_back_beyond_doubt():
    prices = {f"p{k}": 100.0 * np.exp(RNG.normal(0.0, 0.01, N).cumsum()) for k in range(4)}
    found = infer_values({**prices, "calm": 20.0 + NOISE, "spread": WALK - WALK.mean(), "fund": pulled_back()})
    roles = {name: decision.values for name, decision in found.items()}
    assert roles == {**dict.fromkeys(prices, "price"), "calm": "level", "spread": "level", "fund": "price"}
    assert found["fund"].reason.certainty == "unsure"
    assert infer_values({"fund": pulled_back()})["fund"].values == "level"


def test_names_that_are_sure_decide_and_tickers_are_believed_where_numbers_allow():
    columns = {name: pulled_back() for name in ("Close", "MTUM", "VIX", "x0")}
    found = infer_values(columns, {name: hint_of(name) for name in columns})
    assert {name: decision.values for name, decision in found.items()} == {
        "Close": "price", "MTUM": "price", "VIX": "level", "x0": "level",
    }  # fmt: skip
    assert [found[name].reason.certainty for name in columns] == ["certain", "likely", "certain", "unsure"]
    assert found["Close"].reason.text == "by its name (close)"


def test_a_maturity_near_100_is_the_price_of_a_bond():
    found = infer_values({"US10Y": 100.0 + 100.0 * WALK}, {"US10Y": hint_of("US10Y")})["US10Y"]
    assert (found.values, found.reason.certainty) == ("price", "unsure")
    assert infer_values({"US10Y": 3.0 + WALK}, {"US10Y": hint_of("US10Y")})["US10Y"].values == "level"


def test_a_price_by_name_that_is_often_not_positive_is_refused_with_date_and_count():
    x = 100.0 * np.exp(WALK)
    x[50:90] = 0.0
    dates = np.datetime64("2024-01-01", "ns") + np.arange(N) * np.timedelta64(1, "D")
    with pytest.raises(DataError, match=r"40 of its 400 values are not positive, the first one 0 at 2024-02-20"):
        infer_values({"Close": x}, {"Close": hint_of("Close")}, dates)
    both = infer_values({"Close": 10.0 * (WALK - WALK.mean())}, {"Close": hint_of("Close")})["Close"]
    assert both.values == "level"


def test_percent_is_believed_where_the_name_says_so():
    for name in ("SPX", "ret", "Change %"):
        assert infer_values({name: NOISE}, {name: hint_of(name)})[name].values == "return"
