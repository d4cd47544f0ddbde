"""Zero returns are a state: how often they come, how long they last, and when all assets rest."""

import json

import numpy as np
import pytest

from synthdiff.codecs.series.zero_return import ZeroReturnChain


def drawn(chain, runs, n_steps=252, n=2_000, seed=0):
    rng = np.random.default_rng(seed)
    starts = runs[rng.integers(60, len(runs), n)]
    noise = rng.standard_normal((n, n_steps, len(chain)))
    return chain.run(noise, starts, np.ones((n_steps, chain.n_assets), dtype=bool))


def history(n=1_500):
    """An asset with scattered zero returns, one that was suspended for 200 days, one without any; holidays of all."""
    rng = np.random.default_rng(0)
    zero = np.zeros((n, 3), dtype=bool)
    zero[:, 0] = rng.random(n) < 0.1
    zero[700:900, 1] = True
    zero[rng.random(n) < 0.03] = True
    return zero, np.ones(zero.shape, dtype=bool)


def test_shares_are_those_of_the_history():
    """2,000 paths of a year; the suspension, which happened once, has a share that starts give it: sd .005."""
    zero, known = history()
    chain = ZeroReturnChain.fit(zero, known)
    assert chain.chains == (3, 0, 1)
    found, _ = drawn(chain, chain.follow(zero, known))
    np.testing.assert_allclose(found.mean(axis=(0, 1)), zero.mean(axis=0), atol=0.02)
    assert found.all(axis=2).mean() == pytest.approx(zero.all(axis=1).mean(), abs=0.01)


def test_a_suspension_lasts():
    zero, known = history()
    chain = ZeroReturnChain.fit(zero, known)
    runs = chain.follow(zero, known)
    at = np.repeat(runs[800][None], 500, axis=0)
    noise = np.random.default_rng(0).standard_normal((500, 50, len(chain)))
    found, after = chain.run(noise, at, np.ones((50, 3), dtype=bool))
    assert found[:, :10, 1].mean() > 0.9
    assert (after[:, 2] > 100).mean() > 0.5


def test_a_rhythm_without_dates_comes_back():
    """Five days of moves and two of none, as a file without dates has that was filled forward."""
    zero = np.tile(np.array([False] * 5 + [True] * 2), 200)[:, None] & np.ones((1, 2), dtype=bool)
    known = np.ones(zero.shape, dtype=bool)
    chain = ZeroReturnChain.fit(zero, known)
    assert chain.chains == (2,)
    found, _ = drawn(chain, chain.follow(zero, known), n_steps=70, n=200)
    assert found.mean() == pytest.approx(2 / 7, abs=0.02)
    moves = ~found[..., 0]
    lengths = [len(run) for path in moves for run in "".join("x" if m else " " for m in path).split()[1:-1]]
    assert np.mean(np.array(lengths) == 5) > 0.9


def test_a_few_zeros_are_small_moves():
    zero = np.zeros((1_000, 2), dtype=bool)
    zero[[5, 300, 700], 0] = True
    chain = ZeroReturnChain.fit(zero, np.ones(zero.shape, dtype=bool))
    assert len(chain) == 0
    assert not chain.taken(zero, np.ones(zero.shape, dtype=bool)).any()
    found, runs = chain.run(np.empty((4, 10, 0)), np.empty((4, 0), dtype=np.int64), np.ones((10, 2), dtype=bool))
    assert not found.any()
    assert runs.shape == (4, 0)


def test_independent_assets_have_no_common_chain():
    rng = np.random.default_rng(1)
    zero = rng.random((3_000, 2)) < 0.3
    assert ZeroReturnChain.fit(zero, np.ones(zero.shape, dtype=bool)).chains == (0, 1)


def test_a_shut_asset_keeps_its_run():
    zero, known = history()
    chain = ZeroReturnChain.fit(zero, known)
    starts = np.repeat(chain.follow(zero, known)[-1:], 50, axis=0)
    is_open = np.ones((20, 3), dtype=bool)
    is_open[:, 0] = False
    noise = np.random.default_rng(0).standard_normal((50, 20, len(chain)))
    found, after = chain.run(noise, starts, is_open)
    np.testing.assert_array_equal(after[:, 1], starts[:, 1])
    assert found[..., 0].mean() == pytest.approx(found.all(axis=2).mean())


def test_it_survives_json():
    zero, known = history()
    chain = ZeroReturnChain.fit(zero, known)
    back = ZeroReturnChain.from_dict(json.loads(json.dumps(chain.to_dict())))
    noise = np.random.default_rng(0).standard_normal((5, 30, len(chain)))
    starts = chain.follow(zero, known)[[0, 100, 500, 800, 900]]
    is_open = np.ones((30, 3), dtype=bool)
    np.testing.assert_array_equal(back.run(noise, starts, is_open)[0], chain.run(noise, starts, is_open)[0])
    none = ZeroReturnChain.from_dict(json.loads(json.dumps(ZeroReturnChain.none(2).to_dict())))
    assert len(none) == 0


@pytest.mark.parametrize("chains", [[1, 1], [0, 2], [3]])
def test_chains_of_other_assets_are_refused(chains):
    with pytest.raises(ValueError, match="chain"):
        ZeroReturnChain.from_dict({"n_assets": 2, "chains": chains, "probability": [[0.5] * 18] * len(chains)})
