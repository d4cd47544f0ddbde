"""Options of market series, and of tables, and what is said when one kind's are given with the other's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import click

from synthdiff.cli.option import Decorated, NamesType, between_commas
from synthdiff.parameter import read_number
from synthdiff.rule import MOST_DRIFT

VALUES = ("auto", "price", "return", "level")
DRIFTS = ("historical", "zero")
RETURNS = ("auto", "simple", "log", "percent")
READING = ("values", "covariates", "id_column", "time_column", "date_format", "value_columns", "adjust_splits")
"""Names of the options that say how series are read from a file."""


class ValuesType(click.ParamType):  # type: ignore[type-arg] # generic in new versions of click only
    """What numbers are: one word for all columns, or ``NAME=WORD`` between commas."""

    name = "values"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word, or words by name; a usage error for other words."""
        if not isinstance(value, str) or value in VALUES:
            return value
        found: dict[str, str] = {}
        for part in between_commas(value, self, param, ctx):
            name, _, word = (piece.strip() for piece in part.rpartition("="))
            if not name or word not in VALUES[1:]:
                self.fail(
                    f"{part!r} is not known; say auto, price, return or level, or by column SPX=price,US10Y=level",
                    param,
                    ctx,
                )
            if name in found:
                self.fail(f"{name!r} is named twice", param, ctx)
            found[name] = word
        return found


def not_finite(text: str) -> bool:
    """Whether a condition's value is written as something else than a finite number.

    Examples
    --------
    >>> not_finite("nan"), not_finite("<= -inf"), not_finite("-0.3..1e999"), not_finite("-0.35..-25%")
    (True, True, True, False)
    """
    parts = (part.strip().removesuffix("%") for part in text.lstrip("<>= ").split(".."))
    return any(part and read_number(part) is None for part in parts)


class DriftType(click.ParamType):  # type: ignore[type-arg] # generic in new versions of click only
    """``historical``, ``zero``, or a log return a year such as ``0.05``."""

    name = "drift"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word or the number."""
        if value in DRIFTS:
            return value
        number = read_number(str(value))
        if number is None or abs(number) > MOST_DRIFT:
            self.fail(
                f"{value!r} is not known; say historical, zero or a log return a year such as 0.05, "
                f"from -{MOST_DRIFT:g} to {MOST_DRIFT:g}",
                param,
                ctx,
            )
        return number


class ConditionType(click.ParamType):  # type: ignore[type-arg] # generic in new versions of click only
    """``NAME=VALUE``, or with another relation: ``SPX<=-30%``, ``SPX=-0.35..-0.25``.

    Parameters
    ----------
    is_number : bool
        Whether values are numbers and ``nan`` and ``inf`` are refused; else they may be labels. Default: False.
    """

    name = "condition"

    def __init__(self, is_number: bool = False) -> None:
        self.is_number = is_number

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """What it is about, and the rest in words; a usage error where there is no relation in it."""
        from synthdiff.data.request import split_condition
        from synthdiff.errors import ConditioningError

        if not isinstance(value, str):
            return value[0], value[1]
        try:
            found = split_condition(value)
        except ConditioningError as error:
            self.fail(str(error), param, ctx)
        if self.is_number and not_finite(found[1]):
            self.fail(f"{value!r} names no finite number; write it as SPX=-0.3 or SPX<=-30%", param, ctx)
        return found


def series_option(words: str) -> Callable[[Decorated], Decorated]:
    """``--series``, with what it does in words."""
    return click.option("--series", is_flag=True, help=words)


def condition_option(words: str) -> Callable[[Decorated], Decorated]:
    """``--condition``, with what it is for in words."""
    return click.option(
        "--condition", "conditions", type=ConditionType(), multiple=True, metavar="WHAT=VALUE", help=words
    )


def reading_options(function: Decorated) -> Decorated:
    """Options that say how series are read from a file."""
    options = (
        click.option(
            "--values",
            type=ValuesType(),
            default="auto",
            show_default=True,
            metavar="KIND",
            help="Series: price, return or level (yields); SPX=price,US10Y=level.",
        ),
        click.option("--covariates", type=NamesType(), default=(), metavar="A,B", help="Series: what comes along."),
        click.option("--id-column", metavar="NAME", help="Series, long: whose a row is."),
        click.option("--time-column", metavar="NAME", help="Series: when a row was."),
        click.option("--date-format", metavar="HOW", help="Series: dayfirst, monthfirst, or text such as %d/%m/%Y."),
        click.option(
            "--value-columns", type=NamesType(), default=(), metavar="A,B", help="Series: the only columns to learn."
        ),
        click.option(
            "--adjust-splits", is_flag=True, help="Series: divide prices before a jump like a split by its ratio."
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def returns_option(*names: str) -> Callable[[Decorated], Decorated]:
    """Option that says how columns of returns are written.

    Parameters
    ----------
    *names : str
        Names of the option and of its parameter, such as ``--returns``.
    """
    return click.option(
        *names,
        type=click.Choice(RETURNS),
        default="auto",
        show_default=True,
        help="Series: how columns of returns are written: simple, log, or simple ones in percent.",
    )


def refuse_options(ctx: click.Context, names: Collection[str], why: str) -> None:
    """Refuse options that were typed and do not go with what the command works on.

    Parameters
    ----------
    ctx : click.Context
        Of the command.
    names : collection of str
        Its parameters that are refused.
    why : str
        What the message says behind the option's name.

    Raises
    ------
    click.UsageError
        One of them was given.
    """
    typed = click.core.ParameterSource.COMMANDLINE
    for param in ctx.command.params:
        if param.name in names and ctx.get_parameter_source(param.name) is typed:
            raise click.UsageError(f"{'/'.join([param.opts[-1], *param.secondary_opts])} {why}", ctx)


def once(option: str, pairs: Sequence[tuple[str, Any]]) -> Mapping[str, Any]:
    """Values by name, each of which is there once.

    Raises
    ------
    click.UsageError
        A name is there twice.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise click.UsageError(f"{option} names {twice!r} twice; give it once")
    return found
