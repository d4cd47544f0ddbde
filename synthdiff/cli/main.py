"""The command ``synthdiff``: which commands there are, and what an error says and exits with.

Importing this module, or any module of a command, must stay fast: torch and the frame libraries are imported inside the
commands, so that ``--help`` and shell completion answer at once.
"""

from __future__ import annotations

import contextlib
import difflib
import logging
import sys
import time
import warnings
from collections.abc import Iterator
from importlib import import_module
from typing import Any, TextIO

import click

from synthdiff import __version__
from synthdiff.cli.ending import describe, exit_code
from synthdiff.cli.interrupt import interrupt_on_signals
from synthdiff.cli.stream import flush_stdout, prepare_streams, say_last, silence
from synthdiff.visible import shown

COMMANDS: dict[str, str] = {
    "fit": "synthdiff.cli.fit",
    "sample": "synthdiff.cli.sample",
    "evaluate": "synthdiff.cli.evaluate",
    "stress": "synthdiff.cli.stress",
    "validate": "synthdiff.cli.validate",
    "inspect": "synthdiff.cli.inspect",
    "info": "synthdiff.cli.info",
    "demo": "synthdiff.cli.demo",
    "sign": "synthdiff.cli.sign",
    "verify": "synthdiff.cli.verify",
    "clean": "synthdiff.cli.clean",
}
"""Each command and the module whose ``command`` it is; the order is that of ``--help``."""

ARGUMENTS = "synthdiff.arguments"
"""Where a context keeps the words that were typed, for commands that tell how to run them again."""
BEGAN = "synthdiff.began"
"""Where a context keeps when the command began, by `time.monotonic`."""

EPILOG = """
\b
Start here:
  synthdiff demo
  synthdiff fit customers.parquet
  synthdiff sample -n 10000 -o synthetic.parquet
  synthdiff evaluate customers.parquet synthetic.parquet --html report.html

\b
Market series:
  synthdiff demo --series
  synthdiff fit prices.parquet --series
  synthdiff sample prices.synthdiff -n 10000 --horizon 252 -o paths.parquet
  synthdiff evaluate prices.parquet paths.parquet --series --html report.html

\b
Shell completion (bash; zsh_source and fish_source likewise):
  eval "$(_SYNTHDIFF_COMPLETE=bash_source synthdiff)"

\b
Exit codes: 0 done, 1 unexpected, 2 wrong usage, 3 bad data or settings,
4 conditions not met or fewer rows than asked, 5 quality gate failed,
6 bad model file, 130 interrupted. SYNTHDIFF_DEBUG=1 shows tracebacks.
"""


class Program(click.Group):
    """A group that imports a command when it is needed and turns errors into exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of ``--help``."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or suggest the one that was meant."""
        near = difflib.get_close_matches(args[0], COMMANDS, n=1)
        if near and args[0] not in COMMANDS and not ctx.resilient_parsing:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Remember what was typed, and when."""
        ctx.meta[ARGUMENTS], ctx.meta[BEGAN] = tuple(args), time.monotonic()
        return super().parse_args(ctx, args)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the words that were typed; ``--help`` and ``--version`` answer here."""
        with _plain_words():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what it raises becomes words on stderr and the exit code."""
        with _plain_words():
            return super().invoke(ctx)


@contextlib.contextmanager
def _plain_words() -> Iterator[None]:
    """Turn what fails, writing the last results too, into words on stderr and an exit code."""
    try:
        yield
        flush_stdout()
    except click.ClickException as error:
        vars(error)["message"] = shown(error.message, keep="\n")  # declared final
        raise
    except (click.exceptions.Exit, click.Abort):
        raise
    except BrokenPipeError:
        # The reader (`head`, say) has what it wanted.
        silence(sys.stdout)
        raise click.exceptions.Exit(0) from None
    except (Exception, KeyboardInterrupt) as error:
        say_last(shown(describe(error), keep="\n"))
        raise click.exceptions.Exit(exit_code(error)) from error


@click.group(
    cls=Program, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, "-V", "--version", prog_name="synthdiff", message="%(prog)s %(version)s")
def cli() -> None:
    """Synthetic tables that a boosted tree can hardly tell from real ones.

    Fit a model to a table, then draw as many new rows as you like, with exactly the schema that went in. Or fit one to
    market series, and simulate, forecast and stress them.
    """


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Print a warning as Python does, its control characters shown."""
    text = warnings.formatwarning(message, category, filename, lineno, line)
    click.echo(shown(text.rstrip("\n"), keep="\n"), file=file, err=True)


def main() -> None:
    """Run the command line and exit with its code."""
    prepare_streams()
    # Without a home folder that can be written to, it warns of a temporary one, which is as good.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    warnings.showwarning = _show_warning
    interrupt_on_signals()
    cli()
