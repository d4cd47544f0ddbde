import numpy as np
import pytest

from synthdiff.codecs.registry import codec_from_dict

COUNTER = {"last": 400, "gap": 3, "bottom": -(2**63), "top": 2**63 - 1}
NUMBERS = {"codec": "number_identifier", "name": "x", "type": "int64", "counter": COUNTER, "missing": 0.0}
TEXT = {"codec": "text_identifier", "name": "x", "type": "string", "missing": 0.5}
ROOMY = {**COUNTER, "bottom": 0, "top": 10**18 - 1}
COUNTED = {**TEXT, "form": "counter", "prefix": "A", "suffix": "", "width": 4, "counter": ROOMY}
TEMPLATE = {**TEXT, "form": "template", "alphabets": ["AB", "-", *["0123456789"] * 30], "first": 7}


def made(data, n=500):
    return codec_from_dict(data).generate(0, n, np.random.default_rng(0)).drop_null().to_pylist()


def test_numbers():
    assert made(NUMBERS)[0] in (401, 402, 403)
    assert len(set(made(NUMBERS))) == 500
    unsigned = {**NUMBERS, "type": "uint64", "counter": {**COUNTER, "last": 400 - 2**63, "gap": 1}}
    assert made(unsigned, 2) == [401, 402]


def test_text():
    assert {(code[0], len(code)) for code in made(COUNTED)} == {("A", 5)}
    assert {(code[1], len(code)) for code in made(TEMPLATE)} == {("-", 32)}
    assert len(set(made(TEMPLATE))) > 200


@pytest.mark.parametrize(
    "data",
    [
        {**NUMBERS, "counter": {**COUNTER, "gap": 0}},
        {**NUMBERS, "counter": {**COUNTER, "last": "4"}},
        {**NUMBERS, "counter": {**COUNTER, "top": 0}},
        {**NUMBERS, "counter": None},
        {**COUNTED, "width": 2},
        {**TEMPLATE, "alphabets": []},
        {**TEMPLATE, "alphabets": ["BA"]},
        {**TEMPLATE, "alphabets": ["AB"] * 300},
        {**TEMPLATE, "alphabets": "AB"},
    ],
)
def test_damage_is_refused(data):
    with pytest.raises(ValueError, match=r"(?s).+"):
        codec_from_dict(data)
