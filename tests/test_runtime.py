import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info

from synthdiff.errors import ConfigError
from synthdiff.runtime import (
    choose_device,
    choose_precision,
    count_threads,
    generator,
    global_seed,
    limit_threads,
    spawn_seed,
    threads_are_fixed,
)
from synthdiff.training.threads import may_choose_threads


class TestChooseDevice:
    def test_cpu_is_always_there(self):
        assert choose_device("cpu") == torch.device("cpu")

    def test_auto_prefers_cuda_then_mps_then_cpu(self, monkeypatch):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
        assert choose_device("auto").type == "cpu"
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
        assert choose_device("auto").type == "mps"
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setitem(choose_device.__globals__["_AVAILABLE"], "cuda", lambda: 2)
        assert choose_device("auto").type == "cuda"

    def test_device_by_number(self, monkeypatch):
        monkeypatch.setitem(choose_device.__globals__["_AVAILABLE"], "cuda", lambda: 2)
        assert choose_device("cuda:1") == torch.device("cuda", 1)
        with pytest.raises(ConfigError, match=r"'cuda:2' is not available; this machine has cuda \(2\)"):
            choose_device("cuda:2")

    @pytest.mark.parametrize("name", ["gpu", "", "cuda:x", "cpu cpu", "meta", "vulkan"])
    def test_unknown_name(self, name):
        with pytest.raises(ConfigError, match="is not known; say auto, cpu"):
            choose_device(name)

    def test_absent_device_says_what_there_is(self, monkeypatch):
        monkeypatch.setitem(choose_device.__globals__["_AVAILABLE"], "cuda", lambda: 0)
        monkeypatch.setitem(choose_device.__globals__["_AVAILABLE"], "mps", lambda: 0)
        with pytest.raises(ConfigError, match=r"'cuda' is not available; this machine has cpu \(1\); say auto"):
            choose_device("cuda")

    def test_chosen_device_computes(self):
        device = choose_device("auto")
        assert torch.ones(3, device=device).sum().item() == 3


class TestChoosePrecision:
    cpu = torch.device("cpu")

    def test_by_name(self):
        assert choose_precision("float32", self.cpu) is torch.float32
        assert choose_precision("bfloat16", self.cpu) is torch.bfloat16

    @pytest.mark.parametrize(
        ("capabilities", "expected"),
        [
            ({"avx512_bf16": True, "amx_bf16": False}, torch.bfloat16),
            ({"avx512_bf16": False, "amx_bf16": True}, torch.bfloat16),
            ({"avx512_bf16": False, "amx_bf16": False}, torch.float32),
            ({}, torch.float32),
        ],
    )
    def test_auto_follows_the_cpu(self, monkeypatch, capabilities, expected):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
        assert choose_precision("auto", self.cpu) is expected

    def test_auto_without_an_answer_is_float32(self, monkeypatch):
        monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
        assert choose_precision("auto", self.cpu) is torch.float32

    @pytest.mark.parametrize(("native", "expected"), [(True, torch.bfloat16), (False, torch.float32)])
    def test_auto_follows_the_gpu(self, monkeypatch, native, expected):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: native)
        assert choose_precision("auto", torch.device("cuda")) is expected

    def test_auto_on_mps_is_float32(self):
        assert choose_precision("auto", torch.device("mps")) is torch.float32

    @pytest.mark.parametrize("name", ["float16", "bf16", ""])
    def test_unknown_name(self, name):
        with pytest.raises(ConfigError, match="is not known; say auto, float32 or bfloat16"):
            choose_precision(name, self.cpu)


