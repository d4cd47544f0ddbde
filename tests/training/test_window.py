"""Batches of windows: what is seen of them, what is counted, and that it is the history."""

import numpy as np
import pytest
import torch

from synthdiff.training.window import (
    COVARIATE_DROPOUT,
    COVARIATE_PAST,
    FORECAST,
    INFILL,
    STATE_NOISE,
    first_hidden,
    random_masks,
)
from tests.codecs.series.history import market, with_gaps
from tests.training.history import source

N = 4_000


@pytest.fixture(scope="module")
def masks():
    return random_masks(N, 24, np.random.default_rng(0))


class TestMasks:
    def test_something_is_hidden_in_each(self, masks):
        assert masks.shape == (N, 24)
        assert (~masks).any(axis=1).all()

    def test_shares(self, masks):
        """Of 4,000 windows the standard error of a share is .008 at most."""
        nothing = ~masks.any(axis=1)
        past = masks[:, 0] & ~masks[:, -1]
        falls = (np.diff(masks.astype(int), axis=1) < 0).sum(axis=1)
        rises = (np.diff(masks.astype(int), axis=1) > 0).sum(axis=1)
        assert (falls <= 1).all()
        assert (rises <= 1).all()
        # A stretch at either end of an infilled window looks like another kind.
        assert nothing.mean() == pytest.approx(1 - FORECAST - INFILL, abs=0.04)
        assert past.mean() == pytest.approx(FORECAST, abs=0.05)
        assert (rises == 1).mean() == pytest.approx(INFILL, abs=0.04)

    def test_any_past_and_any_stretch(self, masks):
        seen = masks.sum(axis=1)
        assert set(seen.tolist()) >= set(range(24))
        inner = (masks[:, 0] & masks[:, -1]).nonzero()[0]
        assert len(np.unique((~masks[inner]).argmax(axis=1))) > 15
        assert (~masks[inner]).sum(axis=1).min() >= 2

    def test_first_hidden(self, masks):
        first = first_hidden(masks)
        assert not masks[np.arange(N), first].any()
        for window, at in zip(masks[:200], first, strict=False):
            assert window[:at].all()

    @pytest.mark.parametrize("length", [2, 3, 16])
    def test_short_windows(self, length):
        assert (~random_masks(500, length, np.random.default_rng(1))).any(axis=1).all()


@pytest.fixture(scope="module", params=["start", "running"])
def gaps(request):
    """Two assets, one of them late, and covariates that say which step it is."""
    returns = with_gaps(market(500, 2)[0])
    return source(returns, request.param, covariates=np.arange(500.0)[:, None] + [1.0, 1_001.0])


def batch_of(gaps, n=300, seed=0):
    rng = np.random.default_rng(seed)
    starts = rng.integers(200, 500 - 16 + 1, n)
    return gaps.batch(starts, rng), starts


class TestBatch:
    def test_shapes_and_types(self, gaps):
        batch, _ = batch_of(gaps)
        context = batch.context
        assert batch.z.shape == batch.counted.shape == context.clean.shape == context.seen.shape == (300, 16, 3)
        assert context.covariates.shape == (300, 16, 2)
        assert context.state.shape == (300, gaps.track.summary.shape[1])
        kinds = [batch.z, context.clean, context.covariates, context.state]
        assert {part.dtype for part in kinds} == {torch.float32}
        assert batch.counted.dtype == context.seen.dtype == torch.bool

    def test_what_is_hidden_is_not_shown(self, gaps):
        batch, _ = batch_of(gaps)
        context = batch.context
        assert not context.clean[~context.seen].any()
        assert torch.equal(context.clean[context.seen], batch.z[context.seen])

    def test_steps_are_seen_with_all_channels(self, gaps):
        seen = batch_of(gaps)[0].context.seen
        assert torch.equal(seen, seen[..., :1].expand_as(seen))

    def test_what_is_seen_or_was_not_observed_does_not_count(self, gaps):
        batch, starts = batch_of(gaps)
        rows = starts[:, None] + np.arange(16)
        observed = torch.from_numpy(gaps.track.observed[rows])
        assert torch.equal(batch.counted, observed & ~batch.context.seen)
        assert not observed.all()

    def test_windows_are_those_of_the_codec(self, gaps):
        """Divided by the forecast for the first step that is hidden, where that scales them."""
        batch, starts = batch_of(gaps)
        references = starts + first_hidden(batch.context.seen[..., 0].numpy())
        z, observed = gaps.codec.encode(gaps.track, starts, references, 16, np.random.default_rng(9))
        whole = observed.all(axis=2)
        # But for values at the one place where a table is level, which have a stretch of scores.
        assert np.isclose(batch.z.numpy()[whole], z[whole], atol=1e-4).mean() > 0.99

    def test_the_state_is_that_of_the_first_hidden_step(self, gaps):
        """With noise of a known size: of 300 windows the standard error of its deviation is 4 %."""
        batch, starts = batch_of(gaps)
        references = starts + first_hidden(batch.context.seen[..., 0].numpy())
        noise = batch.context.state.double().numpy() - gaps.track.summary[references]
        assert noise.std() == pytest.approx(STATE_NOISE, rel=0.2)
        assert abs(noise.mean()) < 4 * STATE_NOISE / np.sqrt(noise.size)

    def test_covariates_are_those_of_the_steps_or_hidden(self, gaps):
        """Of 300 windows the standard error of a share is at most .029."""
        batch, starts = batch_of(gaps)
        shown = batch.context.covariates.numpy()
        hidden = ~shown.any(axis=(1, 2))
        assert hidden.mean() == pytest.approx(COVARIATE_DROPOUT, abs=0.1)
        rows = starts[:, None] + np.arange(16)
        known = shown.any(axis=2)
        np.testing.assert_allclose(shown, np.where(known[..., None], rows[..., None] + [1.0, 1_001.0], 0.0))
        seen = batch.context.seen.numpy()[..., 0]
        partly = ~hidden & ~known.all(axis=1)
        np.testing.assert_array_equal(known[partly], seen[partly])
        assert partly[seen.any(axis=1)].mean() == pytest.approx(COVARIATE_PAST, abs=0.15)
        assert not partly[~seen.any(axis=1)].any()

    def test_the_same_seed_gives_the_same_batch(self, gaps):
        a, b, c = (batch_of(gaps, 20, seed)[0] for seed in (1, 1, 2))
        assert torch.equal(a.z, b.z)
        assert torch.equal(a.context.seen, b.context.seen)
        assert torch.equal(a.context.state, b.context.state)
        assert not torch.equal(a.z, c.z)

    def test_none_of_it_is_missing(self, gaps):
        batch, _ = batch_of(gaps)
        for part in (batch.z, batch.context.clean, batch.context.covariates, batch.context.state):
            assert torch.isfinite(part).all()
