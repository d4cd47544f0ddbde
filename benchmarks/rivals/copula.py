"""SDV's GaussianCopula: a distribution for each column and one correlation matrix."""

from __future__ import annotations

import pandas as pd
from sdv.single_table import GaussianCopulaSynthesizer

from benchmarks.rivals.job import Fitted, Job, carry_out
from benchmarks.rivals.synthesizer import detect, fit_once


def fit(train: pd.DataFrame, job: Job) -> Fitted:
    """Fit with SDV's settings: it takes seconds, and there is no number of epochs to choose."""
    return fit_once(GaussianCopulaSynthesizer(detect(train)), train, job.seed)


if __name__ == "__main__":
    carry_out(fit, "sdv")
