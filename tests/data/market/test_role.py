import numpy as np
import pytest

from synthdiff.data.market.role import infer_values
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
    assert infer_values({"x": column}) == {"x": values}


def test_nothing_can_be_said_of_a_constant_or_of_percent():
    with pytest.raises(DataError, match="'x' is 5 in all rows"):
        infer_values({"x": np.full(N, 5.0)})
    with pytest.raises(DataError, match="by 0.97 a step, which is 97%; if these are percent, divide by 100"):
        infer_values({"x": NOISE / NOISE.std() * 0.97})


def test_prices_in_majority_take_positive_columns_with_them():
    prices = {f"p{k}": 100.0 * np.exp(RNG.normal(0.0, 0.01, N).cumsum()) for k in range(3)}
    found = infer_values({**prices, "calm": 20.0 + NOISE, "spread": WALK - WALK.mean()})
    assert found == {**dict.fromkeys(prices, "price"), "calm": "price", "spread": "level"}
