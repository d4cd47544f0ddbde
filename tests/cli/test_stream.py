import io
import os
import subprocess
import sys

import pytest

from synthdiff.cli import stream as streams
from synthdiff.cli.ending import describe, exit_code
from synthdiff.cli.screen import print_json
from synthdiff.errors import ArtifactError, DataError, StorageError

TOUR = """
import sys
sys.argv = ["synthdiff", *sys.argv[1:]]
import click, types
from synthdiff.cli.main import COMMANDS, main
from synthdiff.errors import DataError

@click.command("info")
def command():
    "Print results and messages."
    from synthdiff.cli.screen import messages, print_json, results
    messages().print("mean \\u00b1 spread")
    click.echo("caf\\u00e9 \\u00b1", err=True)
    results().print("caf\\u00e9 \\u00b1 \\U0001f600")
    print_json({"name": "caf\\u00e9"})

@click.command("fit")
def failing():
    raise DataError("column 'caf\\u00e9' \\udcff")

for name, made in (("info", command), ("fit", failing)):
    module = types.ModuleType("made_" + name)
    module.command = made
    sys.modules[module.__name__] = module
    COMMANDS[name] = module.__name__
main()
"""


def shell(redirection, *words, **environment):
    """Run the tour in a shell that sets up its streams."""
    line = f'set -o pipefail; "$0" -c "$1" "${{@:2}}" {redirection}'
    return subprocess.run(
        ["bash", "-c", line, sys.executable, TOUR, *words],
        capture_output=True,
        check=False,
        timeout=120,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize(
    ("redirection", "words", "code", "says"),
    [
        (">&-", "info", 3, b"cannot write to the standard output: Bad file descriptor"),
        (">/dev/full", "info", 3, b"cannot write to the standard output: No space left on device; free some"),
        ("| true", "info", 0, b""),
        (">&-", "--help", 3, b"cannot write to the standard output"),
        (">/dev/full", "fit --help", 3, b"No space left on device"),
        ("| true", "--help", 0, b""),
        ("2>&-", "info", 0, b""),
        ("2>/dev/full", "info", 0, b""),
        ("2>&-", "fit", 3, b""),
        ("2>/dev/full", "nothing", 2, b""),
        ("<&- >&- 2>&-", "fit", 3, b""),
        ("<&-", "info", 0, b""),
        (">&-", "fit", 3, b"Error: column"),
    ],
)
def test_streams_that_are_closed_full_or_broken(redirection, words, code, says):
    done = shell(redirection, *words.split())
    assert done.returncode == code
    assert says in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    assert b"Unexpected" not in done.stderr


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
    ids=["ascii", "C"],
)
def test_streams_without_some_characters(environment):
    done = shell("", "info", **environment)
    assert done.returncode == 0, done.stderr
    assert b"caf\\xe9 \\xb1 \\U0001f600" in done.stdout
    assert b'{"name": "caf\\u00e9"}' in done.stdout
    assert b"mean \\xb1 spread" in done.stderr
    failed = shell("", "fit", **environment)
    assert (failed.returncode, failed.stderr) == (3, b"Error: column 'caf\\xe9' \\udcff\n")


class TestInThisProcess:
    def test_print_json_suits_the_stream(self, monkeypatch):
        for encoding, expected in (("utf-8", '{"a": "é"}\n'), ("ascii", '{"a": "\\u00e9"}\n'), ("none", None)):
            raw = io.BytesIO()
            stream = io.TextIOWrapper(raw, encoding="utf-8" if encoding == "none" else encoding, errors="strict")
            monkeypatch.setattr(sys, "stdout", stream)
            print_json({"a": "é"})
            stream.flush()
            if expected:
                assert raw.getvalue().decode() == expected

    def test_a_full_stream_is_given_up(self, monkeypatch):
        with open(os.open("/dev/full", os.O_WRONLY), "w") as stream:
            monkeypatch.setattr(sys, "stdout", stream)
            stream.write("x")
            with pytest.raises(OSError, match="No space left"):
                streams.flush_stdout()
            streams.say_last("full")
            streams.flush_stdout()

    def test_there_may_be_no_stream(self, monkeypatch):
        monkeypatch.setattr(sys, "stdout", None)
        streams.flush_stdout()
        streams.silence(None)

    def test_preparing(self, monkeypatch):
        for name in ("stdin", "stdout", "stderr"):
            monkeypatch.setattr(sys, name, getattr(sys, name))
        for stdout in (None, io.TextIOWrapper(io.BytesIO(), encoding="ascii"), io.StringIO()):
            monkeypatch.setattr(sys, "stdout", stdout)
            monkeypatch.setattr(sys, "stdin", None)
            streams.prepare_streams()
            assert sys.stdin is not None
            assert sys.stdout is not None
        assert sys.stderr.errors == "backslashreplace"
        sys.stderr.detach()

    def test_messages_that_nobody_can_read(self):
        stream = streams._Messages(os.open("/dev/full", os.O_WRONLY), "w")
        with stream:
            assert stream.write(b"abc") == 3


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (OSError(28, "No space left on device"), 3, "Error: cannot write to the standard output: No space left"),
        (OSError(5, "Input/output error", "x"), 3, "Error: cannot use x: Input/output error; the disk"),
        (
            MemoryError("Unable to allocate 8 EiB"),
            3,
            "Error: there is not enough memory: Unable to allocate 8 EiB; use",
        ),
        (MemoryError(), 3, "Error: there is not enough memory; use fewer rows"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), 3, "Error: there is not enough memory"),
        (RecursionError("maximum recursion depth exceeded"), 3, "Error: the input is nested too deeply"),
        (RuntimeError("else"), 1, "Unexpected error: RuntimeError: else"),
        (DataError("x"), 3, "Error: x"),
        (ArtifactError("x"), 6, "Error: x"),
        (StorageError("x"), 3, "Error: x"),
        (KeyboardInterrupt(), 130, "Interrupted."),
        (SystemExit(), 1, "Unexpected error: SystemExit"),
    ],
)
def test_what_errors_say_at_the_end(error, code, words):
    assert exit_code(error) == code
    assert describe(error).startswith(words)
