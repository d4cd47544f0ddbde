"""Signals as a terminal leaves them: what runs under nohup, or in the background of a script, ignores some of them."""

from __future__ import annotations

import signal

from synthdiff.cli.interrupt import STOPPING_SIGNALS


def stop_ignoring() -> None:
    """Let the signals that stop a process act again, here and in every process that is started afterwards."""
    for number in STOPPING_SIGNALS:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
