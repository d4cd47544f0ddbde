"""``synthdiff validate``: a model of market series beside the classical simulators."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synthdiff.cli.option import FILE, SEED, NamesType, device_option, force_option
from synthdiff.parameter import read_number
from synthdiff.rule import MOST_ROWS, MOST_STEPS
from synthdiff.visible import shown

if TYPE_CHECKING:
    from synthdiff.cli.progress import Bar
    from synthdiff.data.market import Market
    from synthdiff.finance.validation import Validation
    from synthdiff.models.series import SeriesDiffusion

NONE = ("none",)


class SinceType(click.ParamType):  # type: ignore[type-arg] # generic in new versions of click only
    """A share of the rows between 0 and 1, or an ISO date."""

    name = "since"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | str:
        """The share as a number, or the date as it is written."""
        import numpy as np

        since = share_or_date(str(value))
        try:
            known = 0 < since < 1 if isinstance(since, float) else not np.isnat(np.datetime64(since))
        except ValueError:
            known = False
        if not known:
            self.fail(f"{value!r} is no share between 0 and 1 and no date such as 2013-01-01", param, ctx)
        return since


@click.command("validate")
@click.argument("model", type=FILE, metavar="MODEL")
@click.argument("data", nargs=-1, required=True, metavar="DATA...")
@click.option(
    "--since",
    type=SinceType(),
    metavar="SHARE|DATE",
    help="Score what comes after (0.7, 2013-01-01), and fit challengers to what comes before.",
)
@click.option(
    "--seeds",
    type=click.IntRange(1, 10_000),
    default=5,
    show_default=True,
    metavar="N",
    help="Number of seeds of each.",
)
@click.option(
    "--days",
    type=click.IntRange(0, MOST_STEPS),
    default=1000,
    show_default=True,
    metavar="N",
    help="To backtest; 0: none.",
)
@click.option(
    "--backtest-paths",
    type=click.IntRange(100, MOST_STEPS),
    default=1000,
    show_default=True,
    metavar="N",
    help="Of a forecast.",
)
@click.option(
    "--challengers",
    type=NamesType(),
    metavar="A,B",
    help="Of iid_bootstrap, stationary_bootstrap, garch_t, egarch_t, filtered_historical, vine_copula, dcc_garch; or "
    "none. Default: all that are installed.",
)
@click.option(
    "-n", "--paths", "n_paths", type=click.IntRange(10, MOST_ROWS), default=1000, show_default=True, metavar="N"
)
@click.option(
    "--horizon",
    type=click.IntRange(20, MOST_STEPS),
    default=252,
    show_default=True,
    metavar="N",
    help="Steps of a path.",
)
@click.option("--known-covariates", is_flag=True, help="Forecasts know the covariates of the days that they are of.")
@click.option(
    "--seed", "random_state", type=SEED, default=0, show_default=True, metavar="N", help="Same seed, same numbers."
)
@device_option
@click.option("--html", type=FILE, metavar="FILE", help="Write the report on the model's own paths as a page.")
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Write all numbers as JSON.")
@click.option("--json", "as_json", is_flag=True, help="Print all numbers as JSON on stdout.")
@force_option("Replace existing files.")
def command(
    model: Path,
    data: tuple[str, ...],
    device: str,
    html: Path | None,
    output: Path | None,
    as_json: bool,
    force: bool,
    **settings: Any,
) -> None:
    """Put a model of market series beside the classical simulators, and say where it is behind.

    MODEL is a folder that fit --series has written, DATA the prices that it was fitted to, or those and later ones.
    The model's paths and those of bootstraps, GARCH, EGARCH, filtered historical simulation, a vine copula and
    DCC-GARCH are scored by the stylised facts of the market; then each forecasts the last days, one after the other,
    and its value at risk, expected shortfall and CRPS are tested.

    A fair test is of days that nobody has seen: fit the model to prices up to a day, and give that day as --since.
    """
    from synthdiff.cli.location import check_outputs
    from synthdiff.cli.progress import open_bar
    from synthdiff.cli.screen import messages

    check_outputs({"-o": output, "--html": html}, force)
    console = messages()
    with open_bar(console) as bar:
        validation = run(model, data, device, bar, **settings)
        bar.show("write", 1.0, "")
        written = write(validation, output, html, force)
    show(validation, as_json)
    if written:
        console.print(f"Wrote {shown(' and '.join(written))}.", soft_wrap=True)


def run(
    path: Path,
    data: tuple[str, ...],
    device: str,
    bar: Bar,
    *,
    since: float | str | None,
    days: int,
    horizon: int,
    challengers: tuple[str, ...] | None,
    known_covariates: bool,
    **settings: Any,
) -> Validation:
    """Load, read, and measure, showing the progress."""
    from synthdiff.finance.observed import observe
    from synthdiff.finance.validate import find_row, validate_steps
    from synthdiff.models.series_simulator import FittedSimulator, market_returns
    from synthdiff.steps import Steps

    bar.show("load", 0.0, str(path))
    model = load_series(path, device)
    bar.show("read", 0.0, data[0])
    market = read_like(model, data)
    returns = market_returns(model.codec_, market)
    dates = None if market.dates is None else market.dates[len(market.dates) - len(returns) :]
    observed = observe(returns, dates)
    known, shared = observed.is_complete, observed.complete_dates
    cut = None if since is None else find_row(since, shared, int(known.sum()))
    notes = [*missing_notes(known), *covariate_notes(model, known_covariates), *span_notes(model, shared, cut)]
    notes += drift_notes(model)
    work = validate_steps(
        {"synthdiff": FittedSimulator(model, market=market, known_covariates=known_covariates)},
        returns,
        names=model.assets_,
        kinds=model.codec_.kinds,
        dates=dates,
        path_dates=None if dates is None else model_dates(model, horizon),
        since=since,
        horizon=horizon,
        challengers=() if challengers == NONE else challengers,
        backtest_days=days,
        notes=notes,
        **settings,
    )
    for progress in (steps := Steps(work)):
        bar.show(progress.phase, progress.fraction, progress.what)
    return steps.result


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
            f"{path} is a model of a table, which evaluate judges; validate needs one of market series: "
            "synthdiff fit prices.csv --series"
        )
    return model


def read_like(model: SeriesDiffusion, data: tuple[str, ...]) -> Market:
    """Read the columns that a model was fitted to."""
    from synthdiff.data.io import read_table
    from synthdiff.data.market import read_market

    return read_market(
        read_table(data),
        id_column=model.id_column,
        time_column=model.time_column,
        date_format=model.date_format,
        value_columns=tuple(model.value_columns),
        adjust_splits=model.adjust_splits,
        like=model.codec_.layout,
    )


def share_or_date(since: str) -> float | str:
    """A number, or what was typed.

    Examples
    --------
    >>> share_or_date("0.7"), share_or_date("2013-01-01")
    (0.7, '2013-01-01')
    """
    number = read_number(since)
    return since if number is None else number


def model_dates(model: SeriesDiffusion, n_steps: int) -> Any:
    """Dates of the steps of a model's own paths, (n_steps,); None where it knows none."""
    from synthdiff.data.market.calendar import next_dates

    dates = model.fitted_.dates
    return None if dates is None else next_dates(dates, n_steps)


