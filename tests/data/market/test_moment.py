import numpy as np
import pyarrow as pa
import pytest

from synthdiff.data.market.moment import name_row, read_moments
from synthdiff.errors import DataError


def moments(*texts):
    return np.array(texts, "datetime64[ns]")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["2024-01-31", "2024-02-29"], moments("2024-01-31", "2024-02-29")),
        (["2024-01-31 16:30:00.25", "2024-02-29 00:00:00"], moments("2024-01-31T16:30:00.25", "2024-02-29")),
        (["2024-01-31T16:30:00Z", "2024-02-29T16:30:00Z"], moments("2024-01-31T16:30", "2024-02-29T16:30")),
        (["2024-01-31 00:00:00-05:00", "2024-07-29 00:00:00-04:00"], moments("2024-01-31", "2024-07-29")),
        (["2024-11-03 01:00:00-04:00", "2024-11-03 01:00:00-05:00"], moments("2024-11-03T05:00", "2024-11-03T06:00")),
        ([" 01/31/2024", "02/01/2024 "], moments("2024-01-31", "2024-02-01")),
        (["31/01/2024", "01/02/2024"], moments("2024-01-31", "2024-02-01")),
        (["01/02/2024", "01/03/2024", "01/02/2025"], moments("2024-01-02", "2024-01-03", "2025-01-02")),
        (["11/01/2024", "12/01/2024", "01/02/2024"], moments("2024-01-11", "2024-01-12", "2024-02-01")),
        (["1/2/24", "1/3/24"], moments("2024-01-02", "2024-01-03")),
        (["31.01.2024 16:30", "01.02.2024 09:00"], moments("2024-01-31T16:30", "2024-02-01T09:00")),
        (["2-Jan-2024", "3-Jan-2024"], moments("2024-01-02", "2024-01-03")),
        (["2024-01", "2024-02"], moments("2024-01-01", "2024-02-01")),
        (["20240131", "20240201"], moments("2024-01-31", "2024-02-01")),
    ],
)
def test_text_is_read(cells, expected):
    for dtype in (pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())):
        column = pa.chunked_array([pa.array(cells, pa.string()).cast(dtype)])
        np.testing.assert_array_equal(read_moments("when", column), expected)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([2023, 2024], moments("2023-01-01", "2024-01-01")),
        ([20240131, 20240201], moments("2024-01-31", "2024-02-01")),
        ([1706659200, 1706745600], moments("2024-01-31", "2024-02-01")),
        ([1706659200000, 1706745600000], moments("2024-01-31", "2024-02-01")),
        ([1706659200000000, 1706745600000000], moments("2024-01-31", "2024-02-01")),
        ([1706659200000000000, 1706745600000000000], moments("2024-01-31", "2024-02-01")),
    ],
)
def test_integers_are_read_where_the_name_says_so(cells, expected):
    column = pa.chunked_array([cells])
    np.testing.assert_array_equal(read_moments("date", column), expected)
    np.testing.assert_array_equal(read_moments("x", column, is_named=True), expected)
    assert read_moments("x", column) is None


@pytest.mark.parametrize("cells", [["SPX", "NDX"], ["1.5", "2.5"], [1.0, 2.0], [7, 8], [None, "x"], [True, False]])
def test_other_columns_are_none(cells):
    assert read_moments("x", pa.chunked_array([cells])) is None


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (pa.array(["2024-01-31", None]), "row 1 has no date"),
        (pa.array(["31.01.2024", "yesterday"]), "row 1: 'yesterday' is not written like"),
        (pa.array(["yesterday"]), "'yesterday', which is no date"),
        (pa.array([None], pa.string()), "None, which is no date"),
        (pa.array([1.5]), "holds double, which is no date"),
        (pa.array([-(10**12)], pa.timestamp("s")), "outside 1678 to 2262"),
    ],
)
def test_what_is_no_moment_is_refused(column, words):
    with pytest.raises(DataError, match=words):
        read_moments("date", pa.chunked_array([column]), is_named=True)


@pytest.mark.parametrize(
    ("text", "name"),
    [("2024-01-20", "2024-01-20"), ("2024-01-20T10:00", "2024-01-20 10:00"), ("2024-01-20T10:00:30", None)],
)
def test_rows_are_called_by_their_dates(text, name):
    assert name_row(moments(text), 0) == (name or text.replace("T", " "))
    assert name_row(None, 3) == "row 3"
