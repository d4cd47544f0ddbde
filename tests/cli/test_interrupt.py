import os
import signal
import threading

import pytest

from synthdiff.cli.interrupt import STOPPING_SIGNALS, heeded_signals, interrupt_on_signals, stop_between


class Work:
    """Steps that record what happened to them, and can be hit by a signal in the middle of one."""

    def __init__(self, signal_in_step=None, number=signal.SIGINT, times=1):
        self.finished, self.saved = [], False
        self._hit = (signal_in_step, number, times)

    def steps(self):
        in_step, number, times = self._hit
        try:
            for step in range(5):
                if step == in_step:
                    for _ in range(times):
                        os.kill(os.getpid(), number)
                self.finished.append(step)
                yield step
        except KeyboardInterrupt:
            self.saved = True
            raise


def test_without_a_signal_nothing_changes():
    work = Work()
    assert list(stop_between(work.steps())) == [0, 1, 2, 3, 4]
    assert not work.saved


@pytest.mark.parametrize("number", STOPPING_SIGNALS)
def test_a_signal_waits_for_the_end_of_the_step(number):
    work, seen = Work(signal_in_step=2, number=number), []
    with pytest.raises(KeyboardInterrupt):
        seen.extend(stop_between(work.steps()))
    assert work.finished == [0, 1, 2]
    assert work.saved


def test_a_signal_while_the_caller_works_reaches_the_steps():
    work = Work()

    def follow():
        for step in stop_between(work.steps()):
            if step == 1:
                os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        follow()
    assert work.finished == [0, 1]
    assert work.saved


def test_a_second_signal_stops_at_once():
    work = Work(signal_in_step=2, times=2)
    with pytest.raises(KeyboardInterrupt):
        list(stop_between(work.steps()))
    assert work.finished == [0, 1]


def test_handlers_come_back():
    before = [signal.getsignal(number) for number in STOPPING_SIGNALS]
    list(stop_between(Work().steps()))
    with pytest.raises(KeyboardInterrupt):
        list(stop_between(Work(signal_in_step=0).steps()))
    assert [signal.getsignal(number) for number in STOPPING_SIGNALS] == before


def test_the_signals_are_those_of_a_key_a_kill_and_a_closed_terminal():
    assert set(STOPPING_SIGNALS) == {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT}


def test_work_is_saved_before_the_caller_shows_anything():
    """The terminal may be gone, and showing may fail."""
    work, shown = Work(signal_in_step=2, number=signal.SIGHUP), []

    def follow():
        for step in stop_between(work.steps()):
            shown.append(step)
            assert step < 2, "the terminal is gone"

    with pytest.raises(KeyboardInterrupt):
        follow()
    assert work.saved
    assert shown == [0, 1]


def test_what_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert signal.SIGHUP not in heeded_signals()
        assert list(stop_between(Work(signal_in_step=2, number=signal.SIGHUP).steps())) == [0, 1, 2, 3, 4]
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_commands_are_interrupted():
    before = {number: signal.getsignal(number) for number in STOPPING_SIGNALS}
    try:
        interrupt_on_signals()
        for number in STOPPING_SIGNALS:
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), number)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_threads_leave_signals_alone():
    found = []

    def follow():
        found.append(heeded_signals())
        found.append(list(stop_between(Work().steps())))

    thread = threading.Thread(target=follow)
    thread.start()
    thread.join()
    assert found == [[], [0, 1, 2, 3, 4]]


def test_work_that_is_over_is_not_stopped():
    assert list(stop_between(Work(signal_in_step=4).steps(), too_late=lambda step: step == 4)) == [0, 1, 2, 3, 4]
