import io

import pytest
from rich.console import Console

from synthdiff.evaluation.stylized.report import SeriesReport
from synthdiff.evaluation.stylized.text import WIDTH, plain, render
from tests.evaluation.stylized.example import EVIL, example_report


@pytest.fixture(scope="module")
def report():
    return example_report()


@pytest.mark.parametrize("width", [80, 100, 250])
def test_no_line_is_wider_than_the_terminal(report, width):
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None).print(render(report))
    assert max(map(len, stream.getvalue().splitlines())) <= min(width, WIDTH)


def test_verdict_comes_first_then_tables(report):
    text = plain(report)
    assert text == str(report)
    assert text.splitlines()[0][0] in "✓!✗"
    parts = (
        "Facts of single assets",
        "Facts across assets",
        "Drift, zero returns, volume, bars and the clock",
        "Memory",
        "Probability of",
    )
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert "later" in text
    assert EVIL in text
    assert "60 paths; 100 steps of a path; 2,000 steps; seed 0" in text


def test_every_score_has_its_row(report):
    lines = plain(report).splitlines()
    row = next(line for line in lines if line.startswith("Volatility clustering"))
    score = report["volatility clustering"]
    assert row.split()[2] == f"{score.value:.3f}"
    assert f"{score.interval[0]:.3f} … {score.interval[1]:.3f}" in row
    mean = next(line for line in lines if line.startswith("mean"))
    assert mean.split()[1] == f"{report.mean:.3f}"


def test_an_empty_report_can_be_printed():
    assert "score: distance" in plain(SeriesReport({}))
