"""``synthdiff evaluate``: how good synthetic rows are, beside what real ones would score."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synthdiff.cli.gate import GatesType, check_gates
from synthdiff.cli.option import FILE, SEED, categorical_option, force_option

if TYPE_CHECKING:
    from synthdiff.cli.progress import Bar
    from synthdiff.evaluation.report import Report


@click.command("evaluate")
@click.argument("real", metavar="REAL")
@click.argument("synthetic", metavar="SYNTH")
@click.option("--holdout", metavar="FILE", help="Real rows that the generator has not seen.")
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
    help="Exit with 5 unless these are reached: fidelity=0.9,gbt_auc=0.6.",
)
@click.option(
    "--seed", "random_state", type=SEED, default=0, show_default=True, metavar="N", help="Same seed, same scores."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on stdout.")
@force_option("Replace existing files.")
def command(
    real: str,
    synthetic: str,
    html: Path | None,
    output: Path | None,
    gates: dict[str, float],
    as_json: bool,
    force: bool,
    **settings: Any,
) -> None:
    """Judge synthetic rows by real ones.

    REAL are the rows that the generator learnt from, SYNTH those it made, whichever generator it was: files (parquet,
    csv, csv.gz, arrow, feather, jsonl), folders or quoted globs. Every score stands beside what real held-out rows
    reach, and what columns without any link between them reach.

    Gates are groups (fidelity, detection, utility, privacy: the least standing, from 0 to 1, where 1 is what real rows
    reach) or scores (the limit on the score's good side). All files are written before a gate fails.
    """
    from synthdiff.cli.progress import open_bar
    from synthdiff.cli.screen import messages

    check_gates(gates, {name: bool(settings[name]) for name in ("holdout", "target", "model", "attacks")})
    check_places([path for path in (output, html) if path is not None], force)
    console = messages()
    with open_bar(console) as bar:
        report = measure(real, synthetic, bar, **settings)
        bar.show("write", 1.0, "")
        written = write(report, output, html)
    show(report, as_json)
    if written:
        console.print(f"Wrote {' and '.join(written)}.", soft_wrap=True)
    enforce(report, gates)


def measure(
    real: str,
    synthetic: str,
    bar: Bar,
    *,
    holdout: str | None,
    schema: Path | None,
    model: Path | None,
    **settings: Any,
) -> Report:
    """Read what is to be compared, and score it."""
    import synthdiff
    from synthdiff.data.io import read_table
    from synthdiff.data.schema import Schema

    def read(place: str) -> Any:
        bar.show("read", 0.0, place)
        return read_table([place])

    kinds = None if schema is None else Schema.read(schema)
    fitted = None if model is None else synthdiff.load(model)
    return synthdiff.evaluate(
        read(real),
        read(synthetic),
        None if holdout is None else read(holdout),
        schema=kinds,
        model=fitted,
        progress=lambda phase, fraction: bar.show(phase, fraction, ""),
        **settings,
    )


def check_places(paths: list[Path], force: bool) -> None:
    """Refuse places that could not be written to, before the long work.

    Raises
    ------
    click.UsageError
        Two things would go to the same file.
    ConfigError
        A file exists and is not to be replaced, is a folder, or would lie in a folder that does not exist.
    """
    from synthdiff.cli.location import refuse_existing
    from synthdiff.errors import ConfigError

    if len({path.resolve() for path in paths}) < len(paths):
        raise click.UsageError(f"-o and --html both name {paths[0]}; choose two files")
    for path in paths:
        if not path.parent.is_dir():
            raise ConfigError(f"cannot write {path}: there is no folder {path.parent}")
        if not force:
            refuse_existing(path)
        if path.is_dir():
            raise ConfigError(f"cannot write {path}: it is a folder")


def write(report: Report, output: Path | None, html: Path | None) -> list[str]:
    """Write the files that were asked for, each whole or not at all; their names.

    Raises
    ------
    ConfigError
        A file cannot be written.
    """
    from synthdiff.errors import ConfigError

    written = []
    for path, save in ((output, report.save), (html, lambda path: write_page(report, path))):
        if path is None:
            continue
        try:
            save(path)
        except OSError as error:
            raise ConfigError(f"cannot write {path}: {error.strerror or error}") from error
        written.append(str(path))
    return written


def write_page(report: Report, path: Path) -> None:
    """Write the report as a page."""
    from synthdiff.evaluation.html import write_html

    write_html(report, path)


def show(report: Report, as_json: bool) -> None:
    """Print the report on stdout, for people or for programs."""
    if as_json:
        from synthdiff.storage import to_json

        click.echo(to_json(report.to_dict(), indent=1))
        return
    from synthdiff.cli.screen import results
    from synthdiff.evaluation.text import render

    results().print(render(report))


def enforce(report: Report, gates: dict[str, float]) -> None:
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
