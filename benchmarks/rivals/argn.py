"""mostlyai-engine's TabularARGN: autoregressive over the columns of binned tables, after Tiwald et al. (2025)."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import pandas as pd
from mostlyai.engine import analyze, encode, generate, set_random_state, split, train

from benchmarks.rivals.job import Fitted, Job, carry_out


def fit(rows: pd.DataFrame, job: Job) -> Fitted:
    """Fit with the engine's settings, except for the time of training; it may end by itself before that.

    The time is what is left of it after the preparation.
    """
    set_random_state(job.seed)
    workspace = Path(tempfile.mkdtemp(dir=job.folder))
    start = time.perf_counter()
    split(tgt_data=rows, workspace_dir=workspace, model_type="TABULAR")
    analyze(workspace_dir=workspace)
    encode(workspace_dir=workspace)
    preparation = time.perf_counter() - start
    limit = {} if job.seconds is None else {"max_training_time": max(job.seconds - preparation, 1.0) / 60}
    train(workspace_dir=workspace, device="cpu", **limit)
    return Fitted(lambda n: _draw(workspace, n), {"preparation_seconds": preparation})


def _draw(workspace: Path, n_rows: int) -> pd.DataFrame:
    """Draw rows; levels that are too rare to be learnt are replaced by others, not by a word that no table holds."""
    generate(workspace_dir=workspace, sample_size=n_rows, device="cpu", rare_category_replacement_method="SAMPLE")
    parts = sorted((workspace / "SyntheticData").glob("*.parquet"))
    return pd.concat([pd.read_parquet(part) for part in parts], ignore_index=True)


if __name__ == "__main__":
    carry_out(fit, "mostlyai-engine")
