"""``synthdiff stress``: what a portfolio loses when the market does this or that."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synthdiff.cli.option import FILE, SEED, STEPS, device_option, force_option
from synthdiff.cli.series_option import ConditionType, once
from synthdiff.parameter import read_number
from synthdiff.rule import MOST_ROWS
from synthdiff.visible import shown

if TYPE_CHECKING:
    from synthdiff.cli.progress import Bar
    from synthdiff.finance.stress import StressTest
    from synthdiff.finance.stress_report import StressReport
    from synthdiff.finance.stress_result import StressResult
    from synthdiff.models.series import SeriesDiffusion


SHARE = 0.2
"""Of the bar that the paths of a scenario take."""


class AssignmentType(click.ParamType):  # type: ignore[type-arg] # generic in new versions of click only
    """``NAME=VALUE``, a number or a word."""

    name = "assignment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        """The name and the value; a usage error where it is not written so."""
        if not isinstance(value, str):
            return value[0], value[1]
        name, _, text = (word.strip() for word in value.rpartition("="))
        if not name or not text:
            self.fail(f"{value!r} is not known; write NAME=VALUE, such as regime=2", param, ctx)
        number = _number(text)
        return name, text if math.isnan(number) else number


class FractionType(click.ParamType):  # type: ignore[type-arg] # generic in new versions of click only
    """A fraction between 0 and 1, which may be written as a percentage; its sign does not count."""

    name = "fraction"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Its size."""
        number = abs(_number(str(value)))
        if not 0 < number < 1:
            self.fail(f"{value!r} is no part of a portfolio; say 0.2 for 20 %", param, ctx)
        return number


@click.command("stress")
@click.argument("model", type=FILE, required=False, metavar="[MODEL]")
@click.option("--weights", metavar="FILE", help="The portfolio: columns asset,weight. Default: equal weights.")
@click.option(
    "--shock",
    "shocks",
    type=ConditionType(is_number=True),
    multiple=True,
    metavar="ASSET=RETURN",
    help="What an asset returns over the horizon: SPX=-0.30, SPX<=-30%, SPX=-0.35..-0.25. Repeat for more.",
)
@click.option(
    "--regime",
    "covariates",
    type=AssignmentType(),
    multiple=True,
    metavar="NAME=VALUE",
    help="A covariate that is fixed. Repeat for more.",
)
@click.option(
    "--max-drawdown", type=FractionType(), metavar="DEPTH", help="How far the portfolio falls at least: -0.3."
)
@click.option(
    "--reverse", "loss", type=FractionType(), metavar="LOSS", help="How the portfolio may lose so much: 0.20."
)
@click.option(
    "--replay",
    "windows",
    multiple=True,
    metavar="WINDOW",
    help="A window of --history: gfc, covid, rates ..., or 2008-09-12:2008-11-20. Repeat for more.",
)
@click.option("--history", metavar="FILE", help="Prices that --replay takes its windows from.")
@click.option(
    "--from",
    "begin",
    type=click.Choice(["anywhere", "end", "history"]),
    default="anywhere",
    show_default=True,
    help="Where paths begin: in states of the whole history, at its end, at the end of --history.",
)
@click.option("--horizon", type=STEPS, default=63, show_default=True, metavar="N", help="Steps.")
@click.option(
    "-n",
    "--paths",
    "n_paths",
    type=click.IntRange(10, MOST_ROWS),
    metavar="N",
    help="Of what is usual and of each scenario; default: 10,000 and 2,000.",
)
@click.option(
    "--rebalance",
    type=click.Choice(["daily", "hold"]),
    default="daily",
    show_default=True,
    help="Restore the weights after every step, or keep what was bought.",
)
@click.option("--seed", type=SEED, default=0, show_default=True, metavar="N", help="Same seed, same numbers.")
@device_option
@click.option("--html", type=FILE, metavar="FILE", help="Write the report as a page that needs no network.")
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Write the report as JSON.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on stdout.")
@force_option("Replace existing files.")
def command(
    model: Path | None,
    weights: str | None,
    history: str | None,
    begin: str,
    rebalance: Any,
    device: str,
    html: Path | None,
    output: Path | None,
    as_json: bool,
    force: bool,
    windows: tuple[str, ...],
    shocks: tuple[tuple[str, Any], ...],
    covariates: tuple[tuple[str, Any], ...],
    **asked: Any,
) -> None:
    """Stress a portfolio with a fitted model of market series.

    MODEL is a folder that fit --series has written; without it, the newest finished one in the current folder.

    All of --shock, --regime and --max-drawdown hold together, in one scenario; --reverse and each --replay are
    scenarios of their own. Every one stands beside what is usual: value at risk and expected shortfall with 95 %
    intervals, drawdowns, what each asset adds, the worst paths, and how likely the scenario is by itself.
    """
    from synthdiff.cli.location import check_outputs, newest_model
    from synthdiff.cli.progress import open_bar
    from synthdiff.cli.screen import messages

    if history is None and (windows or begin == "history"):
        option = "--replay" if windows else "--from history"
        raise click.UsageError(f"{option} needs prices; name their file by --history")
    if history is not None and not windows and begin != "history":
        raise click.UsageError("--history is for --replay, such as --replay gfc, and for --from history")
    asked |= {"shocks": once("--shock", shocks), "covariates": once("--regime", covariates)}
    check_outputs({"-o": output, "--html": html}, force)
    console = messages()
    if model is None:
        model = newest_model(Path())
        console.print(f"Stressing by {shown(model)}, the newest finished model here.", soft_wrap=True)
    with open_bar(console) as bar:
        bar.show("load", 0.0, str(model))
        fitted = load_series(model, device)
        prices = None if history is None else read_prices(history, bar)
        test, notes = make_test(fitted, weights, rebalance, prices if begin == "history" else begin)
        replays = replay(test, fitted, prices, windows)
        report = run(test, fitted, bar, replays, **asked)
        report = replace(report, notes=(*notes, *report.notes))
        bar.show("write", 1.0, "")
        written = write(report, output, html, force)
    show(report, as_json)
    if written:
        console.print(f"Wrote {shown(' and '.join(written))}.", soft_wrap=True)


