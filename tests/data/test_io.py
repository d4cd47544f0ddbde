import datetime
import decimal
import gzip
import io
import json
import os
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest

from synthdiff.data.cell import CellStyle, style_of
from synthdiff.data.form import CsvForm
from synthdiff.data.frame import to_table
from synthdiff.data.io import open_writer, read_table
from synthdiff.errors import ConfigError, DataError, SchemaError

TABLE = pa.table(
    {
        "n": pa.array([1, None, -3], pa.int32()),
        "x": pa.array([0.1, 22.0, None]),
        "s": ["a", 'b "c"\n', None],
        "b": [True, None, False],
        "c": pa.array(["u", None, "v"]).dictionary_encode(),
        "t": pa.array([0, None, 1_500], pa.timestamp("ms")),
        "z": pa.array([0, None, 1_500], pa.timestamp("ms", "UTC")),
        "d": pa.array([datetime.date(2020, 2, 29), None, datetime.date(1999, 1, 1)]),
        "o": pa.array([datetime.time(1, 2), None, datetime.time(3, 4)]),
        "m": pa.array([decimal.Decimal("1.20"), None, decimal.Decimal("-3.00")]),
    }
)


def write(path, table, **options):
    with open_writer(path, **options) as writer:
        for start in range(table.num_rows):
            writer.write(table.slice(start, 1))
    return path


@pytest.mark.parametrize("ending", ["parquet", "pq", "arrow", "feather", "ipc"])
def test_typed_files_keep_everything(tmp_path, ending):
    path = write(tmp_path / f"t.{ending}", TABLE, kind=TABLE.schema)
    back = read_table([path])
    assert back.schema.equals(TABLE.schema)
    assert back.to_pydict() == TABLE.to_pydict()


def test_csv_text(tmp_path):
    expected = (
        "n,x,s,b,c,t,z,d,o,m\n"
        "1,0.1,a,True,u,1970-01-01 00:00:00,1970-01-01 00:00:00Z,2020-02-29,01:02:00.000000,1.20\n"
        ',22.0,"b ""c""\n",,,,,,,\n'
        "-3,,,False,v,1970-01-01 00:00:01.500,1970-01-01 00:00:01.500Z,1999-01-01,03:04:00.000000,-3.00\n"
    )
    assert write(tmp_path / "t.csv", TABLE).read_text() == expected
    assert gzip.decompress(write(tmp_path / "t.csv.gz", TABLE).read_bytes()).decode() == expected


def test_json_lines(tmp_path):
    table = TABLE.append_column("ctrl", [["\x01", "\\", None]])
    rows = [json.loads(line) for line in write(tmp_path / "t.jsonl", table).read_text().split("\n")[:-1]]
    assert [list(row) for row in rows] == [table.column_names] * 3
    assert [row["n"] for row in rows] == [1, None, -3]
    assert [row["x"] for row in rows] == [0.1, 22.0, None]
    assert [row["s"] for row in rows] == ["a", 'b "c"\n', None]
    assert [row["b"] for row in rows] == [True, None, False]
    assert [row["ctrl"] for row in rows] == ["\x01", "\\", None]
    assert rows[0]["t"] == "1970-01-01 00:00:00"
    assert rows[0]["m"] == 1.2
    back = read_table([tmp_path / "t.jsonl"])
    assert back.column_names == table.column_names
    assert back.schema.field("t").type == pa.string()
    assert back.column("x").to_pylist() == [0.1, 22.0, None]


def test_parquet_keeps_what_pandas_knows(tmp_path):
    frame = pd.DataFrame(
        {
            "i": pd.array([1, None], dtype="Int8"),
            "s": pd.array(["x", None], dtype="string"),
            "c": pd.Categorical(["a", "b"], ordered=True),
            "t": pd.to_datetime(["2020", None]).tz_localize("Europe/Paris"),
            "f": [1.5, None],
        },
        index=pd.Index([3, 9], name="key"),
    )
    frame.to_parquet(tmp_path / "in.parquet")
    table, kind = to_table(read_table([tmp_path / "in.parquet"]))
    write(tmp_path / "out.parquet", table, kind=kind)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "out.parquet"), pd.read_parquet(tmp_path / "in.parquet"))
    table, kind = to_table(frame)
    write(tmp_path / "frame.parquet", table, kind=kind)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "frame.parquet"), frame)


