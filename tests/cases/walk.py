"""The way of a table through the library, as short as it can be: what every case is told from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd

import synthdiff
from synthdiff import TabularDiffusion

N_ROWS = 400


def walk(frame: Any, folder: Path, *, n_samples: int = N_ROWS, seed: int = 1, **settings: Any) -> Any:
    """Fit a few steps, save, load and sample: the frame that comes out."""
    settings = {"preset": "fast", "max_steps": 20, "random_state": 0, "device": "cpu", **settings}
    model = TabularDiffusion(**settings).fit(frame)
    model.save(folder / "walk.synthdiff", force=True)
    return synthdiff.load(folder / "walk.synthdiff").sample(n_samples, random_state=seed)


def run(*words: str, cwd: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "synthdiff", *words], cwd=cwd, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def walk_csv(
    text: str | bytes, folder: Path, *fit: str, n_samples: int = N_ROWS, name: str = "data.csv"
) -> pd.DataFrame:
    """Write a file, then fit and sample it on the command line; the cells that come out, as text."""
    content = text.encode() if isinstance(text, str) else text
    (folder / name).write_bytes(content)
    run("fit", name, "-o", "m.synthdiff", "--max-steps", "20", "--preset", "fast", "--seed", "0", *fit, cwd=folder)
    run("sample", "m.synthdiff", "-n", str(n_samples), "--seed", "1", "-o", "out.csv", cwd=folder)
    return pd.read_csv(folder / "out.csv", dtype=str, keep_default_na=False)
