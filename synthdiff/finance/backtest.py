"""How good forecasts of a simulator would have been, day after day, at what a risk department is asked about."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from synthdiff.data.portfolio import Holdings
from synthdiff.data.split import FloatArray
from synthdiff.errors import ConfigError
from synthdiff.finance.book import Book
from synthdiff.finance.calibration import interval_coverage, uniformity
from synthdiff.finance.coverage import CoverageTests, TrafficLight, coverage_tests, traffic_light
from synthdiff.finance.longrun import LongRunMean, long_run_mean
from synthdiff.finance.montecarlo import Significance
from synthdiff.finance.parameters import BACKTESTING
from synthdiff.finance.rolling import Plan, Track, roll
from synthdiff.finance.shortfall import ShortfallTests, excesses, shortfall_tests
from synthdiff.finance.simulator import Simulator, check_returns
from synthdiff.parameter import checked
from synthdiff.runtime import spawn_seed
from synthdiff.steps import drained

HORIZONS = (1, 5, 20)
LEVELS = (0.95, 0.975, 0.99)
SHARES = (0.5, 0.8, 0.9, 0.95)
BASEL_LEVEL = 0.99


@dataclass(frozen=True)
class RiskResult:
    """Value at risk and expected shortfall of one series over one day, at one level.

    Attributes
    ----------
    name : str
    level : float
    coverage : CoverageTests
    shortfall : ShortfallTests
    traffic_light : TrafficLight or None
        At 99 %.
    """

    name: str
    level: float
    coverage: CoverageTests
    shortfall: ShortfallTests
    traffic_light: TrafficLight | None


@dataclass(frozen=True)
class ForecastResult:
    """Forecasts of one series over one horizon.

    Attributes
    ----------
    name : str
    horizon : int
    n : int
        Forecasts whose outcome is known.
    crps : LongRunMean
        In units of the returns; smaller is better.
    p_uniform : float
        p-value of the places of what happened being uniform.
    coverage : tuple of LongRunMean
        Share of what happened that lies in the middle `SHARES` of the forecasts.
    """

    name: str
    horizon: int
    n: int
    crps: LongRunMean
    p_uniform: float
    coverage: tuple[LongRunMean, ...]


@dataclass(frozen=True, eq=False)
class Backtest:
    """Rolling forecasts and what they are worth.

    Attributes
    ----------
    simulator : str
        Its name.
    names : tuple of str
        The S series.
    plan : Plan
    track : Track
        All forecasts, day by day.
    risks : tuple of RiskResult
        A series and level each.
    forecasts : tuple of ForecastResult
        A series and horizon each.
    notes : tuple of str
        What to know besides.
    """

    simulator: str
    names: tuple[str, ...]
    plan: Plan
    track: Track
    risks: tuple[RiskResult, ...]
    forecasts: tuple[ForecastResult, ...]
    notes: tuple[str, ...] = ()

    @property
    def exceptions(self) -> FloatArray:
        """1 where a day's loss exceeded value at risk, else 0: (m, S, L)."""
        return (self.track.losses[..., None] > self.track.value_at_risk).astype(np.float64)

    def __str__(self) -> str:
        from synthdiff.finance.backtest_text import plain

        return plain(self)

    def to_dict(self, *, days: bool = True) -> dict[str, Any]:
        """Plain JSON values; NaN is None.

        Parameters
        ----------
        days : bool
            With the forecasts of each day, not only what follows from them.
        """
        out: dict[str, Any] = {"simulator": self.simulator, "names": list(self.names), **asdict(self.plan)}
        out["risks"] = [asdict(risk) for risk in self.risks]
        out["forecasts"] = [asdict(forecast) for forecast in self.forecasts]
        out["notes"] = list(self.notes)
        if days:
            words = ("happened", "crps", "places", "losses", "value_at_risk", "expected_shortfall")
            out["days"] = {word: getattr(self.track, word).tolist() for word in words}
        return {key: plain_value(value) for key, value in out.items()}


