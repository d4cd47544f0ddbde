"""Two fits to one name, and a fit whose terminal is closed."""

import os
import pty
import shutil
import signal
import subprocess
import sys
import threading

import pytest

from synthdiff.cli.stream import LastingErrors, say_last
from synthdiff.lock import locked
from synthdiff.models.artifact import is_finished
from tests.cli.shop import FIT, python, run, weights

# The command line, which says "here" in the midst of step 3 and goes on when a byte comes.
PAUSED = """
import os, sys
from synthdiff.cli.main import main
from synthdiff.training.trainer import Trainer
step = Trainer._step
def paused(self, progress):
    step(self, progress)
    if self.state.step == 3:
        os.write(int(told), b"h")
        os.read(int(asked), 1)
asked, told = sys.argv[1:3]
Trainer._step = paused
sys.argv = ["synthdiff", *sys.argv[3:]]
main()
"""


class Paused:
    """A fit in a process of its own that waits in the midst of step 3."""

    def __init__(self, *words, **options):
        asked, self._go = os.pipe()
        here, told = os.pipe()
        command = [sys.executable, "-c", PAUSED, str(asked), str(told), *map(str, words)]
        self.process = subprocess.Popen(command, pass_fds=(asked, told), **options)
        os.close(asked)
        os.close(told)
        said = os.read(here, 1)
        os.close(here)
        assert said == b"h"

    def go_on(self):
        os.write(self._go, b"g")
        return self.end()

    def end(self):
        code = self.process.wait(120)
        os.close(self._go)
        return code


