"""Command lines made at random, right and wrong: a documented exit code, and no traceback."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks.attack.kill import customers, market
from benchmarks.attack.outcome import Outcome, in_child
from benchmarks.attack.thread import ThreadAttack

DOCUMENTED = (0, 2, 3, 4, 5, 6, 130)
COMMAND_SHARE = 0.1
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

VALUES = (
    "0", "1", "-1", "5", "1e9", "nan", "inf", "-inf", "x", "", " ", "10s", "nans", "1e400s", "A", "A=-10%", "A=nan",
    "ZZ=1", "grade", "nosuch", "grade,region", "2020-01-01", "auto", "cpu", "cuda", "float32", "null", "resample",
    "none", "end", "\x1b[31m", "A.max_drawdown<=-5%", "=", "a=b=c", "99999999999999999999", "٣", "../x",
    "~nosuch/x", "/", "x" * 300,
)  # fmt: skip
PLACES = (
    "out.csv", "out.parquet", "out.jsonl", "out.arrow", "out.csv.gz", "out.png", "out.html", "out.json", "out",
    "folder", "link", "dangling", "loop", "fifo", "/dev/null", "/dev/full", "-", "no/such/folder.csv",
    "table.parquet/x.csv", "é.csv", "new.synthdiff", "table.synthdiff", "prices.synthdiff", "stranger.synthdiff",
    "out.xyz", "a" * 260 + ".csv", "table.csv",
)  # fmt: skip
INPUTS = (
    "table.parquet", "table.csv", "prices.parquet", "broken.parquet", "empty.csv", "folder", "fifo", "/dev/null",
    "dangling", "loop", "nosuch.csv", "*.csv", "no*.csv", "~nosuch/x.csv", "/", "schema.json", "weights.csv",
)  # fmt: skip
MODELS = ("table.synthdiff", "prices.synthdiff", "stranger.synthdiff", "nosuch.synthdiff", "table.parquet", "dangling")


class CommandAttack:
    """Run a command with random words."""

    seconds = 180.0

    def prepare(self, folder: Path) -> None:
        """Make data, models, and things that are neither."""
        models = ThreadAttack()
        models.prepare(folder)
        self.folder = folder

    def attempt(self, rng: np.random.Generator, folder: Path) -> Outcome:
        """Run one command line in a child that has no terminal."""
        furnish(self.folder, folder)
        words = sentence(rng)
        said = " ".join(words)
        if rng.random() < COMMAND_SHARE:
            code, text = self._fresh(words, folder)
        else:
            code, text = self._forked(words, folder)
        if code not in DOCUMENTED or "Traceback" in text or "Unexpected error" in text:
            return Outcome("raw", f"synthdiff {said!r} ended with {code}: {text[-1500:]}")
        if CONTROL.search(text):
            return Outcome("wrong", f"synthdiff {said!r} printed control characters: {text!r}"[:1500])
        if (folder / "stranger.synthdiff" / "thesis.doc").read_text() != "years of work":
            return Outcome("wrong", f"synthdiff {said!r} removed a stranger's file")
        left = [file.name for file in folder.iterdir() if ".partial-" in file.name or ".new-" in file.name]
        if left:
            return Outcome("wrong", f"synthdiff {said!r} left {left}")
        return Outcome("held", f"{code}: {said}")

    def _fresh(self, words: list[str], folder: Path) -> tuple[int, str]:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "synthdiff", *words],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "100"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=self.seconds / 2,
                check=False,
            )
        except ValueError as error:  # a NUL in a word
            return 0, str(error)
        return done.returncode, done.stderr.decode("utf-8", "replace")

    def _forked(self, words: list[str], folder: Path) -> tuple[int, str]:
        log = folder / "said.txt"

        def work() -> Outcome:
            null = os.open(os.devnull, os.O_RDWR)
            out = os.open(log, os.O_RDWR | os.O_CREAT)
            for stream, target in ((0, null), (1, null), (2, out)):
                os.dup2(target, stream)
            sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w", buffering=1, errors="backslashreplace")
            os.chdir(folder)
            sys.argv = ["synthdiff", *words]
            from synthdiff.cli.main import main

            try:
                main()
            except SystemExit as error:
                return Outcome("held", str(int(error.code or 0)))
            return Outcome("held", "0")

        found = in_child(work, self.seconds / 2)
        text = log.read_text("utf-8", "replace") if log.exists() else ""
        if found.kind == "held":
            return int(found.detail), text
        return 1, f"{found.kind}: {found.detail}"


def furnish(source: Path, folder: Path) -> None:
    """Fill a folder with data, models, and things that are neither."""
    for name in ("table.synthdiff", "prices.synthdiff"):
        (folder / name).mkdir()
        for file in (source / name).iterdir():
            (folder / name / file.name).write_bytes(file.read_bytes())
    customers(80).to_parquet(folder / "table.parquet")
    customers(80).to_csv(folder / "table.csv", index=False)
    market(200).to_parquet(folder / "prices.parquet")
    (folder / "broken.parquet").write_bytes((folder / "table.parquet").read_bytes()[:-300])
    (folder / "empty.csv").touch()
    (folder / "schema.json").write_text("{}")
    (folder / "weights.csv").write_text("asset,weight\nA,0.5\nB,0.5\n")
    (folder / "folder").mkdir()
    (folder / "link").symlink_to("table.csv")
    (folder / "dangling").symlink_to("nothing")
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "fifo")
    (folder / "stranger.synthdiff").mkdir()
    (folder / "stranger.synthdiff" / "thesis.doc").write_text("years of work")


def sentence(rng: np.random.Generator) -> list[str]:
    """A command line: what is needed, then options that the command has, right or wrong."""

    def pick(choices: tuple[str, ...]) -> str:
        return choices[min(int(rng.exponential(0.25) * len(choices)), len(choices) - 1)]

    name = str(rng.choice(list(ARGUMENTS)))
    words = [name, *(pick(choices) for choices in ARGUMENTS[name] if rng.random() < 0.95)]
    options = options_of(name)
    for _ in range(int(rng.integers(0, 4))):
        option = options[int(rng.integers(len(options)))]
        words.append(option.name)
        if not option.is_flag:
            words.append(pick(PLACES if option.is_place else VALUES) if rng.random() < 0.97 else "")
    return [*words, *LIMITS.get(name, ())]


ARGUMENTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "fit": (INPUTS,),
    "sample": (MODELS,),
    "evaluate": (INPUTS, INPUTS),
    "inspect": (INPUTS,),
    "info": (MODELS,),
    "stress": (("prices.synthdiff", *MODELS),),
    "validate": (("prices.synthdiff", *MODELS), ("prices.parquet", *INPUTS)),
    "clean": (("folder", "nosuch", "table.synthdiff", "."),),
}
LIMITS = {
    "fit": ("--max-steps", "3"),
    "sample": ("-n", "50"),
    "stress": ("-n", "50"),
    "validate": ("-n", "50", "--seeds", "1", "--days", "5"),
}
"""Options that keep a command from doing all of its work, which is not what is tried here."""


class Option:
    """An option of a command, as random words need it."""

    def __init__(self, name: str, is_flag: bool, is_place: bool) -> None:
        self.name, self.is_flag, self.is_place = name, is_flag, is_place


def options_of(name: str) -> list[Option]:
    """The options that a command has."""
    import click

    from synthdiff.cli.main import cli

    command = cli.get_command(click.Context(cli), name)
    if command is None:
        return [Option("--help", True, False)]
    found = [Option("--help", True, False), Option("--nosuch", False, False)]
    for option in command.params:
        if isinstance(option, click.Option):
            is_place = isinstance(option.type, click.Path) or (option.metavar or "").startswith("F")
            found.append(Option(option.opts[-1], option.is_flag or bool(option.count), is_place))
    return found