@checked(**BACKTESTING)
def backtest(
    simulator: Simulator,
    returns: FloatArray,
    first: int,
    horizons: Sequence[int] = HORIZONS,
    levels: Sequence[float] = LEVELS,
    n_paths: int = 1000,
    random_state: int = 0,
    *,
    refit_every: int | None = None,
    assets: Sequence[str] | None = None,
    weights: Holdings | None = None,
) -> Backtest:
    """Forecast each day from what was known the day before, and test the forecasts.

    Parameters
    ----------
    simulator : Simulator
        Fitted to nothing later than row `first`, which is not checked; or not fitted, with `refit_every`.
    returns : (T, d) float64
        Log returns; finite.
    first : int
        The first row that is forecast.
    horizons : sequence of int
        Days over which returns are cumulated. Every day starts a forecast over each; errors allow for the overlap.
    levels : sequence of float
        Of value at risk and expected shortfall, which are tested over one day.
    n_paths : int
        Of each forecast.
    random_state : int
    refit_every : int, optional
        Fit the simulator itself to all that is known, before the first day and after every so many days. Left out, it
        is used as it comes.
    assets : sequence of str, optional
        Names.
    weights : mapping of str to float, or (d,) array, optional
        A portfolio that is bought at the start of each forecast and held: share of wealth in each asset. Left out,
        every asset is tested on its own.

    Returns
    -------
    Backtest

    Raises
    ------
    DataError
        The returns are no table of finite numbers.
    ConfigError
        A parameter makes no sense.
    SamplingError
        The simulator forecasts something else than finite returns.
    """
    plan = Plan(first, tuple(horizons), tuple(levels), n_paths, random_state, refit_every)
    return drained(backtest_steps(simulator, returns, plan, assets, weights))


def backtest_steps(
    simulator: Simulator,
    returns: FloatArray,
    plan: Plan,
    assets: Sequence[str] | None = None,
    weights: Holdings | None = None,
) -> Generator[float, None, Backtest]:
    """`backtest` as a generator: yields the share of the days that is done."""
    returns = check_returns(returns)
    _check(plan, len(returns))
    book = Book.of(assets, returns.shape[1], weights)
    track = yield from roll(simulator, returns, book, plan)
    notes = tuple(f"{simulator.name}: {note}" for note in getattr(simulator, "notes", ()))
    return Backtest(
        simulator.name, book.names, plan, track, _risks(track, book, plan), _forecasts(track, book, plan), notes
    )


def _check(plan: Plan, n_rows: int) -> None:
    if not 1 <= plan.first < n_rows:
        raise ConfigError(
            f"first is {plan.first} and there are {n_rows} rows; the first day forecast is one in 1..{n_rows - 1}"
        )
    if not plan.horizons or min(plan.horizons) < 1:
        raise ConfigError(f"horizons are {plan.horizons}; give numbers of days of at least 1")
    wrong = [level for level in plan.levels if not 0.5 < level < 1]
    if wrong:
        raise ConfigError(f"level {wrong[0]} is not between 0.5 and 1; say 0.99 for the worst 1 %")
    least = max([2, *(math.ceil(1 / (1 - level) - 1e-9) for level in plan.levels)])
    if plan.n_paths < least:
        raise ConfigError(
            f"n_paths is {plan.n_paths}; {max(plan.levels, default=0.5):g} needs at least {least} to have a tail"
        )
    if plan.refit_every is not None and plan.refit_every < 1:
        raise ConfigError(f"refit_every is {plan.refit_every}; give a number of days of at least 1, or leave it out")


def _risks(track: Track, book: Book, plan: Plan) -> tuple[RiskResult, ...]:
    found: dict[tuple[str, float], RiskResult] = {}
    rng = np.random.default_rng(spawn_seed(plan.random_state, "shortfall"))
    ratios = excesses(track.losses, track.value_at_risk, track.expected_shortfall)
    for i, level in enumerate(plan.levels):
        risk, shortfall = track.value_at_risk[..., i], track.expected_shortfall[..., i]
        hits = (track.losses > risk).astype(np.float64)
        coverage = coverage_tests(hits, risk, level, spawn_seed(plan.random_state, "level", i))
        for j, name in enumerate(book.names):
            null = track.null_sums[:, j, i], track.null_counts[:, j, i]
            tests = shortfall_tests(ratios[:, j, i], *null, level, rng) if (shortfall[:, j] > 0).all() else NO_SHORTFALL
            light = traffic_light(hits[:, j]) if level == BASEL_LEVEL else None
            found[name, level] = RiskResult(name, level, coverage[j], tests, light)
    return tuple(found[name, level] for name in book.names for level in plan.levels)


NO_SHORTFALL = ShortfallTests(*[Significance(math.nan, math.nan, math.nan)] * 2)
"""Where expected shortfall is a gain, losses cannot be measured in it."""


def _forecasts(track: Track, book: Book, plan: Plan) -> tuple[ForecastResult, ...]:
    out = []
    for j, name in enumerate(book.names):
        for i, horizon in enumerate(plan.horizons):
            known = np.isfinite(track.happened[i, :, j])
            places = track.places[i, known, j]
            crps = long_run_mean(track.crps[i, known, j], overlap=horizon)
            coverage = tuple(interval_coverage(places, share, horizon) for share in SHARES)
            out.append(ForecastResult(name, horizon, len(places), crps, uniformity(places, horizon), coverage))
    return tuple(out)


def plain_value(value: Any) -> Any:
    """The same without tuples, infinities and NaN, as JSON has it."""
    if isinstance(value, dict):
        return {key: plain_value(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_value(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
