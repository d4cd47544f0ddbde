"""Names, values and paths that try to command a terminal: they are shown, by every command, on stdout and stderr."""

import io
import json
import unicodedata

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from synthdiff.cli.progress import PlainLines, TerminalBar
from synthdiff.console import VisibleConsole
from tests.cli.shop import FIT, run

HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
FAKED = "FAKED"
"""Stands behind a line break in names: no line of a command's output begins with it."""
EVIL = f"\x1b[31m\x9b2J\x07\r\u202e\u200b\x7f\u2028\n{FAKED}"
NUMBER, LEVEL, TEXT, TARGET = (f"{word}{EVIL}" for word in ("num", "lev", "txt", "tgt"))
ONE, TWO, REGIME = (f"{word}{EVIL}" for word in ("ONE", "TWO", "REG"))
N_ROWS = 160
SERIES_FIT = ("--series", "--preset", "fast", "--max-steps", "10", "--window", "32", "--device", "cpu")
FEW = ("-n", "60", "--horizon", "20")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Data and models whose own names are hostile, too."""
    place = tmp_path_factory.mktemp("hostile")
    rng = np.random.default_rng(0)
    words = [f"lorem{EVIL}", "ipsum", "dolor", "sit", "amet", "elit"]
    table = pd.DataFrame(
        {
            NUMBER: rng.normal(size=N_ROWS),
            LEVEL: rng.choice([f"a{EVIL}", f"b{EVIL}", "c"], N_ROWS),
            TEXT: [" ".join(rng.choice(words, 9)) for _ in range(N_ROWS)],
            TARGET: rng.integers(0, 2, N_ROWS),
        }
    )
    table.to_parquet(place / f"t{EVIL}.parquet")
    moves = rng.normal(scale=0.01, size=(300, 2)).cumsum(axis=0)
    prices = pd.DataFrame(100 * np.exp(moves), columns=[ONE, TWO])
    prices.insert(0, "date", pd.date_range("2020-01-01", periods=300, freq="B"))
    prices.to_parquet(place / f"p{EVIL}.parquet")
    prices[REGIME] = rng.choice([f"up{EVIL}", "down"], 300)
    prices.to_parquet(place / f"r{EVIL}.parquet")
    for data, words in (("t", (*FIT, "--text", "resample")), ("p", SERIES_FIT), ("r", (*SERIES_FIT, "--covariates"))):
        named = [_quoted(REGIME)] if words[-1] == "--covariates" else []
        assert_shown(
            run("fit", place / f"{data}{EVIL}.parquet", "-o", place / f"{data}{EVIL}.synthdiff", *words, *named)
        )
    return place


def _quoted(name):
    return f'"{name}"'


def hidden(text):
    return {char for char in text if char != "\n" and unicodedata.category(char) in HIDDEN}


def assert_shown(result, code=0):
    assert result.exit_code == code, result.stderr[-600:]
    for text in (result.stdout, result.stderr):
        assert hidden(text) == set()
        assert [line for line in text.splitlines() if line.strip().startswith(FAKED)] == []


COMMANDS = {
    "inspect": ("inspect", "T"),
    "inspect --json": ("inspect", "T", "--json"),
    "inspect --series": ("inspect", "--series", "R", "--covariates", _quoted(REGIME)),
    "info of a table": ("info", "TM"),
    "info --json": ("info", "TM", "--json"),
    "info of series": ("info", "RM"),
    "sample": ("sample", "TM", "-n", "50", "-o", "OUT.parquet"),
    "evaluate": ("evaluate", "T", "T", "--no-attacks", "--target", TARGET),
    "paths": ("sample", "PM", *FEW, "-o", "OUT2.parquet", "--plot", "OUT.svg", "--plot-column", TWO),
    "conditioned": ("sample", "PM", *FEW, "-o", "OUT3.parquet", "--condition", f"{ONE}<=-1%"),
    "stress": ("stress", "PM", *FEW, "--shock", f"{ONE}<=-1%", "--reverse", "0.01"),
    "stress --json": ("stress", "PM", *FEW, "--json"),
    "regime": ("stress", "RM", *FEW, "--regime", f"{REGIME}=up{EVIL}"),
    "validate": ("validate", "PM", "P", "--seeds", "1", *FEW, "--days", "0", "--challengers", "iid_bootstrap"),
}


def strings(value):
    """All texts in a value that was JSON, keys included."""
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in strings(part)]
    if isinstance(value, list):
        return [text for part in value for text in strings(part)]
    return [value] if isinstance(value, str) else []


def filled(words, place):
    """Words of a command in which data, models and outputs have their places."""
    known = {data.upper(): place / f"{data}{EVIL}.parquet" for data in "tpr"}
    known |= {f"{data.upper()}M": place / f"{data}{EVIL}.synthdiff" for data in "tpr"}
    return [place / f"{EVIL}{word}" if word.startswith("OUT") else known.get(word, word) for word in words]


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_command_says(folder, name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    result = run(*filled(COMMANDS[name], folder))
    assert_shown(result)
    if "--json" in COMMANDS[name]:
        assert any(EVIL in text for text in strings(json.loads(result.stdout)))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("fit", f"none{EVIL}.parquet"), 3),
        (("fit", "T", "--categorical", _quoted(EVIL)), 3),
        (("fit", "T", "--preset", EVIL), 2),
        (("fit", "T", f"--{EVIL}"), 2),
        (("fit", "T", "--max-time", EVIL), 2),
        (("fit", "T", "--schema", f"none{EVIL}"), 3),
        ((EVIL,), 2),
        (("info", f"none{EVIL}"), 6),
        (("sample", f"none{EVIL}", "-n", "5"), 6),
        (("sample", "TM", "-n", "5", "--device", EVIL), 3),
        (("sample", "PM", "-n", "5", "--condition", f"{EVIL}=1"), 4),
        (("sample", "PM", "-n", "5", "--condition", EVIL), 2),
        (("evaluate", "T", "T", "--target", EVIL), 3),
        (("evaluate", "T", "T", "--fail-under", f"{EVIL}=1"), 3),
        (("stress", "PM", "--regime", f"{EVIL}=1"), 4),
        (("stress", "RM", "--regime", f"{REGIME}={EVIL}"), 4),
        (("stress", "PM", "--replay", EVIL, "--history", "P"), 3),
        (("validate", "PM", "P", "--challengers", _quoted(EVIL)), 3),
        (("validate", "PM", "P", "--since", EVIL), 2),
    ],
)
def test_what_an_error_says(folder, words, code, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    result = run(*filled(words, folder))
    assert result.exit_code == code, result.stderr
    assert hidden(result.stdout + result.stderr) == set()


@pytest.mark.parametrize("console", [VisibleConsole, Console])
def test_progress_shows_names_and_reads_no_markup(console):
    stream = io.StringIO()
    screen = console(file=stream, force_terminal=False, markup=False, highlight=False, emoji=False, width=300)
    plain = PlainLines(screen)
    plain.show("load", 0.0, f"a[/b]{EVIL}.synthdiff")
    assert hidden(stream.getvalue()) == set()
    terminal = VisibleConsole(file=io.StringIO(), force_terminal=True, width=300)
    with TerminalBar(terminal) as bar:
        bar.show("load", 0.0, f"a[/b]{EVIL}.synthdiff")  # markup of rich would be an error here
        bar.say(EVIL)
    own = terminal.file.getvalue()
    assert "a[/b]" in own
    for evil in ("\x1b[31m\x9b", "\x9b", "\x07", "\u202e", "\u200b", "\x7f", "\u2028"):
        assert evil not in own