def test_parquet_row_groups_have_one_size(tmp_path):
    part = pa.table({"x": list(range(50_000))})
    with open_writer(tmp_path / "t.parquet") as writer:
        for _ in range(4):
            writer.write(part)
        assert writer.n_rows == 200_000
    metadata = pq.ParquetFile(tmp_path / "t.parquet").metadata
    sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    assert sizes == [65_536, 65_536, 65_536, 200_000 - 3 * 65_536]


def test_columns_come_in_any_order_and_nan_comes_back(tmp_path):
    _, kind = to_table(pa.table({"a": [1, 2], "b": [0.5, float("nan")]}))
    with open_writer(tmp_path / "t.parquet", kind=kind) as writer:
        writer.write(pa.table({"b": pa.array([None, 1.0]), "a": [3, 4]}))
    back = read_table([tmp_path / "t.parquet"])
    assert back.column_names == ["a", "b"]
    assert back.column("b").null_count == 0


def test_a_table_without_rows_is_a_file_with_a_header(tmp_path):
    with open_writer(tmp_path / "t.csv", kind=TABLE.schema):
        pass
    assert (tmp_path / "t.csv").read_text() == "n,x,s,b,c,t,z,d,o,m\n"
    with open_writer(tmp_path / "t.parquet", kind=TABLE.schema):
        pass
    assert read_table([tmp_path / "t.parquet"]).num_rows == 0


def test_an_existing_file_is_kept_unless_forced(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("precious")
    with pytest.raises(ConfigError, match=r"t\.csv exists; .*--force"), open_writer(path):
        raise AssertionError("must not get here")
    assert path.read_text() == "precious"
    write(path, pa.table({"x": [1]}), force=True)
    assert path.read_text() == "x\n1\n"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_failure_leaves_nothing_behind(tmp_path, error):
    path = tmp_path / "t.parquet"
    path.write_text("precious")

    def fail_half_way():
        with open_writer(path, force=True) as writer:
            writer.write(pa.table({"x": [1]}))
            assert len(list(tmp_path.iterdir())) == 2
            raise error

    with pytest.raises(error):
        fail_half_way()
    assert [file.name for file in tmp_path.iterdir()] == ["t.parquet"]
    assert path.read_text() == "precious"


def test_a_full_disk_is_said_in_plain_words(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match=r"cannot write .*t\.csv: No space left on device"):
        write(tmp_path / "t.csv", pa.table({"x": [1]}))
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_caller_stays_its_own(tmp_path):
    with pytest.raises(FileNotFoundError), open_writer(tmp_path / "t.csv"):
        raise FileNotFoundError(2, "something else")


@pytest.mark.parametrize(
    ("path", "options", "error", "words"),
    [
        ("t.xlsx", {}, ConfigError, "does not name a format"),
        ("t", {}, ConfigError, "does not name a format"),
        ("t.csv", {"fmt": "xml"}, ConfigError, "'xml' is not a format that can be written"),
        ("nowhere/t.csv", {}, ConfigError, "cannot write .*nowhere/t.csv: there is no folder .*nowhere; make it first"),
        (".", {"fmt": "csv"}, ConfigError, "is a folder; name a file"),
    ],
)
def test_what_cannot_be_written_to(tmp_path, path, options, error, words):
    with pytest.raises(error, match=words):
        write(tmp_path / path, pa.table({"x": [1]}), **options)


def test_bytes_do_not_fit_into_text(tmp_path):
    with pytest.raises(DataError, match="'x' holds bytes, which text cannot hold; write parquet"):
        write(tmp_path / "t.csv", pa.table({"x": [b"\xff"]}))


class Pipe(io.BytesIO):
    def seekable(self):
        return False


@pytest.mark.parametrize("fmt", [None, "csv", "jsonl", "arrow", "csv.gz", "parquet"])
def test_the_standard_output(monkeypatch, fmt):
    pipe = Pipe()
    monkeypatch.setattr(sys, "stdout", type("Stdout", (), {"buffer": pipe}))
    write("-", pa.table({"x": [1, 2]}), fmt=fmt)
    content = pipe.getvalue()
    if fmt == "arrow":
        assert pa.ipc.open_stream(content).read_all().to_pydict() == {"x": [1, 2]}
    elif fmt == "parquet":
        assert pq.read_table(pa.BufferReader(content)).to_pydict() == {"x": [1, 2]}
    else:
        text = (gzip.decompress(content) if fmt == "csv.gz" else content).decode()
        assert text == ('{"x": 1}\n{"x": 2}\n' if fmt == "jsonl" else "x\n1\n2\n")


def test_several_files_become_one_table(tmp_path):
    for name, values in (("b", [3, 4]), ("a", [1, 2])):
        write(tmp_path / f"{name}.parquet", pa.table({"x": values, "s": [name, name]}))
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / "notes.md").touch()
    expected = {"x": [1, 2, 3, 4], "s": ["a", "a", "b", "b"]}
    assert read_table([tmp_path]).to_pydict() == expected
    assert read_table([str(tmp_path / "*.parquet")]).to_pydict() == expected
    assert read_table([tmp_path / "b.parquet", tmp_path / "a.parquet"])["x"].to_pylist() == [3, 4, 1, 2]


