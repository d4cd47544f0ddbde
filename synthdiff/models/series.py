"""`SeriesDiffusion`: learn market histories, simulate and forecast them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator

from synthdiff.codecs.channel import FloatArray
from synthdiff.data.calendar import next_dates
from synthdiff.data.market import Market, read_market
from synthdiff.data.paths import Paths
from synthdiff.errors import ConfigError, NotFittedError, WindowError
from synthdiff.models.series_artifact import read_series, write_series
from synthdiff.models.series_calibration import start_anywhere
from synthdiff.models.series_fit import SeriesFit, channel_places, end_of, run_series_fit
from synthdiff.runtime import choose_device, spawn_seed
from synthdiff.sampling.path import PathStart
from synthdiff.training.state import FitProgress

CHUNK = 512
"""Paths that share a seed of their own: path i depends on the model, the seed and its chunk alone."""


class SeriesDiffusion(BaseEstimator):  # type: ignore[misc]
    """Diffusion model of market series.

    Volatility is followed by a filter, of several assets with a common factor; what it leaves is nearly white noise,
    and a diffusion model learns how it is not.

    Parameters
    ----------
    preset : {"fast", "balanced", "best"}
        Size of the network and length of the training.
    max_time : float or str or None
        Seconds, or words such as "5m": at most so long.
    max_steps : int or None
        At most so many optimiser steps.
    values : {"auto", "price", "return", "level"} or dict
        What the numbers are; see `synthdiff.data.market.read_market`.
    drift : {"historical", "zero"} or float
        Mean log return of what is drawn: that of the history, none, or so much a year.
    covariates : sequence of str
        Columns that are shown to the network and not drawn: regimes, indicators.
    id_column, time_column : str or None
        Of a long panel; None finds them.
    value_columns : sequence of str
    window : int or None
        Steps of a window; half of it is what the network sees of the past. None: up to 256, as the history allows.
    network : {"unet", "transformer"}
    volatility : {"auto", "start", "running"}
        Whether windows are divided by the volatility at their start, and the network learns how it goes on, or each
        step by its own. "auto": the former for one asset, the latter for several.
    device : str
    precision : {"auto", "float32", "bfloat16"}
    random_state : int or None
        Seed; None draws one, kept in ``seed_``.

    Attributes
    ----------
    assets_, names_ : tuple of str
        Assets; columns that paths have.
    codec_ : PriceCodec
    history_ : list of dict
        One record a validation.
    n_rows_, n_steps_, n_parameters_ : int
    best_valid_loss_ : float or None
        Of held-out later time; 1 is what volatility and correlation alone give.
    fit_seconds_ : float
    seed_ : int

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
        window: int | None = None,
        network: str = "unet",
        volatility: str = "auto",
        device: str = "auto",
        precision: str = "auto",
        random_state: int | None = None,
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
        self.window = window
        self.network = network
        self.volatility = volatility
        self.device = device
        self.precision = precision
        self.random_state = random_state

    def fit(self, X: Any, y: None = None) -> Self:
        """Learn the series of a frame.

        Parameters
        ----------
        X : pandas.DataFrame, polars.DataFrame or pyarrow.Table
            See `synthdiff.data.market.read_market`.
        y : None
            Ignored; there for scikit-learn.

        Returns
        -------
        self

        Raises
        ------
        DataError
            The series cannot be used; the message says what to do.
        DivergedError
            The loss is no longer finite.
        """
        for _ in self.fit_steps(X):
            pass
        return self

    def fit_steps(self, X: Any, *, checkpoint: str | Path | None = None) -> Generator[FitProgress, None, None]:
        """Fit as a generator: the caller shows progress and decides when to stop.

        Parameters
        ----------
        X : frame
        checkpoint : path or None
            A folder for checkpoints. Where it holds an unfinished fit of the same data and settings, that fit goes on.

        Yields
        ------
        FitProgress
        """
        market = read_market(
            X,
            values=self.values,
            id_column=self.id_column,
            time_column=self.time_column,
            value_columns=tuple(self.value_columns),
            covariates=tuple(self.covariates),
        )
        folder = None if checkpoint is None else Path(checkpoint)
        self._set_fitted((yield from run_series_fit(self.get_params(deep=False), market, folder)))

    def sample(
        self,
        n_paths: int = 1_000,
        horizon: int = 252,
        *,
        history: Any = None,
        recalibrate: bool = True,
        random_state: int | None = None,
    ) -> Paths:
        """Simulate paths.

        Parameters
        ----------
        n_paths, horizon : int
        history : frame or None
            What the paths go on from; None: each starts in a state in which the market was at some time, with prices
            from the last ones of the fitted history.
        recalibrate : bool
            Give the returns of each asset exactly the distribution that they had over the history. Not done with
            `history`, where volatility is what it is now.
        random_state : int or None
            Seed; None takes the seed of the fit. Path i does not depend on how many are drawn.

        Returns
        -------
        Paths
        """
        if history is not None:
            return self.forecast(history, horizon, n_paths, random_state=random_state)
        fitted = self._checked(n_paths, horizon)
        parts = []
        for chunk, rng in self._chunks(n_paths, random_state):
            start = start_anywhere(fitted.starts, CHUNK, fitted.sampler.codec.n_series, rng)
            parts.append(self._steps(start, horizon, rng)[: n_paths - chunk * CHUNK])
        steps = np.concatenate(parts)
        if recalibrate:
            self._recalibrate(steps)
        return self._paths(steps, fitted.start_values, self._dates(horizon))

    def forecast(
        self, history: Any = None, horizon: int = 20, n_paths: int = 1_000, *, random_state: int | None = None
    ) -> Paths:
        """Draw paths from the end of a history.

        Parameters
        ----------
        history : frame or None
            The same columns as fitted, up to when the forecast is made; None: the fitted history.
        horizon, n_paths : int
        random_state : int or None

        Returns
        -------
        Paths
        """
        fitted = self._checked(n_paths, horizon)
        end, values, dates = fitted.end, fitted.start_values, fitted.dates
        if history is not None:
            market = self._read(history)
            end, values, dates = self._end(market), fitted.codec.start(market.values), market.dates
        parts = []
        for chunk, rng in self._chunks(n_paths, random_state):
            start = end.take(np.zeros(CHUNK, dtype=np.int64))
            parts.append(self._steps(start, horizon, rng)[: n_paths - chunk * CHUNK])
        return self._paths(np.concatenate(parts), values, None if dates is None else next_dates(dates, horizon))

    def save(self, path: str | Path, *, force: bool = False) -> None:
        """Write the model to a directory that loading cannot run code from.

        Parameters
        ----------
        path : str or Path
            ``NAME.synthdiff``.
        force : bool
            Replace a finished model there.
        """
        self._check_fitted()
        write_series(self.fitted_, path, force=force)

    @classmethod
    def load(cls, path: str | Path, device: str = "auto") -> Self:
        """Read a model from a directory; see `synthdiff.load`."""
        fitted = read_series(path, choose_device(device))
        model = cls(**fitted.params)
        model._set_fitted(fitted)
        return model

    def _steps(self, start: PathStart, horizon: int, rng: np.random.Generator) -> FloatArray:
        """(n, horizon, K) channels, those that come along 0."""
        codec = self.fitted_.codec
        noise = rng.standard_normal((len(start), horizon, self.fitted_.sampler.codec.n_series))
        own, _ = channel_places(codec)
        out = np.zeros((len(start), horizon, len(codec.channels)))
        out[..., own] = self.fitted_.sampler.draw(noise, start)
        return out

    def _recalibrate(self, steps: FloatArray) -> None:
        """Give each asset its real quantiles, in place."""
        fitted = self.fitted_
        for k, (drawn, real) in zip(fitted.sampler.codec.followed, fitted.output, strict=True):
            steps[..., k] = real.decode(drawn.encode(steps[..., k]))

    def _paths(self, steps: FloatArray, start: FloatArray, dates: Any) -> Paths:
        codec = self.fitted_.codec
        values = codec.decode(steps, start)
        kept = [c for c, role in enumerate(codec.layout.roles) if role != "covariate"]
        return Paths.of(
            codec.returns(steps, start),
            codec.assets,
            values=values[..., kept],
            names=[codec.names[c] for c in kept],
            start=start[: len(codec.names)][kept],
            dates=dates,
            kinds=codec.kinds,
        )

    def _chunks(self, n_paths: int, random_state: int | None) -> Any:
        seed = self.seed_ if random_state is None else int(random_state)
        for chunk in range(-(-n_paths // CHUNK)):
            yield chunk, np.random.default_rng(spawn_seed(seed, "paths", chunk))

    def _dates(self, horizon: int) -> Any:
        dates = self.fitted_.dates
        return None if dates is None else next_dates(dates, horizon)

    def _read(self, history: Any) -> Market:
        market = read_market(
            history,
            id_column=self.id_column,
            time_column=self.time_column,
            value_columns=tuple(self.value_columns),
            like=self.fitted_.codec.layout,
        )
        if len(market.values) < 2 + self.fitted_.codec.lag:
            raise WindowError(f"the history has {len(market.values)} rows; a forecast needs a few hundred")
        return market

    def _end(self, market: Market) -> PathStart:
        fitted = self.fitted_
        own, _ = channel_places(fitted.codec)
        track = fitted.sampler.codec.follow(fitted.codec.encode(market.values)[:, own])
        return end_of(track, fitted.sampler.memory)

    def _checked(self, n_paths: int, horizon: int) -> SeriesFit:
        self._check_fitted()
        for name, value in (("n_paths", n_paths), ("horizon", horizon)):
            if value < 1:
                raise ConfigError(f"{name} is {value}; it must be at least 1")
        return self.fitted_

    def _set_fitted(self, fitted: SeriesFit) -> None:
        self.fitted_ = fitted
        self.codec_ = fitted.codec
        self.assets_ = fitted.codec.assets
        self.names_ = fitted.codec.names
        self.history_ = fitted.history
        self.n_rows_, self.n_steps_ = fitted.training["n_rows"], fitted.training["n_steps"]
        self.best_valid_loss_ = fitted.training["best_valid_loss"]
        self.fit_seconds_, self.seed_ = fitted.training["seconds"], fitted.training["seed"]
        self.n_parameters_ = sum(p.numel() for p in fitted.sampler.network.parameters())
        self.n_features_in_ = len(fitted.codec.names)
        self.device_ = fitted.device

    def _check_fitted(self) -> None:
        if not hasattr(self, "fitted_"):
            raise NotFittedError("this SeriesDiffusion is not fitted yet: call fit, or synthdiff.load")
