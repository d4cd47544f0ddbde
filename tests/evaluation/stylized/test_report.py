import json
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from synthdiff.errors import ArtifactError, ConfigError, VersionError
from synthdiff.evaluation.stylized.report import SCHEMA_VERSION, SeriesReport
from synthdiff.score import Score
from tests.evaluation.stylized.example import EVIL, example_report


@pytest.fixture(scope="module")
def report():
    return example_report()


def test_round_trip(report, tmp_path):
    report.save_json(tmp_path / "r.json")
    again = SeriesReport.load(tmp_path / "r.json")
    assert json.dumps(again.to_dict()) == json.dumps(report.to_dict())
    assert again.facts == report.facts
    assert again.drawdown == report.drawdown
    assert again.verdict == report.verdict
    assert str(again) == str(report)


def test_plain_json_says_what_it_is(report):
    data = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert data["schema_version"] == SCHEMA_VERSION
    assert data["mean"] == pytest.approx(np.mean([score["value"] for score in data["facts"].values()]))
    assert data["facts"]["leverage"]["details"]["assets"].keys() == {"A", EVIL}


def test_scores_are_found_by_name(report):
    assert report["leverage"] is report.facts["leverage"]
    assert report["joint tails"] is report.cross["joint tails"]
    assert "novelty" in report
    assert "sharpness" not in report
    with pytest.raises(KeyError):
        report["sharpness"]
    assert report.below(1e9) == 13
    assert report.below(0.0) == 0
    with pytest.raises(FrozenInstanceError):
        report.facts = {}


def test_gates(report):
    assert report.failures({"mean": 100, "cross_mean": 100, "copies": 0}) == []
    assert report.failures({"mean": 0}) == [f"mean is {report.mean:.3f}, above 0"]
    unknown = replace(report, facts={"leverage": replace(report["leverage"], value=None)})
    assert unknown.failures({"leverage": 1}) == ["leverage is not measured, above 1"]
    with pytest.raises(ConfigError, match="no gate 'sharpness'; there are mean, cross_mean, tail quantiles"):
        report.failures({"sharpness": 1})


def test_an_empty_report_has_no_mean():
    empty = SeriesReport({"x": Score("x", "fidelity", "", "", None)})
    assert np.isnan(empty.mean)
    assert np.isnan(empty.novelty)
    assert np.isnan(empty.copies)
    assert empty.cross_mean is None
    assert empty.failures({"mean": 1}) == ["mean is nan, above 1"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"kind": "table"}, ArtifactError),
        ({"schema_version": 99}, VersionError),
        ({"schema_version": None}, VersionError),
    ],
)
def test_other_files_are_refused(report, change, error):
    with pytest.raises(error):
        SeriesReport.from_dict(report.to_dict() | change)


@pytest.mark.parametrize("text", ["not json", "[1]"])
def test_what_is_no_report_is_refused(tmp_path, text):
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(ArtifactError, match="is no report"):
        SeriesReport.load(tmp_path / "r.json")
