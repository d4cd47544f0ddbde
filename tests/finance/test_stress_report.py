import json
import math

import numpy as np
import pytest

from synthdiff.data.paths import Paths
from synthdiff.errors import ArtifactError, ConfigError, VersionError
from synthdiff.finance.contrast import compare_paths
from synthdiff.finance.stress import StressTest
from synthdiff.finance.stress_report import StressReport
from synthdiff.storage import from_json, to_json
from tests.finance.stress_case import BOOK, EVIL, HORIZON, GaussianModel, example_report, make_history

N = 400


@pytest.fixture(scope="module")
def test():
    return StressTest(BOOK)


@pytest.fixture(scope="module")
def usual(test):
    return test.unstressed(GaussianModel(), HORIZON, n_paths=N)


@pytest.fixture(scope="module")
def shocked(test):
    return test.shock(GaussianModel(), {"SPX": -0.2}, HORIZON, n_paths=N)


def test_scenarios_stand_beside_what_is_usual(test, usual, shocked):
    report = test.compare(usual, shocked)
    assert [scenario["name"] for scenario in report.scenarios] == ["Unstressed", "SPX -20 %"]
    assert report.unstressed is report.scenarios[0]
    assert report.stressed == (report["SPX -20 %"],)
    expected = compare_paths(usual.paths, shocked.paths, BOOK).to_table().to_pylist()
    assert report["SPX -20 %"]["comparison"] == expected
    assert {row["measure"] for row in expected} >= {"VaR 95 %", "ES 97.5 %", "ES 99 %", "median drawdown"}
    with pytest.raises(KeyError):
        report["SPX -30 %"]


def test_news_come_first_in_the_summary_and_the_usual_last(test, usual, shocked):
    report = test.compare(usual, shocked)
    assert report.summary[: len(shocked.summary)] == shocked.summary
    assert report.summary[-1] == " ".join(usual.summary)
    assert report.notes == ()


@pytest.mark.parametrize(("weight", "words"), [(0.4, "sum to 0.9: the rest is cash"), (0.7, "0.2 is borrowed")])
def test_what_is_not_invested_or_borrowed_is_said(weight, words):
    test = StressTest({"SPX": weight, "OIL": 0.5})
    report = test.compare(test.unstressed(GaussianModel(), 5, n_paths=N))
    assert words in report.notes[0]


def test_a_saved_report_is_the_same(tmp_path):
    report = example_report()
    report.save_json(tmp_path / "r.json")
    assert to_json(StressReport.load(tmp_path / "r.json").to_dict()) == to_json(report.to_dict())
    data = json.loads((tmp_path / "r.json").read_text())
    assert (data["schema_version"], data["kind"]) == (1, "stress")
    assert [scenario["kind"] for scenario in data["scenarios"]] == [
        "unstressed", "shock", "regime", "reverse", "views", "replay",
    ]  # fmt: skip


def test_bounds_that_are_infinite_survive(tmp_path, test):
    few = test.unstressed(GaussianModel(), HORIZON, n_paths=30)
    report = test.compare(few, test.shock(GaussianModel(), {"SPX": -0.2}, HORIZON, n_paths=30))
    report.save_json(tmp_path / "r.json")
    tail = StressReport.load(tmp_path / "r.json").scenarios[1]["tail"]
    assert tail[-1]["var_high"] == math.inf
    assert "or more" in str(report)


def test_what_is_no_report_is_refused(tmp_path):
    data = example_report().to_dict()
    with pytest.raises(VersionError, match="schema version 2; this version reads up to 1"):
        StressReport.from_dict(data | {"schema_version": 2})
    with pytest.raises(ArtifactError, match="its kind is 'series', not 'stress'"):
        StressReport.from_dict(data | {"kind": "series"})
    for text in ("{", "[]"):
        (tmp_path / "x.json").write_text(text)
        with pytest.raises(ArtifactError, match="x.json is no report"):
            StressReport.load(tmp_path / "x.json")


def test_scenarios_that_do_not_go_together_are_refused(test, usual, shocked):
    with pytest.raises(ConfigError, match="no scenario"):
        test.compare(None)
    with pytest.raises(ConfigError, match="two scenarios are called 'SPX -20 %'"):
        test.compare(usual, shocked, shocked)
    other = StressTest({"SPX": 1.0}).unstressed(GaussianModel(), HORIZON, n_paths=N)
    with pytest.raises(ConfigError, match="are of different portfolios"):
        test.compare(other, shocked)


