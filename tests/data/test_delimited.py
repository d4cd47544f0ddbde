import gzip

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthdiff.data.delimited import read_csv
from synthdiff.data.frame import to_table
from synthdiff.data.io import open_writer, read_table
from synthdiff.data.parse import parse_cells
from synthdiff.errors import DataError, SchemaError


def write(path, text):
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def rewritten(path):
    """The bytes of a file that is read, goes through a frame, and is written in two pieces."""
    table, kind = to_table(read_table([path]))
    copy = path.with_name("copy_" + path.name)
    with open_writer(copy, kind=kind, force=True) as writer:
        writer.write(table.slice(0, 1))
        writer.write(table.slice(1))
    return copy.read_bytes()


FILES = {
    "plain": "a,b\n1,x\n2,y\n",
    "semicolons": "a;b\n1;x,y\n2;z\n",
    "tabs": "a\tb\n1\tx\n2\t\n",
    "quoted": 'a,"b,c"\n1,"x ""y"""\n2,"line\nline"\n',
    "missing": "a,b,c\n1,,2.5\n,x,\n3,y,1.0\n",
    "empty string": 'a,b\n1,""\n2,\n',
    "leading zeros": "zip,n\n02139,1\n94107,2\n",
    "two decimals": "price,n\n7.50,1\n10.00,2\n-0.05,3\n",
    "whole floats": "x,n\n7.0,1\n10.25,2\n",
    "bare floats": "x,n\n7,1\n10.25,2\n",
    "NA": "x,y,z\n1,NA,2020-01-01\nNA,0.5,NA\n",
    "question marks": "x,y\n1,?\n?,z\n",
    "booleans": "x,y\nTrue,FALSE\nFalse,TRUE\n",
    "dates": "x,y\n2020-01-31,31/01/2020 10:00\n2020-02-29,29/02/2020 23:59\n",
    "large": "x,y\n18446744073709551615,1e+300\n1,1e-300\n",
    "one column": "x\n1\n\n3\n",
    "umlauts": "größe,b\nü☂,1\nß,2\n",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_comes_out_as_it_went_in(tmp_path, name):
    text = FILES[name].encode()
    assert rewritten(write(tmp_path / "table.csv", text)) == text


@pytest.mark.parametrize(
    ("cells", "expected", "null", "decimals", "point"),
    [
        (["1", "-2", "0"], pa.array([1, -2, 0]), "", None, True),
        ([" 1", "2 "], pa.array([1, 2]), "", None, True),
        (["18446744073709551615"], pa.array([2**64 - 1], pa.uint64()), "", None, True),
        (["123456789012345678901"], pa.array(["123456789012345678901"]), "", None, True),
        (["1.5", "2"], pa.array([1.5, 2.0]), "", None, False),
        (["1.50", "2.25"], pa.array([1.5, 2.25]), "", 2, True),
        ([".5", "-1e-3"], pa.array([0.5, -0.001]), "", None, True),
        (["NA", "1"], pa.array([None, 1]), "NA", None, True),
        ([None, "nan", "1.0"], pa.array([None, None, 1.0]), "nan", 1, True),
        (["NA", "2020-01-01"], pa.array([None, "2020-01-01"]), "NA", None, True),
        (["NA", "NA"], pa.array(["NA", "NA"]), "", None, True),
        (["NA", "red"], pa.array(["NA", "red"]), "", None, True),
        (["1", "red"], pa.array(["1", "red"]), "", None, True),
        (["007", "8"], pa.array(["007", "8"]), "", None, True),
        (["inf", "1.0"], pa.array(["inf", "1.0"]), "", None, True),
        (["-", "."], pa.array(["-", "."]), "", None, True),
        ([None, None], pa.array([None, None], pa.string()), "", None, True),
        ([], pa.array([], pa.string()), "", None, True),
    ],
)
def test_text_becomes_numbers_where_nothing_is_lost(cells, expected, null, decimals, point):
    column, style = parse_cells(pa.chunked_array([pa.array(cells, pa.string())]))
    assert column.type == expected.type
    assert column.to_pylist() == expected.to_pylist()
    assert (style.null, style.decimals, style.point) == (null, decimals, point)


def test_a_late_word_keeps_a_long_column_text():
    cells = ["1"] * 5_000 + ["red"]
    assert parse_cells(pa.chunked_array([cells]))[0].type == pa.string()


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=8)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_text_survives(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("csv")
    table = pa.table(
        {"a": [row[0] for row in rows], "b, c": ["x" + row[1] for row in rows], "n": list(range(len(rows)))}
    )
    with open_writer(folder / "table.csv") as writer:
        writer.write(table)
    back = read_csv(folder / "table.csv")
    if back.schema.field("a").type == pa.string():
        assert back.column("a").to_pylist() == table.column("a").to_pylist()
    assert back.column("b, c").to_pylist() == table.column("b, c").to_pylist()
    assert rewritten(folder / "table.csv") == (folder / "table.csv").read_bytes()


def test_a_byte_order_mark_and_other_line_ends_are_read(tmp_path):
    table = read_csv(write(tmp_path / "t.csv", b"\xef\xbb\xbfa,b\r\n1,x\r\n"))
    assert table.to_pydict() == {"a": [1], "b": ["x"]}


def test_compressed_files_are_read(tmp_path):
    path = write(tmp_path / "t.csv.gz", gzip.compress(b"a,b\n1,x\n"))
    assert read_csv(path).to_pydict() == {"a": [1], "b": ["x"]}


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", DataError, "does not begin with the names of its columns"),
        (b"a,b\n1,2\n1,2,3\n", DataError, "Expected 2 columns, got 3"),
        (b"a,b\n\0,2\n", DataError, "has a zero byte in line 2"),
        (b"a,a\n1,2\n", SchemaError, "two columns are called 'a'"),
    ],
)
def test_a_broken_file_is_named(tmp_path, content, error, words):
    path = write(tmp_path / "broken.csv", content)
    with pytest.raises(error, match=words) as caught:
        read_table([path])
    assert error is SchemaError or "broken.csv" in str(caught.value)
