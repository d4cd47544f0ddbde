"""A small table, a short fit, and the command line in this process or in one of its own."""

import datetime as dt
import hashlib
import subprocess
import sys

import numpy as np
import pyarrow as pa
from click.testing import CliRunner

from synthdiff.cli.main import cli

FIT = ("--preset", "fast", "--max-steps", "12", "--device", "cpu", "--precision", "float32")


def shop_table(n_rows=160, seed=0):
    rng = np.random.default_rng(seed)
    size = rng.choice(["S", "M", "L"], n_rows, p=[0.5, 0.3, 0.2])
    price = rng.integers(100, 999, n_rows) / 100
    days = [dt.date(2024, 1, 1) + dt.timedelta(days=int(day)) for day in rng.integers(0, 300, n_rows)]
    return pa.table(
        {
            "order_id": [f"O-{number:05d}" for number in rng.permutation(n_rows)],
            "size": size,
            "price": price,
            "paid": np.where(size == "S", price, price + 1),
            "day": days,
            "rating": pa.array(rng.integers(1, 6, n_rows), pa.int8(), mask=rng.random(n_rows) < 0.3),
        }
    )


def run(*words):
    """Run the command line in this process."""
    return CliRunner().invoke(cli, [str(word) for word in words])


def python(code, *words):
    """Run code in a process of its own, with words as its arguments."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=False, timeout=120
    )


def weights(model):
    """The hash of a model's weights."""
    return hashlib.sha256((model / "model.safetensors").read_bytes()).hexdigest()
