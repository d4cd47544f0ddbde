import json
import math
import os
import stat
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from synthdiff.errors import ArtifactError, CorruptError
from synthdiff.storage import (
    from_json,
    is_sealed,
    pack_tensors,
    plain_errors,
    read_file,
    seal,
    sync_folder,
    to_json,
    unpack_tensors,
    write_file,
)

leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None))
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def same(left, right):
    if isinstance(left, float) and isinstance(right, float):
        return struct.pack("d", left) == struct.pack("d", right) or (math.isnan(left) and math.isnan(right))
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return isinstance(right, dict) and list(left) == list(right) and all(same(left[k], right[k]) for k in left)
    return type(left) is type(right) and left == right


class TestJson:
    @settings(deadline=None, max_examples=200, derandomize=True)
    @given(values)
    def test_values_come_back_exactly(self, value):
        assert same(from_json(to_json(value)), value)

    @settings(deadline=None, max_examples=100, derandomize=True)
    @given(values)
    def test_any_strict_reader_can_read_it(self, value):
        def refuse(constant):
            raise AssertionError(constant)

        text = to_json(value)
        assert text.isascii()
        json.loads(text, parse_constant=refuse)

    def test_numpy_scalars_and_tuples(self):
        value = {"a": np.int64(3), "b": (np.float64(0.1), np.float32("inf")), "c": np.bool_(True), "d": np.str_("x")}
        assert from_json(to_json(value)) == {"a": 3, "b": [0.1, math.inf], "c": True, "d": "x"}

    def test_what_cannot_be_held_is_named(self):
        with pytest.raises(TypeError, match=r"value\['a'\]\[1\] is object"):
            to_json({"a": [1, object()]})
        with pytest.raises(TypeError, match="which JSON cannot hold"):
            to_json({1: "a key that is no string would come back as one"})

    def test_a_column_named_like_the_mark_is_safe(self):
        assert from_json(to_json({"$float": 1.5})) == {"$float": 1.5}


class TestStrangersJson:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("[" * 100_000, "nested more than 64 levels|Expecting value"),
            ("[" * 100_000 + "]" * 100_000, "nested more than 64 levels"),
            ("[" * 66 + "]" * 66, "nested more than 64 levels"),
            ('{"a":' * 70 + "1" + "}" * 70, "nested more than 64 levels"),
            ('{"a": 1, "b": 2, "a": 3}', "the key 'a' is there twice"),
            ('{"$float": "inf", "$float": "nan"}', "is there twice"),
            ("1" * 101, "a whole number has 101 digits"),
            ("1" * 5000, "a whole number has 5,000 digits"),
            ("NaN", "NaN is not JSON"),
            ("[-Infinity]", "-Infinity is not JSON"),
            (b"\xff\xfe\x00", "decode"),
            (b"\xef\xbb\xbf{}", "BOM|Expecting value"),
            ("", "Expecting value"),
            ("{} {}", "Extra data"),
        ],
    )
    def test_is_refused_as_a_value_error(self, text, words):
        with pytest.raises(ValueError, match=words):
            from_json(text)

    def test_number_of_values_is_bounded(self):
        assert from_json("[1,2,3]", max_values=3) == [1, 2, 3]
        with pytest.raises(ValueError, match="more than 2 values"):
            from_json("[1,2,3]", max_values=2)

    def test_deepest_allowed(self):
        value = from_json("[" * 64 + "]" * 64)
        for _ in range(63):
            (value,) = value
        assert value == []


class TestReadFile:
    def test_size_is_looked_at_first(self, tmp_path):
        file = tmp_path / "a"
        file.write_bytes(b"12345")
        assert read_file(file, 5) == b"12345"
        assert read_file(file, 5, 5) == b"12345"
        for limit, size, words in (
            (4, None, "at most 4"),
            (5, 6, "truncated|at most"),
            (9, 6, "truncated"),
            (9, 4, "edited"),
        ):
            with pytest.raises(CorruptError, match=words):
                read_file(file, limit, size)

    def test_a_sparse_file_is_not_read(self, tmp_path):
        file = tmp_path / "a"
        with open(file, "wb") as stream:
            stream.truncate(1 << 40)
        with pytest.raises(CorruptError, match="at most 10 are read"):
            read_file(file, 10)

    @pytest.mark.parametrize("place", ["/dev/zero", "/dev/null", "/proc"])
    def test_devices_and_folders(self, place):
        with pytest.raises(CorruptError, match="not a regular file"):
            read_file(Path(place), 10)


