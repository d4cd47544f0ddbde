"""What the figures of a stress report show, as plain JSON: they can be drawn later, without the paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthdiff.data.drawdown import drawdown_paths
from synthdiff.data.interval import weighted_share
from synthdiff.data.paths import Paths
from synthdiff.data.quantile import weighted_quantiles
from synthdiff.data.split import FloatArray, IntArray
from synthdiff.evaluation.picture import compact
from synthdiff.finance.stress_result import StressResult

FAN = (0.05, 0.25, 0.5, 0.75, 0.95)
OUTER = (0.001, 0.999)
"""Quantiles between which bins and depths lie."""
N_BINS, N_DEPTHS = 40, 32
MOST_STEPS, MOST_FANS, MOST_ASSETS = 130, 6, 30
START = 100.0
Sides = Mapping[str, StressResult]


def pictures(result: StressResult, unstressed: StressResult | None) -> dict[str, Any]:
    """Gather what the figures of a scenario show.

    Parameters
    ----------
    result : StressResult
    unstressed : StressResult or None
        What stands beside it.

    Returns
    -------
    dict
        ``value`` (the portfolio with time, 100 at the start), ``assets`` (the same of those that are furthest from
        the usual), ``outcome`` (histograms of the return at the end), ``drawdown`` (how probable falls of a depth are),
        ``returns`` (of each asset at the end), ``worst`` (single paths) and ``ways`` (of a reverse stress: the path in
        the middle of each group). Each has the sides ``stressed`` and ``unstressed``; of a replay only paths are shown.
    """
    sides = {"stressed": result} | ({} if unstressed is None else {"unstressed": unstressed})
    values = {side: START * one.paths.portfolio(one.portfolio, one.rebalance) for side, one in sides.items()}
    found: dict[str, Any] = {
        "value": _fans(sides, values),
        "assets": _asset_fans(sides),
        "returns": _returns(sides),
    }
    if result.kind != "replay":
        found["outcome"] = _outcome(sides, values)
        found["drawdown"] = _drawdown(sides, values)
        found["worst"] = _lines(values["stressed"], result.risk.worst.rows)
    if result.reverse is not None:
        rows = np.sort(result.reverse.rows)
        middles = np.searchsorted(rows, [part.medoid for part in result.reverse.scenarios])
        found["ways"] = _lines(values["stressed"], middles)
    shown: dict[str, Any] = compact({key: value for key, value in found.items() if value})
    return shown


def _fans(sides: Sides, values: Mapping[str, FloatArray], start: float = START) -> dict[str, Any]:
    """Quantiles by step, the start included; a single path is a line of its own."""
    found = {}
    for side, lines in values.items():
        steps, at = _thinned(lines.shape[1])
        quantiles = weighted_quantiles(lines[:, at], sides[side].paths.weights, FAN)
        first = np.full((len(FAN), 1), start)
        bands = np.concatenate([first, quantiles], axis=1)
        found[side] = {"steps": steps, "levels": FAN, "quantiles": bands if len(lines) > 1 else bands[:1]}
    return found


def _asset_fans(sides: Sides) -> list[dict[str, Any]]:
    """Fans of the assets that are furthest from where they would be, or else of the largest positions."""
    paths = sides["stressed"].paths
    found = []
    for name in _telling(sides)[:MOST_FANS]:
        kind = paths.kinds[paths.assets.index(name)]
        values = {side: _asset_values(one.paths, name) for side, one in sides.items() if name in one.paths.assets}
        found.append({"name": name, "kind": kind} | _fans(sides, values, START if kind == "return" else 0.0))
    return found


def _telling(sides: Sides) -> list[str]:
    """Assets by how far they are from the usual, in deviations of that."""
    result = sides["stressed"]
    paths, usual = result.paths, sides.get("unstressed")
    if usual is None or usual.paths.assets != paths.assets:
        return sorted(paths.assets, key=lambda name: -abs(result.portfolio.get(name, 0.0)))
    ends, other = paths.terminal(), usual.paths.terminal()
    if usual.paths.n_steps != paths.n_steps:  # a replay: steps are compared, not ends
        ends, other = ends / paths.n_steps, other / usual.paths.n_steps
    mean = usual.paths.weights @ other
    spread = np.sqrt(usual.paths.weights @ (other - mean) ** 2)
    gap = np.abs(paths.weights @ ends - mean) / np.where(spread > 0, spread, 1.0)
    return [paths.assets[j] for j in np.argsort(-gap, kind="stable")]


def _asset_values(paths: Paths, name: str) -> FloatArray:
    """An asset with time, 100 at the start, or a level's change since then: (n_paths, n_steps)."""
    j = paths.assets.index(name)
    total = np.cumsum(paths.returns[:, :, j], axis=1)
    return START * np.exp(total) if paths.kinds[j] == "return" else total


