import numpy as np
import pyarrow as pa
import pytest

from synthdiff.codecs.infer import infer_column
from synthdiff.codecs.registry import codec_from_dict, fit_codec
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import DataError, SchemaError

RNG = np.random.default_rng(8)
AMOUNTS = np.round(RNG.gamma(2.0, 5_000.0, 200), 2)


@pytest.mark.parametrize(
    ("values", "kind", "resolution"),
    [
        ([f"{amount:.2f}" for amount in AMOUNTS], "numeric", 0.01),
        ([f"{amount:g}" for amount in AMOUNTS], "numeric", None),
        ([str(amount) for amount in -AMOUNTS], "numeric", 0.01),
        ([f"${amount:,.2f}" for amount in AMOUNTS], "numeric", 0.01),
        ([f"{amount:,.0f} €" for amount in AMOUNTS], "numeric", 1.0),
        ([f"{amount / 1000:.1f}%" for amount in AMOUNTS], "numeric", 0.1),
        ([f"{amount:.0f} kg" for amount in AMOUNTS], "numeric", 1.0),
        ([" ", *(f"{amount:.2f}" for amount in AMOUNTS)], "numeric", 0.01),
        (["NA", *(f"{amount:.2f}" for amount in AMOUNTS)], "numeric", 0.01),
        ([f"{amount:.0f}" for amount in AMOUNTS] * 2, "categorical", None),
        ([f"{amount:07.0f}" for amount in AMOUNTS] * 2, "categorical", None),
        (["n/a or so", *(f"{amount:.2f}" for amount in AMOUNTS)], "numeric", 0.01),
        ([f"{amount % 9:.1f}" for amount in AMOUNTS[:40]] * 2, "categorical", None),
    ],
)
def test_numbers_in_text(values, kind, resolution):
    cells = pa.chunked_array([pa.array([*values, None])])
    column = infer_column("x", cells)
    assert column.kind == kind, column.why
    codec = fit_codec(cells, column)
    codec = codec_from_dict(codec.to_dict())
    if kind == "numeric":
        assert resolution is None or codec.resolution == pytest.approx(resolution)
        is_word, is_number = values[0] in (" ", "NA"), values[0][-1] in "0123456789%€g"
        assert np.isnan(codec.encode(cells)).sum() == 2 - is_number
        first = values[0] if is_word or is_number else None
        assert codec.decode(codec.encode(cells)).to_pylist() == [first, *values[1:], first if is_word else None]


def test_new_text_that_is_no_number_is_named():
    cells = pa.chunked_array([[f"{amount:.2f}" for amount in AMOUNTS]])
    codec = fit_codec(cells, ColumnSchema(name="x", kind="numeric"))
    with pytest.raises(DataError, match="column 'x': .*'soon'"):
        codec.encode(pa.array(["1.00", "soon"]))


def test_text_without_numbers_cannot_be_declared_numeric():
    with pytest.raises(SchemaError, match="declared numeric, but its text .*'soon'.* is not numbers"):
        fit_codec(pa.chunked_array([["soon", "later"]]), ColumnSchema(name="x", kind="numeric"))
