"""`TabularDiffusion`: learn a mixed-type table, sample rows like it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthdiff.codecs.table import TableCodec
from synthdiff.data.frame import FrameKind, to_table
from synthdiff.data.schema import Schema
from synthdiff.models.estimator import Estimator
from synthdiff.models.fit import TabularFit, run_fit
from synthdiff.models.likelihood import log_prob
from synthdiff.models.tabular_artifact import read_model, write_model
from synthdiff.models.tabular_parameters import FITTING, LOADING, SAMPLING, SAVING, STEPS
from synthdiff.parameter import check, checked
from synthdiff.rule import SEED, RandomState
from synthdiff.runtime import choose_device
from synthdiff.sampling.draw import RowSource
from synthdiff.training.checkpoint import fitting_in
from synthdiff.training.state import FitProgress


class TabularDiffusion(Estimator):
    """Masked diffusion over the cells of a table.

    Parameters
    ----------
    preset : {"fast", "balanced", "best"}
        How large the network is, and how long it trains unless `max_time` or `max_steps` say so.
    schema : Schema, dict, path or None
        Kinds of the columns, whole or in part; None infers them. SDV's metadata is read too.
    categorical : sequence of str
        Columns of numbers that are codes.
    text : {"null", "resample", "lorem"}
        What becomes of free text: left missing, drawn from the real values (which discloses them), or placeholder text
        of the same length.
    pii : {"regenerate", "keep", "null"}
        What becomes of personal data (names, addresses, numbers of persons): made-up values take the place of the real
        ones, the same one for the same person; or real ones come out; or they are left missing. A column's own ``pii``
        in the schema goes before.
    max_time : float, str or None
        Seconds for the whole fit, or "90s", "5m", "1h". It plans the learning rate; the fit ends on it.
    max_steps : int or None
        Optimiser steps at most.
    device : str
        "auto", "cpu", "cuda", "cuda:1" or "mps".
    precision : str
        Of matrix products: "auto" (bfloat16 where the hardware has it), "float32" or "bfloat16".
    rules : bool
        Whether what holds between columns in every real row is kept in every row that comes out; default: True.
    track : bool
        Whether rows are drawn now and then, and told from held-out ones by boosted trees: the history's ``auc``, .5
        when they cannot be told apart. It takes 5 % of the time and changes nothing else.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None
        Seed of the fit, from 0 to 2**63 - 1, or what one is drawn from; None draws any. It is kept in ``seed_``. The
        same seed gives the same model on the same machine.

    Attributes
    ----------
    schema_ : Schema
        Kinds of the columns, and why.
    frame_kind_ : FrameKind
        What the fitted frame was: samples are the same.
    codec_ : TableCodec
        Columns to tokens and back.
    history_ : list of dict
        One record a validation: step, seconds, train_loss, valid_loss, learning_rate, columns.
    best_valid_loss_ : float
        Negative log-density bound of held-out rows, in nats a row.
    n_features_in_ : int
        Number of columns of the fitted frame; levels of an index do not count.
    feature_names_in_ : (n_features_in_,) object
        Their labels. Only there where all are texts.
    n_rows_, n_steps_, n_parameters_, n_members_ : int
        Members are the networks whose probabilities are averaged.
    fit_seconds_ : float
    seed_ : int
    warnings_ : list of str

    Examples
    --------
    >>> import pandas as pd
    >>> from synthdiff import TabularDiffusion
    >>> frame = pd.DataFrame({"age": [23, 41, 35, 58] * 25, "member": [True, False, True, True] * 25})
    >>> model = TabularDiffusion(max_steps=20, random_state=0).fit(frame)
    >>> model.sample(3, random_state=0).dtypes.astype(str).to_dict()
    {'age': 'int64', 'member': 'bool'}
    """

    _takes_text = True

    def __init__(
        self,
        *,
        preset: str = "balanced",
        schema: Schema | dict[str, Any] | str | Path | None = None,
        categorical: Any = (),
        text: str = "null",
        pii: str = "regenerate",
        max_time: float | str | None = None,
        max_steps: int | None = None,
        device: str = "auto",
        precision: str = "auto",
        rules: bool = True,
        track: bool = False,
        random_state: RandomState = None,
    ) -> None:
        self.preset = preset
        self.schema = schema
        self.categorical = categorical
        self.text = text
        self.pii = pii
        self.max_time = max_time
        self.max_steps = max_steps
        self.device = device
        self.precision = precision
        self.rules = rules
        self.track = track
        self.random_state = random_state

    def fit(self, X: Any, y: None = None) -> Self:
        """Learn a table.

        Parameters
        ----------
        X : pandas.DataFrame, polars.DataFrame, pyarrow.Table or (n, D) array
            Left as it is. The columns of an array are called ``"x0"``, ``"x1"`` and so on.
        y : None
            Ignored; there for scikit-learn.

        Returns
        -------
        self

        Raises
        ------
        ConfigError
            A parameter is not allowed; all are checked before the table is looked at.
        DataError, SchemaError
            The table, or what is said of its columns, cannot be used; the message says what to do.
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
        X : pandas.DataFrame, polars.DataFrame or pyarrow.Table
        checkpoint : path or None
            A folder for checkpoints. Where it holds an unfinished fit of the same data and settings, that fit goes on.
            A KeyboardInterrupt raised into the generator saves a checkpoint first.
        spent : float
            Seconds of the time limit that are over already, for reading the data say; default: none.

        Yields
        ------
        FitProgress
            After every step and around every validation.

        Raises
        ------
        ConfigError
            A parameter is not allowed, or the folder holds an unfinished fit of other data or settings, or another fit
            uses it at this moment.
        """
        params = check(self.get_params(deep=False), FITTING)
        choose_device(params["device"])
        table, kind = to_table(X)
        folder = None if checkpoint is None else Path(checkpoint)
        with fitting_in(folder):
            fitted = yield from run_fit(params, table, folder, spent)
        self._set_fitted(fitted, kind.with_levels(fitted.codec.hidden_levels(fitted.schema)))

    @checked(**SAMPLING)
    def sample(self, n_samples: int = 1, *, random_state: RandomState = None, batch_size: int | None = None) -> Any:
        """Draw rows.

        Parameters
        ----------
        n_samples : int
            Number of rows, at most 10**12; default: 1.
        random_state : int, numpy.random.Generator, numpy.random.RandomState or None
            Seed, from 0 to 2**63 - 1, or what one is drawn from; None takes the seed of the fit. The same seed gives
            the same rows, whatever `batch_size` and device.
        batch_size : int or None
            Rows held in memory at once, before they are joined.

        Returns
        -------
        A frame of the kind, and with exactly the schema, that was fitted.

        Raises
        ------
        ConfigError
            A parameter is not allowed.
        """
        tables = list(self.iter_tables(n_samples, random_state=random_state, batch_size=batch_size))
        return self.frame_kind_.restore(pa.concat_tables(tables))

    @checked(**SAMPLING)
    def iter_samples(
        self, n_samples: int, *, random_state: RandomState = None, batch_size: int | None = None
    ) -> Iterator[Any]:
        """Draw rows as frames of at most `batch_size` rows; together they are what `sample` gives."""
        for table in self.iter_tables(n_samples, random_state=random_state, batch_size=batch_size):
            yield self.frame_kind_.restore(table)

    @checked(**SAMPLING)
    def iter_tables(
        self, n_samples: int, *, random_state: RandomState = None, batch_size: int | None = None
    ) -> Iterator[pa.Table]:
        """Draw rows as Arrow tables with the schema of the fitted frame."""
        self._check_fitted()
        seed = self.seed_ if random_state is None else SEED.read(random_state)
        for table in self.source_.tables(n_samples, seed, batch_size):
            yield self.frame_kind_.restore_table(table)

    def log_prob(self, X: Any) -> npt.NDArray[np.float64]:
        """Log-density bound of each row of a frame, (n,), in nats.

        The learnt columns along the preferred order: probabilities of tokens, levels and rounded numbers, densities of
        continuous numbers. Identifiers and free text do not count.

        Parameters
        ----------
        X : frame
            The columns that were fitted; other rows.
        """
        self._check_fitted()
        table, _ = to_table(X)
        return log_prob(self.network_, self.codec_.alphabet, self.fitted_.order, self.codec_.values(table))

    def score(self, X: Any, y: Any = None) -> float:
        """Mean log-density bound of the rows of a frame, in nats a row: what scikit-learn's searches compare fits by.

        Parameters
        ----------
        X : frame
            The columns that were fitted; other rows.
        y : object
            Not used.

        Raises
        ------
        SchemaError
            There are more columns, or fewer.
        """
        self._check_fitted()
        self._check_features(len(to_table(X)[1].labels))
        return float(self.log_prob(X).mean())

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
        write_model(self.fitted_, self.frame_kind_, path, force=force)

    @classmethod
    @checked(**LOADING)
    def load(cls, path: str | Path, device: str = "auto") -> Self:
        """Read a model from a directory; see `synthdiff.load`."""
        params, fitted, kind = read_model(path, choose_device(device))
        model = cls(**params)
        model._set_fitted(fitted, kind)
        return model

    def _set_fitted(self, fitted: TabularFit, kind: FrameKind) -> None:
        self.fitted_ = fitted
        self.frame_kind_ = kind
        self.codec_: TableCodec = fitted.codec
        self.schema_ = fitted.schema
        self.history_ = fitted.history
        self.best_valid_loss_ = fitted.best_valid_loss
        self.n_rows_, self.n_steps_, self.seed_ = fitted.n_rows, fitted.n_steps, fitted.seed
        self._set_features(kind.labels, is_named=kind.library != "numpy")
        self.fit_seconds_, self.warnings_ = fitted.seconds, fitted.warnings
        self.network_, self.device_ = fitted.network, fitted.device
        self.n_members_ = len(fitted.network.members)
        self.n_parameters_ = sum(p.numel() for p in fitted.network.parameters())
        positions = fitted.refinement.sampler(fitted.codec.alphabet.offsets, fitted.precision)
        self.source_ = RowSource(
            fitted.network, fitted.codec, fitted.order, fitted.precision, positions, fitted.rules, fitted.groups
        )
