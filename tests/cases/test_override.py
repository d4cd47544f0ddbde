"""A kind that is declared is used, or refused with the reason: every kind that is found with every kind declared."""

import datetime
import decimal
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synthdiff.codecs.infer import infer_column, infer_schema
from synthdiff.codecs.registry import fit_codec, may_serve
from synthdiff.codecs.table import TableCodec
from synthdiff.data.schema import KINDS, Schema
from synthdiff.errors import SchemaError
from tests.cases.walk import run, walk

RNG = np.random.default_rng(7)
N = 120
DAY = datetime.date(2021, 3, 1)
MOMENT = datetime.datetime(2021, 3, 1, 8, 30)

COLUMNS = {
    "integers": ("integer", pa.array(RNG.integers(0, 50, N))),
    "whole floats": ("numeric", pa.array(RNG.integers(0, 50, N).astype(float))),
    "floats": ("numeric", pa.array(np.round(RNG.normal(size=N), 2))),
    "decimals": (
        "numeric",
        pa.array([decimal.Decimal(int(i)) / 4 for i in RNG.integers(0, 99, N)], pa.decimal128(9, 2)),
    ),
    "numbers in text": ("numeric", pa.array([f"{x:.2f} kg" for x in RNG.gamma(3, 40, N)])),
    "dollars": ("numeric", pa.array([f"${x:,.0f}" for x in RNG.gamma(3, 4e5, N)])),
    "codes": ("categorical", pa.array([str(x) for x in RNG.integers(100, 160, N)])),
    "levels": ("categorical", pa.array(RNG.choice(["a", "b", "c"], N))),
    "dictionary": ("categorical", pa.array(RNG.choice(["a", "b", "c"], N)).dictionary_encode()),
    "booleans": ("boolean", pa.array(RNG.random(N) < 0.5)),
    "true and false": ("boolean", pa.array(RNG.choice(["true", "false"], N))),
    "timestamps": (
        "datetime",
        pa.array([MOMENT + datetime.timedelta(hours=7 * i) for i in range(N)], pa.timestamp("us")),
    ),
    "dates": ("date", pa.array([DAY + datetime.timedelta(int(i)) for i in RNG.integers(0, 60, N)])),
    "times": ("time", pa.array([datetime.time(int(i), 15) for i in RNG.integers(0, 24, N)])),
    "durations": ("duration", pa.array([datetime.timedelta(minutes=int(i)) for i in RNG.integers(1, 99, N)])),
    "written dates": ("date", pa.array([f"{DAY + datetime.timedelta(i):%d/%m/%Y}" for i in range(N)])),
    "written moments": (
        "datetime",
        pa.array([f"{MOMENT + datetime.timedelta(hours=7 * i):%Y-%m-%d %H:%M}" for i in range(N)]),
    ),
    "counter": ("identifier", pa.array(range(5, 5 + N))),
    "order numbers": ("identifier", pa.array([f"ORD-{i * 37:06d}" for i in range(N)])),
    "sentences": ("text", pa.array([f"{'so it goes on ' * (i % 9 + 1)}{i}!" for i in range(N)])),
    "constant": ("constant", pa.array(["x"] * N)),
    "nothing": ("empty", pa.nulls(N, pa.string())),
}
USED = {
    ("counter", "integer"),
    ("counter", "numeric"),
    ("counter", "categorical"),
    ("order numbers", "text"),
    ("order numbers", "categorical"),
    ("sentences", "identifier"),
    ("levels", "text"),
    ("levels", "identifier"),
    ("dates", "categorical"),
    ("timestamps", "categorical"),
    ("written dates", "categorical"),
    ("written dates", "text"),
    ("integers", "numeric"),
    ("integers", "identifier"),
    ("integers", "categorical"),
    ("integers", "empty"),
    ("whole floats", "integer"),
    ("dollars", "integer"),
    ("numbers in text", "categorical"),
    ("codes", "numeric"),
    ("codes", "integer"),
    ("booleans", "categorical"),
}
REFUSED = {
    ("floats", "integer"): r"declared integer, but row \d+ is -?\d\.\d+; numeric would fit",
    ("decimals", "integer"): r"declared integer, but row \d+ is Decimal",
    ("numbers in text", "integer"): r"declared integer, but row \d+ is '\d+\.\d+ kg'",
    ("floats", "identifier"): "declared identifier, but its numbers have decimals; numeric would fit",
    ("levels", "numeric"): r"declared numeric, but its text \(row 0 is '[abc]'\)",
    ("levels", "boolean"): "declared boolean, but",
    ("levels", "date"): "declared date",
    ("levels", "constant"): "constant",
    ("integers", "text"): "declared text, but holds int64; integer would fit",
    ("integers", "boolean"): "declared boolean, but holds int64",
    ("timestamps", "date"): r"declared date, but holds timestamp\[us\]; datetime would fit",
    ("booleans", "integer"): "declared integer, but holds bool",
    ("written dates", "numeric"): "declared numeric",
    ("written moments", "date"): "declared date, but its values .*; datetime would fit",
}