def load_series(path: Path, device: str) -> SeriesDiffusion:
    """Load a model of market series.

    Raises
    ------
    ArtifactError
        It is a model of something else, or none.
    """
    from synthdiff import load
    from synthdiff.errors import ArtifactError
    from synthdiff.models.series import SeriesDiffusion

    model = load(path, device=device)
    if not isinstance(model, SeriesDiffusion):
        raise ArtifactError(
            f"{path} is a model of a table; stress tests need one of market series: synthdiff fit prices.csv --series"
        )
    return model


def read_prices(history: str, bar: Bar) -> Any:
    """Read a history.

    Raises
    ------
    DataError
        The file cannot be read.
    """
    from synthdiff.data.io import read_table

    bar.show("read", 0.1, history)
    return read_table([history])


def make_test(
    model: SeriesDiffusion, weights: str | None, rebalance: Any, begin: Any
) -> tuple[StressTest, tuple[str, ...]]:
    """Read the portfolio of a file, or take equal weights, and say how; checked against the model's assets.

    Raises
    ------
    ConfigError
        It holds an asset that the model does not know.
    DataError
        The file cannot be read.
    """
    from synthdiff.data.io import read_table
    from synthdiff.data.portfolio import resolve_weights
    from synthdiff.finance.holding import read_holdings
    from synthdiff.finance.stress import StressTest

    assets, kinds = model.codec_.assets, model.codec_.kinds
    if weights is None:
        test = replace(StressTest.equal(assets, kinds), rebalance=rebalance, begin=begin)
        return test, (equal_words(test),)
    portfolio = read_holdings(read_table([weights]))
    resolve_weights(portfolio, assets, kinds)
    test = StressTest(portfolio, rebalance, begin=begin)
    if test.portfolio == portfolio:
        return test, ()
    return test, (f"The weights add up to {sum(portfolio.values()):g} and are taken for percent.",)


