"""Progress on stderr: one line that moves on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from synthdiff.models.duration import format_duration
from synthdiff.visible import shown

if TYPE_CHECKING:
    from synthdiff.training.state import FitProgress

SECONDS_BETWEEN_LINES = 5.0
SHARE_FOR_FORECAST = 0.01


class Bar(Protocol):
    """Something that shows how far a piece of work is."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, phase: str, fraction: float, facts: str) -> None:
        """Show the phase in one word, the share that is done (0 to 1) and what else is known."""
        ...

    def say(self, text: str) -> None:
        """Print a line that stays."""
        ...


class TerminalBar:
    """One line that is redrawn and leaves no trace."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description:<8}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.percentage:>3.0f} %", markup=False),
            TextColumn("{task.fields[facts]}", justify="right", markup=False),
            console=console,
            transient=True,
            expand=True,
        )
        self._task = self._progress.add_task("start", total=1.0, facts="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, phase: str, fraction: float, facts: str) -> None:
        """Redraw the line."""
        self._progress.update(self._task, description=phase, completed=fraction, facts=shown(facts))

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        self._console.print(shown(text), soft_wrap=True)


class PlainLines:
    """A line at once for each phase, then one every few seconds: for log files and pipes."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._next_line = 0.0
        self._phases: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def show(self, phase: str, fraction: float, facts: str) -> None:
        """Print a line, if the phase is new or the last line old enough."""
        now = self._clock()
        if phase not in self._phases or now >= self._next_line:
            self._phases.add(phase)
            self._next_line = now + SECONDS_BETWEEN_LINES
            self.say(f"{phase:<8} {fraction:4.0%}  {shown(facts)}".rstrip())

    def say(self, text: str) -> None:
        """Print a line at once."""
        self._console.print(shown(text), soft_wrap=True)


def open_bar(console: Console) -> Bar:
    """The bar that suits where `console` writes to."""
    return TerminalBar(console) if console.is_terminal else PlainLines(console)


def fit_facts(progress: FitProgress) -> str:
    """Step, losses and remaining time of a fit, in about 60 characters."""
    facts = (
        progress.detail,
        f"step {progress.step:,}" if progress.step else "",
        _number("loss", progress.train_loss),
        _number("best valid", progress.best_valid_loss),
        _number("AUC", progress.auc),
        _time_left(progress.fraction, progress.elapsed),
    )
    return "  ".join(fact for fact in facts if fact)


def draw_facts(done: int, asked: int, seconds: float, noun: str = "rows") -> str:
    """Rows (or paths) so far, how many a second, and the remaining time of a draw."""
    speed = f"{done / seconds:,.0f} a second" if seconds > 0 and done else ""
    facts = (f"{done:,} of {asked:,} {noun}", speed, _time_left(done / asked, seconds))
    return "  ".join(fact for fact in facts if fact)


def _number(name: str, value: float | None) -> str:
    return "" if value is None else f"{name} {value:.2f}"


def _time_left(fraction: float, elapsed: float) -> str:
    if not SHARE_FOR_FORECAST <= fraction < 1.0:
        return ""
    return f"{format_duration(elapsed * (1.0 - fraction) / fraction)} left"
