import pyarrow as pa
import pytest

from synthdiff.errors import DataError, SchemaError
from synthdiff.finance.holding import read_holdings


def test_columns_are_found_whatever_their_case_and_order():
    table = pa.table({"Weight ": [0.6, -0.1], "note": ["a", "b"], "ASSET": [" SPX", "GOLD"]})
    assert read_holdings(table) == {"SPX": 0.6, "GOLD": -0.1}


def test_codes_and_percentages_are_read():
    assert read_holdings(pa.table({"asset": [600519, 700], "weight": ["60 %", " 0.4"]})) == {"600519": 0.6, "700": 0.4}


@pytest.mark.parametrize(
    ("columns", "error", "words"),
    [
        ({"asset": ["A"], "wieght": [1.0]}, SchemaError, "no column 'weight'.*wieght"),
        ({"name": ["A"], "weight": [1.0]}, SchemaError, "no column 'asset'"),
        ({"asset": ["A", "A"], "weight": [0.5, 0.5]}, DataError, "'A' is in the weights twice, again in row 1"),
        ({"asset": ["A", None], "weight": [0.5, 0.5]}, DataError, "row 1 of the weights names no asset"),
        ({"asset": ["A"], "weight": ["much"]}, DataError, "weight of 'A' is 'much' in row 0"),
        ({"asset": ["A"], "weight": [float("inf")]}, DataError, "weight of 'A' is inf in row 0"),
        ({"asset": ["A"], "weight": pa.array([None], pa.float64())}, DataError, "weight of 'A' is None"),
        ({"asset": pa.array([], pa.string()), "weight": pa.array([], pa.float64())}, DataError, "no rows"),
    ],
)
def test_what_is_no_portfolio_is_refused(columns, error, words):
    with pytest.raises(error, match=words):
        read_holdings(pa.table(columns))
