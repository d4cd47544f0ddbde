import numpy as np
import pyarrow as pa
import pytest

from synthdiff.data.market.amount import decimal_mark, is_amount, read_amounts


def column(*cells):
    return pa.chunked_array([pa.array(cells, pa.string())])


@pytest.mark.parametrize(
    ("cells", "mark", "numbers"),
    [
        (["$1,234.56", "$0.07"], ".", [1234.56, 0.07]),
        (["1.234,56", "7,5"], ",", [1234.56, 7.5]),
        (["1.234.567,00", "12,00"], ",", [1234567.0, 12.0]),
        (["1 234,5 €", "12,0 €"], ",", [1234.5, 12.0]),
        (["1'234.50", "12.00"], ".", [1234.5, 12.0]),
        (["1,234,567", "1,234"], ".", [1234567.0, 1234.0]),
        (["12,34,567.50", "₹7"], ".", [1234567.5, 7.0]),
        (["0,125", "1,125"], ",", [0.125, 1.125]),
        (["1.2M", "340.5K"], ".", [1.2e6, 340_500.0]),
        (["1,2 Mrd.", "3,4 Mio."], ",", [1.2e9, 3.4e6]),
        (["-0.35%", "+1.20%"], ".", [-0.0035, 0.012]),
        (["(1,234.5)", "7.0"], ".", [-1234.5, 7.0]),
        (["−1.5", "$2"], ".", [-1.5, 2.0]),
        (["1,234", "5,678"], None, [1234.0, 5678.0]),
        (["1.5", "-", "N/A", "$2", None], ".", [1.5, np.nan, np.nan, 2.0, np.nan]),
    ],
)
def test_amounts_are_read(cells, mark, numbers):
    assert is_amount(column(*cells))
    assert decimal_mark(column(*cells)) == mark
    np.testing.assert_allclose(read_amounts(column(*cells), mark or "."), numbers, rtol=1e-12)


NONE = [["AAPL"], ["1.2M", "n. n."], ["007", "123"], ["2024-01-31"], ["9:30"], ["1-2"], [None], ["", "-"], ["1 2"]]


@pytest.mark.parametrize("cells", [*NONE, ["31.12.24"], ["1,2", "1.2.3"], ["1,23"] * 2 + ["4.56"] * 2 + ["1,2,3"]])
def test_other_text_is_none(cells):
    assert not is_amount(column(*cells))


def test_plain_digits_count_where_they_are_said_to():
    assert is_amount(column("1.5", "2e-7", "3"), plain=True)
    np.testing.assert_array_equal(read_amounts(column("1.5", "-2e-7", "3"), "."), [1.5, -2e-7, 3.0])
