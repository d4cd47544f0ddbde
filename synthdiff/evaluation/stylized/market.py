"""Paths of a market scored against the market itself: columns are found by their roles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from synthdiff.codecs.series.channel import changes
from synthdiff.codecs.token import FloatArray
from synthdiff.data.market import Market, Role
from synthdiff.data.market.calendar import steps_per_year
from synthdiff.data.market.convention import to_log
from synthdiff.data.paths import Paths
from synthdiff.data.portfolio import HOLDINGS, Holdings
from synthdiff.errors import DataError
from synthdiff.evaluation.stylized.bar import Bars
from synthdiff.evaluation.stylized.conditioned import score_conditioned
from synthdiff.evaluation.stylized.evaluate import score_paths
from synthdiff.evaluation.stylized.matched_scores import MatchedScores
from synthdiff.evaluation.stylized.report import SeriesReport
from synthdiff.evaluation.stylized.sample import Kind
from synthdiff.evaluation.stylized.shut import open_spans, rest_when_shut, single_steps
from synthdiff.parameter import checked
from synthdiff.rule import MOST_STEPS, SEED, Integer, OrNone
from synthdiff.runtime import spawn_seed

MOVING: tuple[Role, ...] = ("close", "price", "return", "level")
"""Roles of the column that an asset's returns are made of, the first one that it has."""
PARTS: tuple[Role, ...] = ("open", "high", "low", "close")
UNEVEN = 1e-9


@checked(random_state=SEED, draws=Integer(1, MOST_STEPS))
def evaluate_series(
    real: Market, paths: Paths, *, holdout: Market | None = None, random_state: int = 0, draws: int = 100
) -> SeriesReport:
    """Score paths of a market by its stylised facts; see `score_paths`.

    Volume, bars, and volatility by the clock are scored where market and paths hold them. What was always above zero,
    and is not in some paths, is told. Returns over a hole of an asset are left out, as they are those of several steps.

    Parameters
    ----------
    real : Market
        The history. Its assets are matched by name; those that the paths lack are left out.
    paths : Paths
        Weighted paths are drawn again by their weights first.
    holdout : Market or None
        What came after the history.
    random_state : int
        The same seed gives the same report.
    draws : int
        Resamples of the history that make the noise floor.

    Returns
    -------
    SeriesReport

    Raises
    ------
    DataError
        The paths hold an asset that the market lacks, or other things that cannot be compared.
    WindowError
        Market or paths are too short.
    """
    paths, notes = _evened(paths, random_state)
    kinds = _kinds(paths)
    lag = int(any(real.roles[_moving(real, asset)] != "return" for asset in paths.assets))
    report = score_paths(
        _single_steps(real, paths.assets, kinds)[lag:],
        paths.returns,
        names=paths.assets,
        random_state=random_state,
        draws=draws,
        holdout=None if holdout is None else _later(holdout, paths, kinds)[lag:],
        kinds=kinds,
        dates=None if real.dates is None else real.dates[lag:],
        path_dates=paths.dates,
        volume=_volumes(real, paths, lag),
        bars=_bars(real, paths, lag),
        levels=_levels(real, paths, lag),
    )
    return replace(report, notes=(*notes, *report.notes))


@checked(random_state=SEED, draws=Integer(1, MOST_STEPS), portfolio=OrNone(HOLDINGS))
def evaluate_conditioned(
    real: Market,
    paths: Paths,
    conditioning: Mapping[Any, Any],
    *,
    portfolio: Holdings | None = None,
    random_state: int = 0,
    draws: int = 100,
) -> MatchedScores:
    """Score conditioned paths of a market against the windows of it that did the same; see `score_conditioned`.

    Parameters
    ----------
    real, paths, random_state, draws
        As of `evaluate_series`.
    conditioning, portfolio
        As of `SeriesDiffusion.sample`.

    Raises
    ------
    DataError
        The paths hold an asset that the market lacks, or no window of it meets the conditions.
    """
    kinds = _kinds(paths)
    return score_conditioned(
        _returns(real, paths.assets, kinds),
        paths,
        conditioning,
        portfolio=portfolio,
        per_year=steps_per_year(real.dates),
        draws=draws,
        random_state=random_state,
    )


def _kinds(paths: Paths) -> list[Kind]:
    return ["difference" if kind == "difference" else "return" for kind in paths.kinds]


def _evened(paths: Paths, seed: int) -> tuple[Paths, tuple[str, ...]]:
    """Paths of equal weight, and what there is to say about it."""
    notes = []
    if paths.event is not None:
        notes.append(f"The paths are conditioned ({paths.event.text}): the whole history does not do that.")
    if np.ptp(paths.weights) > UNEVEN / len(paths.weights):
        notes.append(
            f"The {len(paths.weights):,} paths have unequal weights and were drawn again by them; they are worth "
            f"{paths.effective_size:,.0f} independent ones."
        )
        paths = paths.resample(len(paths.weights), random_state=spawn_seed(seed, "weights"))
    return paths, tuple(notes)


