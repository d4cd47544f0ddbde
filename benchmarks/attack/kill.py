"""Kills at random moments: the same weights afterwards, whole files only, and nothing left behind."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.attack.outcome import Outcome

SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
STOPPED = (0, 130)
"""Exit codes of a command that was asked to stop."""
MAX_KILLS = 3
AFTER = " after "
"""Between the signal and the seconds, in the words that say what was done."""
DEAF = 0.6
"""Seconds after its start within which a process may not yet listen to signals, on a busy machine."""
COMMAND_SHARE = 0.05
"""Share of the tries that start the program anew; the others run it in a forked process."""


class KillAttack:
    """Kill a fit of a table, a fit of series, a sample or a save, several times; then let it end."""

    seconds = 120.0

    def __init__(self) -> None:
        self.weights: dict[str, str] = {}
        self.durations: dict[str, float] = {}
        self.rows: str = ""

    def prepare(self, folder: Path) -> None:
        """Write the data, and do all of it once without a kill."""
        self.folder = folder
        customers().to_parquet(folder / "table.parquet")
        market().to_parquet(folder / "prices.parquet")
        for name, words in self._commands(folder).items():
            began = time.monotonic()
            code = run(words, folder)
            assert code == 0, f"{name} ended with {code}"
            self.durations[name] = time.monotonic() - began
        for name in ("table", "prices"):
            self.weights[name] = digest(folder / f"{name}.synthdiff" / "model.safetensors")
        self.rows = digest(folder / "rows.parquet")

    def attempt(self, rng: np.random.Generator, folder: Path) -> Outcome:
        """Kill once to three times at random moments, run to the end, compare."""
        work = {"table": self._fit, "prices": self._fit, "rows": self._sample, "save": self._save}
        name = str(rng.choice(list(work)))
        return work[name](name, rng, folder)

    def _commands(self, folder: Path) -> dict[str, list[str]]:
        common = ["--seed", "0", "--device", "cpu", "--precision", "float32"]
        where = {name: str(folder / name) for name in ("table.synthdiff", "prices.synthdiff", "rows.parquet")}
        table, prices = str(self.folder / "table.parquet"), str(self.folder / "prices.parquet")
        series = ["--series", "--preset", "fast", "--window", "16", "--max-steps", "40"]
        model = str(self.folder / "table.synthdiff")
        return {
            "table": ["fit", table, "-o", where["table.synthdiff"], "--max-steps", "600", *common],
            "prices": ["fit", prices, "-o", where["prices.synthdiff"], *series, *common],
            "rows": ["sample", model, "-n", "9000", "-o", where["rows.parquet"], "--seed", "1", "--force"],
        }

    def _fit(self, name: str, rng: np.random.Generator, folder: Path) -> Outcome:
        words = self._commands(folder)[name]
        said = self._killed(name, words, rng, folder)
        if code := run(words, folder):
            # A kill after the model was in its place: the command says that it is there.
            finished = (folder / f"{name}.synthdiff" / "manifest.json").exists()
            if code != 3 or not finished:
                return Outcome("wrong", f"{said}: the next run ended with {code}")
        found = digest(folder / f"{name}.synthdiff" / "model.safetensors")
        if found != self.weights[name]:
            return Outcome("wrong", f"{said}: other weights than without a kill")
        return self._left(said, folder, {f"{name}.synthdiff"})

    def _sample(self, name: str, rng: np.random.Generator, folder: Path) -> Outcome:
        words = self._commands(folder)[name]
        said = self._killed(name, words, rng, folder)
        target = folder / "rows.parquet"
        if target.exists() and digest(target) != self.rows:
            return Outcome("wrong", f"{said}: half a file")
        if code := run(words, folder):
            return Outcome("wrong", f"{said}: the next run ended with {code}")
        if digest(target) != self.rows:
            return Outcome("wrong", f"{said}: other rows than without a kill")
        return self._left(said, folder, {"rows.parquet"})

    def _save(self, name: str, rng: np.random.Generator, folder: Path) -> Outcome:
        """Replace a model with the same one again and again; whoever looks finds one."""
        import synthdiff

        target = folder / "m.synthdiff"
        model = synthdiff.load(self.folder / "table.synthdiff", device="cpu")
        model.save(target)

        def replace() -> None:
            while True:
                model.save(target, force=True)

        child = forked(replace)
        after = float(rng.uniform(0, 0.3))
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if digest_of_model(target) != self.weights["table"]:
            return Outcome("wrong", "save: another model than any that was saved")
        model.save(target, force=True)
        return self._left(f"save, SIGKILL{AFTER}{after:.3f} s", folder, {"m.synthdiff"})

    def _killed(self, name: str, words: Sequence[str], rng: np.random.Generator, folder: Path) -> str:
        """Run and kill; returns what was done, in words."""
        said = [name]
        for _ in range(int(rng.integers(1, MAX_KILLS + 1))):
            number = SIGNALS[int(rng.integers(len(SIGNALS)))]
            after = float(rng.uniform(0, 1.1 * self.durations[name]))
            said.append(f"{number.name}{AFTER}{after:.3f} s")
            fresh = rng.random() < COMMAND_SHARE
            start = start_command if fresh else start_forked
            child = start(words, folder)
            time.sleep(after)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, number)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            # A signal that comes before the program listens ends it at once.
            gone = number == signal.SIGKILL or fresh or after < DEAF
            if code not in (*STOPPED, 3) and not (gone and code == -number):
                said.append(f"which ended with {code}")
        return ", ".join(said)

    def _left(self, said: str, folder: Path, expected: set[str]) -> Outcome:
        left = sorted({file.name for file in folder.iterdir()} - expected)
        inside = sorted(
            file.name
            for model in folder.glob("*.synthdiff")
            for file in model.iterdir()
            if file.name not in ("manifest.json", "codecs.json", "model.safetensors", "training.jsonl")
        )
        if left or inside:
            return Outcome("wrong", f"{said}: {', '.join(left + inside)} is left")
        if "which ended with" in said:
            return Outcome("wrong", said)
        return Outcome("held", said, said.count(AFTER))


def customers(n: int = 120) -> pd.DataFrame:
    """A small table, which is soon learnt by heart: several members follow."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "grade": rng.integers(0, 5, n),
            "region": rng.choice(list("xyz"), n),
            "amount": rng.normal(size=n).round(2),
        }
    )


