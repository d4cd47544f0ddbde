import io
import json
import random

import pytest

from synthdiff.data import nesting
from synthdiff.data.nesting import MOST_LEVELS, check_nesting
from synthdiff.errors import DataError


def is_deep(data):
    try:
        check_nesting(io.BytesIO(data), "x.jsonl")
    except DataError as error:
        assert "x.jsonl: its JSON is nested more than 500 levels deep" in str(error)
        return True
    return False


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'["]",', b'[\n"\\"]",', b'{"\\\\":', b"[]{}["])
@pytest.mark.parametrize("before", [b"", b'{"a": "]]]]"}\n' * 1000, b"]" * 2000, b'"\n', b'"\\'])
def test_deep_json_is_refused_however_it_hides(opening, before):
    assert is_deep(before + b"\n" + opening * (MOST_LEVELS + 1))


@pytest.mark.parametrize(
    "line",
    [
        b'{"a": [1, {"b": 2}]}',
        b'{"a": "[[[[{{{"}',
        b'{"a": "\\"[[["}',
        b'{"a": "x\\\\", "b": [1]}',
        b"[" * 400 + b"]" * 400,
    ],
)
def test_other_json_passes(line):
    assert not is_deep((line + b"\n") * 3000)
    assert not is_deep(b"")


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_chunks_may_end_anywhere(monkeypatch, size):
    monkeypatch.setattr(nesting, "_CHUNK_BYTES", size)
    monkeypatch.setattr(nesting, "MOST_LEVELS", 5)
    generator = random.Random(0)
    for _ in range(200):
        deep = generator.choice([2, 4, 5, 6, 8])
        text = "".join(generator.choice(['\\"', "[", "]", "\\\\", "{", "x"]) for _ in range(6))
        content = (f"{json.dumps(text)}\n[{json.dumps(text)}," + "[" * (deep - 1)).encode()
        found = False
        try:
            check_nesting(io.BytesIO(content), "x")
        except DataError:
            found = True
        assert found == (deep > 5), content
