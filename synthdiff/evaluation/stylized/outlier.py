"""Single assets, and pairs, whose paths leave what the noise of the history allows for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import stdtrit

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.stylized.distance import Distance
from synthdiff.evaluation.stylized.fact import Telling

CHANCE = 0.01
"""Probability that any element of a fact, of any asset, is called outlying where none is."""


def outlying(telling: Telling, known: Mapping[str, Distance], names: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Find the assets of which an element of a fact's vector differs from the history by more than chance.

    The difference over its standard error is compared with Student's distribution, of as many degrees of freedom as
    there are windows of the history less one, at a level that all elements of all assets share (Bonferroni).

    Parameters
    ----------
    telling : Telling
    known : mapping of str to Distance
        By asset.
    names : sequence of str
        Of the elements, where each is a pair; else an asset is told once, by the element furthest off.

    Returns
    -------
    list of dict
        ``name``, ``words``, ``real`` and ``synthetic`` (the element), ``errors`` (the difference in standard errors),
        ``level`` and ``text``, a sentence; the clearest first.
    """
    n_elements = sum(int(np.isfinite(distance.real).sum()) for distance in known.values())
    rows = [row for name, distance in known.items() for row in _of_one(telling, name, distance, names, n_elements)]
    return sorted(rows, key=lambda row: -row["errors"])


def _of_one(
    telling: Telling, name: str, distance: Distance, names: Sequence[str], n_elements: int
) -> Iterator[dict[str, Any]]:
    difference = np.abs(distance.synthetic - distance.real)
    limit = stdtrit(np.maximum(distance.n_windows - 1, 1), 1 - CHANCE / (2 * max(n_elements, 1)))
    with np.errstate(divide="ignore", invalid="ignore"):  # what never differs is not off; what is not known, neither
        errors = np.where(difference > 0, difference / distance.errors, 0.0)
    off: list[int] = np.flatnonzero((errors > limit) & (difference >= telling.material)).tolist()
    if off and not names:
        off = [max(off, key=lambda k: errors[k])]
    for k in off:
        words = telling.words[k if len(telling.words) > 1 else 0]
        yield _row(telling, names[k] if names else name, words, distance, k, errors)


def _row(telling: Telling, name: str, words: str, distance: Distance, k: int, errors: FloatArray) -> dict[str, Any]:
    real, synthetic = float(distance.real[k]), float(distance.synthetic[k])
    return {
        "name": name,
        "words": words,
        "real": real,
        "synthetic": synthetic,
        "errors": float(min(errors[k], 1e9)),
        "level": telling.level,
        "text": f"The {words} of {name} is {telling.text(synthetic)} in paths, {telling.text(real)} in the history.",
    }
