"""SDV's synthesizers: kinds of columns as SDV detects them, and as many epochs as fit into the time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch
from sdv.metadata import Metadata

from benchmarks.rivals.epochs import plan_epochs
from benchmarks.rivals.job import Fitted, Job

_TABLE = "table"  # SDV speaks of databases, of which ours have one table
_FAIR = 0.8
_LEARNT = {"numerical", "categorical", "ordinal", "boolean", "datetime"}


def detect(train: pd.DataFrame) -> Any:
    """SDV's own metadata; what it takes for a key or for personal data, and so would not learn, is a category."""
    metadata = Metadata.detect_from_dataframes({_TABLE: train}, infer_keys=None)
    for name, column in metadata.to_dict()["tables"][_TABLE]["columns"].items():
        if column["sdtype"] not in _LEARNT:
            metadata.update_column(name, sdtype="categorical")
    return metadata


def fit_once(synthesizer: Any, train: pd.DataFrame, seed: int) -> Fitted:
    """Fit; SDV's fits take their randomness from the global states, its samples have a seed of their own."""
    np.random.seed(seed)  # noqa: NPY002
    torch.manual_seed(seed)
    start = time.perf_counter()
    synthesizer.fit({_TABLE: train})
    seconds = time.perf_counter() - start
    return Fitted(lambda n_rows: synthesizer.sample(num_rows=n_rows)[_TABLE], {}, seconds)


def fit_epochs(make: Callable[..., Any], train: pd.DataFrame, job: Job) -> Fitted:
    """Fit with as many epochs as the time holds, or with the default number; trials are not part of the time.

    Something else on the machine may have made a trial slow. A fit that then takes less than its time by far is made
    again with more epochs.
    """
    if job.seconds is None:
        synthesizer = make()
        fitted = fit_once(synthesizer, train, job.seed)
        return Fitted(fitted.sample, {"epochs": synthesizer.epochs}, fitted.seconds)
    n_epochs, facts = plan_epochs(lambda n: _seconds(fit_once(make(epochs=n), train, job.seed)), job.seconds)
    fitted = fit_once(make(epochs=n_epochs), train, job.seed)
    if _seconds(fitted) < _FAIR * job.seconds:
        n_epochs = round(n_epochs * job.seconds / _seconds(fitted))
        fitted = fit_once(make(epochs=n_epochs), train, job.seed)
    return Fitted(fitted.sample, facts | {"epochs": n_epochs}, fitted.seconds)


def _seconds(fitted: Fitted) -> float:
    assert fitted.seconds is not None
    return fitted.seconds
