"""A short soak: every attack is made and all hold; what does not hold is counted, told, and can be made again."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.attack.outcome import Outcome, in_child
from benchmarks.attack.registry import ATTACKS, SHARES
from benchmarks.attack.sampling import judge

ROOT = Path(__file__).parent.parent.parent


def soak(*words, seconds=600):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120"}
    command = [sys.executable, "-m", "benchmarks.soak", *map(str, words)]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=seconds, check=False
    )


@pytest.mark.long
def test_half_a_minute_of_all_attacks(tmp_path):
    done = soak("--minutes", 0.5, "--jobs", 1, "-o", tmp_path / "soak.json")
    facts = json.loads((tmp_path / "soak.json").read_text())
    assert done.returncode == 0, done.stdout + done.stderr
    assert facts["attacks"].keys() == ATTACKS.keys()
    for name, tally in facts["attacks"].items():
        assert tally["counts"].keys() == {"held"}, (name, tally)
    assert "attack" in done.stdout


def test_shares_add_up_to_all_of_the_time():
    assert SHARES.keys() == ATTACKS.keys()
    assert sum(SHARES.values()) == pytest.approx(1.0)


class TestChild:
    def test_outcomes_come_back(self):
        assert in_child(lambda: Outcome("wrong", "half a file"), 10.0) == Outcome("wrong", "half a file")

    def test_an_error_is_raw(self):
        found = in_child(lambda: {}["x"], 10.0)
        assert found.kind == "raw"
        assert "KeyError: 'x'" in found.detail

    def test_a_signal_is_a_crash(self):  # not by SIGSEGV, whose traceback would look like a fault of the tests
        assert in_child(lambda: os.kill(os.getpid(), 10), 10.0) == Outcome("crash", "the process ended with -10")

    def test_endless_work_is_a_hang(self):
        def work():
            while True:
                pass

        assert in_child(work, 0.2).kind == "hang"

    def test_memory_is_bounded(self):
        def work():
            np.ones(1 << 30)
            return Outcome("held")

        assert in_child(work, 20.0, memory=1 << 28).kind == "crash"


class TestMemory:
    """Growth is told from chance: 300 draws whose memory varies by 1 MB."""

    noise = np.random.default_rng(0).normal(0, 1e6, 300)

    def test_flat_memory_holds(self):
        assert judge(500e6 + self.noise, [10] * 300).kind == "held"

    def test_memory_that_grows_by_a_tenth_of_a_megabyte_a_draw(self):
        assert judge(500e6 + self.noise + 1e5 * np.arange(300), [10] * 300).kind == "wrong"

    def test_files_that_stay_open(self):
        assert judge(500e6 + self.noise, list(range(300))).kind == "wrong"