def drift_notes(model: SeriesDiffusion) -> list[str]:
    """What there is to say about a drift that is not the history's."""
    if model.drift == "historical":
        return []
    return [f"The model was fitted with drift {model.drift}: its drift differs from that of the history on purpose."]


def missing_notes(known: Any) -> list[str]:
    """What there is to say about rows without a return, (T,) bool."""
    n_left = int((~known).sum())
    if not n_left:
        return []
    return [
        f"{n_left:,} of {len(known):,} steps lack a return of some asset: challengers are fitted without them, and the "
        "backtest leaves them out; the model's forecasts see what is known of them."
    ]


def covariate_notes(model: SeriesDiffusion, is_known: bool) -> list[str]:
    """What there is to say about covariates in a backtest.

    Raises
    ------
    ConfigError
        They shall be known, and the model has none.
    """
    from synthdiff.data.portfolio import named
    from synthdiff.errors import ConfigError

    names = model.fitted_.covariates.names
    if is_known and not names:
        raise ConfigError("--known-covariates: the model has no covariates; leave it out")
    if not names:
        return []
    if is_known:
        return [f"Forecasts of the model know what {named(names)} is on the days that they are of; challengers do not."]
    return [f"Forecasts of the model see {named(names)} up to the day before."]


def span_notes(model: SeriesDiffusion, dates: Any, cut: int | None) -> list[str]:
    """What there is to say about what the model was fitted to, and what it is scored on from row `cut` on."""
    last, n_rows = model.fitted_.training["last_date"], model.fitted_.training["n_rows"]
    n_steps = n_rows - model.codec_.lag
    if dates is None or last is None:
        saw = cut is not None and n_steps > cut
        until, begin = f"{n_rows:,} rows", "" if cut is None else f"from step {cut + 1:,} on"
    else:
        saw = cut is not None and str(dates[cut])[:19] <= last
        until, begin = f"rows up to {last[:10]}", "" if cut is None else f"from {str(dates[cut])[:10]} on"
        after = dates[[str(date)[:19] > last for date in dates]]
        if cut is None and len(after):
            return [f"The model was fitted to {until} only; say --since {str(after[0])[:10]} to score what came after."]
    if not saw:
        return []
    return [
        f"In-sample: the model was fitted to {until} and is scored {begin}. Challengers were fitted to what comes "
        "before only; fit the model to that as well to compare them."
    ]


def write(validation: Validation, output: Path | None, html: Path | None, force: bool) -> list[str]:
    """Write the files that were asked for, each whole or not at all; their names.

    Raises
    ------
    ConfigError
        A file has appeared meanwhile, and `force` is not set.
    DataError
        A file cannot be written.
    """
    if output is not None:
        validation.save_json(output, force)
    if html is not None:
        validation.save_html(html, force)
    return [str(path) for path in (output, html) if path is not None]


def show(validation: Validation, as_json: bool) -> None:
    """Print the validation on stdout, for people or for programs."""
    if as_json:
        from synthdiff.storage import to_json

        click.echo(to_json(validation.to_dict(), indent=1))
        return
    from synthdiff.cli.screen import results
    from synthdiff.finance.validation_text import render

    results().print(render(validation))
