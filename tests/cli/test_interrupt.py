import os
import signal

import pytest

from synthdiff.cli.interrupt import STOPPING_SIGNALS, stop_between


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