def test_a_single_scenario_stands_for_itself(test, shocked):
    report = test.compare(None, shocked)
    assert report.unstressed is None
    assert report["SPX -20 %"]["comparison"] == []
    assert "unstressed" not in report["SPX -20 %"]["pictures"]["value"]
    assert "SPX falls 20 %" in str(report)


def test_no_paths_are_kept(shocked):
    data = shocked.to_dict()
    assert from_json(to_json(data)) == from_json(to_json(data))
    assert max(len(value) for value in data.values() if isinstance(value, list)) < N
    assert data["event"]["effective_size"] == N / 2
    assert data["outcome"]["interval"] == list(shocked.outcome.interval)
    assert data["dates"] == ["2023-01-02T00:00:00", "2023-01-30T00:00:00"]
    assert sum(row["es"] for row in data["contribution"]) == pytest.approx(shocked.risk.contribution.es)


def test_pictures_hold_what_they_show(test, usual, shocked):
    pictures = test.compare(usual, shocked)["SPX -20 %"]["pictures"]
    fan = pictures["value"]["stressed"]
    assert fan["steps"] == list(range(HORIZON + 1))
    assert np.shape(fan["quantiles"]) == (5, HORIZON + 1)
    assert {row[0] for row in fan["quantiles"]} == {100}
    values = 100 * shocked.paths.portfolio(BOOK)
    assert fan["quantiles"][2][-1] == pytest.approx(np.median(values[:, -1]), rel=0.01)
    assert pictures["assets"][0]["name"] == "SPX", "the furthest from the usual"
    assert pictures["assets"][0]["stressed"]["quantiles"][0][-1] == pytest.approx(80, abs=1e-3)
    for side in ("stressed", "unstressed"):
        assert sum(pictures["outcome"][side]) == pytest.approx(1, abs=1e-3)
        shares = pictures["drawdown"][side]["share"]
        assert shares == sorted(shares, reverse=True)
        assert all(pictures["drawdown"][side]["low"][k] <= share for k, share in enumerate(shares))
    worst = [path[-1] for path in pictures["worst"]["paths"]]
    assert worst == sorted(worst)
    assert worst[0] == pytest.approx(values[:, -1].min(), rel=1e-3)


def test_long_paths_are_thinned_and_their_ends_kept():
    test = StressTest(BOOK)
    found = test.unstressed(GaussianModel(), 700, n_paths=40)
    pictures = test.compare(found).scenarios[0]["pictures"]
    steps = pictures["value"]["stressed"]["steps"]
    assert len(steps) <= 131
    assert (steps[0], steps[1], steps[-1]) == (0, 1, 700)


def test_levels_are_drawn_in_their_own_units():
    rng = np.random.default_rng(0)
    paths = Paths.of(rng.normal(0, 0.05, (N, 10, 2)), ["SPX", "US10Y"], kinds=["return", "difference"])

    class Model:
        def sample(self, n_paths, horizon, **options):
            return paths

    test = StressTest({"SPX": 1.0})
    report = test.compare(test.unstressed(Model(), 10), test.shock(Model(), {"US10Y": 1.0}, 10))
    scenario = report["US10Y +1"]
    assert [row["name"] for row in scenario["pictures"]["returns"]] == ["SPX"]
    level = next(asset for asset in scenario["pictures"]["assets"] if asset["name"] == "US10Y")
    assert level["stressed"]["quantiles"][2][0] == 0
    assert scenario["kinds"] == {"SPX": "return", "US10Y": "difference"}
    assert "If US10Y rises by 1 over 10 steps" in report.summary[0]


def test_ways_are_the_paths_in_the_middle_of_each_group(test, usual):
    report = test.compare(usual, test.reverse(usual, 0.05))
    scenario = report["Loss of 5 %"]
    ways, parts = scenario["pictures"]["ways"]["paths"], scenario["reverse"]["scenarios"]
    assert [100 - path[-1] for path in ways] == pytest.approx([100 * part["loss"] for part in parts], abs=0.01)
    assert sum(part["share"] for part in parts) == pytest.approx(1)


def test_text_says_all_in_100_columns(test):
    text = str(example_report())
    assert max(map(len, text.splitlines())) <= 100
    assert text.startswith("If SPX falls 20 % over 21 days, the portfolio loses")
    for words in ("ES 97.5 %", "Loss of 8 %", "of such paths", "part of the loss", EVIL[:12]):
        assert words in text, words
    assert str(StressReport()) == "No scenario was run."
    assert "Global financial crisis" in str(test.compare(None, test.replay(make_history(), "gfc")))
