import json
from functools import cache

import numpy as np
import pytest

from synthdiff.data.split import FloatArray
from synthdiff.errors import ConfigError, DataError, WindowError
from synthdiff.finance.bootstrap import IidBootstrap, StationaryBootstrap
from synthdiff.finance.observed import observe
from synthdiff.finance.path_score import dates_of_paths
from synthdiff.finance.validate import find_row, is_fitted, validate, validate_steps
from synthdiff.models.series import SeriesDiffusion
from synthdiff.models.series_simulator import FittedSimulator
from tests.finance.history import N_ROWS, returns

DATES = np.arange("2020-01-01", "2030-01-01", dtype="datetime64[D]")[:N_ROWS].astype("datetime64[ns]")
FEW = {"horizon": 40, "n_paths": 60, "draws": 10, "backtest_paths": 100, "names": ("SPX", "GOLD"), "dates": DATES}


class Gaussian:
    """Independent normal returns of a volatility: nothing that is true of markets."""

    name = "gaussian"

    def __init__(self, scale=1.0):
        self.scale = scale

    def fit(self, returns: FloatArray):
        self.scale_ = self.scale * returns.std(axis=0)
        return self

    def sample(self, n_paths, n_steps, random_state):
        normal = np.random.default_rng(random_state).standard_normal((n_paths, n_steps, len(self.scale_)))
        return self.scale_ * normal

    def forecast_many(self, history, origins, n_steps, n_paths, random_state):
        paths = [self.sample(n_paths, n_steps, random_state + int(origin)) for origin in origins]
        return np.stack(paths)


@cache
def apart():
    """Normal returns of a third of the volatility beside blocks of the history; fitted before, scored after."""
    return validate(
        {"ours": Gaussian(1 / 3)},
        returns(),
        since=0.6,
        seeds=4,
        challengers=["stationary_bootstrap"],
        backtest_days=100,
        **FEW,
    )


class TestApart:
    def test_what_is_measured(self):
        model, blocks = apart().candidates
        assert (model.name, blocks.name) == ("ours", "stationary bootstrap")
        assert [len(candidate.reports) for candidate in apart().candidates] == [4, 4]
        assert set(model.seconds) == {"fit", "sample", "backtest"}
        assert len(model.backtest.track.losses) == 100
        assert model.backtest.plan.first == 700
        assert model.comparison is None
        assert (blocks.comparison.first, blocks.comparison.second) == ("ours", "stationary bootstrap")
        assert model.reports[0].pictures
        assert not blocks.reports[0].pictures
        assert apart()["ours"] is model
        with pytest.raises(KeyError):
            apart()["theirs"]

    def test_scores_are_of_what_came_after(self):
        assert apart().model.reports[0].about["steps"] == N_ROWS - 480
        assert apart().about["fitted to"] == "480 steps, 2020-01-01 to 2021-04-24"
        assert apart().about["scored on"] == "320 steps, 2021-04-25 to 2022-03-10"

    def test_copies_are_of_what_was_fitted_to(self):
        # Blocks of 20 days on average: a stretch of ten is within one with probability .95 ** 9, or .63.
        assert apart()["stationary bootstrap"].estimate("copies").value == pytest.approx(0.63, abs=0.1)
        assert apart().model.estimate("copies").value == 0

    def test_the_market_itself_in_the_paths_place(self):
        drift = apart().drift
        assert drift.mean < apart().model.estimate("mean").value
        assert drift.copies > 0.9  # they are the history

    def test_where_it_is_behind_is_said_first(self):
        summary, *findings = apart().verdict
        assert summary.text == "Where ours falls short, beside 1 challenger:"
        text = "\n".join(finding.text for finding in findings)
        for words in (
            "stationary bootstrap is closer in the stylised facts of single assets",
            "It copies 6",
            "stationary bootstrap is closer in the stylised facts across assets",
            "The market's own earlier windows are closer",
            "Its risk of one day at 0.99 is rejected by Kupiec (2 of 2 assets), Christoffersen (2 of 2 assets)",
            "stationary bootstrap forecasts better by CRPS over 1 day (+",
        ):
            assert words in text
        assert not [finding for finding in findings if finding.level == "good"]

    def test_tables(self):
        text = str(apart())
        assert max(map(len, text.splitlines())) <= 110
        for words in ("the market's drift", "Fact by fact", "model against it", "exceptions", "rejected at 5 %"):
            assert words in text
        assert "nan" not in text

    def test_as_json(self, tmp_path):
        apart().save_json(tmp_path / "validation.json")
        data = json.loads((tmp_path / "validation.json").read_text())
        assert data["kind"] == "validation"
        assert [candidate["name"] for candidate in data["candidates"]] == ["ours", "stationary bootstrap"]
        scores = data["candidates"][0]["scores"]
        assert scores["mean"]["value"] == pytest.approx(apart().model.estimate("mean").value)
        assert scores["mean"]["interval"][0] < scores["mean"]["value"]
        assert len(data["candidates"][0]["reports"]) == 4
        assert "pictures" not in data["candidates"][0]["reports"][0]
        assert data["candidates"][1]["comparison"]["differences"]
        assert data["verdict"][0]["level"] == "warning"

    def test_as_a_page(self, tmp_path):
        apart().save_html(tmp_path / "paths.html")
        assert "<html" in (tmp_path / "paths.html").read_text(encoding="utf-8")


