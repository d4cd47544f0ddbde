"""What earlier versions wrote of identifiers, as what is written today."""

from __future__ import annotations

from math import prod
from typing import Any

from synthdiff.codecs.codes.form import Form, numbered
from synthdiff.codecs.codes.part import Letters, Part
from synthdiff.codecs.codes.sequence import Sequence, Stretch
from synthdiff.codecs.codes.shuffle import MOST
from synthdiff.record import require, restore, without

_ZERO = 1 << 63


def counter_as_today(data: Any, width: int = 0, *, unsigned: bool = False) -> Any:
    """Turn a counter of the highest number, a gap and bounds into one of a sequence; leave any other.

    Parameters
    ----------
    data : Any
        From a file.
    width : int
        Digits of all numbers; 0 where they are not filled up.
    unsigned : bool
        Whether numbers were shifted down by 2**63.
    """
    keys = ("last", "gap", "bottom", "top")
    if not isinstance(data, dict) or set(data) != set(keys):
        return data
    require(all(type(data[key]) is int for key in keys), "whole numbers are expected")
    last, gap, bottom, top = (data[key] for key in keys)
    top = min(top, 10**width - 1) if width else top
    require(bottom <= last <= top and 1 <= gap <= top, "the last number must lie between bottom and top")
    size = min(top - bottom + 1, MOST)
    begin = last - bottom + 1
    above = [Stretch(begin, size - begin, min(gap, size - begin, 1 << 16))] if begin < size else []
    return {"bottom": bottom + unsigned * _ZERO, "step": 1, "sequence": Sequence(size, tuple(above)).to_dict()}


def code_as_today(data: Any) -> Any:
    """Turn a template of one alphabet a position into a code of one form; leave any other."""
    if not isinstance(data, dict) or set(data) != {"form", "alphabets", "first"}:
        return data
    texts = data["alphabets"]
    require(isinstance(texts, list) and texts, "a list of alphabets is expected")
    letters = [restore(Letters, {"columns": [at], "alphabet": text}) for at, text in enumerate(texts)]
    several: list[Part] = [part for part in letters if part.size > 1]
    parts, drawn = numbered(several)
    size = prod(part.size for part in parts)
    form = Form("".join(part.alphabet[0] for part in letters), parts, drawn, "", (), Sequence(size, (), 0, size), 1)
    return {"form": "code", "forms": [form.to_dict()]}


def text_as_today(data: Any) -> Any:
    """Turn either of them, as part of a column of text."""
    if isinstance(data, dict) and isinstance(data.get("width"), int):
        return {**data, "counter": counter_as_today(data.get("counter"), data["width"])}
    own = ("form", "alphabets", "first")
    if isinstance(data, dict) and data.get("form") == "template":
        return {**without(data, *own), **code_as_today({key: data.get(key) for key in own})}
    return data