def test_folders_named_key_and_value_are_columns(tmp_path):
    for year in (2020, 2021):
        (tmp_path / f"year={year}").mkdir()
        write(tmp_path / f"year={year}" / "part.parquet", pa.table({"x": [year % 100]}))
    assert read_table([tmp_path]).to_pydict() == {"x": [20, 21], "year": [2020, 2021]}
    assert read_table([tmp_path / "year=2020" / "part.parquet"]).to_pydict() == {"x": [20]}


def test_columns_may_come_in_another_order_and_numbers_may_widen(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,a\n")
    (tmp_path / "b.csv").write_text("y,x\nb,2.5\n")
    table = read_table([tmp_path / "a.csv", tmp_path / "b.csv"])
    assert table.to_pydict() == {"x": [1.0, 2.5], "y": ["a", "b"]}


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ({"x": [1]}, "a.parquet has a column 'Name' that .*b.parquet lacks"),
        ({"x": [1], "name": ["a"]}, "lacks; did you mean 'name'"),
        ({"x": [1], "Name": ["a"], "z": [1]}, "b.parquet has a column 'z' that .*a.parquet lacks"),
        ({"x": [1.5], "Name": ["a"]}, "column 'x' holds int64 in .*a.parquet and double in .*b.parquet"),
    ],
)
def test_files_with_other_columns_are_named(tmp_path, second, words):
    write(tmp_path / "a.parquet", pa.table({"x": [1], "Name": ["a"]}))
    write(tmp_path / "b.parquet", pa.table(second))
    with pytest.raises(SchemaError, match=words):
        read_table([tmp_path])


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("titanic.csv", None, "there is no file .*; did you mean 'titanik.csv'"),
        ("no*.csv", None, "there is no file"),
        ("t.xlsx", b"", "the ending does not name a format"),
        ("t.parquet", b"PAR1 but no more", "cannot read .*t.parquet"),
        ("t.arrow", b"ARROW1 but no more", "cannot read .*t.arrow"),
        ("t.jsonl", b"{not json", "cannot read .*t.jsonl"),
        ("empty", "folder", "is a folder without data files"),
    ],
)
def test_what_cannot_be_read(tmp_path, name, content, words):
    (tmp_path / "titanik.csv").write_text("a\n1\n")
    if content == "folder":
        (tmp_path / name).mkdir()
    elif content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=words):
        read_table([tmp_path / name])


def test_nothing_to_read():
    with pytest.raises(DataError, match="no file was named"):
        read_table([])


