"""Run a model beside the classical simulators: its paths, and the forecasts that it would have made."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from synthdiff.data.market.moment import DateArray
from synthdiff.data.split import FloatArray
from synthdiff.errors import ConfigError
from synthdiff.evaluation.stylized.report import SeriesReport
from synthdiff.evaluation.stylized.sample import Kind
from synthdiff.finance.backtest import HORIZONS, LEVELS, backtest_steps
from synthdiff.finance.candidate import Candidate
from synthdiff.finance.challengers import make_challenger, usual_challengers
from synthdiff.finance.comparison import compare
from synthdiff.finance.observed import observe
from synthdiff.finance.parameters import VALIDATING
from synthdiff.finance.path_score import PathScoring, dates_of_paths
from synthdiff.finance.rolling import Plan as RollingPlan
from synthdiff.finance.simulator import Simulator, check_returns
from synthdiff.finance.validation import Validation
from synthdiff.parameter import checked
from synthdiff.runtime import spawn_seed
from synthdiff.steps import Steps, drained
from synthdiff.version import __version__

LEAST_DAYS = 50
"""Days below which a backtest says nothing."""
FITTING = 0.1
"""Share of the progress that fits are said to be."""
Since = float | str | np.datetime64 | None
Simulators = Mapping[str, Simulator | Sequence[Simulator]]


@dataclass(frozen=True)
class ValidationProgress:
    """What a validation is doing.

    Attributes
    ----------
    phase : str
        ``"fit"``, ``"score"`` or ``"backtest"``.
    fraction : float
        Of the whole, 0 to 1, by the number of its parts.
    what : str
        Which simulator and seed.
    """

    phase: str
    fraction: float
    what: str


@dataclass(frozen=True, eq=False)
class Plan:
    """What is measured, and on what.

    Attributes
    ----------
    returns : (T, d) float64
        Rows in which all assets are known: what simulators are fitted to and backtested on.
    scoring : PathScoring
        What paths are scored against.
    names : tuple of str
    cut : int
        Rows before it are fitted to.
    later : bool
        Whether what comes after is scored; else cut is T, and all is.
    seeds : tuple of int
    horizon, n_paths : int
    first : int or None
        First day of the backtest; None: no backtest.
    backtest_paths : int
    """

    returns: FloatArray
    scoring: PathScoring
    names: tuple[str, ...]
    cut: int
    later: bool
    seeds: tuple[int, ...]
    horizon: int
    n_paths: int
    first: int | None
    backtest_paths: int

    @property
    def before(self) -> FloatArray:
        """What simulators are fitted to."""
        return self.returns[: self.cut]


def validate(simulators: Simulators, returns: FloatArray, **settings: Any) -> Validation:
    """Put a model beside the classical simulators; see `validate_steps` for the parameters.

    Returns
    -------
    Validation
        ``print`` it for where the model is behind and all tables.

    Examples
    --------
    >>> from synthdiff.finance.bootstrap import StationaryBootstrap
    >>> returns = np.random.default_rng(0).standard_t(4, (400, 1)) / 100
    >>> few = {"seeds": 2, "horizon": 40, "n_paths": 50, "draws": 10, "backtest_days": 0}
    >>> result = validate({"blocks": StationaryBootstrap()}, returns, challengers=["iid_bootstrap"], **few)
    >>> [candidate.name for candidate in result.candidates]
    ['blocks', 'iid bootstrap']
    """
    return drained(validate_steps(simulators, returns, **settings))


@checked(**VALIDATING)
def validate_steps(
    simulators: Simulators,
    returns: FloatArray,
    *,
    names: Sequence[str] | None = None,
    kinds: Sequence[Kind] | None = None,
    dates: DateArray | None = None,
    path_dates: DateArray | None = None,
    since: Since = None,
    challengers: Sequence[str] | None = None,
    seeds: int = 5,
    horizon: int = 252,
    n_paths: int = 1000,
    draws: int = 100,
    backtest_days: int = 1000,
    backtest_paths: int = 1000,
    random_state: int = 0,
    notes: Sequence[str] = (),
) -> Generator[ValidationProgress, None, Validation]:
    """Validate as a generator: the caller shows progress.

    Paths of every simulator are scored by the stylised facts of the history, once a seed. Then each forecasts the last
    days, one after the other, from what was known the day before, with parameters as they are.

    Parameters
    ----------
    simulators : mapping of str to Simulator
        By name. The first is the model: all others, and the challengers after them, are compared with it. What is not
        fitted yet is fitted to the rows before `since`; what is, must not have seen more of them, which is not checked.
        A sequence of simulators has one for each seed, such as fits from other weights; the backtest takes the first.
    returns : (T, d) float64
        Log returns as fractions, or differences of levels; NaN where an asset is not known. Simulators are fitted to,
        and backtested on, the rows in which all assets are known; paths are scored against all rows.
    names : sequence of str or None
        Of the assets.
    kinds : sequence of {"return", "difference"} or None
        What the steps of each asset are; None: returns.
    dates : (T,) datetime64 or None
        Of the rows. Where they are given, volatility and zero returns are scored by time of day and weekday.
    path_dates : (horizon,) datetime64 or None
        Dates of the steps of all paths; None: those that follow the rows that simulators are fitted to.
    since : float, str, datetime64 or None
        The first row that is scored, and not fitted to: a share of the rows (0.7), or a date. None: simulators are
        fitted to, and scored on, all rows; then a backtest is of days that they have seen.
    challengers : sequence of str or None
        Words of `synthdiff.finance.challengers.CHALLENGERS`; None: all that can be fitted with what is installed.
    seeds : int
        How many, from `random_state` on.
    horizon, n_paths : int
        Of the paths whose facts are scored.
    draws : int
        Resamples of the history that make the noise floor of the facts.
    backtest_days : int
        The last so many days, those after `since` at most; 0: no backtest.
    backtest_paths : int
        Of each forecast.
    random_state : int
    notes : sequence of str
        What a reader must know besides.

    Yields
    ------
    ValidationProgress

    Raises
    ------
    DataError
        The returns are no table of numbers, or no row of them is complete.
    WindowError
        The history, or what comes after `since`, is too short to be scored.
    ConfigError
        A parameter makes no sense.
    MissingExtraError
        A challenger is estimated by a library that is not installed.
    """
    observed = observe(returns, dates)
    returns, dates = check_returns(observed.complete), observed.complete_dates
    cut = find_row(since, dates, len(returns))
    first, why = _first_day(len(returns), cut, since is not None, backtest_days)
    labels = tuple(names) if names is not None else tuple(f"asset {j + 1}" for j in range(returns.shape[1]))
    units = tuple(kinds) if kinds is not None else ("return",) * returns.shape[1]
    moments = dates_of_paths(path_dates, dates, cut, horizon)
    plan = Plan(
        returns,
        PathScoring(observed, labels, units, cut if since is not None else None, draws, moments),
        labels,
        cut,
        since is not None,
        tuple((random_state + k) % 2**63 for k in range(seeds)),
        horizon,
        n_paths,
        first,
        backtest_paths,
    )
    chosen, left_out = usual_challengers() if challengers is None else (tuple(challengers), ())
    every = _every(simulators, chosen, seeds)
    fitting = yield from _fit(every, plan)  # all of them first: what cannot be fitted is known before the long work
    candidates: list[Candidate] = []
    for position, (name, group) in enumerate(every.items()):
        candidate = yield from _measure(name, group, plan, (position, len(every)))
        candidate = replace(candidate, seconds={**fitting.get(name, {}), **candidate.seconds})
        if candidates and candidate.backtest is not None and candidates[0].backtest is not None:
            candidate = replace(candidate, comparison=compare(candidates[0].backtest, candidate.backtest))
        candidates.append(candidate)
    drift = plan.scoring.drift(horizon, plan.seeds[0]) if plan.later else None
    holes = () if observed.is_complete.all() else candidates[0].reports[0].notes
    every_note = (*notes, *left_out, *why, *_span_notes(plan), *holes)
    return Validation(tuple(candidates), drift, every_note, _about(plan, dates))


def find_row(since: Since, dates: DateArray | None, n_rows: int) -> int:
    """The row that a share or a date stands for; all rows where there is none.

    Raises
    ------
    ConfigError
        There is no such row, or rows have no dates.
    """
    if since is None:
        return n_rows
    if isinstance(since, (int, float)):
        if not 0 < since < 1:
            raise ConfigError(
                f"since is {since}; give a share of the rows between 0 and 1, or a date such as 2013-01-01"
            )
        return round(since * n_rows)
    if dates is None:
        raise ConfigError(f"since is {since}, and the series have no dates; give a share of the rows, such as 0.7")
    try:
        row = int(np.searchsorted(dates, np.datetime64(str(since))))
    except ValueError as error:
        raise ConfigError(f"since is {since!r}, which is no date; write 2013-01-01, or a share such as 0.7") from error
    if not 0 < row < n_rows:
        raise ConfigError(f"since is {since}; the series go from {_day(dates[0])} to {_day(dates[-1])}")
    return row


def _every(simulators: Simulators, challengers: Sequence[str], seeds: int) -> dict[str, list[Simulator]]:
    """Simulators by name, one a seed."""
    if seeds < 1:
        raise ConfigError(f"seeds is {seeds}; it must be at least 1")
    if not simulators:
        raise ConfigError("there is nothing to validate; give a mapping with a simulator")
    every: dict[str, list[Simulator]] = {}
    for name, given in simulators.items():
        group = list(given) if isinstance(given, Sequence) else [given] * seeds
        if len(group) != seeds:
            raise ConfigError(
                f"{name!r} has {len(group)} simulators for {seeds} seeds; give one a seed, or a single one"
            )
        every[name] = group
    for word in challengers:
        challenger = make_challenger(word)
        every.setdefault(challenger.name, [challenger] * seeds)
    return every


def _fit(
    every: dict[str, list[Simulator]], plan: Plan
) -> Generator[ValidationProgress, None, dict[str, dict[str, float]]]:
    """Fit what is not fitted yet; yields the progress and returns the seconds of a fit by name."""
    seconds = {}
    for position, (name, group) in enumerate(every.items()):
        fresh = [simulator for simulator in dict.fromkeys(group) if not is_fitted(simulator)]
        if not fresh:
            continue
        yield ValidationProgress("fit", FITTING * position / len(every), name)
        began = time.perf_counter()
        for simulator in fresh:
            simulator.fit(plan.before)
        seconds[name] = {"fit": (time.perf_counter() - began) / len(fresh)}
    return seconds


def _measure(
    name: str, group: list[Simulator], plan: Plan, place: tuple[int, int]
) -> Generator[ValidationProgress, None, Candidate]:
    """One simulator; `place` is how many came before and how many there are."""
    reports: list[SeriesReport] = []

    def progress(phase: str, what: str = "", share: float = 0.0) -> ValidationProgress:
        own = (len(reports) + share) / (len(plan.seeds) + 1)
        return ValidationProgress(phase, FITTING + (1 - FITTING) * (place[0] + own) / place[1], f"{name}{what}")

    seconds = {"sample": 0.0}
    for simulator, seed in zip(group, plan.seeds, strict=True):
        yield progress("score", f", seed {seed}")
        began = time.perf_counter()
        paths = simulator.sample(plan.n_paths, plan.horizon, spawn_seed(seed, "validate"))
        seconds["sample"] += (time.perf_counter() - began) / len(plan.seeds)
        report = plan.scoring.score(paths, seed)
        # Pictures of one report are kept, for a page.
        reports.append(report if place[0] == len(reports) == 0 else replace(report, pictures={}))
    tested = None
    if plan.first is not None:
        yield progress("backtest")
        began = time.perf_counter()
        rolling = RollingPlan(plan.first, HORIZONS, LEVELS, plan.backtest_paths, plan.seeds[0], None)
        for share in (steps := Steps(backtest_steps(group[0], plan.returns, rolling, plan.names))):
            yield progress("backtest", f", {share:.0%} of the days", share)
        tested = replace(steps.result, simulator=name)
        seconds["backtest"] = time.perf_counter() - began
    return Candidate(name, tuple(reports), tested, None, seconds, tuple(getattr(group[0], "notes", ())))


def is_fitted(simulator: Simulator) -> bool:
    """Whether a simulator has learnt something: it says so, or has an attribute that ends in an underscore."""
    said: bool | None = getattr(simulator, "is_fitted", None)
    return any(name.endswith("_") for name in vars(simulator)) if said is None else said


def _first_day(n_rows: int, cut: int, later: bool, days: int) -> tuple[int | None, tuple[str, ...]]:
    """First day of a backtest, and why there is none."""
    if days < 0:
        raise ConfigError(f"backtest_days is {days}; give a number of days, or 0 for no backtest")
    first = max(n_rows - days, cut if later else 1)
    if days == 0:
        return None, ()
    if n_rows - first < LEAST_DAYS:
        return None, (f"{n_rows - first} days are too few for a backtest, which needs {LEAST_DAYS}.",)
    return first, ()


def _span_notes(plan: Plan) -> tuple[str, ...]:
    if plan.later:
        return ()
    note = "All simulators were fitted to the history that their paths are scored against"
    if plan.first is None:
        return (f"{note}.",)
    return (f"{note}, the days of the backtest included; --since (since=) keeps the last part out.",)


def _about(plan: Plan, dates: DateArray | None) -> dict[str, Any]:
    n_rows = len(plan.returns)
    about: dict[str, Any] = {
        "assets": list(plan.names),
        "fitted to": _span(0, plan.cut, dates),
        "scored on": _span(plan.cut if plan.later else 0, n_rows, dates),
        "paths": plan.n_paths,
        "steps of a path": plan.horizon,
        "seeds": len(plan.seeds),
        "first seed": plan.seeds[0],
        "draws": plan.scoring.draws,
    }
    if plan.first is not None:
        about |= {"days of backtest": n_rows - plan.first, "paths of a forecast": plan.backtest_paths}
    return about | {"versions": {"synthdiff": __version__, "numpy": np.__version__}}


def _span(first: int, last: int, dates: DateArray | None) -> str:
    rows = f"{last - first:,} steps"
    return rows if dates is None else f"{rows}, {_day(dates[first])} to {_day(dates[last - 1])}"


def _day(moment: np.datetime64) -> str:
    return str(moment)[:10]
