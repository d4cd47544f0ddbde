"""What the figures of a report on market paths show, as plain JSON: they can be drawn later, without the paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.picture import compact
from synthdiff.evaluation.stylized.distance import Distance
from synthdiff.evaluation.stylized.fact import Fact
from synthdiff.evaluation.stylized.order import quantiles
from synthdiff.evaluation.stylized.sample import Kind
from synthdiff.evaluation.stylized.series import SeriesData
from synthdiff.evaluation.stylized.tally import BAD
from synthdiff.runtime import spawn_seed

MOST_ASSETS = 12
"""Assets that are drawn, the worst ones first."""
MOST_MATRIX = 40
N_EXAMPLES, N_TRACES = 10, 4
MOST_POINTS, MOST_STEPS = 90, 260
FURTHEST = 20.0
"""Log return of a path beyond which all are drawn alike: whoever sees it knows enough."""
N_TAIL, FIRST_TAIL = 26, 0.2
N_QUANTILES = 24
Found = Mapping[str, Mapping[str, Distance]]


def pictures(
    data: SeriesData,
    facts: Sequence[Fact[Any]],
    found: Found,
    cross: Mapping[str, Distance],
    extra: Sequence[tuple[Sequence[Fact[Any]], Found]],
    falls: Mapping[str, Mapping[str, FloatArray]],
    seed: int,
) -> dict[str, Any]:
    """Gather what the figures show.

    Parameters
    ----------
    data : SeriesData
    facts : sequence of Fact
        Those of single assets.
    found : mapping of str to mapping of str to Distance
        Their distances, by asset and fact.
    cross : mapping of str to Distance
        Distances of the facts across assets.
    extra : sequence of (facts, distances)
        Of volume, bars and the clock.
    falls : mapping of str to mapping
        Drawdown exceedance on a fine grid, by asset: see `drawdown`.
    seed : int

    Returns
    -------
    dict
        ``assets`` (a dict of curves and examples each, the worst first), ``cross`` (matrices), ``scores`` (of each
        asset and fact, where there are several assets); numbers have five significant digits.
    """
    order = sorted(found, key=lambda name: -_mean_score(found[name]))
    shown = {
        "assets": [_asset(data, name, facts, found[name], extra, falls[name], seed) for name in order[:MOST_ASSETS]],
        "n_assets": len(found),
        "length": data.length,
    }
    if "correlation" in cross:
        shown["cross"] = _matrices(data, cross)
    if data.n_assets > 1:
        shown["scores"] = {
            "facts": [fact.name for fact in facts],
            "assets": order[:MOST_MATRIX],
            "values": [[found[name][fact.name].score for fact in facts] for name in order[:MOST_MATRIX]],
            "bad": BAD,
        }
    plain: dict[str, Any] = compact(shown)
    return plain


def _mean_score(found: Mapping[str, Distance]) -> float:
    known = [distance.score for distance in found.values() if np.isfinite(distance.score)]
    return float(np.mean(known)) if known else 0.0


def _asset(
    data: SeriesData,
    name: str,
    facts: Sequence[Fact[Any]],
    found: Mapping[str, Distance],
    extra: Sequence[tuple[Sequence[Fact[Any]], Found]],
    falls: Mapping[str, FloatArray],
    seed: int,
) -> dict[str, Any]:
    j = data.names.index(name)
    scale, kind = float(data.scale[j]), data.kinds[j]
    own, paths = data.steps(j), data.pieces(j)[:, :, 0]
    real, drawn = np.sort(own), np.sort(paths, axis=None)
    curves = _curves(facts, found, data.lengths[j])
    for more, by_asset in extra:
        if name in by_asset:
            curves |= _curves(more, by_asset[name], data.lengths[j])
    rng = np.random.default_rng(spawn_seed(seed, "pictures", name))
    return {
        "name": name,
        "kind": kind,
        "scale": scale,
        "score": _mean_score(found),
        "curves": curves,
        "drawdown": dict(falls),
        "tails": _tails(real / scale, drawn / scale),
        "quantiles": _quantiles(real, drawn, scale),
        **_examples(own, paths, kind, scale, rng),
    }


def _curves(facts: Sequence[Fact[Any]], found: Mapping[str, Distance], length: int) -> dict[str, Any]:
    """Vectors of the facts that are curves, with the history's band."""
    out = {}
    for fact in facts:
        if fact.axis is not None and fact.name in found:
            distance = found[fact.name]
            vectors = {key: getattr(distance, key) for key in ("real", "low", "high", "synthetic")}
            titles = {"words": fact.axis.words, "values": fact.axis.values}
            out[fact.name] = {"x": list(fact.axis.places(length)), **titles, **vectors}
    return out