class TestDamagedInputs:
    @pytest.mark.parametrize("is_file", [True, False])
    def test_arrow_buffers_that_disagree_name_the_column(self, tmp_path, is_file):
        table = pa.table({"x": [1, 2], "s": ["aa", "bb"]})
        offsets = np.array([0, 2, 4], dtype=np.int32).tobytes()
        content = io.BytesIO()
        with (pa.ipc.new_file if is_file else pa.ipc.new_stream)(content, table.schema) as writer:
            writer.write_table(table)
        data = content.getvalue()
        assert data.count(offsets) == 1
        (tmp_path / "t.arrow").write_bytes(data.replace(offsets, np.array([0, 2, 1 << 30], np.int32).tobytes()))
        with pytest.raises(
            DataError, match="cannot read .*t.arrow: column 's' is damaged: .*; write the file again"
        ) as it:
            read_table([tmp_path / "t.arrow"])
        assert it.value.column == "s"

    def test_text_that_is_not_utf8(self, tmp_path):
        (tmp_path / "t.jsonl").write_bytes(b'{"a": "\xff"}\n')
        with pytest.raises(DataError, match="column 'a' is damaged: .*UTF8"):
            read_table([tmp_path / "t.jsonl"])

    def test_deep_json(self, tmp_path):
        (tmp_path / "t.jsonl").write_bytes(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
        with pytest.raises(DataError, match="nested more than 500 levels deep"):
            read_table([tmp_path / "t.jsonl"])

    @pytest.mark.parametrize("name", ["t.parquet", "t.arrow", "t.csv.gz", "t.jsonl.gz"])
    def test_half_a_file(self, tmp_path, name):
        write(tmp_path / name, pa.table({"x": np.random.default_rng(0).normal(size=5000)}))
        data = (tmp_path / name).read_bytes()
        for size in (1, 10, len(data) // 2, len(data) - 5):
            (tmp_path / name).write_bytes(data[:size])
            with pytest.raises(DataError, match=name):
                read_table([tmp_path / name])

    @pytest.mark.parametrize("stored", [b"{", b"[]", b"null", b'{"index_columns": 7}', b"[" * 100_000])
    def test_notes_of_pandas_that_are_none_are_dropped(self, tmp_path, stored):
        table = pa.table({"x": [1]}).replace_schema_metadata({b"pandas": stored, b"mine": b"kept"})
        pq.write_table(table, tmp_path / "t.parquet")
        assert read_table([tmp_path / "t.parquet"]).schema.metadata == {b"mine": b"kept"}

    @pytest.mark.parametrize("stored", [b"{", b"[]", b'{"delimiter": "ab"}', b'{"delimiter": 7}', b"{}"])
    def test_a_strangers_delimiter_is_a_comma(self, stored):
        assert CsvForm.of(pa.schema([], metadata={b"synthdiff.csv": stored})) == CsvForm()

    @pytest.mark.parametrize(
        "stored",
        [b"{", b"[]", b'{"decimals": "x"}', b'{"decimals": -1}', b'{"decimals": 99}', b'{"null": 1}', b'{"a": 1}'],
    )
    def test_a_strangers_style_is_the_default(self, stored):
        assert style_of(pa.field("x", pa.float64(), metadata={b"synthdiff.style": stored})) == CellStyle()

    def test_memory(self, tmp_path, monkeypatch):
        def too_much(*args, **kwargs):
            raise MemoryError

        (tmp_path / "t.parquet").touch()
        monkeypatch.setattr(pq, "ParquetFile", too_much)
        with pytest.raises(DataError, match="there is not enough memory; read fewer files"):
            read_table([tmp_path / "t.parquet"])

    def test_a_name_that_is_not_utf8(self, tmp_path):
        for name in ("t.csv", "t.csv.gz", "t.jsonl", "t.arrow", "t.parquet"):
            path = tmp_path / os.fsdecode(b"caf\xe9" + name.encode())
            write(path, pa.table({"x": [1]}))
            assert read_table([path]).to_pydict() == {"x": [1]}

    def test_files_that_do_not_join(self, tmp_path):
        pq.write_table(pa.table({"x": pa.nulls(1)}), tmp_path / "a.parquet")
        pq.write_table(pa.table({"x": pa.array(["a"]).dictionary_encode()}), tmp_path / "b.parquet")
        try:
            assert read_table([tmp_path]).num_rows == 2
        except DataError as error:
            assert "a.parquet" in str(error)