class TestSeal:
    def test_layout_does_not_count_but_content_does(self):
        sealed = seal({"b": [1, float("nan")], "a": "x"})
        assert is_sealed(from_json(to_json(sealed, indent=4)))
        assert is_sealed(dict(reversed(sealed.items())))
        assert not is_sealed(sealed | {"a": "y"})
        assert not is_sealed(sealed | {"c": None})
        assert not is_sealed({})

    def test_sealing_again_is_the_same(self):
        sealed = seal({"a": 1})
        assert seal(sealed) == sealed
        assert is_sealed(seal(sealed | {"a": 2}))


def bits(tensor):
    return tensor.reshape(-1).view(torch.uint8).tolist()


class TestTensors:
    def test_every_dtype_and_shape(self):
        tensors = {
            "bfloat16": torch.randn(3, 2, generator=torch.Generator().manual_seed(0)).bfloat16(),
            "float64": torch.tensor([math.nan, math.inf, -0.0, 1e-310], dtype=torch.float64),
            "scalar": torch.tensor(7, dtype=torch.int64),
            "empty": torch.zeros(0, 4),
            "bool": torch.tensor([True, False]),
            "state": torch.Generator().get_state(),
            "transposed": torch.arange(6).reshape(2, 3).t(),
        }
        back = unpack_tensors(pack_tensors(tensors))
        assert back.keys() == tensors.keys()
        for name, tensor in tensors.items():
            assert back[name].dtype == tensor.dtype
            assert back[name].shape == tensor.shape
            assert bits(back[name]) == bits(tensor)

    def test_tied_and_trainable_tensors(self):
        weight = torch.nn.Parameter(torch.ones(2, 2))
        back = unpack_tensors(pack_tensors({"in": weight, "out": weight, "row": weight[0]}))
        assert torch.equal(back["in"], back["out"])
        assert not back["in"].requires_grad
        back["in"].zero_()
        assert back["out"].sum() == 4

    def test_the_same_tensors_give_the_same_bytes(self):
        first, second = torch.arange(5.0), torch.arange(3)
        assert pack_tensors({"a": first, "b": second}) == pack_tensors({"b": second, "a": first})

    @pytest.mark.parametrize("data", [b"", b"\x00", b"\xff" * 64, pack_tensors({"a": torch.ones(9)})[:-1]])
    def test_other_bytes_are_corrupt(self, data):
        with pytest.raises(CorruptError, match="cannot be read"):
            unpack_tensors(data)


class TestWriteFile:
    def test_writes_and_replaces(self, tmp_path):
        file = tmp_path / "a.json"
        write_file(file, b"one")
        write_file(file, b"two")
        assert file.read_bytes() == b"two"
        assert os.listdir(tmp_path) == ["a.json"]

    @pytest.mark.parametrize("broken", ["fsync", "replace"])
    def test_a_failure_leaves_the_old_and_nothing_else(self, tmp_path, monkeypatch, broken):
        file = tmp_path / "a.json"
        write_file(file, b"one")

        def fail(*args):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, broken, fail)
        with pytest.raises(OSError, match="No space left"):
            write_file(file, b"two")
        assert file.read_bytes() == b"one"
        assert os.listdir(tmp_path) == ["a.json"]

    def test_the_new_name_is_made_durable_after_the_content(self, tmp_path, monkeypatch):
        calls = []

        def kind(handle):
            return "folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file"

        monkeypatch.setattr(os, "fsync", lambda handle: calls.append(kind(handle)))
        replace = os.replace
        monkeypatch.setattr(os, "replace", lambda *args: (calls.append("replace"), replace(*args)))
        write_file(tmp_path / "a", b"one")
        assert calls == ["file", "replace", "folder"]

    def test_sync_of_a_missing_folder(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            sync_folder(tmp_path / "none")


class TestPlainErrors:
    def test_says_what_where_and_why(self, tmp_path):
        with (
            pytest.raises(ArtifactError, match=r"^cannot write the model .*m: No such file or directory \(.*deep/x\)$"),
            plain_errors("write the model", tmp_path / "m"),
        ):
            (tmp_path / "deep" / "x").write_bytes(b"")

    def test_does_not_wrap_twice(self, tmp_path):
        with pytest.raises(CorruptError, match="^as it is$"), plain_errors("read", tmp_path):
            raise CorruptError("as it is")

    def test_other_errors_pass(self, tmp_path):
        with pytest.raises(KeyError), plain_errors("read", tmp_path):
            raise KeyError("x")
