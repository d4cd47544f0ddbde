"""SDV's CTGAN, the conditional GAN of Xu et al. (2019)."""

from __future__ import annotations

from functools import partial

import pandas as pd
from sdv.single_table import CTGANSynthesizer

from benchmarks.rivals.job import Fitted, Job, carry_out
from benchmarks.rivals.synthesizer import detect, fit_epochs


def fit(train: pd.DataFrame, job: Job) -> Fitted:
    """Fit with SDV's settings, except for the number of epochs where there is a time limit."""
    return fit_epochs(partial(CTGANSynthesizer, detect(train), enable_gpu=False), train, job)


if __name__ == "__main__":
    carry_out(fit, "sdv")
