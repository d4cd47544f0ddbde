"""The benchmark of series from the command line to its files, on series that are made on the spot."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from benchmarks.dataset import data_folder
from benchmarks.series import __main__ as series
from benchmarks.series import market, protocol
from benchmarks.series.market import MarketTask, as_table, markets
from benchmarks.series.protocol import Protocol, draw, start_values
from synthdiff.codecs.series.price import PriceCodec
from synthdiff.data.market import read_market
from synthdiff.datasets import make_market
from synthdiff.models.series import SeriesDiffusion

QUICK = ["--preset", "fast", "--minutes", "0.01"]


def invoke(*words):
    return CliRunner().invoke(series.main, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture
def prices(tmp_path):
    path = tmp_path / "prices.parquet"
    make_market(500, 2, random_state=0).to_parquet(path)
    return path


@pytest.fixture
def levels(tmp_path, monkeypatch):
    """Three levels that hang together, in the place of Energy."""
    rng = np.random.default_rng(0)
    walk = rng.normal(size=(500, 1)).cumsum(axis=0) + 50
    frame = pd.DataFrame(walk + 0.1 * rng.normal(size=(500, 3)), columns=list("abc"))
    monkeypatch.setattr(series, "read_frame", lambda name: frame)
    return frame


@pytest.mark.long
def test_a_market_is_measured_written_and_gone_on_with(prices, tmp_path):
    words = ["--only", "markets", "--data", f"two={prices}", "--since", 0.7, "--fits", 2, *QUICK]
    words += ["--paths", 20, "--horizon", 30, "--days", 50, "--backtest-paths", 100, "--draws", 10]
    words += ["--challengers", "iid_bootstrap", "--keep", tmp_path / "models", "-o", tmp_path / "out"]
    outcome = invoke(*words)
    assert outcome.exit_code == 0
    record = json.loads((tmp_path / "out.json").read_text())
    (row,) = record["rows"]
    assert "failed" not in row
    assert (row["task"]["since"], row["task"]["path"], row["task"]["minutes"]) == (0.7, "prices.parquet", 0.01)
    assert [fit["seed"] for fit in row["fits"]] == [0, 1]
    assert row["fits"][0]["n_rows"] == 350  # 349 returns, 70 % of 499
    ours, theirs = row["validation"]["candidates"]
    assert (ours["name"], theirs["name"]) == ("synthdiff", "iid bootstrap")
    assert len(ours["values"]["mean"]) == 2
    assert ours["backtest"]["first"] == 449
    assert row["validation"]["drift"]["mean"] > 0
    assert record["machine"]["versions"]
    text = (tmp_path / "out.md").read_text()
    assert text.strip() in outcome.output
    assert "## two" in text
    assert "Fact by fact" in text
    again = invoke(*words)
    assert "fit" not in again.stderr
    assert json.loads((tmp_path / "out.json").read_text())["rows"] == record["rows"]
    other = CliRunner().invoke(series.main, [str(word) for word in [*words, "--seeds", 1]])
    assert other.exit_code == 2
    assert "holds results of other settings" in other.output


@pytest.mark.parametrize("depth", ["<=-0.05", pytest.param("<=-0.99", marks=pytest.mark.long)])
def test_a_market_in_sample_shows_what_is_drawn_before_recalibration(prices, tmp_path, monkeypatch, depth):
    monkeypatch.setattr(market, "CRASH", {"max_drawdown": depth})
    words = ["--only", "markets", "--data", prices, *QUICK, "--seeds", 1, "--paths", 20, "--horizon", 30]
    assert invoke(*words, "--draws", 10, "--challengers", "", "-o", tmp_path / "out").exit_code == 0
    (row,) = json.loads((tmp_path / "out.json").read_text())["rows"]
    names = [candidate["name"] for candidate in row["validation"]["candidates"]]
    assert names == ["synthdiff", "synthdiff, raw"]
    assert row["validation"]["candidates"][0]["backtest"] is None
    assert row["name"] == "prices"
    text = (tmp_path / "out.md").read_text()
    if depth == "<=-0.99":
        assert "event" not in row["crash"]
        assert "Conditioned paths failed: " in text
    else:
        assert row["crash"]["scores"]["mean"] > 0
        assert "Conditioned on maximum drawdown of portfolio at most -5 % over 30 steps: 20 paths in" in text
        assert "windows of the history that did the same (" in text


def test_windows_are_scored_beside_what_is_published(levels, tmp_path):
    words = ["--only", "windows", "--windows", "energy", *QUICK, "--repetitions", 2, "--iterations", 0.002]
    outcome = invoke(*words, "-o", tmp_path / "out")
    assert outcome.exit_code == 0
    (row,) = json.loads((tmp_path / "out.json").read_text())["rows"]
    assert "failed" not in row
    assert [found["generator"] for found in row["scores"]] == [
        "synthdiff",
        "synthdiff, start only",
        "history drawn again",
        "history itself",
    ]
    assert row["scores"][0]["windows"] == 500 - 24 + 1
    assert len(row["scores"][0]["discriminative"]["values"]) == 2
    assert row["scores"][3]["discriminative"] is None
    text = (tmp_path / "out.md").read_text()
    assert "| Diffusion-TS (published) " in text
    assert "does not punish" in text


def test_what_fails_is_written_down_and_ends_nothing(levels, tmp_path, monkeypatch):
    def fail(*words):
        raise RuntimeError("out of luck")

    monkeypatch.setattr(series, "measure_windows", fail)
    assert invoke("--only", "windows", "-o", tmp_path / "out").exit_code == 0
    rows = json.loads((tmp_path / "out.json").read_text())["rows"]
    assert [row["failed"] for row in rows] == ["RuntimeError: out of luck"] * 2
    assert "Failed: RuntimeError: out of luck" in (tmp_path / "out.md").read_text()


def test_usage_errors(tmp_path):
    for words, message in (
        (["--markets", "sp501"], "no market sp501; there are sp500, sp500 later, stocks20"),
        (["--data", tmp_path / "none.csv"], "set SYNTHDIFF_DATA"),
        (["--only", "windows", "--windows", "stonks"], "no series stonks; there are stocks, energy, etth"),
    ):
        outcome = CliRunner().invoke(series.main, [str(word) for word in words])
        assert outcome.exit_code == 2
        assert message in outcome.output


def test_the_markets_of_the_results():
    known = markets()
    assert [(task.minutes, task.since, task.fits) for task in known.values()] == [
        (6.0, None, 1),
        (6.0, 0.7, 3),
        (15.0, None, 1),
    ]
    assert known["stocks20"] == MarketTask(
        "stocks20", data_folder() / "series" / "stocks20_daily.parquet", 15.0, since=None, fits=1
    )


def test_prices_as_a_table_are_the_same_market():
    one = read_market(make_market(60, 2, random_state=0))
    again = read_market(as_table(one))
    assert again.names == one.names
    np.testing.assert_array_equal(again.values, one.values)
    np.testing.assert_array_equal(again.dates, one.dates)


def bars():
    close = make_market(200, 1, random_state=0).to_numpy()[:, 0]
    volume = 1e6 * np.exp(np.random.default_rng(0).normal(size=200) / 5)
    columns = {"Open": close * 1.001, "High": close * 1.01, "Low": close * 0.99, "Close": close, "Volume": volume}
    return pd.DataFrame(columns)


def test_windows_begin_at_the_values_of_their_moments():
    values = bars().to_numpy()
    codec = PriceCodec.fit(read_market(bars()), "historical")
    ends = np.array([150, 3])
    starts = start_values(codec, values, ends)
    np.testing.assert_allclose(starts[:, :5], values[ends - 1])
    np.testing.assert_allclose(starts[0], codec.start(values[:150]))
    assert codec.n_states > 0
    plain = PriceCodec.fit(read_market(bars()[["Close"]]), "historical")
    np.testing.assert_allclose(start_values(plain, values[:, 3:4], ends)[:, 0], values[ends - 1, 3])


def test_windows_are_bars_near_the_history():
    quick = {"preset": "fast", "max_steps": 5, "window": 32, "random_state": 0, "device": "cpu"}
    model = SeriesDiffusion(**quick).fit(bars())
    values = bars().to_numpy()
    for known in (0, protocol.memory(model)):
        windows = draw(model, values, 50, 24, known)
        assert windows.shape == (50, 24, 5)
        assert np.isfinite(windows).all()
        opened, high, low, close, _ = np.moveaxis(windows, 2, 0)
        assert (low <= np.minimum(opened, close) * (1 + 1e-12)).all()
        assert (high >= np.maximum(opened, close) * (1 - 1e-12)).all()
        # Volatility is about 1 % a day: first closes are within some of it of a close of the history.
        nearest = np.abs(np.log(close[:, :1] / values[:, 3])).min(axis=1)
        assert nearest.max() < 0.1
    np.testing.assert_array_equal(windows, draw(model, values, 50, 24, known))


def test_windows_of_levels_go_on_from_their_moments(levels, tmp_path):
    """A walk moves by a standard deviation a step; its levels hang together to a tenth of one."""
    model = protocol.fit("energy", levels, 0.02, Protocol(preset="fast"), tmp_path, print)
    values = levels.to_numpy()
    for known in (0, protocol.memory(model)):
        windows = draw(model, values, 200, 24, known)
        assert windows.shape == (200, 24, 3)
        assert (values.min(axis=0) <= windows).all()
        assert (windows <= values.max(axis=0)).all()
        apart = windows - windows.mean(axis=2, keepdims=True)
        assert apart.std() < 0.3 < windows.mean(axis=2).std(axis=1).mean()
        nearest = np.abs(windows[:, 0, None, 0] - values[:, 0]).min(axis=1)
        assert nearest.max() < 3
    np.testing.assert_array_equal(windows, draw(model, values, 200, 24, known))


def test_only_what_can_be_compared_is_called_by_the_papers_name():
    assert Protocol() == Protocol(length=24, repetitions=5, iterations=1.0, preset="balanced", device="cpu")