class TestSeeds:
    def test_values_never_change(self):
        # A change here changes every sample of every saved model: it needs a new format version.
        assert spawn_seed(0) == 5002178623122376926
        assert spawn_seed(0, "chunk", 7) == 1511444307507297318
        assert spawn_seed(-1, "é\ud800", 2**80) == 3786183272412626600

    def test_same_in_a_fresh_process(self):
        code = "from synthdiff.runtime import spawn_seed; print(spawn_seed(5, 'a', 3))"
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert int(out.stdout) == spawn_seed(5, "a", 3)

    def test_arguments_that_look_alike_differ(self):
        calls = [(0,), (1,), (0, 1), (0, "1"), (0, 11), (0, 1, 1), (0, "a", "bc"), (0, "ab", "c"), (0, "abc"), (0, "")]
        seeds = [spawn_seed(*call) for call in calls]
        assert len(set(seeds)) == len(calls)

    def test_range_and_spread(self):
        seeds = np.array([spawn_seed(3, "row", i) for i in range(4096)], dtype=np.uint64)
        assert len(np.unique(seeds)) == 4096
        assert seeds.max() < 2**63
        # Each bit is set in half of 4096 seeds; standard error 32, five of them allowed for 63 bits.
        counts = [int(((seeds >> np.uint64(bit)) & np.uint64(1)).sum()) for bit in range(63)]
        assert max(abs(count - 2048) for count in counts) < 5 * 32

    def test_numpy_integers_count_as_integers(self):
        assert spawn_seed(np.int64(4), np.int32(2)) == spawn_seed(4, 2)

    @pytest.mark.parametrize("key", [1.0, None, b"x"])
    def test_other_keys_are_refused(self, key):
        with pytest.raises(TypeError):
            spawn_seed(0, key)

    def test_generators_repeat_and_differ(self):
        first, again, other = (generator(1, "noise", key) for key in (0, 0, 1))
        drawn = torch.randn(8, generator=first)
        assert torch.equal(drawn, torch.randn(8, generator=again))
        assert not torch.equal(drawn, torch.randn(8, generator=other))

    def test_generator_leaves_the_global_state_alone(self):
        before = torch.random.get_rng_state()
        torch.randn(8, generator=generator(1))
        assert torch.equal(before, torch.random.get_rng_state())


class TestLimitThreads:
    def test_all_libraries_are_limited_and_given_back(self):
        def counts():
            return {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()}

        with limit_threads(1):  # what it has to load is loaded
            pass
        before = (counts(), count_threads())
        with limit_threads(1):
            assert set(counts().values()) == {1}
            assert count_threads() == 1
        assert (counts(), count_threads()) == before

    def test_none_changes_nothing(self):
        before = count_threads()
        with limit_threads(None):
            assert count_threads() == before

    def test_an_error_gives_them_back(self):
        before = count_threads()
        with pytest.raises(KeyError), limit_threads(3):
            raise KeyError
        assert count_threads() == before


class TestGlobalSeed:
    def test_the_same_numbers_whatever_was_drawn_before(self):
        drawn = []
        for _ in range(2):
            torch.rand(3)
            with global_seed(7, "weights", 0):
                drawn.append(torch.rand(4))
        assert torch.equal(*drawn)

    def test_the_generator_is_given_back(self):
        torch.manual_seed(5)
        expected = torch.rand(2)
        torch.manual_seed(5)
        with global_seed(7, "weights", 0):
            torch.rand(4)
        assert torch.equal(torch.rand(2), expected)


def test_threads_that_are_asked_for_stay():
    assert not threads_are_fixed()
    with limit_threads(None):
        assert not threads_are_fixed()
    with limit_threads(1):
        assert threads_are_fixed()
        assert not may_choose_threads(60.0, torch.device("cpu"))
    assert may_choose_threads(60.0, torch.device("cpu"))
    assert not may_choose_threads(None, torch.device("cpu"))


def test_idle_threads_do_not_spin_for_long_in_python_either():
    words = "import os, synthdiff; print(os.environ['GOMP_SPINCOUNT'])"
    environment = {name: value for name, value in os.environ.items() if name != "GOMP_SPINCOUNT"}
    for given, expected in (({}, "10000"), ({"GOMP_SPINCOUNT": "7"}, "7")):
        done = subprocess.run(
            [sys.executable, "-c", words], env=environment | given, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == expected
