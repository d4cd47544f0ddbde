"""Parameters of volatility recursions by maximum likelihood, and what to do where the optimiser does not find any."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np

from synthdiff.data.split import FloatArray
from synthdiff.errors import DataError, MissingExtraError
from synthdiff.finance.recursion import NORMAL_ABSOLUTE, EgarchRecursion, GarchRecursion, Recursion, filter_returns

Kind = Literal["garch", "gjr", "egarch"]
MIN_ROWS = 100
"""A likelihood of fewer returns says next to nothing about four parameters of volatility."""
MAX_PERSISTENCE, CALM_PERSISTENCE = 0.9999, 0.999
RESIDUAL_SIZE, USUAL_SIZE = (0.4, 1.5), 0.75
"""Mean absolute standardised residual; outside, the recursion has run away from the returns. A standard deviation would
not do: one return that is a hundred volatilities large may be real."""
N_FIRST, FADE, LEAST = 75, 0.94, 0.01
"""The variance before a history: of so many first rows, fading, and at least this share of the variance of all rows."""

# mean, omega, alpha, gamma, beta, degrees of freedom; of returns with standard deviation 1. What daily returns of stock
# indices and single stocks usually come to; first the most usual, which is also what is fallen back to.
STARTS: dict[Kind, tuple[tuple[float, ...], ...]] = {
    "garch": (
        (0.0, 0.02, 0.08, 0.0, 0.90, 6.0),
        (0.0, 0.01, 0.04, 0.0, 0.95, 8.0),
        (0.0, 0.10, 0.15, 0.0, 0.75, 5.0),
        (0.0, 0.40, 0.10, 0.0, 0.50, 4.0),
    ),
    "gjr": (
        (0.0, 0.02, 0.03, 0.10, 0.90, 6.0),
        (0.0, 0.01, 0.03, 0.02, 0.95, 8.0),
        (0.0, 0.10, 0.05, 0.20, 0.75, 5.0),
        (0.0, 0.40, 0.05, 0.10, 0.50, 4.0),
    ),
    "egarch": (
        (0.0, -0.004, 0.15, -0.08, 0.98, 6.0),
        (0.0, -0.002, 0.10, -0.02, 0.99, 8.0),
        (0.0, -0.020, 0.20, -0.10, 0.90, 5.0),
        (0.0, -0.080, 0.20, 0.0, 0.60, 4.0),
    ),
}


@dataclass(frozen=True)
class VolatilityFit:
    """What was estimated.

    Attributes
    ----------
    recursion : Recursion
    dof : (d,) float64
        Degrees of freedom of the t distribution of the innovations, above 2.
    notes : tuple of str
        A sentence for each asset whose estimate is not simply the optimiser's.
    """

    recursion: Recursion
    dof: FloatArray
    notes: tuple[str, ...]


def fit_volatility(returns: FloatArray, kind: Kind) -> VolatilityFit:
    """Estimate a recursion with constant mean and t innovations for each asset on its own.

    An estimate that has not converged, is not stationary or has run away from the returns is made again from other
    starts. Where none of these is any better, one that is only not stationary loses some of its persistence; otherwise
    the asset gets fixed parameters that are usual for daily returns, at its own variance. A note says so.

    Parameters
    ----------
    returns : (T, d) float64
        Finite.
    kind : {"garch", "gjr", "egarch"}

    Raises
    ------
    MissingExtraError
        `arch` is not installed.
    DataError
        An asset does not vary.
    """
    scale = returns.std(axis=0)
    # A constant column does not always come to exactly zero.
    still = np.flatnonzero(np.ptp(returns, axis=0) == 0)
    if len(still):
        raise DataError(f"asset {still[0]} never varies, so it has no volatility; leave it out")
    found = [_fit_asset(column, kind) for column in (returns / scale).T]
    notes = tuple(f"asset {j}: {note}" for j, (_, note) in enumerate(found) if note)
    parameters = np.array([parameters for parameters, _ in found]).T
    return VolatilityFit(_recursion(returns, parameters, kind), parameters[5], notes)


def _recursion(returns: FloatArray, parameters: FloatArray, kind: Kind) -> Recursion:
    """The recursion in the units of the returns, from parameters (6, d) of returns of standard deviation 1."""
    scale = returns.std(axis=0)
    mean, omega, alpha, gamma, beta, _ = parameters
    # The variance before the first row is that of the first rows, early ones most: arch's own start.
    weights = FADE ** np.arange(min(N_FIRST, len(returns)))
    before = weights @ (returns - returns.mean(axis=0))[:N_FIRST] ** 2 / weights.sum()
    before = np.maximum(before, scale**2 * LEAST)  # of an asset that does not move at first
    # A volatility above the largest return that was ever seen is an accident of the recursion.
    limit = np.abs(returns - mean * scale).max(axis=0) ** 2
    if kind == "egarch":
        omega = omega + (1 - beta) * 2 * np.log(scale)
        return EgarchRecursion(mean * scale, omega, alpha, gamma, beta, omega + beta * np.log(before), np.log(limit))
    omega = omega * scale**2
    start = omega + (alpha + gamma / 2 + beta) * before
    return GarchRecursion(mean * scale, omega, alpha, gamma, beta, start, limit)


def _fit_asset(returns: FloatArray, kind: Kind) -> tuple[FloatArray, str]:
    """Parameters (6,) of one asset's returns, (T,) of standard deviation 1, and a note where there is need of one."""
    if len(returns) < MIN_ROWS:
        note = f"{len(returns)} rows are too few to estimate its volatility; it has usual parameters instead"
        return _fixed(returns, kind), note
    parameters, _ = _maximise(returns, kind, None)
    problem = _problem(returns, parameters, kind)
    if not problem:
        return parameters, ""
    tried = [_maximise(returns, kind, start) for start in STARTS[kind]]
    ranked = [parameters for parameters, _ in sorted(tried, key=lambda pair: -pair[1])]
    why = f"its first estimate {problem}"
    for other in ranked:
        if not _problem(returns, other, kind):
            return other, f"{why}; the one used started elsewhere"
    for other in (parameters, *ranked):
        if _persistence(other, kind) > MAX_PERSISTENCE:
            calmed = _calmed(returns, other, kind)
            if not _problem(returns, calmed, kind):
                return calmed, f"{why}; its persistence is lowered to {CALM_PERSISTENCE}"
    return _fixed(returns, kind), f"{why}, and no other is better; it has usual parameters instead"


