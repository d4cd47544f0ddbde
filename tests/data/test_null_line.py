import io
import random

import pytest

from synthdiff.data import null_line
from synthdiff.data.io import read_table
from synthdiff.data.null_line import check_null_lines
from synthdiff.errors import DataError

ROW = b'{"a": 1}\n'


@pytest.mark.parametrize("null", [b"null", b"null\n", b"null,", b"  \t null", b"nullx", b"null{}"])
@pytest.mark.parametrize("before", [b"", b"\n\n", b"\r\n", ROW, ROW * 200_000, b"\xef\xbb\xbf"])
def test_a_line_of_null_is_refused_by_its_number(before, null):
    with pytest.raises(DataError, match=rf"x.jsonl: line {before.count(10) + 1:,} is null"):
        check_null_lines(io.BytesIO(before + null), "x.jsonl")


@pytest.mark.parametrize(
    "line", [b'{"a": null}', b'{"null": 1}', b'"null"', b"nul", b"xnull", b" n ull", b'{"a": null, "b":', b""]
)
def test_other_lines_pass(line):
    check_null_lines(io.BytesIO((line + b"\n") * 1000), "x")
    check_null_lines(io.BytesIO(line), "x")


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_chunks_may_end_anywhere(monkeypatch, size):
    monkeypatch.setattr(null_line, "_CHUNK_BYTES", size)
    generator = random.Random(0)
    seen = set()
    for _ in range(500):
        parts = [generator.choice([b"null", b" ", b"\n", b"\r", b"x", b"nul", b"\xef\xbb\xbf"]) for _ in range(5)]
        content = b"".join(parts)
        expected = bool(null_line._NULL.search(content))
        found = False
        try:
            check_null_lines(io.BytesIO(content), "x")
        except DataError:
            found = True
        assert found == expected, content
        seen.add(expected)
    assert seen == {True, False}


def test_arrow_does_not_see_it(tmp_path):
    (tmp_path / "t.jsonl").write_bytes(b"null\n" + ROW)
    with pytest.raises(DataError, match="line 1 is null"):
        read_table([tmp_path / "t.jsonl"])


def test_a_row_of_nulls_is_read(tmp_path):
    (tmp_path / "t.jsonl").write_bytes(b'{"a": null}\n' + ROW)
    assert read_table([tmp_path / "t.jsonl"]).column("a").to_pylist() == [None, 1]
