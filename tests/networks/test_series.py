"""The denoiser of series around either body: where it starts, what it looks at, and what it must not."""

from dataclasses import replace

import pytest
import torch

from synthdiff.networks.series import Context, SeriesLayout
from tests.networks.windows import BODIES, LAYOUT, denoiser, windows


@pytest.fixture(scope="module", params=BODIES)
def body(request):
    return request.param


@pytest.fixture(scope="module")
def network(body):
    return denoiser(body)


@pytest.mark.parametrize("layout", [LAYOUT, SeriesLayout(1), SeriesLayout(2, n_covariates=3), SeriesLayout(7, 0, 5)])
def test_it_starts_where_everything_is_white_noise(body, layout):
    x, log_snr, context = windows(layout=layout)
    alpha = log_snr.sigmoid().sqrt()[:, None, None]
    assert torch.equal(denoiser(body, layout, trained=False)(x, log_snr, context), alpha * x)


@pytest.mark.parametrize("length", [1, 2, 3, 7, 16, 33, 250])
def test_windows_of_any_length(network, length):
    x, log_snr, context = windows(length=length, n_seen=length // 2)
    out = network(x, log_snr, context)
    assert out.shape == x.shape
    assert torch.isfinite(out).all()


def test_noise_where_something_is_seen_is_not_looked_at(network):
    x, log_snr, context = windows()
    other = torch.where(context.seen, torch.full_like(x, 1e3), x)
    hidden = ~context.seen
    assert torch.equal(network(x, log_snr, context)[hidden], network(other, log_snr, context)[hidden])


@pytest.mark.parametrize("part", ["clean", "covariates", "state", "seen"])
def test_all_that_is_shown_counts(network, part):
    x, log_snr, context = windows()
    value = getattr(context, part)
    moved = ~value if part == "seen" else value + (1.0 if part != "clean" else context.seen.float())
    hidden = ~context.seen
    shown = network(x, log_snr, replace(context, **{part: moved}))
    assert (shown - network(x, log_snr, context))[hidden].abs().max() > 1e-4


def test_every_hidden_step_is_looked_at(network):
    """The posterior of a step depends on others before and after it, and on other channels."""
    x, log_snr, context = windows(n=1, length=40, n_seen=0)
    base = network(x, log_snr, context)
    for step in (0, 20, 39):
        other = x.clone()
        other[0, step, 1] += 2.0
        moved = (network(other, log_snr, context) - base)[0].abs()
        assert (moved[step] > 1e-5).all()
        assert moved[max(step - 8, 0) : step + 9].amax(dim=1).min() > 1e-6


def test_a_window_does_not_depend_on_those_beside_it(network):
    x, log_snr, context = windows(n=6)
    whole = network(x, log_snr, context)
    for rows in (slice(0, 1), slice(2, 5), torch.tensor([5, 0])):
        part = network(x[rows], log_snr[rows], context.take(rows))
        torch.testing.assert_close(part, whole[rows], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("log_snr", [-60.0, -14.0, 14.0, 60.0])
def test_all_but_noise_and_all_but_data(network, log_snr):
    x, _, context = windows()
    out = network(x, torch.full((4,), log_snr), context)
    assert torch.isfinite(out).all()
    if log_snr > 20:
        torch.testing.assert_close(out, x)


def test_every_weight_learns(body):
    network = denoiser(body, dropout=0.0).train()
    x, log_snr, context = windows()
    (network(x, log_snr, context) - 1).square().mean().backward()
    still = [name for name, weight in network.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert not still


def test_the_first_step_leaves_the_start(body):
    """All that comes before the last layer starts without a gradient; that layer must have one."""
    network = denoiser(body, trained=False).train()
    x, log_snr, context = windows()
    (network(x, log_snr, context) - 1).square().mean().backward()
    assert network.body.head.weight.grad.abs().max() > 0
    assert all(torch.isfinite(weight.grad).all() for weight in network.parameters() if weight.grad is not None)


def test_dropout_only_in_training(body):
    network = denoiser(body, dropout=0.5)
    x, log_snr, context = windows()
    assert torch.equal(network(x, log_snr, context), network(x, log_snr, context))
    network.train()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        assert not torch.equal(network(x, log_snr, context), network(x, log_snr, context))


def test_half_precision_gives_float32_back(network):
    x, log_snr, context = windows()
    with torch.autocast("cpu", torch.bfloat16):
        out = network(x, log_snr, context)
    assert out.dtype == torch.float32
    exact = network(x, log_snr, context)
    # bfloat16 has three digits; a few layers of sums lose another.
    assert (out - exact).abs().mean() < 0.03 * exact.abs().mean()


def test_no_tensor_is_made_on_another_device(body):
    """On a device that only knows shapes, a single tensor of the CPU's would be refused."""
    network = denoiser(body).to("meta")
    x, log_snr, context = windows()
    out = network(x.to("meta"), log_snr.to("meta"), context.to(torch.device("meta")))
    assert (out.device.type, out.shape) == ("meta", x.shape)
    assert network.device.type == "meta"


class TestContext:
    def test_take(self):
        _, _, context = windows(n=5)
        for rows in (slice(1, 4), torch.tensor([4, 0, 0])):
            part = context.take(rows)
            for name in ("clean", "seen", "covariates", "state"):
                assert torch.equal(getattr(part, name), getattr(context, name)[rows])

    def test_to(self):
        _, _, context = windows()
        moved = context.to(torch.device("meta"))
        assert {part.device.type for part in (moved.clean, moved.seen, moved.covariates, moved.state)} == {"meta"}
        assert moved.seen.dtype == torch.bool

    def test_it_cannot_be_changed(self):
        with pytest.raises(AttributeError):
            windows()[2].clean = torch.zeros(1)  # type: ignore[misc]
        assert isinstance(windows()[2], Context)


def test_a_layout_counts_what_goes_in_and_out():
    """Four a channel (x_t, clean, energy, trend), two for all (energy, seen), covariates; shifts, gates, a gate."""
    assert (LAYOUT.n_inputs, LAYOUT.n_outputs) == (4 * 3 + 2 + 2, 2 * 3 + 1)
