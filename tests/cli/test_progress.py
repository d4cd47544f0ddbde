from io import StringIO
from types import SimpleNamespace

import pytest
from rich.console import Console

from synthdiff.cli.progress import PlainLines, TerminalBar, draw_facts, fit_facts, open_bar


def fit_progress(**changes):
    losses = {"train_loss": 12.3456, "valid_loss": None, "best_valid_loss": 12.1, "auc": None}
    return SimpleNamespace(**{"detail": "", "step": 1234, "elapsed": 30.0, "fraction": 0.25, **losses, **changes})


def console(width=80, terminal=False):
    return Console(file=StringIO(), width=width, force_terminal=terminal, markup=False, highlight=False)


def test_fit_facts_tell_step_losses_and_time_left():
    assert fit_facts(fit_progress()) == "step 1,234  loss 12.35  best valid 12.10  1 min 30 s left"
    assert "AUC 0.56" in fit_facts(fit_progress(auc=0.5551))


def test_unknown_facts_are_left_out():
    assert fit_facts(fit_progress(step=0, train_loss=None, best_valid_loss=None, fraction=0.001)) == ""
    assert fit_facts(fit_progress(fraction=1.0)) == "step 1,234  loss 12.35  best valid 12.10"


@pytest.mark.parametrize(
    ("done", "seconds", "facts"),
    [
        (0, 0.0, "0 of 1,000 rows"),
        (250, 5.0, "250 of 1,000 rows  50 a second  15 s left"),
        (1000, 20.0, "1,000 of 1,000 rows  50 a second"),
    ],
)
def test_draw_facts_tell_rows_speed_and_time_left(done, seconds, facts):
    assert draw_facts(done, 1000, seconds) == facts


def test_plain_lines_come_at_once_and_then_every_few_seconds():
    now = iter([0.0, 1.0, 4.9, 5.1, 6.0])
    screen = console()
    with PlainLines(screen, clock=lambda: next(now)) as bar:
        for step in range(5):
            bar.show("train", step / 4, f"step {step}")
    assert screen.file.getvalue().splitlines() == ["train      0%  step 0", "train     75%  step 3"]


def test_a_new_phase_gets_its_line_at_once():
    screen = console()
    with PlainLines(screen, clock=lambda: 0.0) as bar:
        for phase in ("read", "encode", "encode", "train"):
            bar.show(phase, 0.0, "")
    assert [line.split()[0] for line in screen.file.getvalue().splitlines()] == ["read", "encode", "train"]


@pytest.mark.parametrize("width", [80, 120])
def test_the_terminal_bar_fits_one_line_and_leaves_no_trace(width):
    screen = console(width, terminal=True)
    with TerminalBar(screen) as bar:
        bar.show("train", 0.5, fit_facts(fit_progress(step=123_456, elapsed=8000.0)))
        bar.say("a line that stays, with a [column] in it")
    text = screen.file.getvalue()
    assert "a line that stays, with a [column] in it\n" in text
    assert "step 123,456  loss 12.35  best valid 12.10  6 h 40 min left" in text
    assert "\x1b[2K" in text


def test_bars_suit_their_console():
    assert isinstance(open_bar(console(terminal=True)), TerminalBar)
    assert isinstance(open_bar(console()), PlainLines)