def _column(market: Market, asset: str, role: Role) -> int | None:
    """Position of an asset's column of a role; None where it has none."""
    rows = zip(market.assets, market.roles, strict=True)
    return next((place for place, found in enumerate(rows) if found == (asset, role)), None)


def _moving(market: Market, asset: str) -> int:
    """Position of the column that an asset's returns are made of."""
    found = [place for role in MOVING if (place := _column(market, asset, role)) is not None]
    if not found:
        known = ", ".join(dict.fromkeys(market.assets))
        raise DataError(f"the paths hold {asset!r}, the history does not; it holds {known}", column=asset)
    return found[0]


def _returns(market: Market, assets: tuple[str, ...], kinds: list[Kind]) -> FloatArray:
    """Log returns or differences, (T, d); the first row is NaN of what needs the one before."""
    return np.column_stack([_moves(market, asset, kind) for asset, kind in zip(assets, kinds, strict=True)])


def _single_steps(market: Market, assets: tuple[str, ...], kinds: list[Kind]) -> FloatArray:
    """Returns as of `_returns`, without those that cover several steps in which the asset trades."""
    returns = _returns(market, assets, kinds)
    places = [_moving(market, asset) for asset in assets]
    observed = ~np.isnan(market.values[:, places])
    if observed.all():
        return returns
    spans = open_spans(returns, observed, market.dates)
    return single_steps(returns, np.where([market.roles[place] == "return" for place in places], 1, spans))


def _later(market: Market, paths: Paths, kinds: list[Kind]) -> FloatArray:
    """Returns of what came after the history, with zeros where an asset is shut and the paths reach such steps."""
    returns = _single_steps(market, paths.assets, kinds)
    if market.dates is None or paths.dates is None:
        return returns
    return rest_when_shut(returns, market.dates, paths.dates)


def _levels(market: Market, paths: Paths, lag: int) -> tuple[FloatArray, FloatArray] | None:
    """Values of the assets in history (T, d) and paths (n, L, d); NaN of returns, and where paths have no values."""
    places = [_moving(market, asset) for asset in paths.assets]
    drawn = np.full(paths.returns.shape, np.nan)
    for j, place in enumerate(places):
        name = market.names[place]
        if market.roles[place] == "return" or name not in paths.names:
            continue
        values = paths.values[:, :, paths.names.index(name)]
        # Paths without a start have their returns in the place of values.
        if not np.array_equal(values, paths.returns[:, :, j]):
            drawn[:, :, j] = values
    return market.values[lag:, places], drawn


def _moves(market: Market, asset: str, kind: Kind) -> FloatArray:
    place = _moving(market, asset)
    values = market.values[:, place]
    if market.roles[place] == "return":
        return to_log(values, market.conventions.get(market.names[place], "log"))
    if kind == "difference":
        return changes(values)
    low = np.nanmin(values) if np.isfinite(values).any() else 0.0
    if low <= 0:
        name, row = market.names[place], int(np.nanargmin(values)) if np.isfinite(values).any() else None
        raise DataError(
            f"column {name!r} holds {low:g}, of which there are no log returns, and the paths hold log returns of it; "
            "give prices above 0, or paths of differences",
            column=name,
            row=row,
            value=float(low),
        )
    return changes(np.log(values))


def _volumes(real: Market, paths: Paths, lag: int) -> tuple[FloatArray, FloatArray] | None:
    """Volume of history and paths; None where no asset has one in both."""
    return _both(real, paths, "volume", lag)


def _bars(real: Market, paths: Paths, lag: int) -> tuple[Bars, Bars] | None:
    """Bars of history and paths; None where no asset has them in both."""
    parts = [_both(real, paths, part, lag) for part in PARTS]
    known = [part for part in parts if part is not None]
    if len(known) < len(PARTS):
        return None
    return Bars(*(part[0] for part in known)), Bars(*(part[1] for part in known))


def _both(real: Market, paths: Paths, role: Role, lag: int) -> tuple[FloatArray, FloatArray] | None:
    """Columns of a role of history (T, d) and paths (n, L, d), NaN of assets without; None where none has one."""
    places = [_column(real, asset, role) for asset in paths.assets]
    names = [None if place is None else real.names[place] for place in places]
    if not any(name in paths.names for name in names if name is not None):
        return None

    def gathered(values: FloatArray, find: Callable[[int], int | None]) -> FloatArray:
        out = np.full((*values.shape[:-1], len(paths.assets)), np.nan)
        for j in range(len(paths.assets)):
            column = find(j)
            if column is not None:
                out[..., j] = values[..., column]
        return out

    def in_paths(j: int) -> int | None:
        name = names[j]
        return paths.names.index(name) if name is not None and name in paths.names else None

    return gathered(real.values[lag:], places.__getitem__), gathered(paths.values, in_paths)
