"""What the commands print: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from synthdiff.cli.stream import LastingErrors, can_print

PIPE_WIDTH = 120


def messages(quiet: bool = False) -> Console:
    """The console for words to the person: stderr, also when its terminal is gone, or nowhere."""
    lasting: Any = LastingErrors()
    return Console(file=lasting, highlight=False, markup=False, emoji=False, quiet=quiet)


def results() -> Console:
    """The console for tables that are a command's result: stdout, 120 columns wide where it is no terminal."""
    piped = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return _Results(highlight=False, markup=False, emoji=False, width=PIPE_WIDTH if piped else None)


class _Results(Console):
    """A console that leaves a closed pipe to the program, which ends well there; rich would exit with 1."""

    def on_broken_pipe(self) -> None:
        """Raise the error again."""
        raise  # noqa: PLE0704 (called while the error is handled)


def print_json(facts: Mapping[str, Any]) -> None:
    """Print one JSON object on stdout; numbers that JSON cannot hold become null."""
    text = json.dumps(_plain(facts), ensure_ascii=False, allow_nan=False)
    click.echo(text if can_print(text) else json.dumps(_plain(facts), allow_nan=False))


def facts_grid(facts: Iterable[tuple[str, str]]) -> Table:
    """Two columns, a fact's name and the fact, indented; long facts wrap beside their names."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, fact in facts:
        grid.add_row(f"  {name}", fact)
    return grid


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number and its noun.

    Examples
    --------
    >>> counted(1, "row"), counted(32561, "row"), counted(2, "copy", "copies")
    ('1 row', '32,561 rows', '2 copies')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def file_size(number: float) -> str:
    """Bytes in the largest decimal unit that leaves a number of at least one.

    Examples
    --------
    >>> file_size(950), file_size(4_810_000), file_size(1.3e9)
    ('950 B', '4.8 MB', '1.3 GB')
    """
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number:.0f} B"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
