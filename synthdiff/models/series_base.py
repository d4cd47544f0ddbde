"""What a fitted model of series has, however it is fitted and drawn from: attributes, files, checks."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from synthdiff.codecs.series.price import PriceCodec
from synthdiff.data.market import Market
from synthdiff.data.paths import Paths
from synthdiff.data.portfolio import Holdings
from synthdiff.data.request import read_request
from synthdiff.errors import ConfigError
from synthdiff.models.array import read_history
from synthdiff.models.estimator import Estimator
from synthdiff.models.event import subjects_of
from synthdiff.models.gap import Gap
from synthdiff.models.gap_covariate import read_covariates
from synthdiff.models.hole import Holes
from synthdiff.models.scenario import Effort, Scenario
from synthdiff.models.series_artifact import read_series, write_series
from synthdiff.models.series_fit import SeriesFit
from synthdiff.models.series_parameters import INFILLING
from synthdiff.models.tabular_parameters import LOADING, SAVING
from synthdiff.parameter import checked
from synthdiff.rule import SEED, RandomState
from synthdiff.runtime import choose_device


class FittedSeries(Estimator):
    """A `SeriesFit` as scikit-learn has it: fitted attributes end in ``_``. See `SeriesDiffusion` for them."""

    id_column: str | None
    time_column: str | None
    date_format: str | None
    value_columns: Any
    adjust_splits: bool

    @checked(**SAVING)
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
    @checked(**LOADING)
    def load(cls, path: str | Path, device: str = "auto") -> Self:
        """Read a model from a directory; see `synthdiff.load`."""
        fitted = read_series(path, choose_device(device))
        model = cls(**fitted.params)
        model._set_fitted(fitted)
        return model

    def _set_fitted(self, fitted: SeriesFit) -> None:
        self.fitted_ = fitted
        self.codec_: PriceCodec = fitted.codec
        self.assets_ = fitted.codec.assets
        self.names_ = fitted.codec.names
        self.history_, self.warnings_ = fitted.history, list(fitted.training.get("warnings", []))
        self.n_rows_, self.n_steps_ = fitted.training["n_rows"], fitted.training["n_steps"]
        self.best_valid_loss_ = fitted.training["best_valid_loss"]
        self.fit_seconds_, self.seed_ = fitted.training["seconds"], fitted.training["seed"]
        self.n_parameters_ = sum(p.numel() for p in fitted.sampler.network.parameters())
        self.n_features_in_ = len(fitted.codec.names)
        self.device_ = fitted.device

    def check_conditioning(
        self, conditioning: Mapping[Any, Any], horizon: int = 1, portfolio: Holdings | None = None
    ) -> None:
        """Check what paths are asked to do, without drawing any.

        Parameters
        ----------
        conditioning : mapping
            As of `SeriesDiffusion.sample`.
        horizon : int
            Steps of the paths; default: 1.
        portfolio : mapping, array or None
            Weights, as of `SeriesDiffusion.sample`.

        Raises
        ------
        ConditioningError
            A name is not known, or a value cannot be; the message says which names there are.
        ConfigError
            The portfolio holds what is no asset.
        """
        self._check_fitted()
        read_request(conditioning, subjects_of(self.fitted_, portfolio), horizon)

    @checked(**INFILLING)
    def infill(
        self,
        before: Any,
        after: Any = None,
        n_steps: int | None = None,
        n_paths: int = 1_000,
        *,
        covariates: Any = None,
        random_state: RandomState = None,
    ) -> Paths:
        """Draw what may have happened in a gap of the history, or in its holes.

        A gap lies between two frames; all assets are missing in it. Holes lie inside of one frame: cells of some
        assets, while others are known.

        Parameters
        ----------
        before : frame
            The same columns as fitted, up to the gap; or a history with holes, where `after` is None.
        after : frame or None
            The same columns from the end of the gap on; None: the holes of `before` are filled.
        n_steps : int or None
            Missing steps of the gap; None: those that the calendar has between the two.
        n_paths : int
            Number of paths; default: 1,000.
        covariates : frame or None
            Covariates of the gap, a column each, and a row a missing step: by their dates, or in order. None, and
            columns that are left out: not known.
        random_state : int, numpy.random.Generator, numpy.random.RandomState or None
            Seed or its source; None: that of the fit.

        Returns
        -------
        Paths
            Of a gap, its steps: the next one leads to the first values of `after`. Weights say how well the volatility
            of each path agrees with how far that is, and with what comes later.

            Of holes, the steps from the first to the last row with one, at most those after the first row of the
            history. Known cells are as they were; others are drawn given the other assets, with the volatility of
            their time, and lead to the next price that is known. All paths weigh the same. Before an asset's first
            value, and after its last one, is drawn how it may have come there, and gone on. A cell counts as a hole
            where its asset trades; where it is shut, its price stays.

        Raises
        ------
        ConfigError
            It is not known how many steps are missing, or they are more than a window holds; an option of gaps is
            given without one.
        DataError
            The second part does not come after the first; there is no hole.
        """
        self._check_fitted()
        seed = self._seed(random_state)
        if after is None:
            if n_steps is not None or covariates is not None:
                raise ConfigError("n_steps and covariates are those of a gap; give what comes after it, too")
            return Holes.of(self.fitted_, self._read(before)).draw(n_paths, seed)
        gap = Gap.between(self.fitted_, self._read(before), self._read(after, 1), n_steps)
        if covariates is not None:
            names = (self.time_column, self.date_format)
            found = read_covariates(covariates, self.fitted_, gap.dates, gap.n_steps, *names)
            gap = replace(gap, covariates=found)
        return gap.draw(n_paths, seed)

    def _read(self, history: Any, least: int | None = None) -> Market:
        """Rows of the fitted columns; see `read_history`."""
        names = (self.id_column, self.time_column, tuple(self.value_columns))
        market = read_history(history, self.fitted_.codec, *names, self.date_format, least, self.adjust_splits)
        for finding in market.findings:
            if finding.column is not None:  # rows in another order change nothing
                warnings.warn(f"the history: {finding}", stacklevel=4)
        return market

    def _seed(self, random_state: RandomState) -> int:
        return self.seed_ if random_state is None else SEED.read(random_state)

    def _drawn(
        self, scenario: Scenario, n_paths: int, effort: Effort, resample: bool, random_state: RandomState
    ) -> Paths:
        seed = self._seed(random_state)
        paths = scenario.draw(n_paths, seed, effort)
        return paths.resample(n_paths, seed) if resample else paths

    def _at_end(
        self, history: Any, n_steps: int, conditioning: Any = None, portfolio: Holdings | None = None
    ) -> Scenario:
        market = None if history is None else self._read(history)
        return Scenario.at_end(self.fitted_, n_steps, conditioning, portfolio, history=market)
