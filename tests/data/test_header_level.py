import pytest

from synthdiff.data.header_level import count_levels, join_levels
from synthdiff.data.io import read_table
from synthdiff.errors import SchemaError

ROWS = [["2024-01-02", "185.6", "59.1"], ["2024-01-03", "184.2", "59.3"]]


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ([["Price", "Close", "Close"], ["Ticker", "AAPL", "KO"], ["Date", "", ""]], ["Date", "AAPL", "KO"]),
        ([["Ticker", "KO", "KO"], ["Price", "Open", "Low"], ["Date", "", ""]], ["Date", "KO Open", "KO Low"]),
        ([["", "Close", "Close"], ["", "AAPL", "KO"]], ["", "AAPL", "KO"]),
        ([["a", "x", "x"], ["b", "y", "y"], ["c", "v", "w"], ["d", "", ""]], ["d", "x y v", "x y w"]),
    ],
)
def test_lines_of_names_are_joined(header, names):
    assert count_levels([*header, *ROWS]) == len(header) - 1
    assert join_levels(header) == names


@pytest.mark.parametrize(
    "records",
    [
        [["day", "open", "close"], *ROWS],
        [["day", "open", "close"], ["", "USD", "USD"], *ROWS],
        [["a", "b", "b"], ["x", "1", "2"]],
        [["a", "b", "b"], ["x", "y", "z"], ["x", "y", "z"]],
        [["a", "b", "c"], ["x", "y", "z"], ["u", "", ""], ["v", "w", "w"]],
        [["a"], ["b"], ["1"]],
        [["a", "b"]],
    ],
)
def test_other_headers_are_one_line(records):
    assert count_levels(records) == 0


def test_a_file_with_levels_is_a_table_with_plain_names(tmp_path):
    file = tmp_path / "prices.csv"
    file.write_text("Price,Close,Open\nTicker,KO,KO\nDate,,\n2024-01-02,59.1,58.9\n2024-01-03,59.3,59.2\n")
    table = read_table(file)
    assert table.column_names == ["Date", "Close KO", "Open KO"]
    assert table.column("Close KO").to_pylist() == [59.1, 59.3]
    file.write_text("id,name,name\n1,Ann,Lee\n2,Bob,Ray\n")
    with pytest.raises(SchemaError, match="two columns are called 'name'"):
        read_table(file)