def test_alike_is_nowhere_behind():
    # The same simulator under another name, with the same seeds: no difference at all.
    blocks = {name: StationaryBootstrap(40) for name in ("ours", "theirs")}
    result = validate(blocks, returns(), challengers=[], seeds=2, backtest_days=60, **FEW)
    assert "occur to the digit" in result.verdict[1].text  # the only thing to say: it copies
    assert len(result.verdict) == 2
    assert "All simulators were fitted to the history that their paths are scored against, the days" in result.notes[0]
    assert result.drift is None


def test_one_seed_has_the_intervals_of_its_paths():
    result = validate(
        {"ours": StationaryBootstrap()}, returns(), challengers=["iid_bootstrap"], seeds=1, backtest_days=0, **FEW
    )
    assert result.model.estimate("mean").interval == result.model.reports[0].mean_interval
    assert result.model.backtest is None
    assert "scored against." in result.notes[0]
    assert "Forecasts" not in str(result)


def test_one_asset_has_p_values_and_is_ahead_of_what_is_worse():
    ours = {"ours": StationaryBootstrap(30), "wide": Gaussian(3)}
    options = FEW | {"names": ("SPX",)}
    result = validate(ours, returns()[:, :1], challengers=[], seeds=4, backtest_days=100, **options)
    text = str(result)
    assert "Ahead of wide: stylised facts of single assets (" in text
    assert "CRPS over 1 day (-" in text
    assert "p-values by simulation, ! below 5 %" in text
    assert "across" not in text.split("Fact by fact")[0].split("Paths, by")[1]
    assert [finding.level for finding in result.verdict].count("good") == 1


def test_a_simulator_a_seed_and_a_fitted_one():
    fitted = IidBootstrap().fit(returns()[:200])
    group = [StationaryBootstrap(10), StationaryBootstrap(10)]
    result = validate({"blocks": group, "rows": fitted}, returns(), challengers=[], seeds=2, backtest_days=0, **FEW)
    assert all(is_fitted(simulator) for simulator in group)
    assert len(fitted.returns_) == 200
    assert "fit" in result["blocks"].seconds
    assert "fit" not in result["rows"].seconds
    with pytest.raises(ConfigError, match="'blocks' has 2 simulators for 3 seeds"):
        validate({"blocks": group}, returns(), seeds=3)


def test_a_diffusion_model_among_challengers():
    quick = {"preset": "fast", "max_steps": 5, "window": 32, "random_state": 0, "device": "cpu"}
    simulator = FittedSimulator(SeriesDiffusion(**quick))
    result = validate(
        {"synthdiff": simulator}, returns(), challengers=["iid_bootstrap"], since=0.75, seeds=1, backtest_days=50, **FEW
    )
    assert simulator.is_fitted
    assert simulator.model.fitted_.training["n_rows"] == 600
    assert result.model.backtest.simulator == "synthdiff"
    assert len(result.model.backtest.track.losses) == 50


def test_progress_goes_from_the_first_fit_to_the_last_backtest():
    steps = list(
        validate_steps(
            {"ours": IidBootstrap()}, returns(), challengers=["stationary_bootstrap"], seeds=1, backtest_days=100, **FEW
        )
    )
    assert [(step.phase, step.what) for step in steps] == [
        ("fit", "ours"),
        ("fit", "stationary bootstrap"),
        ("score", "ours, seed 0"),
        ("backtest", "ours"),
        ("backtest", "ours, 64% of the days"),
        ("backtest", "ours, 100% of the days"),
        ("score", "stationary bootstrap, seed 0"),
        ("backtest", "stationary bootstrap"),
        ("backtest", "stationary bootstrap, 64% of the days"),
        ("backtest", "stationary bootstrap, 100% of the days"),
    ]
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == pytest.approx(1)