def _maximise(returns: FloatArray, kind: Kind, start: tuple[float, ...] | None) -> tuple[FloatArray, float]:
    """Parameters (6,) where the likelihood is largest, and its logarithm; NaN where the optimiser did not converge."""
    try:
        from arch import arch_model
    except ImportError as error:
        raise MissingExtraError(
            "volatility models are estimated by arch, which is not installed; pip install synthdiff[finance]",
            extra="finance",
        ) from error
    asymmetric = kind != "garch"
    model = arch_model(
        returns, vol="EGARCH" if kind == "egarch" else "GARCH", p=1, o=int(asymmetric), q=1, dist="t", rescale=False
    )
    first = None if start is None else np.array([p for i, p in enumerate(start) if asymmetric or i != 3])
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # whether the result can be used is checked, not believed
            result = model.fit(disp="off", show_warning=False, starting_values=first)
    except (ValueError, FloatingPointError, np.linalg.LinAlgError):
        return np.full(6, np.nan), -np.inf
    parameters = np.asarray(result.params, dtype=np.float64)
    if not asymmetric:
        parameters = np.insert(parameters, 3, 0.0)
    return parameters if result.convergence_flag == 0 else np.full(6, np.nan), float(result.loglikelihood)


def _problem(returns: FloatArray, parameters: FloatArray, kind: Kind) -> str:
    """What is wrong with an asset's parameters, as the end of a sentence; nothing if they can be used."""
    if not np.isfinite(parameters).all():
        return "did not converge"
    if _persistence(parameters, kind) > MAX_PERSISTENCE:
        return f"is not stationary (persistence {_persistence(parameters, kind):.4f})"
    if parameters[5] <= 2:
        return f"has no variance ({parameters[5]:.2f} degrees of freedom)"
    size = _residual_size(returns, parameters, kind)
    if not RESIDUAL_SIZE[0] < size < RESIDUAL_SIZE[1]:
        return f"has run away from the returns (residuals are {size:.2g} large instead of {USUAL_SIZE})"
    return ""


def _persistence(parameters: FloatArray, kind: Kind) -> float:
    """Share of today's excess volatility that is expected to be left tomorrow."""
    _, _, alpha, gamma, beta, _ = parameters
    return float(beta if kind == "egarch" else alpha + gamma / 2 + beta)


def _residual_size(returns: FloatArray, parameters: FloatArray, kind: Kind) -> float:
    """Mean absolute standardised residual; NaN where they have run away."""
    return float(np.abs(_filtered(returns, parameters, kind)[1]).mean())


def _filtered(returns: FloatArray, parameters: FloatArray, kind: Kind) -> tuple[FloatArray, FloatArray]:
    """States and residuals, (T, 1) each."""
    column = returns[:, None]
    with np.errstate(all="ignore"):  # of estimates that run away
        states, residuals = filter_returns(_recursion(column, parameters[:, None], kind), column)
    return states[1:], residuals


def _calmed(returns: FloatArray, parameters: FloatArray, kind: Kind) -> FloatArray:
    """Parameters that are not stationary, with less of yesterday's volatility."""
    calmed = parameters.copy()
    calmed[4] -= _persistence(parameters, kind) - CALM_PERSISTENCE
    return _levelled(returns, calmed, kind)


def _fixed(returns: FloatArray, kind: Kind) -> FloatArray:
    """Usual parameters."""
    parameters = np.array(STARTS[kind][0])
    parameters[0] = returns.mean()
    return _levelled(returns, parameters, kind)


def _levelled(returns: FloatArray, parameters: FloatArray, kind: Kind) -> FloatArray:
    """Move omega so that GARCH has the variance of the returns, and EGARCH the mean logarithm that its filter finds."""
    _, omega, alpha, gamma, beta, _ = parameters
    if kind == "egarch":
        # What the filter finds hardly depends on omega. Paths do: they drift to where the recursion is at rest, which
        # is far off if beta is near 1 and omega does not fit the residuals.
        states, residuals = _filtered(returns, parameters, kind)
        excess = float(np.abs(residuals).mean()) / USUAL_SIZE
        news = alpha * (USUAL_SIZE - NORMAL_ABSOLUTE) + gamma * float(residuals.mean()) / excess
        omega = (1 - beta) * (float(states.mean()) + 2 * np.log(excess)) - news
    else:
        omega = 1 - _persistence(parameters, kind)
    return np.concatenate([parameters[:1], [omega], parameters[2:]])
