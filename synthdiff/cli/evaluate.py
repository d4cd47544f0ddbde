"""``synthdiff evaluate``: how good synthetic rows are, beside what real ones would score."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synthdiff.cli.gate import GatesType, check_gates
from synthdiff.cli.option import FILE, SEED, categorical_option, force_option, take_text_options, text_options
from synthdiff.cli.series_option import (
    READING,
    condition_option,
    reading_options,
    refuse_options,
    returns_option,
    series_option,
)
from synthdiff.visible import shown

if TYPE_CHECKING:
    from synthdiff.cli.progress import Bar
    from synthdiff.evaluation.report import Report
    from synthdiff.evaluation.stylized.matched_scores import MatchedScores
    from synthdiff.evaluation.stylized.report import SeriesReport

    Judgement = Report | SeriesReport | MatchedScores

TABLE_ONLY = ("target", "schema", "categorical", "model", "attacks")
SERIES_ONLY = (*READING, "real_returns", "returns", "conditions")
WHOLE_HISTORY = ("holdout", "html")


@click.command("evaluate")
@click.argument("real", metavar="REAL")
@click.argument("synthetic", metavar="SYNTH")
@series_option("Judge market paths by the stylised facts of a history.")
@click.option("--holdout", metavar="FILE", help="Real rows that the generator has not seen, or what came later.")
@click.option("--target", metavar="COLUMN", help="What models trained on the rows are to predict.")
@click.option("--schema", type=FILE, metavar="FILE", help="A schema.json (see inspect) or SDV metadata.")
@categorical_option
@click.option("--model", type=FILE, metavar="MODEL", help="The folder that the rows were drawn from, to attack it too.")
@click.option("--attacks/--no-attacks", default=True, show_default=True, help="Try to learn of training rows.")
@click.option("--html", type=FILE, metavar="FILE", help="Write the report as a page that needs no network.")
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Write the report as JSON.")
@click.option(
    "--fail-under",
    "gates",
    type=GatesType(),
    default={},
    metavar="GATES",
    help="Exit with 5 unless these are reached: fidelity=0.9,gbt_auc=0.6; of series mean=1,cross_mean=1.2.",
)
@text_options
@reading_options
@returns_option("--real-returns")
@click.option("--returns", is_flag=True, help="Series: PATHS hold log returns (differences of levels).")
@condition_option("Series: what every path does, as it was drawn by; only windows of the history that do it count.")
@click.option(
    "--seed", "random_state", type=SEED, default=0, show_default=True, metavar="N", help="Same seed, same scores."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on stdout.")
@force_option("Replace existing files.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    real: str,
    synthetic: str,
    series: bool,
    html: Path | None,
    output: Path | None,
    gates: dict[str, float],
    as_json: bool,
    force: bool,
    **settings: Any,
) -> None:
    """Judge synthetic rows by real ones, or market paths by a history.

    REAL are the rows that the generator learnt from, SYNTH those it made, whichever generator it was: files (parquet,
    csv, csv.gz, arrow, feather, jsonl), folders or quoted globs. Every score stands beside what real held-out rows
    reach, and what columns without any link between them reach.

    With --series, REAL is a history of prices, returns or levels as fit takes it, and SYNTH holds paths as sample
    writes them: path, date or step, a column a series; or log returns in a .npy array (paths, steps, assets). A score
    of 1 is as far from the history as another history of the same length would be. Paths that were drawn by a
    --condition are compared with the windows of the history that meet it.

    Gates are groups (fidelity, detection, utility, privacy: the least standing, from 0 to 1, where 1 is what real rows
    reach) or scores (the limit on the score's good side); of series mean, cross_mean or a fact such as
    volatility_clustering. All files are written before a gate fails.
    """
    from synthdiff.cli.location import check_outputs
    from synthdiff.cli.progress import open_bar
    from synthdiff.cli.screen import messages

    refuse_other_kind(ctx, series)
    if series:
        from synthdiff.cli.series_evaluate import check_series_gates

        gates = check_series_gates(gates)
    else:
        check_gates(gates, {name: bool(settings[name]) for name in ("holdout", "target", "model", "attacks")})
    check_outputs({"-o": output, "--html": html}, force)
    console = messages()
    with open_bar(console) as bar:
        report = judged(series, real, synthetic, bar, settings)
        bar.show("write", 1.0, "")
        written = write(report, output, html, force)
    show(report, as_json)
    if written:
        console.print(f"Wrote {shown(' and '.join(written))}.", soft_wrap=True)
    enforce(report, gates)


def refuse_other_kind(ctx: click.Context, series: bool) -> None:
    """Refuse options that only tables, or only series, have.

    Raises
    ------
    click.UsageError
        One was given for the other kind.
    """
    if series:
        refuse_options(ctx, TABLE_ONLY, "is for tables: leave it out, or leave out --series")
        if ctx.params["conditions"]:
            refuse_options(ctx, WHOLE_HISTORY, "is of a whole history: leave it out, or leave out --condition")
    else:
        refuse_options(ctx, SERIES_ONLY, "is for market series: add --series, or leave it out")


def judged(series: bool, real: str, synthetic: str, bar: Bar, settings: dict[str, Any]) -> Judgement:
    """The report on what two files hold, by those of the settings that are its own."""
    others = TABLE_ONLY if series else SERIES_ONLY
    own = {name: value for name, value in settings.items() if name not in others}
    text = take_text_options(own)
    if series:
        from synthdiff.cli.series_evaluate import measure_series

        return measure_series(real, synthetic, bar, text=text, **own)
    return measure(real, synthetic, bar, text=text, **own)


def measure(
    real: str,
    synthetic: str,
    bar: Bar,
    *,
    text: dict[str, Any],
    holdout: str | None,
    schema: Path | None,
    model: Path | None,
    **settings: Any,
) -> Report:
    """Read what is to be compared, and score it."""
    import synthdiff
    from synthdiff.data.io import read_table
    from synthdiff.data.schema import Schema

    def read(place: str, like: Any = None) -> Any:
        bar.show("read", 0.0, place)
        return read_table([place], say=bar.say, like=like, **text)

    kinds = None if schema is None else Schema.read(schema)
    fitted = None if model is None else synthdiff.load(model)
    learnt = read(real)
    return synthdiff.evaluate(
        learnt,
        read(synthetic, learnt),
        None if holdout is None else read(holdout, learnt),
        schema=kinds,
        model=fitted,
        progress=lambda phase, fraction: bar.show(phase, fraction, ""),
        **settings,
    )


def write(report: Judgement, output: Path | None, html: Path | None, force: bool) -> list[str]:
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
        write_page(report, html, force)
    return [str(path) for path in (output, html) if path is not None]


def write_page(report: Judgement, path: Path, force: bool) -> None:
    """Write the report as a page; there is none of conditioned paths."""
    from synthdiff.evaluation.saved import Page

    if isinstance(report, Page):
        report.save_html(path, force)


def show(report: Judgement, as_json: bool) -> None:
    """Print the report on stdout, for people or for programs."""
    if as_json:
        from synthdiff.storage import to_json

        click.echo(to_json(report.to_dict(), indent=1))
        return
    from synthdiff.cli.screen import results
    from synthdiff.evaluation import text
    from synthdiff.evaluation.report import Report
    from synthdiff.evaluation.stylized import matched_text
    from synthdiff.evaluation.stylized import text as series_text
    from synthdiff.evaluation.stylized.matched_scores import MatchedScores

    if isinstance(report, Report):
        lines = text.render(report)
    elif isinstance(report, MatchedScores):
        lines = matched_text.render(report)
    else:
        lines = series_text.render(report)
    results().print(lines)


def enforce(report: Judgement, gates: dict[str, float]) -> None:
    """Fail where the report does not reach the gates.

    Raises
    ------
    QualityGateError
        It names each gate that fails, and by how much.
    """
    from synthdiff.errors import QualityGateError

    failures = report.failures(gates)
    if failures:
        raise QualityGateError(f"the quality gate failed: {'; '.join(failures)}", failures=tuple(failures))
