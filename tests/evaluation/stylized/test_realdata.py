"""The S&P 500, 1990 to 2022: what is known of its facts, and of simulators without memory."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthdiff.evaluation.stylized.evaluate import score_paths

FOLDER = Path(os.environ.get("SYNTHDIFF_DATA", Path(__file__).parents[3].parent / "shared" / "data")) / "series"

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the public data sets are not here"),
]


@pytest.fixture(scope="module")
def returns():
    return np.diff(np.log(pd.read_csv(FOLDER / "sp500_index.csv")["SP500"].to_numpy()))[:, None]


def test_a_bootstrap_of_days_loses_what_takes_time(returns):
    rng = np.random.default_rng(0)
    report = score_paths(returns, returns[rng.integers(0, len(returns), (500, 252))], names=["SPX"])
    # Known from a run of 1,000 paths with another floor of 100 draws, each known to some 4 %: mean 1.67.
    assert report.mean == pytest.approx(1.67, rel=0.15)
    assert report["volatility clustering"].value > 3
    assert report.verdict[0].text.startswith("Do not use these paths: volatility does not cluster")


def test_blocks_of_twenty_days_are_copies(returns):
    rng = np.random.default_rng(0)
    place = np.empty((500, 252), dtype=np.int64)
    place[:, 0] = rng.integers(0, len(returns), 500)
    for step in range(1, 252):
        jump = rng.random(500) < 1 / 20
        place[:, step] = np.where(jump, rng.integers(0, len(returns), 500), (place[:, step - 1] + 1) % len(returns))
    report = score_paths(returns, returns[place], names=["SPX"])
    assert report.mean == pytest.approx(1.02, rel=0.15)
    # A stretch of ten days is whole if none of nine steps jumps: .95 ** 9 = .63; 5,000 stretches, standard error .008.
    assert report.copies == pytest.approx(0.95**9, abs=0.04)
    assert report.novelty > report.novelty_real + 0.05
