"""SDV's synthesizers: kinds of columns as SDV detects them, and as many epochs as fit into the time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch
from sdv.metadata import Metadata

from benchmarks.rivals.job import Fitted, Job

_TABLE = "table"  # SDV speaks of databases, of which ours have one table
_LEARNT = {"numerical", "categorical", "ordinal", "boolean", "datetime"}
_TRIAL = 5  # epochs


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
    """Fit with as many epochs as the time holds, or with the default number.

    Fits of one epoch and of five are timed, after one that warms up: their difference is four epochs, the rest is
    preparation. Those trials are not part of the time.
    """
    options, facts = {}, {}
    if job.seconds is not None:
        _, one, five = (fit_once(make(epochs=n_epochs), train, job.seed).seconds or 0.0 for n_epochs in (1, 1, _TRIAL))
        epoch = max((five - one) / (_TRIAL - 1), 1e-3)
        preparation = max(one - epoch, 0.0)
        options = {"epochs": max(round((job.seconds - preparation) / epoch), 1)}
        facts = {"epoch_seconds": epoch, "preparation_seconds": preparation}
    synthesizer = make(**options)
    fitted = fit_once(synthesizer, train, job.seed)
    return Fitted(fitted.sample, facts | {"epochs": synthesizer.epochs}, fitted.seconds)
