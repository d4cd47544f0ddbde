import numpy as np
import pytest
from scipy import stats

from synthdiff.data.paths import Event, Paths
from synthdiff.errors import ConfigError, TooFewRowsError
from synthdiff.finance.cluster import find_groups, find_medoid
from synthdiff.finance.reverse import reverse_stress
from tests.finance.market import make_paths

ASSETS = ("SPX", "OIL", "GOLD")
N, N_STEPS = 3_000, 20
BOOK = {"SPX": 0.5, "OIL": 0.5}


def two_crises(n_steps=N_STEPS, **options):
    """Calm paths, 60 that lose SPX at first while GOLD rises, and 30 that lose OIL in the second half."""
    rng = np.random.default_rng(0)
    returns = 0.002 * rng.normal(size=(N, n_steps, 3))
    half = n_steps // 2
    returns[:60, :half, 0] -= 0.06
    returns[:60, half:, 0] += 0.01
    returns[:60, :half, 2] += 0.02
    returns[60:90, half:, 1] -= 0.07
    return Paths.of(returns, ASSETS, **options)


@pytest.fixture(scope="module")
def crises():
    return two_crises()


def test_the_two_ways_to_lose_are_told_apart(crises):
    found = reverse_stress(crises, BOOK, 0.15)
    assert sorted(found.rows) == list(range(90))
    assert found.probability == pytest.approx(90 / N)
    assert [sorted(part.rows) for part in found.scenarios] == [list(range(60)), list(range(60, 90))]
    assert found.silhouette > 0.7
    equity, oil = found.scenarios
    assert equity.probability == pytest.approx(60 / N)
    expected = stats.binomtest(60, N).proportion_ci(method="exact")
    assert equity.interval == pytest.approx((expected.low, expected.high))
    # ten steps of -.06 or .02 and ten of .01, with noise of .002 sqrt(20) = .009
    assert equity.returns == pytest.approx(np.expm1([-0.5, 0.0, 0.2]), abs=0.04)
    assert equity.mean_returns == pytest.approx(np.expm1([-0.5, 0.0, 0.2]), abs=0.01)
    assert equity.trough == 10
    assert equity.trough_range == (10, 10)
    assert oil.trough_range[0] >= 18
    assert equity.loss == pytest.approx(crises.losses(BOOK)[equity.medoid, 0])
    assert 0.15 <= oil.mean_loss < equity.mean_loss + 0.1


def test_the_most_plausible_come_first(crises):
    found = reverse_stress(crises, BOOK, 0.15)
    assert (np.diff(found.distances) >= 0).all()
    assert found.losses == pytest.approx(crises.losses(BOOK)[found.rows, 0])
    terminal = crises.terminal()
    gap = terminal[found.rows[0]] - terminal.mean(axis=0)
    inverse = np.linalg.inv(np.cov(terminal.T, bias=True))
    assert found.distances[0] == pytest.approx(np.sqrt(gap @ inverse @ gap))


def test_weights_decide_probabilities(crises):
    weights = np.ones(N)
    weights[60:90] = 5
    weights[:10] = 0
    found = reverse_stress(crises.reweight(weights), BOOK, 0.15)
    total = weights.sum()
    assert [part.probability for part in found.scenarios] == pytest.approx([150 / total, 50 / total])
    assert sorted(found.scenarios[0].rows) == list(range(60, 90))
    assert not set(range(10)) & set(found.rows)
    low, high = found.scenarios[0].interval
    assert low < 150 / total < high
    # thirty paths, however heavy: the relative error of their probability is about 1 / sqrt(30)
    assert (high - low) / (150 / total) == pytest.approx(4 / np.sqrt(30), rel=0.15)


def test_losses_at_the_trough_count_even_if_they_are_made_up(crises):
    returns = crises.returns.copy()
    returns[:60, 15:, 0] += 0.2
    recovered = Paths.of(returns, ASSETS)
    at_end = reverse_stress(recovered, BOOK, 0.15)
    assert sorted(at_end.rows) == list(range(60, 90))
    at_trough = reverse_stress(recovered, BOOK, 0.15, at="trough")
    assert sorted(at_trough.rows) == list(range(90))
    equity = at_trough.scenarios[0]
    assert equity.returns[0] == pytest.approx(np.expm1(-0.6), abs=0.04)
    assert equity.loss == pytest.approx(1 - recovered.portfolio(BOOK)[equity.medoid].min())


