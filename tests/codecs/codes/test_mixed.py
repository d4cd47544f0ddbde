"""Identifiers of several sorts: each is continued, as often as it is found."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from synthdiff.codecs.codes.mixed import Mixed

CELLS = [*(f"N{k}" for k in range(100, 400, 3)), *(str(k) for k in range(1, 301))]


def mixed(cells: list[str] = CELLS, *, is_named: bool = True) -> Mixed:
    found = Mixed.fit(pa.array(cells), is_named=is_named)
    assert found is not None
    return found


def made(form: Mixed, n: int) -> list[str]:
    return list(form.write(np.arange(n, dtype=np.uint64), np.random.default_rng(0)).to_pylist())


def test_sorts_come_as_often_as_real_ones_and_none_is_real_or_comes_twice() -> None:
    cells = made(mixed(), 2000)
    assert len(set(cells)) == 2000
    assert not set(cells) & set(CELLS)
    assert sum(cell.startswith("N") for cell in cells) == pytest.approx(500, abs=20)


def test_it_comes_back_as_it_was() -> None:
    form = mixed()
    assert made(Mixed.from_dict(form.to_dict()), 100) == made(form, 100)


def test_one_odd_cell_among_hundreds_is_no_sort() -> None:
    assert mixed([*CELLS, "243?"]) == mixed()


@pytest.mark.parametrize(
    "cells",
    [
        [f"N{k}" for k in range(50)],
        [f"{letter}{k}" for letter in "abcdefghijklmnopqrstu" for k in range(9)],
        [*(f"{k}.{k + 1}" for k in range(50)), *(f"N{k}" for k in range(50))],
        [*(str(k) for k in range(50)), *(f"{'x' * k}7" for k in range(9))],
    ],
    ids=["one sort", "too many", "two numbers in one", "singles"],
)
def test_other_texts_are_none(cells: list[str]) -> None:
    assert Mixed.fit(pa.array(cells), is_named=True) is None


@pytest.mark.parametrize("other", ["", ">", "Anna ", "Jo Li "])
def test_without_the_name_of_an_identifier_sorts_differ_by_a_few_letters(other: str) -> None:
    cells = [*(f"N{k}" for k in range(50)), *(f"{other}{k}" for k in range(50))]
    assert Mixed.fit(pa.array(cells), is_named=False) is None
    assert Mixed.fit(pa.array(cells), is_named=True) is not None


def test_weights_and_sorts_must_belong_together() -> None:
    data = mixed().to_dict()
    with pytest.raises(ValueError, match="each sort needs a weight"):
        Mixed.from_dict(data | {"weights": [1]})
    with pytest.raises(ValueError, match="the same text around"):
        Mixed.from_dict(data | {"sorts": data["sorts"][:1] * 2})
    with pytest.raises(ValidationError):
        Mixed.from_dict(data | {"sorts": data["sorts"][:1]})
