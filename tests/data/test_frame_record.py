"""The stored schema of a frame: whatever stands there instead is refused, and nothing of it is believed."""

import copy
import json
import random

import dateutil.tz
import pandas as pd
import pyarrow as pa
import pytest

from synthdiff.data.frame import FrameKind, to_table

FRAME = pd.DataFrame(
    {
        "a": pd.array([1, None], dtype="Int8"),
        "b": pd.Categorical(["x", "y"]),
        "c": pd.Series(["s", None], dtype=object),
        "d": pd.to_datetime(["2020", "2021"]).tz_localize("UTC"),
        "e": [0.5, float("nan")],
        "f": pd.Categorical([1, "a"]),
        "g": pd.cut([1.0, 2.0], [0, 1, float("inf")]),
        "h": pd.to_datetime(["2020", "2021"]).tz_localize(dateutil.tz.tzoffset(None, 3600)),
    },
    index=pd.Index(["r", "s"], name="k"),
)
JUNK = [None, True, -1, 2**70, 1.5, "", "x" * 5000, [], {}, "int64", "null", "string_view", "category", "object"]
JUNK += ["decimal128(99, 1)", "decimal128(9, -70)", "fixed_size_binary[2147483647]", "list<item: int8>", "polars"]
JUNK += ["timestamp[ns, tz=../../etc/passwd]", "dictionary<values=" * 30 + "int8", "float16", "pyarrow", "AAA="]


def written():
    return json.loads(json.dumps(to_table(FRAME)[1].to_dict()))


def places(value, at=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*at, key)
        yield from places(item, (*at, key))


def at(value, place):
    for key in place:
        value = value[key]
    return value


def test_what_was_written_comes_back():
    kind = FrameKind.from_dict(written())
    pd.testing.assert_frame_equal(kind.restore(to_table(FRAME)[0]), FRAME)
    assert kind.to_dict() == to_table(FRAME)[1].to_dict()


def test_nothing_but_values_errors_whatever_stands_there():
    rng, whole = random.Random(0), written()
    refused = 0
    for _ in range(1500):
        data = copy.deepcopy(whole)
        place = rng.choice(list(places(data)))
        at(data, place[:-1])[place[-1]] = copy.deepcopy(rng.choice(JUNK))
        try:
            FrameKind.from_dict(data)
        except ValueError:
            refused += 1
    assert refused > 1200


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("library",), "modin", "library"),
        (("fields",), [], "fields"),
        (("fields", 0, "type"), "fixed_size_binary[2147483647]", "fields"),
        (("fields", 0, "type"), "list<item: int8>", "fields"),
        (("fields", 0, "levels"), [1], "dictionaries have levels"),
        (("fields", 1, "levels"), None, "dictionaries have levels"),
        (("fields", 1, "levels"), [None], r"fields\[1\]"),
        (("fields", 1, "levels"), list(map(str, range(300))), "more than int8 can count"),
        (("fields", 1, "name"), "a", "one name"),
        (("metadata",), {"a": "not base64!"}, "base64"),
        (("nan",), ["c"], "floats"),
        (("nan",), ["nowhere"], "floats"),
        (("pandas",), None, "pandas"),
        (("pandas", "forms", 0, "name"), "period[M]", "name"),
        (("pandas", "forms", 0, "name"), "Sparse[int]", "name"),
        (("pandas", "forms", 4, "name"), "complex128", "name"),
        (("pandas", "forms", 0), {"form": "pickle"}, "forms"),
        (("pandas", "forms", 0), {"form": "plain", "zone": "pytz"}, "zone"),
        (("pandas", "forms", 0), {"form": "label", "labels": []}, "forms"),
        (("pandas", "forms", 5, "levels", "labels"), ["a"], "1 levels stand for 2"),
        (("pandas", "forms", 5, "levels", "labels"), [1, 1], "unique"),
        (("pandas", "forms", 6, "levels", "left"), ["0.0", "nan"], "left"),
        (("pandas", "forms", 6, "levels", "left"), ["0.0"], "two ends"),
        (("pandas", "forms", 6, "levels", "left"), ["5.0", "1.0"], "left side of interval"),
        (("pandas", "forms", 6, "levels", "dtype"), "int64", "literal"),
        (("pandas", "forms", 6, "levels", "dtype"), "object", "dtype"),
        (("fields", 7, "type"), "timestamp[ns, tz=/etc/passwd]", "pandas dtype: .*passwd"),
        (("pandas", "labels"), ["a"], "form"),
        (("pandas", "labels", 0), list(range(17)), "parts"),
        (("pandas", "labels", 0), [["a"]], "a text or a number"),
        (("pandas", "labels", 0), float("nan"), "finite"),
        (("pandas", "extra"), 1, "extra"),
    ],
)
def test_each_field_is_checked(place, value, words):
    data = written()
    at(data, place[:-1])[place[-1]] = value
    with pytest.raises(ValueError, match=words):
        FrameKind.from_dict(data)


def test_a_schema_of_arrow_itself_is_not_read():
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, pa.schema({"a": pa.int8()})):
        pass
    with pytest.raises(ValueError, match="template"):
        FrameKind.from_dict({**written(), "template": sink.getvalue().to_pybytes().hex()})
