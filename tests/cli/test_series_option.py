import click
import pytest
from click.testing import CliRunner

from synthdiff.cli.series_option import DriftType, ValuesType, reading_options, refuse_options


def run(*words):
    @click.command()
    @reading_options
    @click.option("--drift", type=DriftType(), default="historical")
    @click.option("--on/--off", "switch", default=True)
    @click.pass_context
    def command(ctx, **settings):
        refuse_options(ctx, ("id_column", "switch"), "is not for this")
        click.echo(repr((settings["values"], settings["drift"])))

    return CliRunner().invoke(command, words)


@pytest.mark.parametrize(
    ("words", "values", "drift"),
    [
        ((), "auto", "historical"),
        (("--values", "level", "--drift", "zero"), "level", "zero"),
        (("--values", "SPX=price, US10Y=level", "--drift", ".05"), {"SPX": "price", "US10Y": "level"}, 0.05),
        (("--values", '"a,b=c"=return'), {"a,b=c": "return"}, "historical"),
        (("--drift", "-1e-1"), "auto", -0.1),
    ],
)
def test_words_and_numbers_are_told_apart(words, values, drift):
    assert run(*words).output == f"{(values, drift)!r}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--values", "prices"), "'prices' is not known; say auto, price, return or level"),
        (("--values", "SPX=auto"), "'SPX=auto' is not known"),
        (("--values", "A=price,A=level"), "'A' is named twice"),
        (("--drift", "some"), "'some' is not known; say historical, zero or a log return a year such as 0.05"),
        (("--drift", "nan"), "'nan' is not known"),
        (("--id-column", "ticker"), "--id-column is not for this"),
        (("--off",), "--on/--off is not for this"),
    ],
)
def test_other_words_and_options_are_wrong_usage(words, message):
    result = run(*words)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())


def test_types_leave_defaults_alone():
    assert ValuesType().convert({"A": "price"}, None, None) == {"A": "price"}
    assert DriftType().convert(0.1, None, None) == 0.1
