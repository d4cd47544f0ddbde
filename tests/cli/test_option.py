import click
import pytest
from click.testing import CliRunner

from synthdiff.cli.option import AutoOr, DurationType, NamesType


def run(option_type, *words):
    @click.command()
    @click.option("--value", type=option_type)
    def command(value):
        click.echo(repr(value))

    return CliRunner().invoke(command, ["--value", *words])


def test_a_duration_becomes_seconds():
    assert run(DurationType(), "1h30m").output == "5400.0\n"


def test_a_wrong_duration_is_a_usage_error():
    result = run(DurationType(), "soon")
    assert result.exit_code == 2
    assert "'soon' is not a duration; write it like 90s, 5m or 1h30m" in result.output


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a,b", ("a", "b")),
        ("a, b ,", ("a", "b")),
        ("", ()),
        ('"last, first",age', ("last, first", "age")),
    ],
)
def test_names_are_split_at_commas(text, names):
    assert run(NamesType(), text).output == f"{names!r}\n"


def test_auto_becomes_none():
    assert run(AutoOr(click.IntRange(min=1)), "auto").output == "None\n"
    assert run(AutoOr(click.IntRange(min=1)), "512").output == "512\n"
    assert run(AutoOr(click.IntRange(min=1)), "0").exit_code == 2
