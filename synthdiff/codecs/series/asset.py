"""The codec of one asset or covariate, by what its columns are."""

from __future__ import annotations

import numpy as np

from synthdiff.codecs.series.activity import Activity
from synthdiff.codecs.series.bar import BarCodec
from synthdiff.codecs.series.change import CovariateCodec, DifferenceCodec, LevelCodec, LogReturnCodec, ReturnCodec
from synthdiff.codecs.series.channel import FloatArray, SeriesCodec
from synthdiff.data.market import Market, Role
from synthdiff.data.market.unit_root import MIN_ROWS, unit_root_test
from synthdiff.errors import DataError

LEVEL_TEST = 0.05
"""Level of the unit-root test by which a level returns to its mean."""


def fit_asset(
    market: Market, columns: list[int], drift: float | None, wanders: bool, activity: Activity, place: int
) -> SeriesCodec:
    """Fit the codec of an asset or a covariate.

    Parameters
    ----------
    market : Market
    columns : list of int
        Those of the asset.
    drift : float or None
        Mean log return of a step; None: what it was.
    wanders : bool
        Whether a level may wander.
    activity : Activity
    place : int
        Position of the asset in it; of a covariate, any.

    Raises
    ------
    DataError
        The asset is observed less than twice.
    """
    values, asset = market.values[:, columns], market.assets[columns[0]]
    roles: list[Role] = [market.roles[column] for column in columns]
    name, x = market.names[columns[0]], values[:, 0]
    at = (name, asset, columns[0])
    if roles[0] == "covariate":
        return CovariateCodec(*at)
    if "close" in roles:
        x = values[:, roles.index("close")]
        name = asset
    _check_observed(name, x)
    if roles[0] == "level" and not _wanders(x, wanders):
        observed = x[~np.isnan(x)]
        return LevelCodec(*at, float(observed.mean()), float(observed.std()) or 1.0)
    mean, share = activity.mean(place), float(activity.share[place])
    own = mean if drift is None else drift / share
    if "close" in roles:
        parts = {str(role): column for role, column in zip(roles, columns, strict=True)}
        return BarCodec.fit(asset, parts, values, mean, own, share)
    if roles[0] == "level":
        return DifferenceCodec(*at, mean, own if drift is None else 0.0, share)
    if roles[0] == "return":
        return ReturnCodec(*at, mean, own, share, market.conventions.get(name, "log"))
    return LogReturnCodec(*at, mean, own, share)


def _wanders(x: FloatArray, may: bool) -> bool:
    """Whether a level is modelled by its differences."""
    observed = x[~np.isnan(x)]
    return may and not (len(observed) >= MIN_ROWS and unit_root_test(observed).rejects(LEVEL_TEST))


def _check_observed(name: str, x: FloatArray) -> None:
    if (~np.isnan(x)).sum() < 2:
        raise DataError(f"column {name!r} is observed less than twice; leave it out", column=name)
