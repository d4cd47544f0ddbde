"""Sixteen threads that draw from one estimator: each gets what it would get alone."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.attack.kill import customers, market
from benchmarks.attack.outcome import Outcome, in_child

N_THREADS = 16


class ThreadAttack:
    """Draw rows, likelihoods and paths from one model at once."""

    seconds = 300.0

    def prepare(self, folder: Path) -> None:
        """Fit the models, in a child: a process that has trained may not be forked safely."""
        self.folder = folder
        assert in_child(self._fit, self.seconds).kind == "held"

    def _fit(self) -> Outcome:
        from synthdiff import SeriesDiffusion, TabularDiffusion

        options: dict[str, Any] = {"preset": "fast", "device": "cpu", "random_state": 0}
        TabularDiffusion(max_steps=100, **options).fit(customers(400)).save(self.folder / "table.synthdiff")
        SeriesDiffusion(max_steps=20, window=16, **options).fit(market()).save(self.folder / "prices.synthdiff")
        return Outcome("held")

    def attempt(self, rng: np.random.Generator, folder: Path) -> Outcome:
        """Draw in threads, then alone, and compare."""
        import synthdiff

        # After a fork, torch renews its pool at the first call: 16 first calls at once may find none (its own fault).
        torch.set_num_threads(1)
        sys.setswitchinterval(float(10 ** rng.uniform(-4, -2)))
        table: Any = synthdiff.load(self.folder / "table.synthdiff", device="cpu")
        prices: Any = synthdiff.load(self.folder / "prices.synthdiff", device="cpu")
        history = market()
        draws: dict[str, Callable[[int], Any]] = {
            "rows": lambda seed: table.sample(300, random_state=seed),
            "likelihood": lambda seed: table.log_prob(customers(50 + seed)),
            "paths": lambda seed: prices.sample(8, 20, random_state=seed).returns,
            "forecast": lambda seed: prices.forecast(history[: 300 + seed], 5, n_paths=8, random_state=seed).returns,
            "infill": lambda seed: prices.infill(history[:300], history[305:], n_paths=8, random_state=seed).returns,
        }
        together = threading.Barrier(N_THREADS)
        chosen = [(str(rng.choice(list(draws))), int(rng.integers(100))) for _ in range(N_THREADS)]

        def draw(name: str, seed: int) -> Any:
            together.wait()
            return draws[name](seed)

        with ThreadPoolExecutor(N_THREADS) as pool:
            found = [future.result() for future in [pool.submit(draw, *which) for which in chosen]]
        wrong = [which for which, rows in zip(chosen, found, strict=True) if not same(rows, draws[which[0]](which[1]))]
        if wrong:
            return Outcome("wrong", f"other rows in threads: {wrong}")
        return Outcome("held", f"{N_THREADS} draws", N_THREADS)


def same(first: Any, second: Any) -> bool:
    """Whether two draws are equal, missing values included."""
    if hasattr(first, "equals"):
        return bool(first.equals(second))
    return bool(np.array_equal(first, second, equal_nan=True))
