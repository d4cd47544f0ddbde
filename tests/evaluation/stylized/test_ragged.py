"""Histories in which assets do not share their steps."""

import numpy as np
import pytest

from synthdiff.errors import DataError, WindowError
from synthdiff.evaluation.stylized.cross import CrossSample
from synthdiff.evaluation.stylized.distance import Groups
from synthdiff.evaluation.stylized.evaluate import score_paths
from synthdiff.evaluation.stylized.fact import measured
from synthdiff.evaluation.stylized.hole import see, seen_steps
from synthdiff.evaluation.stylized.known import common_steps, largest_block
from synthdiff.evaluation.stylized.pairwise import FACTS, pair_distances
from synthdiff.evaluation.stylized.series import series_data
from synthdiff.evaluation.stylized.shut import open_spans, rest_when_shut, single_steps
from tests.evaluation.stylized.damage import blocks, make_steps, make_weeks, outlying
from tests.evaluation.stylized.example import make_history, make_paths

RNG = np.random.default_rng(0)


def test_paths_are_seen_through_scattered_holes_only():
    known = np.ones(500, dtype=bool)
    assert seen_steps(known, 3, 50, RNG) is None
    late, gone = known.copy(), known.copy()
    late[:300], gone[200:260] = False, False
    assert seen_steps(late, 3, 50, RNG) is None
    assert seen_steps(gone, 3, 50, RNG) is None
    steps = seen_steps(np.arange(500) % 5 > 0, 3, 50, RNG)
    assert steps.shape == (3, 40)
    assert (np.diff(steps, axis=1) > 0).all()
    assert steps.max() < 50
    paths = RNG.normal(size=(3, 50, 2))
    assert see(paths, steps)[1].tolist() == paths[1, steps[1]].tolist()


def test_holes_do_not_change_what_time_does():
    # A third of the steps lack: put together, ten known steps are fifteen, and volatility seems to forget faster.
    history, paths = make_history(6_000, memory=0.9, size=0.5), make_paths(memory=0.9, size=0.5)
    holed = np.where(RNG.random(history.shape) < 0.35, np.nan, history)
    report = score_paths(holed, paths, draws=10)
    assert "seen through such holes" in " ".join(report.notes)
    packed = score_paths(holed[np.isfinite(holed)], paths, draws=10)
    gauges = [one["volatility clustering"].details["gauge"] for one in (report, packed)]
    # The mean autocorrelation of 4,000 known steps has a standard error of some .015.
    assert gauges[0]["real"] == pytest.approx(gauges[0]["synthetic"], abs=0.02)
    assert gauges[1]["real"] < gauges[1]["synthetic"] - 0.03


def test_the_largest_table_without_a_hole():
    known = np.ones((100, 4), dtype=bool)
    known[:90, 1], known[50:, 3] = False, False
    columns, rows = largest_block(known)
    assert (columns, len(rows)) == ([0, 2], 100)
    assert common_steps(known)[0].tolist() == [100, 10, 100, 50]
    assert largest_block(known[:, :1])[0] == [0]


def test_each_asset_has_its_own_steps_and_windows():
    history = make_steps(1_000, 3)
    history[:700, 1], history[40:, 2] = np.nan, np.nan
    data = series_data(history, make_steps(4_000, 3).reshape(40, 100, 3), ["A", "B", "C"])
    assert [len(data.steps(j)) for j in range(3)] == [1_000, 300, 40]
    assert data.lengths == (100, 75, 0)
    assert data.pieces(1).shape == (40, 75, 1)
    assert data.together.names == ("A", "B")
    assert data.scale[1] == pytest.approx(np.nanstd(history[:, 1]))
    notes = " ".join(data.notes)
    assert "1,000 of 1,000 steps of the history lack a value of some asset" in notes
    assert "Known on too few steps to be scored alone: C (40)." in notes
    assert "Known together on fewer than 20 steps, and not scored as pairs: B and C (0)." in notes


def test_pairs_and_assets_known_on_few_steps_are_said():
    history = make_steps(1_000, 3)
    history[:800, 1], history[300:, 0], history[:250, 2] = np.nan, np.nan, np.nan
    notes = " ".join(series_data(history, make_steps(4_000, 3).reshape(40, 100, 3), ["A", "B", "C"]).notes)
    assert "Known on few steps: B (200)." in notes
    assert "Known together on few steps: A and C (50)." in notes
    assert "(PC1) and the closeness to the history are those of 2 of 3 assets, on the 200 steps" in notes