def run(
    test: StressTest,
    model: SeriesDiffusion,
    bar: Bar,
    replays: Sequence[StressResult],
    *,
    shocks: Mapping[str, Any],
    covariates: Mapping[str, Any],
    max_drawdown: float | None,
    loss: float | None,
    horizon: int,
    n_paths: int | None,
    seed: int,
) -> StressReport:
    """Draw what is usual and what is asked for, and put them side by side; names are checked before."""
    from synthdiff.finance.stress import N_PATHS, N_STRESSED

    check_names(model, shocks, covariates, horizon)
    unstressed = watched(test, bar, "draw", 0.1, "unstressed")
    usual = unstressed.unstressed(model, horizon, n_paths=n_paths or N_PATHS, random_state=seed)
    options: dict[str, Any] = {"n_paths": n_paths or N_STRESSED, "random_state": seed}
    found = []
    if shocks or covariates or max_drawdown is not None:
        what = ", ".join(f"{name}={value}" for name, value in {**shocks, **covariates}.items())
        depth = None if max_drawdown is None else -max_drawdown
        stressed = watched(test, bar, "stress", 0.3, what)
        found.append(stressed.shock(model, shocks, horizon, covariates=covariates, max_drawdown=depth, **options))
    if loss is not None:
        losing = watched(test, bar, "reverse", 0.6, f"loss of {loss:.0%}")
        found.append(losing.reverse(usual, loss, guide=model, **options))
    bar.show("measure", 0.8, "")
    return test.compare(usual, *found, *replays)


def check_names(model: SeriesDiffusion, shocks: Mapping[str, Any], covariates: Mapping[str, Any], horizon: int) -> None:
    """Check what is asked for against the model.

    Raises
    ------
    ConditioningError
        There is no such asset, measure or covariate, or it cannot have the value.
    """
    from synthdiff.data.portfolio import named
    from synthdiff.data.schema import near_match
    from synthdiff.errors import ConditioningError

    known = list(model.fitted_.covariates.names)
    for name in covariates:
        if name not in known:
            there = f"there are {named(known)}" if known else "there are none: fit --covariates takes them"
            raise ConditioningError(
                f"--regime names {name!r}, which is no covariate of the model{near_match(name, known)}; {there}",
                column=name,
                support=known,
            )
    model.check_conditioning({**shocks, **covariates}, horizon)


def watched(test: StressTest, bar: Bar, phase: str, begin: float, what: str) -> StressTest:
    """The same test, whose paths are counted on the bar as they are drawn."""

    def watch(found: int, wanted: int) -> None:
        bar.show(phase, begin + SHARE * found / wanted, f"{what}  {found:,} of {wanted:,} paths")

    bar.show(phase, begin, what)
    return replace(test, watch=watch)


def replay(test: StressTest, model: SeriesDiffusion, prices: Any, windows: Sequence[str]) -> list[StressResult]:
    """Replay windows of a history.

    Raises
    ------
    ConfigError
        There is no such window.
    """
    from synthdiff.data.market import read_market

    if not windows:
        return []
    market = read_market(
        prices,
        id_column=model.id_column,
        time_column=model.time_column,
        date_format=model.date_format,
        value_columns=tuple(model.value_columns),
        returns=model.returns,
        adjust_splits=model.adjust_splits,
    )
    return [test.replay(market, *window.split(":", maxsplit=1)) for window in windows]


def equal_words(test: StressTest) -> str:
    """That nobody gave weights."""
    from synthdiff.data.portfolio import named

    return (
        f"No weights were given: they are equal, {1 / len(test.portfolio):.4g} each of {named(list(test.portfolio))}."
    )


def write(report: StressReport, output: Path | None, html: Path | None, force: bool) -> list[str]:
    """Write the files that were asked for, each whole or not at all; their names.

    Raises
    ------
    ConfigError
        A file has appeared meanwhile, and `force` is not set.
    DataError
        A file cannot be written.
    """
    if output is not None:
        report.save_json(output, force)
    if html is not None:
        report.save_html(html, force)
    return [str(path) for path in (output, html) if path is not None]


def show(report: StressReport, as_json: bool) -> None:
    """Print the report on stdout, for people or for programs."""
    if as_json:
        from synthdiff.storage import to_json

        click.echo(to_json(report.to_dict(), indent=1))
        return
    from synthdiff.cli.screen import results
    from synthdiff.finance.stress_text import render

    results().print(render(report))


def _number(text: str) -> float:
    """A finite number, or a percentage; NaN where it is neither."""
    text = text.strip()
    number = read_number(text.removesuffix("%"))
    return math.nan if number is None else number / (100 if text.endswith("%") else 1)