def _outcome(sides: Sides, values: Mapping[str, FloatArray]) -> dict[str, Any]:
    """Histograms of the portfolio's return at the end, on the same bins; what is outside counts at the ends."""
    ends = {side: lines[:, -1] / START - 1 for side, lines in values.items()}
    outer = [weighted_quantiles(end, sides[side].paths.weights, OUTER) for side, end in ends.items()]
    low, high = float(np.min(outer)), float(np.max(outer))
    if low == high:
        low, high = low - 0.01, high + 0.01
    edges = np.linspace(low, high, N_BINS + 1)
    shares = {
        side: np.histogram(np.clip(end, low, high), edges, weights=sides[side].paths.weights)[0]
        for side, end in ends.items()
    }
    return {"edges": edges} | shares


def _drawdown(sides: Sides, values: Mapping[str, FloatArray]) -> dict[str, Any]:
    """How probable falls of at least a depth are, with 95 % intervals."""
    falls = {side: -drawdown_paths(lines, START).min(axis=1) for side, lines in values.items()}
    deepest = max(
        float(weighted_quantiles(fall, sides[side].paths.weights, OUTER[1:])[0]) for side, fall in falls.items()
    )
    depth = np.linspace(0, deepest or 0.01, N_DEPTHS)[1:]
    found: dict[str, Any] = {"depth": depth}
    for side, fall in falls.items():
        weights = sides[side].paths.weights
        shares = [weighted_share((fall >= x).astype(np.float64), weights) for x in depth]
        low, high = np.array([interval for _, interval in shares]).T
        found[side] = {"share": np.array([share for share, _ in shares]), "low": low, "high": high}
    return found


def _returns(sides: Sides) -> list[dict[str, Any]]:
    """Quantiles of the simple return of each asset at the end; levels are left out, they have other units."""
    paths = sides["stressed"].paths
    names = [name for name, kind in zip(paths.assets, paths.kinds, strict=True) if kind == "return"]
    found = []
    for name in names:
        record: dict[str, Any] = {"name": name}
        for side, one in sides.items():
            if name in one.paths.assets and one.paths.n_steps == paths.n_steps:
                ends = np.expm1(one.paths.returns[:, :, one.paths.assets.index(name)].sum(axis=1))
                record[side] = weighted_quantiles(ends, one.paths.weights, FAN)
        found.append(record)
    found.sort(key=lambda record: float(record["stressed"][len(FAN) // 2]))
    half = MOST_ASSETS // 2
    return found if len(found) <= MOST_ASSETS else found[:half] + found[-half:]


def _lines(values: FloatArray, rows: Any) -> dict[str, Any]:
    """Single paths of the portfolio."""
    steps, at = _thinned(values.shape[1])
    return {"steps": steps, "paths": np.column_stack([np.full(len(rows), START), values[rows][:, at]])}


def _thinned(n_steps: int) -> tuple[list[int], IntArray]:
    """Steps that are drawn, 0 for the start, and where they are, the start left out; the last one is always in."""
    at = np.unique(np.linspace(0, n_steps - 1, min(n_steps, MOST_STEPS)).round().astype(np.int64))
    return [0, *(at + 1).tolist()], at