def test_what_is_never_known_or_too_short_is_said():
    history = make_steps(1_000, 2)
    with pytest.raises(DataError, match="no return of 'B' is known"):
        series_data(np.where([True, False], history, np.nan), make_steps(400).reshape(10, 40, 2), ["A", "B"])
    with pytest.raises(WindowError, match="79 complete steps"):
        series_data(np.where(np.arange(1_000)[:, None] < 79, history, np.nan), make_steps(400).reshape(10, 40, 2))


def pair_vectors(history, paths, n_draws=10):
    data = series_data(history, paths)
    return pair_distances(data, Groups.of(len(paths), RNG), n_draws, np.random.default_rng(0))


def test_pairs_that_know_all_steps_are_measured_as_those_of_a_market_without_holes():
    history, paths = make_steps(1_000, 4, common=0.5), make_steps(4_000, 4).reshape(80, 50, 4)
    ragged = history.copy()
    ragged[:600, 3] = np.nan
    found, whole = pair_vectors(ragged, paths), pair_vectors(history, paths)
    among = [0, 1, 3]  # of the pairs (0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)
    for fact in FACTS:
        assert found[fact.name].real[among] == pytest.approx(whole[fact.name].real[among])
        assert found[fact.name].synthetic == pytest.approx(whole[fact.name].synthetic, abs=1e-3)
    late = measured(FACTS, CrossSample(history[None, 600:], history.std(axis=0)))
    assert found["correlation"].real[2] == pytest.approx(late["correlation"][2], abs=0.05)
    assert found["correlation"].weights.tolist() == [1_000, 1_000, 400, 1_000, 400, 400]
    assert found["joint tails"].weights.tolist() == 2 * [1_000, 1_000, 400, 1_000, 400, 400]


def test_a_pair_of_few_common_steps_does_not_hide_the_others():
    whole = make_steps(2_000, 4, common=0.5)
    short = whole.copy()
    short[:-50, 3] = np.nan
    wrong = blocks(make_steps(2_000, 4, 3, common=0.75), 60, 20)
    with_it, without = (
        pair_vectors(short, wrong)["correlation"],
        pair_vectors(short[:, :3], wrong[:, :, :3])["correlation"],
    )
    assert with_it.errors[2] > 3 * with_it.errors[0]
    # Counted alike, the short pairs' noise of .17 would make the floor ten times that of the others, .013.
    assert with_it.score > 0.3 * without.score > 4


def test_a_pair_that_shares_no_steps_has_no_score_and_no_part_in_it():
    history = make_steps(1_000, 3, common=0.5)
    history[:500, 1], history[500:, 2] = np.nan, np.nan
    report = score_paths(history, blocks(make_steps(1_000, 3, 1, common=0.5), 50, 25), draws=10, names=["A", "B", "C"])
    assert report.cross_mean < 3
    assert set(report.cross) == {fact.name for fact in FACTS} | {"PC1 share"}
    assert report.pictures["cross"]["correlation"]["real"][1][2] is None
    assert outlying(report) == {}
    assert "are those of 2 of 3 assets, on the 500 steps" in " ".join(report.notes)
    report.render_html()


def test_returns_of_several_steps_are_left_out_unless_an_asset_has_hardly_others():
    returns = RNG.normal(size=(400, 2))
    observed = np.ones((400, 2), dtype=bool)
    observed[10, 0], observed[np.arange(400) % 3 > 0, 1] = False, False
    returns[~observed] = np.nan
    spans = open_spans(returns, observed, None)
    assert (spans[11, 0], spans[3, 1]) == (2, 3)
    kept = single_steps(returns, spans)
    assert np.isnan(kept[:, 0]).sum() == 2
    assert np.isfinite(kept[:, 1]).sum() == observed[:, 1].sum()


def test_assets_that_are_shut_rest_where_their_paths_reach_such_days():
    history, dates = make_weeks(30)
    known = np.where(history == 0, np.nan, history)
    known[100, 1] = np.nan  # a Wednesday: not known, and no weekend
    filled = rest_when_shut(known, dates, dates[:14])
    assert (filled[5:7, 1] == 0).all()
    assert np.isnan(filled[100, 1])
    weekdays = dates[np.arange(len(dates)) % 7 < 5]
    np.testing.assert_array_equal(rest_when_shut(known, dates, weekdays[:14]), known)
    spans = open_spans(known, np.isfinite(known), dates)
    assert spans[7, 1] == 1  # Monday follows Friday
    assert spans[101, 1] == 2