def _tails(real: FloatArray, drawn: FloatArray) -> dict[str, Any]:
    """Sizes of losses and gains that are exceeded with small probabilities, from sorted returns.

    The paths hold more steps than the history: their tails are followed a little further than its own.
    """
    ends = {"real": 1 / len(real), "synthetic": max(1 / len(drawn), 0.1 / len(real))}
    out: dict[str, Any] = {}
    for key, ordered in (("real", real), ("synthetic", drawn)):
        share = np.geomspace(FIRST_TAIL, ends[key], N_TAIL)
        out[key] = {
            "share": share,
            "losses": -quantiles(ordered, share),
            "gains": quantiles(ordered, 1 - share),
        }
    return out


def _quantiles(real: FloatArray, drawn: FloatArray, scale: float) -> dict[str, Any]:
    """Quantiles of both, from the history's most extreme steps inwards."""
    outer = np.geomspace(1 / len(real), 0.4, N_QUANTILES)
    levels = np.concatenate([outer, [0.5], 1 - outer[::-1]])
    return {
        "levels": levels,
        "real": quantiles(real, levels),
        "synthetic": quantiles(drawn, levels),
        "centre": float(np.median(real)),
        "unit": scale,
    }


def _examples(
    real: FloatArray, paths: FloatArray, kind: Kind, scale: float, rng: np.random.Generator
) -> dict[str, Any]:
    """Some windows of the history and some paths: their levels, and the returns of a few."""
    length = paths.shape[1]
    starts = np.sort(rng.choice(len(real) - length + 1, min(N_EXAMPLES, len(real) - length + 1), replace=False))
    chosen = rng.choice(len(paths), min(N_EXAMPLES, len(paths)), replace=False)
    some = {"real": np.stack([real[start : start + length] for start in starts]), "synthetic": paths[chosen]}
    stride = -(-length // MOST_POINTS)
    level = {key: np.pad(x.cumsum(axis=1), ((0, 0), (1, 0)))[:, ::stride] for key, x in some.items()}
    if kind == "return":
        level = {key: 100 * np.exp(np.clip(x, -FURTHEST, FURTHEST)) for key, x in level.items()}
    return {
        "paths": {"stride": stride, **level},
        "returns": {key: np.round(x[:N_TRACES, :MOST_STEPS] / scale, 1) for key, x in some.items()},
    }


def _matrices(data: SeriesData, cross: Mapping[str, Distance]) -> dict[str, Any]:
    """Correlations, and how often pairs fall together, as matrices of history and paths."""
    names = data.names[:MOST_MATRIX]
    pairs = np.triu_indices(data.n_assets, 1)

    def matrix(vector: FloatArray) -> FloatArray:
        full = np.eye(data.n_assets)
        full[pairs] = vector
        full.T[pairs] = vector
        return np.round(full[: len(names), : len(names)], 3)

    out: dict[str, Any] = {"names": list(names)}
    for key, name in (("correlation", "correlation"), ("falls", "joint tails")):
        distance, n_pairs = cross[name], len(pairs[0])
        out[key] = {side: matrix(getattr(distance, side)[:n_pairs]) for side in ("real", "synthetic")}
    return out