def test_one_cloud_is_one_scenario_and_a_number_can_be_asked_for():
    rng = np.random.default_rng(3)
    returns = rng.normal(size=(2_000, 1, 12)) * 0.05
    paths = Paths.of(returns, [f"A{i}" for i in range(12)])
    book = np.full(12, 1 / 12)
    one = reverse_stress(paths, book, 0.02)
    assert len(one.scenarios) == 1
    assert np.isnan(one.silhouette)
    assert one.scenarios[0].probability == one.probability
    three = reverse_stress(paths, book, 0.02, n_scenarios=3)
    assert len(three.scenarios) == 3
    assert sum(part.probability for part in three.scenarios) == pytest.approx(one.probability)
    again = reverse_stress(paths, book, 0.02, n_scenarios=3)
    assert [part.medoid for part in again.scenarios] == [part.medoid for part in three.scenarios]


def test_too_few_paths_say_how_many_and_how_deep():
    paths = make_paths(500)
    worst = np.sort(paths.losses({"SPX": 1.0})[:, 0])
    with pytest.raises(TooFewRowsError, match="0 of 500 paths lose 90 % .* within 10 steps; the deepest") as caught:
        reverse_stress(paths, {"SPX": 1.0}, 0.9)
    assert (caught.value.asked, caught.value.got) == (10, 0)
    assert f"the deepest loss is {100 * worst[-1]:.4g} %" in str(caught.value)
    with pytest.raises(TooFewRowsError, match="1 of 500 paths loses"):
        reverse_stress(paths, {"SPX": 1.0}, float(worst[-1]))
    found = reverse_stress(paths, {"SPX": 1.0}, float(worst[-1]), min_paths=1)
    assert found.scenarios[0].rows.tolist() == found.rows.tolist()


def test_frame_and_event():
    dates = np.datetime64("2024-01-01") + np.arange(N_STEPS)
    event = Event("SPX below -10 %", 0.1, (0.09, 0.11), 1_000, 500.0)
    found = reverse_stress(two_crises(dates=dates, event=event), BOOK, 0.15)
    frame = found.to_frame()
    numbers = ["probability", "low", "high", "n_paths", "path", "loss", "mean_loss", "trough"]
    assert list(frame) == [*numbers, *ASSETS]
    assert frame["n_paths"].tolist() == [60, 30]
    assert frame["trough"][0] == found.dates[found.scenarios[0].trough - 1]
    assert found.given == "SPX below -10 %"


def test_levels_are_in_their_unit_and_copies_do_no_harm(crises):
    mixed = Paths.of(crises.returns, ASSETS, kinds=["return", "return", "difference"])
    copies = mixed.take(np.repeat([3, 70, 500, 600], 30))
    found = reverse_stress(copies, BOOK, 0.15)
    assert len(found.scenarios) == 1  # of two distinct paths no number of groups can be scored
    assert reverse_stress(mixed, BOOK, 0.15).scenarios[0].returns[2] == pytest.approx(0.2, abs=0.04)
    assert len(reverse_stress(copies, BOOK, 0.15, n_scenarios=4).scenarios) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": -0.2}, "loss is -0.2"),
        ({"at": "start"}, "at is 'start'; say end or trough"),
        ({"n_scenarios": 0}, "n_scenarios is 0"),
        ({"horizon": 99}, "horizon is 99; give an integer from 1 to 20"),
    ],
)
def test_what_makes_no_sense(crises, options, message):
    with pytest.raises(ConfigError, match=message):
        reverse_stress(crises, BOOK, **options)


def test_groups_and_medoids():
    rng = np.random.default_rng(1)
    points = rng.normal(size=(120, 2)) + np.repeat([[0, 0], [9, 0], [9, 9]], 40, axis=0)
    groups = find_groups(points, np.ones(120))
    assert groups.n_groups == 3
    assert [len(set(groups.labels[i : i + 40])) for i in (0, 40, 80)] == [1, 1, 1]
    weights = rng.random(120)
    distances = np.sqrt(((points[:, None] - points) ** 2).sum(axis=2))
    assert find_medoid(points, weights) == (distances @ weights).argmin()
