import os
import subprocess
import sys
import types

import click
import pytest
from click.testing import CliRunner

from synthdiff import __version__, errors
from synthdiff.cli.ending import exit_code
from synthdiff.cli.main import COMMANDS, cli

SLOW = ["torch", "numpy", "pandas", "polars", "pyarrow", "sklearn", "scipy", "sdmetrics", "pydantic", "rich"]


def python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


@pytest.fixture
def failing_command(monkeypatch):
    """`synthdiff fit`, replaced by a command that raises what it is given."""

    def install(error):
        @click.command("fit")
        def command():
            raise error

        module = types.ModuleType("tests.failing_command")
        module.command = command
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(COMMANDS, "fit", module.__name__)

    return install


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)])
def test_help_imports_nothing_slow(arguments):
    code = f"""
import sys
from synthdiff.cli.main import cli
try:
    cli({arguments!r}, prog_name="synthdiff")
except SystemExit as end:
    print(sorted(set({SLOW!r}) & set(sys.modules)), end.code, file=sys.stderr)
"""
    done = python(code)
    assert done.stderr == "[] 0\n"
    assert done.stdout.startswith("Usage: synthdiff")


def test_help_lists_the_commands_and_how_to_start():
    help_text = CliRunner().invoke(cli, ["--help"]).output
    positions = [help_text.index(f"\n  {name:<9}") for name in COMMANDS]
    assert positions == sorted(positions)
    assert "_SYNTHDIFF_COMPLETE=bash_source" in help_text
    assert max(map(len, help_text.splitlines())) <= 80


def test_version():
    assert CliRunner().invoke(cli, ["--version"]).output == f"synthdiff {__version__}\n"


def test_a_mistyped_command_gets_a_suggestion():
    result = CliRunner().invoke(cli, ["smaple", "-n", "5"])
    assert result.exit_code == 2
    assert "No such command 'smaple'. Did you mean 'sample'?" in result.stderr


@pytest.mark.parametrize("words", [["fit"], ["sample"], ["sample", "-n", "0"], ["fit", "a.csv", "--max-time", "soon"]])
def test_wrong_usage_exits_with_2(words):
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 2
    assert "Usage:" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.DataError, 3),
        (errors.SchemaError, 3),
        (errors.UnseenCategoryError, 3),
        (errors.ConfigError, 3),
        (errors.MissingExtraError, 3),
        (errors.ConstraintError, 4),
        (errors.UnsatisfiableError, 4),
        (errors.ConditioningError, 4),
        (errors.TooFewRowsError, 4),
        (errors.QualityGateError, 5),
        (errors.ArtifactError, 6),
        (errors.VersionError, 6),
        (errors.CorruptError, 6),
        (errors.DivergedError, 1),
        (errors.SynthdiffError, 1),
    ],
)
def test_errors_of_the_tree_exit_with_their_code_and_say_only_their_message(failing_command, error, code):
    failing_command(error("column 'age', row 7: no number"))
    result = CliRunner().invoke(cli, ["fit"])
    assert result.exit_code == code
    assert result.stderr == "Error: column 'age', row 7: no number\n"
    assert result.stdout == ""


def test_every_error_of_the_tree_has_a_code():
    tree = [getattr(errors, name) for name in errors.__all__]
    assert all(exit_code(error("why")) in (1, 3, 4, 5, 6) for error in tree)


def test_an_unexpected_error_says_how_to_see_the_traceback(failing_command):
    failing_command(ZeroDivisionError("division by zero"))
    result = CliRunner().invoke(cli, ["fit"])
    assert result.exit_code == 1
    assert result.stderr == (
        "Unexpected error: ZeroDivisionError: division by zero\n"
        "This should not have happened. SYNTHDIFF_DEBUG=1 before the same command shows where it did.\n"
    )


def test_debug_shows_the_traceback_and_keeps_the_code(failing_command):
    failing_command(errors.DataError("no rows"))
    result = CliRunner(env={"SYNTHDIFF_DEBUG": "1"}).invoke(cli, ["fit"])
    assert result.exit_code == 3
    assert result.stderr.startswith("Traceback (most recent call last)")
    assert result.stderr.endswith("synthdiff.errors.DataError: no rows\n")


def test_an_interrupt_exits_with_130(failing_command):
    failing_command(KeyboardInterrupt())
    result = CliRunner().invoke(cli, ["fit"])
    assert result.exit_code == 130
    assert result.stderr == "Interrupted.\n"


def test_a_message_that_quotes_a_book_is_shortened(failing_command):
    failing_command(errors.DataError("there is no column " + 5_000 * "x" + "; rename it"))
    result = CliRunner().invoke(cli, ["fit"])
    assert result.exit_code == 3
    assert len(result.stderr) < 2_100
    assert result.stderr.startswith("Error: there is no column xxx")
    assert result.stderr.endswith("x; rename it\n")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("s", ["sample", "stress", "sign"]),
        ("in", ["inspect", "info"]),
        ("smaple --r", []),
        ("sample --se", ["--seed"]),
        ("fit --pre", ["--preset", "--precision"]),
    ],
)
def test_shell_completion_offers_commands_and_options(typed, offered):
    code = "from synthdiff.cli.main import cli; cli(prog_name='synthdiff')"
    words = ["synthdiff", *typed.split()]
    line = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    done = python(code, _SYNTHDIFF_COMPLETE="bash_complete", **line)
    assert done.stdout.split() == [f"plain,{word}" for word in offered]
    assert done.stderr == ""


def test_the_module_is_the_command():
    done = subprocess.run([sys.executable, "-m", "synthdiff", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"synthdiff {__version__}\n"
