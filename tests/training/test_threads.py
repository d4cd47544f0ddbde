"""The number of threads follows what steps take."""

from __future__ import annotations

import pytest
import torch

from synthdiff.training.threads import SECONDS_BETWEEN_TRIALS, TRIAL_STEPS, ThreadChooser, choosing_threads


class Machine:
    """A clock, and steps that take as long as the number of threads says."""

    def __init__(self, **seconds: float) -> None:
        self.now, self.seconds = 0.0, {int(name[1:]): value for name, value in seconds.items()}
        self.used: list[int] = []

    def clock(self) -> float:
        return self.now

    def run(self, chooser: ThreadChooser, n_steps: int) -> None:
        for _ in range(n_steps):
            with chooser.step():
                self.used.append(torch.get_num_threads())
                self.now += self.seconds[self.used[-1]]


@pytest.fixture(autouse=True)
def _threads_stay():
    with choosing_threads(is_free=False):
        yield


def test_idle_cores_are_used():
    machine = Machine(_2=0.03, _1=0.05)
    chooser = ThreadChooser([2, 1], machine.clock)
    machine.run(chooser, 100)
    assert chooser.count == 2
    assert machine.used.count(1) == TRIAL_STEPS + 1


def test_a_slow_start_leaves_one_thread():
    machine = Machine(_4=5.0, _2=4.0, _1=0.26)
    chooser = ThreadChooser([4, 2, 1], machine.clock)
    machine.run(chooser, 60)
    assert chooser.count == 1
    assert machine.used[-40:] == [1] * 40


def test_a_hopeless_number_is_given_up_after_a_step_that_counts():
    machine = Machine(_2=0.03, _1=5.0)
    machine.run(ThreadChooser([2, 1], machine.clock), 50)
    assert machine.used.count(1) == 2


def test_work_that_comes_and_goes_is_followed():
    machine = Machine(_2=0.03, _1=0.05)
    chooser = ThreadChooser([2, 1], machine.clock)
    machine.run(chooser, 20)
    machine.seconds[2] = 1.0
    machine.run(chooser, 60)
    assert chooser.count == 1
    machine.seconds[2] = 0.03
    machine.run(chooser, round(2 * SECONDS_BETWEEN_TRIALS / 0.05))
    assert chooser.count == 2


def test_equally_fast_numbers_do_not_alternate():
    machine = Machine(_2=0.050, _1=0.049)
    chooser = ThreadChooser([2, 1], machine.clock)
    machine.run(chooser, 2_000)
    assert chooser.count == 2


def test_counts_to_choose_from():
    assert ThreadChooser.of(8).counts == [8, 4, 2, 1]
    assert ThreadChooser.of(2).counts == [2, 1]
    assert ThreadChooser.of(1).counts == [1]


def test_the_number_of_threads_is_given_back():
    before = torch.get_num_threads()
    with choosing_threads(is_free=True):
        torch.set_num_threads(before + 1)
    assert torch.get_num_threads() == before
