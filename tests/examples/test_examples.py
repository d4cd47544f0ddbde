"""The examples run, and say what they promise."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def load(name: str) -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="example")


def test_each_example_is_run_here() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {
        "forecast_fan", "market_stress", "report", "skfolio_prior", "table", "unusual_rows",
    }  # fmt: skip


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    load("table")["main"](n_rows=300, max_steps=20)
    assert "synthetic" in capsys.readouterr().out


def test_unusual_rows() -> None:
    assert load("unusual_rows")["main"](n_rows=1_200, max_steps=250, n_spoilt=60) > 0.75


def test_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = load("report")["main"](n_rows=600, max_steps=100, page=tmp_path / "report.html")
    assert report["shape"].value > 0.5
    assert (tmp_path / "report.html").stat().st_size < 6e6
    assert "Pairs of columns" in capsys.readouterr().out


def test_market_stress(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = load("market_stress")["main"](
        n_days=400, max_time="1s", n_paths=400, fall=-0.02, page=tmp_path / "stress.html"
    )
    assert [scenario["kind"] for scenario in report.scenarios] == ["unstressed", "shock", "reverse", "replay"]
    assert (tmp_path / "stress.html").stat().st_size < 6e6
    assert capsys.readouterr().out.startswith("If A1 falls 2 % over 21 days, the portfolio loses")


@pytest.mark.long
def test_forecast_fan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = load("forecast_fan")["main"](
        n_days=400, max_time="1s", n_paths=50, horizon=20, picture=tmp_path / "fan.png"
    )
    assert paths.returns.shape == (50, 20, 2)
    assert (tmp_path / "fan.png").stat().st_size > 10_000
    assert "inside of the middle 90 %" in capsys.readouterr().out


def test_skfolio_prior(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("skfolio")
    found = load("skfolio_prior")["main"](n_days=600, n_assets=3, max_time="1s", n_samples=500)
    assert list(found.index) == ["history", "synthetic"]
    assert found[["A1", "A2", "A3"]].sum(axis=1).to_numpy() == pytest.approx([1.0, 1.0])
    assert (found["CVaR"] > 0).all()
    assert "On days on which A1 loses 3 to 5 %, the portfolio loses" in capsys.readouterr().out
