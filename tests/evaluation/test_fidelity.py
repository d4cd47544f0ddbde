"""All scores of fidelity together: references, errors, repeatability, tables of all kinds."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthdiff.evaluation import fidelity
from synthdiff.evaluation.fidelity import MEASURES, fidelity_scores
from synthdiff.evaluation.quality import quality_scores
from synthdiff.evaluation.tables import EvaluationColumn, EvaluationTables, make_tables
from synthdiff.score import Score


def draw(n: int, seed: int, link: float = 1.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = np.exp(link * x + rng.normal(size=n))
    city = np.where(link * x + rng.normal(size=n) > 0, "north", "south").astype(object)
    city[rng.random(n) < 0.006] = "island"
    day = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.round(100 * (3 + x) + rng.integers(0, 9, n)), unit="D")
    gap = rng.random(n) < 0.1
    frame = pd.DataFrame({"x": x, "y": np.where(gap, np.nan, y), "city": np.where(gap, None, city), "day": day})
    return frame.sample(frac=1, random_state=seed)


def make(synthetic: pd.DataFrame, n_holdout: int = 600) -> EvaluationTables:
    return make_tables(draw(3_000, 1), synthetic, draw(n_holdout, 3))


@pytest.fixture
def without_sdmetrics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fidelity, "quality_scores", lambda tables: [])


def by_name(tables: EvaluationTables) -> dict[str, Score]:
    return {score.name: score for score in fidelity_scores(tables)}


@pytest.mark.usefixtures("without_sdmetrics")
class TestFidelity:
    def test_fresh_real_rows_stand_at_the_ceiling(self) -> None:
        for name, score in by_name(make(draw(3_000, 2))).items():
            assert score.group == "fidelity"
            assert score.interval is not None
            low, high = score.interval
            assert 0 <= low <= score.value <= high <= 1, name
            # the ceiling has few rows: an error of its own, about twice that of the value
            assert score.ceiling == pytest.approx(score.value, abs=2.5 * (high - low) + 0.01), name
            assert score.standing is not None
            assert score.standing > 0.8, name

    def test_fewer_held_out_rows_do_not_lower_the_ceiling(self) -> None:
        many, few = (by_name(make(draw(3_000, 2), n))["threeway"] for n in (3_000, 300))
        assert few.details["holdout"]["score"] < few.value - 0.03
        assert few.ceiling == pytest.approx(many.ceiling, abs=0.03)

    def test_independent_columns_stand_at_the_floor_where_links_count(self) -> None:
        tables = make(draw(3_000, 2))
        scores = by_name(replace(tables, synthetic=tables.independent))
        for name in ("trend", "threeway"):
            assert scores[name].standing == pytest.approx(0, abs=0.05)
        for name in ("shape", "rare_levels", "tails"):
            assert scores[name].standing == pytest.approx(1.0)

    def test_a_worse_table_stands_lower_in_everything(self) -> None:
        good, weak = draw(3_000, 2), draw(3_000, 2, link=0.3)
        weak["y"] = weak["y"].clip(0.5, 3).fillna(1)
        weak["x"] = np.where(weak["x"] > 1, draw(3_000, 1)["x"].max(), weak["x"])
        weak["city"] = "north"
        better, worse = by_name(make(good)), by_name(make(weak))
        for name in better:
            assert worse[name].standing < better[name].standing - 0.05, name

    def test_repeatable_and_seeded(self) -> None:
        tables = make(draw(500, 2))
        first, again, other = (fidelity_scores(t) for t in (tables, replace(tables), replace(tables, seed=1)))
        assert first == again
        assert [s.interval for s in first] != [s.interval for s in other]
        # The seed draws the groups that rows are summed in, so sums run in another order: the last digit may differ.
        assert [s.value for s in first] == pytest.approx([s.value for s in other], rel=1e-12)

    def test_json_holds_them(self) -> None:
        for score in fidelity_scores(make(draw(200, 2))):
            assert Score.from_dict(json.loads(json.dumps(score.to_dict(), allow_nan=False))) == score

    def test_large_tables_are_sampled_and_say_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = by_name(make(draw(3_000, 2)))
        monkeypatch.setattr(fidelity, "MAX_ROWS", 1_000)
        sampled = by_name(make(draw(3_000, 2)))
        assert sampled["shape"].value == pytest.approx(whole["shape"].value, abs=0.03)
        assert sampled["shape"].note == "measured on 1,000 of 3,000 real rows and 1,000 of 3,000 synthetic rows"
        assert whole["shape"].note == ""

    @pytest.mark.parametrize("n", [1, 2, 7])
    def test_hardly_any_rows(self, n: int) -> None:
        for score in by_name(make(draw(n, 2), 5)).values():
            assert score.value is None or 0 <= score.value <= 1

    def test_one_column_of_numbers_and_infinities(self) -> None:
        column = (EvaluationColumn("x", "number"),)
        rng = np.random.default_rng(0)
        real, other = rng.normal(size=(2, 300, 1))
        other[:3, 0] = [np.inf, -np.inf, np.nan]
        scores = by_name(EvaluationTables(column, real, other, real[:50], False))
        assert scores["shape"].value > 0.9
        assert scores["missingness"].value == pytest.approx(0.99)
        for name in ("trend", "threeway", "rare_levels"):
            assert scores[name].value is None
            assert scores[name].note

    def test_units_do_not_matter_even_the_greatest(self) -> None:
        tables = make(draw(300, 2))
        unit = np.where(tables.is_category, 1, 2.0**990)
        parts = {name: getattr(tables, name) * unit for name in ("real", "synthetic", "holdout")}
        for score, other in zip(fidelity_scores(tables), fidelity_scores(replace(tables, **parts)), strict=True):
            assert other.value == pytest.approx(score.value, abs=1e-9)

    def test_names_are_unique(self) -> None:
        assert len({measure.name for measure in MEASURES}) == len(MEASURES)


class TestSDMetrics:
    def test_reports_are_their_own(self, capsys: pytest.CaptureFixture[str]) -> None:
        from sdmetrics.reports import QualityReport

        tables = make(draw(400, 2), 200)
        state = np.random.get_state()[1].copy()  # noqa: NPY002
        quality, diagnosis = quality_scores(tables)
        columns = {"x": "numerical", "y": "numerical", "city": "categorical", "day": "datetime"}
        metadata = {"tables": {"t": {"columns": {name: {"sdtype": kind} for name, kind in columns.items()}}}}
        report = QualityReport()
        report.generate(
            {"t": tables.frame(tables.real)}, {"t": tables.frame(tables.synthetic)}, metadata, verbose=False
        )
        assert quality.value == report.get_score()
        assert list(quality.details) == ["Column Shapes", "Column Pair Trends"]
        assert quality.floor < quality.value
        assert list(diagnosis.details) == ["Data Validity", "Data Structure"]
        assert diagnosis.value == pytest.approx(1, abs=0.01)
        assert capsys.readouterr() == ("", "")
        np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002

    def test_invalid_values_show_in_the_diagnosis(self) -> None:
        bad = draw(400, 2)
        bad["x"] += 100
        assert quality_scores(make(bad, 200))[1].value == pytest.approx(1 - 1 / 8, abs=0.01)