def declare(name, kind):
    table = pa.table({name: COLUMNS[name][1]})
    return infer_schema(table, given=Schema.from_dict({"columns": [{"name": name, "kind": kind}]}))[name]


@pytest.mark.parametrize("name", COLUMNS)
def test_the_columns_are_of_all_kinds(name):
    kind, array = COLUMNS[name]
    assert infer_column(name, pa.chunked_array([array])).kind == kind
    assert {kind for kind, _ in COLUMNS.values()} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", COLUMNS)
def test_a_declared_kind_is_used_or_refused(name, kind):
    inferred, array = COLUMNS[name]
    if (name, kind) in REFUSED:
        with pytest.raises(SchemaError, match=REFUSED[name, kind]):
            declare(name, kind)
        return
    try:
        column = declare(name, kind)
    except SchemaError as error:
        assert (name, kind) not in USED
        assert kind != inferred
        assert repr(name) in str(error)
        assert kind in str(error)
        assert "would fit" in str(error)
        return
    if inferred == "empty":
        assert column.kind == "empty"
        assert kind == "empty" or f"declared {kind}, but every cell is missing" in column.why
        return
    assert column.kind == kind
    table = pa.table({name: array})
    codec, values = TableCodec.fit(table, Schema(columns=(column,)))
    made = codec.decode(values, 0, np.random.default_rng(0))
    assert made.schema.field(name).type == array.type
    assert may_serve(fit_codec(table.column(name), column), kind)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("order numbers", "text"),
        ("integers", "numeric"),
        ("whole floats", "integer"),
        ("dollars", "integer"),
        ("levels", "identifier"),
        ("written dates", "categorical"),
    ],
)
def test_a_fitted_model_shows_the_declared_kind(tmp_path, name, kind):
    import synthdiff

    table = pa.table({name: COLUMNS[name][1], "n": RNG.integers(0, 9, N)})
    schema = {"columns": [{"name": name, "kind": kind}]}
    out = walk(table, tmp_path, schema=schema, max_steps=3, n_samples=50)
    assert synthdiff.load(tmp_path / "walk.synthdiff").schema_[name].kind == kind
    cells = out.column(name)
    if kind == "text":
        assert cells.null_count == 50
    elif kind == "identifier":
        assert len(set(cells.to_pylist())) == 50
    else:
        assert cells.null_count == 0


@pytest.mark.long
def test_text_stays_text_on_the_command_line(tmp_path):
    frame = pd.DataFrame({"order": COLUMNS["order numbers"][1].to_pylist(), "n": range(N)})
    frame.to_csv(tmp_path / "d.csv", index=False)
    run("inspect", "d.csv", cwd=tmp_path)
    schema = json.loads((tmp_path / "schema.json").read_text())
    schema["columns"][0]["kind"] = "text"
    schema["columns"][0]["text"] = "resample"
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    fit = ("fit", "d.csv", "--schema", "schema.json", "-o", "m.synthdiff", "--max-steps", "3", "--preset", "fast")
    run(*fit, cwd=tmp_path)
    run("sample", "m.synthdiff", "-n", "60", "-o", "s.csv", cwd=tmp_path)
    assert set(pd.read_csv(tmp_path / "s.csv")["order"]) <= set(frame["order"])
    schema["columns"][0]["kind"] = "duration"
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    done = run("fit", "d.csv", "--schema", "schema.json", "-o", "x.synthdiff", cwd=tmp_path, code=3)
    assert "column 'order' is declared duration" in done.stderr


def test_metadata_of_other_tools_say_kinds_loosely():
    table = pa.table({"n": COLUMNS["integers"][1], "d": COLUMNS["written dates"][1], "x": COLUMNS["order numbers"][1]})
    sdtypes = {"n": "numerical", "d": "datetime", "x": "text"}
    given = Schema.from_dict({"columns": {name: {"sdtype": sdtype} for name, sdtype in sdtypes.items()}})
    assert [column.kind for column in infer_schema(table, given=given)][:2] == ["integer", "date"]