@pytest.fixture
def quiet():
    return {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def test_a_second_fit_is_refused_before_it_reads(shop, fitted, quiet):
    first = Paused("fit", "shop.parquet", *FIT, **quiet)
    result = run("fit", "none.parquet", "-o", "shop.synthdiff", "--force")
    assert result.exit_code == 3
    assert f"shop.synthdiff is being written by process {first.process.pid} of " in result.stderr
    assert "synthdiff fit shop.parquet" in result.stderr
    assert "--wait" in result.stderr
    assert first.go_on() == 0
    assert weights(shop / "shop.synthdiff") == weights(fitted)
    assert sorted(os.listdir(shop)) == ["shop.parquet", "shop.synthdiff"]


def test_a_fit_that_waits_says_so_and_then_sees_the_model(shop, fitted, monkeypatch):
    other = locked(shop / "shop.synthdiff", nested=False, command="synthdiff fit other.parquet")
    other.__enter__()
    naps = []

    def nap(seconds):
        naps.append(seconds)
        if len(naps) == 3:
            shutil.copytree(fitted, shop / "shop.synthdiff")
            other.__exit__(None, None, None)

    monkeypatch.setattr("synthdiff.lock.time.sleep", nap)
    result = run("fit", "shop.parquet", *FIT, "--wait")
    said, refusal = result.stderr.splitlines()
    assert said.startswith("waiting for shop.synthdiff, which is being written by process")
    assert said.endswith("(synthdiff fit other.parquet)")
    assert "is a finished model already" in refusal
    assert (result.exit_code, len(naps)) == (3, 3)


def test_a_killed_fit_bars_nobody(shop, fitted, quiet):
    first = Paused("fit", "shop.parquet", *FIT, **quiet)
    first.process.kill()
    first.end()
    assert (shop / ".shop.synthdiff.lock").exists()
    assert run("fit", "shop.parquet", *FIT).exit_code == 0
    assert weights(shop / "shop.synthdiff") == weights(fitted)
    assert sorted(os.listdir(shop)) == ["shop.parquet", "shop.synthdiff"]


def test_two_fits_in_one_checkpoint_folder(shop):
    from synthdiff.errors import ConfigError
    from synthdiff.models.tabular import TabularDiffusion
    from tests.cli.shop import shop_table

    first, second = (TabularDiffusion(preset="fast", max_steps=12, device="cpu") for _ in range(2))
    steps = first.fit_steps(shop_table(), checkpoint=shop / "kept")
    next(steps)
    with pytest.raises(ConfigError, match="kept is being written by process"):
        next(second.fit_steps(shop_table(), checkpoint=shop / "kept"))
    steps.close()
    next(second.fit_steps(shop_table(), checkpoint=shop / "kept"))


def test_a_save_waits_a_moment_and_is_then_refused(shop, fitted, monkeypatch):
    from synthdiff.lock import LockedError
    from synthdiff.models.tabular import TabularDiffusion

    model = TabularDiffusion.load(fitted)
    clock = iter(range(0, 1000, 3))
    monkeypatch.setattr("synthdiff.lock.time.monotonic", lambda: next(clock))
    monkeypatch.setattr("synthdiff.lock.time.sleep", lambda seconds: None)
    with locked(shop / "m.synthdiff", nested=False), pytest.raises(LockedError, match="m.synthdiff is being written"):
        model.save(shop / "m.synthdiff")
    model.save(shop / "m.synthdiff")
    assert is_finished(shop / "m.synthdiff")


def test_a_closed_terminal_leaves_a_checkpoint(shop, fitted):
    """The terminal goes away, with its signal, in the midst of a step: nothing that is printed may matter."""
    main, terminal = pty.openpty()
    code = (
        "import os, sys, fcntl, termios\nos.setsid()\nfcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    asked, go = os.pipe()
    here, told = os.pipe()
    words = [sys.executable, "-c", PAUSED, str(asked), str(told), "fit", "shop.parquet", *FIT]
    process = subprocess.Popen(
        [sys.executable, "-c", code, *words], stdin=terminal, stdout=terminal, stderr=terminal, pass_fds=(asked, told)
    )
    os.close(terminal)
    os.close(told)
    reader = threading.Thread(target=drain, args=(main, here))
    reader.start()
    reader.join()
    os.close(main)  # the kernel sends SIGHUP to the fit, and each write now fails
    os.write(go, b"g")
    assert process.wait(120) == 130
    for handle in (asked, go, here):
        os.close(handle)
    result = run("fit", "shop.parquet", *FIT)
    assert "resuming from step 3" in result.stderr
    assert weights(shop / "shop.synthdiff") == weights(fitted)


def drain(main, here):
    """Read what a terminal shows until the fit says that it is in the midst of a step."""
    import select

    while True:
        ready, _, _ = select.select([main, here], [], [])
        if here in ready:
            os.read(here, 1)
            return
        os.read(main, 1 << 16)


def test_other_commands_clean_up(shop, fitted):
    code = """
import os, sys
from synthdiff.cli.main import main
from synthdiff.data.writer import TableWriter
write = TableWriter.write
def struck(self, table):
    write(self, table)
    os.kill(os.getpid(), int(number))
number, *words = sys.argv[1:]
TableWriter.write = struck
sys.argv = ["synthdiff", *words]
main()
"""
    done = python(code, int(signal.SIGHUP), "sample", fitted, "-n", "10", "-o", "rows.csv")
    assert done.returncode == 130, done.stderr
    assert done.stderr.splitlines()[-1] == "Interrupted."
    assert os.listdir(shop) == ["shop.parquet"]


def test_strangers_folders_stay_on_the_command_line(shop):
    (shop / "shop.synthdiff").mkdir()
    (shop / "shop.synthdiff" / "model.safetensors").write_text("somebody's")
    for words in ((), ("--force",)):
        result = run("fit", "shop.parquet", *FIT, *words)
        assert result.exit_code == 3
        assert "holds model.safetensors without a manifest of synthdiff" in result.stderr
    shutil.rmtree(shop / "shop.synthdiff")
    for name in ("~nosuchuser/m", "/", "x" * 256, "shop.parquet/m", "/proc/m"):
        result = run("fit", "shop.parquet", *FIT, "-o", name)
        assert result.exit_code == 3, result.stderr
        assert result.stderr.startswith("Error: ")
    assert os.listdir(shop) == ["shop.parquet"]


class Dead:
    """A terminal that is gone."""

    def __init__(self, handle):
        self.handle = handle

    def write(self, text):
        raise OSError(5, "Input/output error")

    flush = write

    def fileno(self):
        return self.handle


def test_words_to_a_dead_terminal_go_nowhere(monkeypatch, tmp_path):
    with open(tmp_path / "x", "w") as file:
        dead = Dead(file.fileno())
        dead.flush = lambda: dead.write("")
        for name in ("stderr", "stdout"):
            monkeypatch.setattr(sys, name, dead)
        assert LastingErrors().write("abc") == 3
        LastingErrors().flush()
        say_last("a last word")
        assert os.path.samestat(os.fstat(file.fileno()), os.stat(os.devnull))
    for name in ("stderr", "stdout"):
        monkeypatch.setattr(sys, name, None)
    assert LastingErrors().write("abc") == 3
    LastingErrors().flush()
    say_last("a last word")
    with pytest.raises(AttributeError):
        _ = LastingErrors().rich_proxied_file
