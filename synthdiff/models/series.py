"""`SeriesDiffusion`: learn market histories, simulate and forecast them."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, Unpack, overload

from synthdiff.codecs.series.channel import FloatArray
from synthdiff.data.market import read_market
from synthdiff.data.paths import Paths
from synthdiff.data.portfolio import Holdings
from synthdiff.errors import ConfigError
from synthdiff.models.array import as_frame
from synthdiff.models.event import subjects_of
from synthdiff.models.past import keep_past
from synthdiff.models.scenario import Effort, SampleOptions, Scenario
from synthdiff.models.series_base import FittedSeries
from synthdiff.models.series_fit import run_series_fit
from synthdiff.models.series_parameters import FITTING, FORECASTING, HORIZON, READING, SAMPLING, STREAMING
from synthdiff.models.tabular_parameters import STEPS
from synthdiff.parameter import check, checked
from synthdiff.rule import RandomState
from synthdiff.runtime import choose_device
from synthdiff.sampling.steering import Watch
from synthdiff.training.checkpoint import fitting_in
from synthdiff.training.state import FitProgress


class SeriesDiffusion(FittedSeries):
    """Diffusion model of market series.

    Filters follow volatility and levels, with a common factor; the model learns what they leave, nearly white noise.

    Parameters
    ----------
    preset : {"fast", "balanced", "best"}
        Size of the network and length of the training.
    max_time : float or str or None
        Time limit of a fit: seconds, or text such as "5m".
    max_steps : int or None
        Optimiser steps at most.
    values : {"auto", "price", "return", "level"} or dict
        What the numbers are; see `synthdiff.data.market.read_market`.
    drift : {"historical", "zero"} or float
        Mean log return of what is drawn: that of the history, none, or a log return a year from -10 to 10.
    covariates : sequence of str
        Columns that are shown to the network and not drawn: regimes, indicators.
    id_column, time_column : str or None
        Of a long panel; None finds them.
    value_columns : sequence of str
    date_format : {"dayfirst", "monthfirst"} or str or None, a text for strptime; None finds it out
    returns : {"auto", "simple", "log", "percent"}
        How columns of returns are written; paths hold them so. See `synthdiff.data.market.read_market`.
    adjust_splits : bool
        Divide prices before a jump that looks like a split of shares by its ratio; default: False.
    window : int or None
        Steps of a window; half of it is what the network sees of the past. None: up to 256, as the history allows.
    network : {"unet", "transformer"}
    volatility : {"auto", "start", "running", "none"}
        Volatility that a window is divided by: at its start, so that the network learns the rest, or of each step.
        "auto": the former for one asset, the latter for several. "none": not divided.
    tail : {"pareto", "empirical"}
        Steps beyond the history's largest: as an estimated tail says, or never.
    device : str
    precision : {"auto", "float32", "bfloat16"}
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None
        Seed, or what one is drawn from; None draws any. It is kept in ``seed_``.

    Attributes
    ----------
    assets_, names_ : tuple of str
        Assets; columns of paths.
    codec_ : PriceCodec
    history_ : list of dict
        One record a validation.
    n_rows_, n_steps_, n_parameters_, seed_ : int
    best_valid_loss_ : float or None
        Of held-out later time; 1 is what volatility and correlation alone give.
    fit_seconds_ : float
    warnings_ : list of str

    Examples
    --------
    >>> from synthdiff import SeriesDiffusion
    >>> from synthdiff.datasets import make_market
    >>> prices = make_market(400, 2, random_state=0)
    >>> model = SeriesDiffusion(preset="fast", max_steps=10, random_state=0).fit(prices)
    >>> model.sample(5, horizon=20, random_state=0).returns.shape
    (5, 20, 2)
    """

    def __init__(
        self,
        *,
        preset: str = "balanced",
        max_time: float | str | None = None,
        max_steps: int | None = None,
        values: Any = "auto",
        drift: Any = "historical",
        covariates: Sequence[str] = (),
        id_column: str | None = None,
        time_column: str | None = None,
        value_columns: Sequence[str] = (),
        date_format: str | None = None,
        returns: Any = "auto",
        adjust_splits: bool = False,
        window: int | None = None,
        network: str = "unet",
        volatility: str = "auto",
        tail: str = "pareto",
        device: str = "auto",
        precision: str = "auto",
        random_state: RandomState = None,
    ) -> None:
        self.preset = preset
        self.max_time = max_time
        self.max_steps = max_steps
        self.values = values
        self.drift = drift
        self.covariates = covariates
        self.id_column = id_column
        self.time_column = time_column
        self.value_columns = value_columns
        self.date_format = date_format
        self.returns = returns
        self.adjust_splits = adjust_splits
        self.window = window
        self.network = network
        self.volatility = volatility
        self.tail = tail
        self.device = device
        self.precision = precision
        self.random_state = random_state

    def fit(self, X: Any, y: None = None) -> Self:
        """Learn the series of a frame.

        Parameters
        ----------
        X : pandas.DataFrame, polars.DataFrame, pyarrow.Table or (T, C) array
            See `synthdiff.data.market.read_market`; the columns of an array are ``"x0"``, ``"x1"`` and so on.
        y : None
            Ignored; there for scikit-learn.

        Returns
        -------
        self

        Raises
        ------
        ConfigError
            A parameter is not allowed; all are checked before the series are looked at.
        DataError
            The series cannot be used; the message says what to do.
        DivergedError
            The loss is no longer finite.
        """
        for _ in self.fit_steps(X):
            pass
        return self

    @checked(**STEPS)
    def fit_steps(
        self, X: Any, *, checkpoint: str | Path | None = None, spent: float = 0.0
    ) -> Generator[FitProgress, None, None]:
        """Fit as a generator: the caller shows progress and decides when to stop.

        Parameters
        ----------
        X : frame
        checkpoint : path or None
            A folder for checkpoints. Where it holds an unfinished fit of the same data and settings, that fit goes on.
        spent : float
            Seconds of the time limit that are over already; default: none.

        Yields
        ------
        FitProgress
        """
        params = check(self.get_params(deep=False), FITTING)
        choose_device(params["device"])
        market = read_market(as_frame(X), **{name: params[name] for name in READING})
        with fitting_in(folder := None if checkpoint is None else Path(checkpoint)):
            fitted = yield from run_series_fit(params, market, folder, spent)
        keep_past(fitted, market, subjects_of(fitted))
        self._set_fitted(fitted)

    @overload
    def sample(
        self,
        n_paths: int = ...,
        horizon: int | None = ...,
        conditioning: Mapping[Any, Any] | None = ...,
        *,
        n_samples: None = ...,
        **options: Unpack[SampleOptions],
    ) -> Paths: ...

    @overload
    def sample(
        self,
        n_paths: int = ...,
        horizon: int | None = ...,
        conditioning: Mapping[Any, Any] | None = ...,
        *,
        n_samples: int,
        **options: Unpack[SampleOptions],
    ) -> FloatArray: ...

    @checked(**SAMPLING)
    def sample(
        self,
        n_paths: int = 1_000,
        horizon: int | None = None,
        conditioning: Mapping[Any, Any] | None = None,
        *,
        history: Any = None,
        portfolio: Holdings | None = None,
        n_samples: int | None = None,
        recalibrate: bool = True,
        resample: bool = False,
        tolerance: float | None = None,
        min_effective: float | None = None,
        max_draws: int | None = None,
        watch: Watch | None = None,
        random_state: RandomState = None,
    ) -> Paths | FloatArray:
        """Simulate paths, of scenarios too.

        Parameters
        ----------
        n_paths : int
            Number of paths, at most 10**12; default: 1,000.
        horizon : int or None
            Steps of a path, at most 10**6; None: 252, with `n_samples` 1.
        conditioning : mapping or None
            What every path must do, such as ``{"SPX": -0.1}``, ``{"SPX.max_drawdown": "<=-0.3", "regime": 2}``: see
            `synthdiff.data.request`. All of it holds exactly; the rest follows the model, weighted to stay unbiased.
        history : frame or None
            What the paths go on from; None: each starts in a state in which the market was at some time, prices from
            the last ones of the fitted history, levels that return to their mean from where they stood then.
        portfolio : mapping, array or None
            Weights for ``"return"``, ``"max_drawdown"`` and ``"volatility"``; None: equal ones.
        n_samples : int or None
            Single steps instead of paths, (n_samples, n_assets): simple returns of prices, as skfolio takes them, and
            returns as they went in; of longer paths if `horizon` says so.
        recalibrate : bool
            Give the returns of each asset exactly the distribution that they had over the history. Not done with
            `history`, where volatility is what it is now.
        resample : bool
            Draw conditioned paths again by their weights, so that all weigh the same.
        tolerance : float or None
            Half of the band around a single value that is asked for; None: 0.01, and at most a fifth of the standard
            deviation that it usually has.
        min_effective : float or None
            Give at least `n_paths`, and as many as are worth so many independent ones.
        max_draws : int or None
            Paths that may be drawn to find those which do what is asked; None: 50 `n_paths` and 10,000.
        watch : callable or None
            ``watch(found, wanted)`` is called now and then with numbers of paths: for progress.
        random_state : int, numpy.random.Generator, numpy.random.RandomState or None
            Seed or its source; None: that of the fit. Path i does not depend on how many are drawn.

        Returns
        -------
        Paths
            With `Paths.event` if conditioned: what was asked, and how probable that is. With `n_samples` an array.

        Raises
        ------
        ConfigError
            A parameter is not allowed, or the portfolio holds what is no asset.
        ConditioningError
            What is asked for is not known, or no path reaches it; the message says how near they come.
        TooFewRowsError
            Too few paths reach it within `max_draws`.
        """
        if n_samples is not None and history is not None:
            raise ConfigError("n_samples are steps of any time; leave out the history, or ask for paths")
        self._check_fitted()
        n_steps = horizon if horizon is not None else HORIZON if n_samples is None else 1
        effort = Effort(tolerance, min_effective, max_draws, watch)
        if history is not None:
            scenario = self._at_end(history, n_steps, conditioning, portfolio)
        else:
            scenario = Scenario.anywhere(self.fitted_, n_steps, conditioning, portfolio, recalibrate)
        if n_samples is not None:
            return scenario.draw_rows(n_samples, self._seed(random_state), effort)
        return self._drawn(scenario, n_paths, effort, resample, random_state)

    @checked(**FORECASTING)
    def forecast(
        self,
        history: Any = None,
        horizon: int = 20,
        n_paths: int = 1_000,
        *,
        conditioning: Mapping[Any, Any] | None = None,
        portfolio: Holdings | None = None,
        resample: bool = False,
        tolerance: float | None = None,
        min_effective: float | None = None,
        max_draws: int | None = None,
        watch: Watch | None = None,
        random_state: RandomState = None,
    ) -> Paths:
        """Draw paths from the end of a history.

        Parameters
        ----------
        history : frame or None
            The same columns as fitted, up to when the forecast is made; None: the fitted history.
        horizon, n_paths : int
        conditioning, portfolio, resample, tolerance, min_effective, max_draws, watch, random_state
            As of `sample`.

        Returns
        -------
        Paths
        """
        self._check_fitted()
        effort = Effort(tolerance, min_effective, max_draws, watch)
        scenario = self._at_end(history, horizon, conditioning, portfolio)
        return self._drawn(scenario, n_paths, effort, resample, random_state)

    @checked(**STREAMING)
    def iter_paths(
        self,
        n_paths: int,
        horizon: int,
        *,
        history: Any = None,
        from_end: bool = False,
        recalibrate: bool = True,
        random_state: RandomState = None,
    ) -> Iterator[Paths]:
        """Draw the paths of `sample`, or of `forecast`, some at a time: memory does not grow with their number.

        Parameters
        ----------
        n_paths, horizon : int
        history : frame or None
            As of `sample`.
        from_end : bool
            Go on from the end of the fitted history, where no other is given.
        recalibrate : bool
            As of `sample`.
        random_state : int, numpy.random.Generator, numpy.random.RandomState or None

        Yields
        ------
        Paths
            Up to 512.
        """
        self._check_fitted()
        if history is None and not from_end:
            scenario = Scenario.anywhere(self.fitted_, horizon, recalibrated=recalibrate)
        else:
            scenario = self._at_end(history, horizon)
        yield from scenario.pieces(n_paths, self._seed(random_state))