def market(n: int = 400) -> pd.DataFrame:
    """Prices of two assets."""
    rng = np.random.default_rng(0)
    days = pd.bdate_range("2020-01-01", periods=n, name="date")
    return pd.DataFrame(100 * np.exp(rng.normal(0, 0.01, (n, 2)).cumsum(axis=0)), index=days, columns=["A", "B"])


def run(words: Sequence[str], folder: Path) -> int:
    """Run a command in a forked process to its end; returns its exit code."""
    return os.waitstatus_to_exitcode(os.waitpid(start_forked(words, folder), 0)[1])


def start_forked(words: Sequence[str], folder: Path) -> int:
    """Start a command in a forked process, which needs no new interpreter; returns its id."""
    return forked(lambda: command(words, folder))


def start_command(words: Sequence[str], folder: Path) -> int:
    """Start a command in an interpreter of its own; returns its id."""
    code = f"import {__name__} as attack; attack.command({list(words)!r}, {str(folder)!r})"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen([sys.executable, "-c", code], cwd=folder, env=environment, stderr=subprocess.DEVNULL)
    process.returncode = 0  # it is waited for by its id
    return process.pid


def forked(work: Callable[[], None]) -> int:
    """Start work in a process of its own; returns its id."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except SystemExit as error:
            os._exit(int(error.code or 0))
        except KeyboardInterrupt:  # before the program listens
            os._exit(130)
        except BaseException:
            os._exit(1)
        os._exit(0)
    return child


def command(words: Sequence[str], folder: str | Path) -> None:
    """Run the command line here, with small networks; it exits with its code."""
    from synthdiff.cli import main as program
    from synthdiff.models import fit, plan
    from synthdiff.models.config import NetworkConfig, TabularConfig

    network = NetworkConfig(width=16, n_blocks=1, dropout=0.0)
    options: dict[str, Any] = {"max_steps": 600, "batch_size": 64, "weight_decay": 0.0, "learning_rate": 1e-2}
    config = TabularConfig(network=network, **options)
    setattr(plan, "preset_config", lambda name: config)  # noqa: B010 (a name that the module only imports)
    fit.CHECKPOINT_SECONDS = 0.2
    os.chdir(folder)
    sys.argv = ["synthdiff", *words]
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(null, stream)
    program.main()


def digest(file: Path) -> str:
    """Hash of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def digest_of_model(target: Path) -> str:
    """Hash of the weights of the model that a reader finds, whole."""
    from synthdiff.models.artifact import read_artifact
    from synthdiff.storage import pack_tensors

    return hashlib.sha256(pack_tensors(read_artifact(target).weights)).hexdigest()
