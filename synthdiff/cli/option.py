"""What the commands' options have in common: types that parse words, and options that several commands take."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from synthdiff.rule import MOST_ROWS, MOST_SEED, MOST_STEPS

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class DurationType(click.ParamType):  # type: ignore[type-arg] # generic in new versions of click only
    """Seconds, written like ``90s``, ``5m`` or ``1h30m``."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds in `value`; a usage error when it is no duration."""
        from synthdiff.errors import ConfigError
        from synthdiff.models.duration import parse_duration

        try:
            return parse_duration(value)
        except ConfigError as error:
            self.fail(str(error), param, ctx)


class NamesType(click.ParamType):  # type: ignore[type-arg] # generic in new versions of click only
    """Names between commas; a name that holds a comma itself goes in double quotes."""

    name = "names"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """The names in `value`, without empty ones."""
        if not isinstance(value, str):
            return tuple(value)
        return tuple(name.strip() for name in between_commas(value, self, param, ctx) if name.strip())


def between_commas(
    value: str,
    kind: click.ParamType,  # type: ignore[type-arg]
    param: click.Parameter | None,
    ctx: click.Context | None,
) -> list[str]:
    """Split a value at its commas, except those in double quotes; a usage error of `kind` where that cannot be."""
    try:
        return next(csv.reader([value], skipinitialspace=True), [])
    except csv.Error as error:
        kind.fail(f"{value[:100]!r} cannot be split at its commas: {error}", param, ctx)


class AutoOr(click.ParamType):  # type: ignore[type-arg] # generic in new versions of click only
    """The word ``auto``, or what another type makes of the value. ``auto`` becomes None."""

    def __init__(self, other: click.ParamType) -> None:  # type: ignore[type-arg]
        self.other = other
        self.name = f"auto|{other.name}"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """None for ``auto``."""
        return None if value == "auto" else self.other.convert(value, param, ctx)


class FileType(click.ParamType):  # type: ignore[type-arg] # generic in new versions of click only
    """A path; the command says what is wrong with it."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path."""
        return Path(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Let the shell complete names of files."""
        return [CompletionItem(incomplete, type="file")]


FILE = FileType()
SEED = click.IntRange(0, MOST_SEED)
ROWS = click.IntRange(1, MOST_ROWS)
STEPS = click.IntRange(1, MOST_STEPS)


def json_option(function: Decorated) -> Decorated:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print the facts as a JSON object on stdout.")(function)


def categorical_option(function: Decorated) -> Decorated:
    """``--categorical a,b``."""
    return click.option(
        "--categorical", type=NamesType(), default=(), metavar="A,B", help="Columns of codes or names, not amounts."
    )(function)


def device_option(function: Decorated) -> Decorated:
    """``--device``."""
    return click.option(
        "--device", default="auto", show_default=True, metavar="NAME", help="cpu, cuda, cuda:1, mps, or what is there."
    )(function)


def force_option(words: str) -> Callable[[Decorated], Decorated]:
    """``--force``, with what it replaces in words."""
    return click.option("--force", is_flag=True, help=words)


def threads_option(function: Decorated) -> Decorated:
    """``--threads``."""
    return click.option(
        "--threads", type=click.IntRange(1, 1024), metavar="N", help="CPU threads. Default: one for each core."
    )(function)


TEXT = ("na_values", "decimal", "thousands", "encoding", "delimiter")
"""Names of the options that say how text files are read."""


def text_options(function: Decorated) -> Decorated:
    """``--na-values``, ``--decimal``, ``--thousands``, ``--encoding``, ``--delimiter``."""
    options = (
        click.option(
            "--na-values", type=NamesType(), default=(), metavar="A,B", help="CSV: cells that mean a missing value."
        ),
        click.option("--decimal", type=click.Choice([".", ","]), help="CSV: the decimal mark."),
        click.option("--thousands", metavar="MARK", help="CSV: what parts thousands."),
        click.option("--encoding", metavar="NAME", help="CSV: utf-8, cp1252, ...; default: found out."),
        click.option("--delimiter", metavar="MARK", help="CSV: what separates cells; default: found out."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def take_text_options(settings: dict[str, Any]) -> dict[str, Any]:
    """Take what `text_options` adds out of the settings of a command, for `read_table`."""
    taken = {name: settings.pop(name) for name in TEXT}
    if taken["delimiter"] in ("\\t", "tab"):
        taken["delimiter"] = "\t"
    return taken