def test_the_row_that_a_share_or_a_date_stands_for():
    assert find_row(None, DATES, N_ROWS) == N_ROWS
    assert find_row(0.7, None, N_ROWS) == 560
    assert find_row("2020-01-03", DATES, N_ROWS) == 2
    assert find_row(np.datetime64("2020-01-03"), DATES, N_ROWS) == 2
    for since, dates, words in (
        (1.5, DATES, "share of the rows between 0 and 1"),
        ("2020-01-03", None, "have no dates"),
        ("someday", DATES, "is no date"),
        ("2031-01-01", DATES, "the series go from 2020-01-01 to 2022-03-10"),
    ):
        with pytest.raises(ConfigError, match=words):
            find_row(since, dates, N_ROWS)


def test_what_makes_no_sense_is_refused():
    ours = {"ours": IidBootstrap()}
    with pytest.raises(ConfigError, match="seeds is 0"):
        validate(ours, returns(), seeds=0)
    with pytest.raises(ConfigError, match="nothing to validate"):
        validate({}, returns())
    with pytest.raises(ConfigError, match="backtest_days is -1"):
        validate(ours, returns(), backtest_days=-1)
    with pytest.raises(ConfigError, match="no challenger 'garch'"):
        validate(ours, returns(), challengers=["garch"])
    with pytest.raises(WindowError, match="the history has 40 complete steps"):
        validate(ours, returns(), challengers=[], since=0.95)


def test_few_days_are_no_backtest():
    result = validate({"ours": IidBootstrap()}, returns(), challengers=[], seeds=1, backtest_days=30, **FEW)
    assert result.model.backtest is None
    assert result.notes[0] == "30 days are too few for a backtest, which needs 50."


def test_the_clock_is_scored_and_rows_with_holes_count_where_they_are_known():
    observed = np.array(returns())
    observed[:300, 1] = np.nan
    observed[DATES.astype("datetime64[D]").astype(np.int64) % 7 == 2, 0] = 0  # Saturdays
    options = FEW | {"horizon": 42}
    result = validate(
        {"ours": Gaussian()}, observed, challengers=["iid_bootstrap"], seeds=2, backtest_days=0, **options
    )
    ours, rows = result.candidates
    assert set(ours.more) == {"drift", "weekday volatility", "weekday zeros"}
    assert ours.reports[0].about["steps"] == N_ROWS
    assert result.about["fitted to"].startswith("500 steps")
    assert "300 of 800 steps of the history lack a value" in " ".join(result.notes)
    named = {(row["fact"], row["name"]) for row in ours.outlying}
    assert {("weekday zeros", "SPX"), ("correlation", "SPX and GOLD")} <= named
    text = str(result)
    assert "The share of zero returns on Sat of SPX is 0.0% in paths, 100.0% in the history." in text
    # Rows in random order rest as often, but on any day: on those on which the asset is open, too.
    named = {(row["fact"], row["name"]) for row in rows.outlying}
    assert {("weekday zeros", "SPX"), ("zero share", "SPX")} <= named
    assert ("correlation", "SPX and GOLD") not in named
    scores = result.to_dict()["candidates"][0]["scores"]
    assert scores["weekday zeros"]["value"] > 10
    assert "weekday zeros" in text.split("Fact by fact")[1]
    assert "weekday zeros" not in ours.facts


def test_dates_of_paths_are_those_given_or_the_next_ones():
    assert dates_of_paths(None, DATES, 10, 3).tolist() == DATES[10:13].tolist()
    assert dates_of_paths(DATES[5:8], DATES, 10, 3).tolist() == DATES[5:8].tolist()
    assert dates_of_paths(None, None, 10, 3) is None
    with pytest.raises(DataError, match="there are 2 dates of paths, and a path has 3 steps"):
        dates_of_paths(DATES[:2], DATES, 10, 3)


def test_returns_that_cannot_be_observed_are_refused():
    for broken, words in (
        (np.full((50, 2), np.inf), "the return of asset 0 in row 0 is infinite"),
        (np.where([True, False], returns(), np.nan), "in no row are the returns of all assets known"),
        (np.zeros(5), r"returns have shape \(5,\)"),
    ):
        with pytest.raises(DataError, match=words):
            observe(broken, None)
    with pytest.raises(DataError, match="there are 3 dates for 800 rows"):
        observe(returns(), DATES[:3])
    before, after = observe(np.where(np.arange(N_ROWS)[:, None] == 1, np.nan, returns()), DATES).split(1)
    assert (len(before.returns), len(after.complete), after.dates[0]) == (2, N_ROWS - 2, DATES[2])
