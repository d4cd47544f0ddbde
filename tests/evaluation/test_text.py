import io

import pytest
from rich.console import Console

from synthdiff.evaluation.problem import Problem
from synthdiff.evaluation.report import Report
from synthdiff.evaluation.text import WIDTH, plain, render
from tests.evaluation.card import report

LONG = "a_column_with_a_name_that_is_longer_than_a_terminal_is_wide_" * 2
PROBLEMS = [Problem("error", f"column {LONG!r} is missing", LONG)] + [
    Problem("warning", f"column 'c{i}' holds double where the real one holds int64") for i in range(30)
]


def bad_report():
    columns = [{"column": LONG, "importance": 0.2, "alone_auc": 0.9, "where": LONG, "real": 0.0, "synthetic": 0.5}]
    return report(
        PROBLEMS,
        shape={"value": 0.8, "details": {"columns": {LONG: 0.1, "age": 0.9}}},
        trend={"details": {"pairs": [[LONG, "age", 0.2], ["age", "sex", 0.9]]}},
        gbt_auc={"value": 0.9, "details": {"columns": columns}},
        mle={"direction": "lower", "value": 1234567.8, "interval": (-1e9, 1e12), "floor": 2e6, "ceiling": 1e6},
    )


def printed(found, width, **options):
    stream = io.StringIO()
    Console(file=stream, width=width, **options).print(render(found))
    return stream.getvalue()


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("make", [report, bad_report])
def test_no_line_is_wider_than_the_terminal(make, width):
    lines = printed(make(), width, color_system=None).splitlines()
    assert max(map(len, lines)) <= width


def test_a_wide_terminal_does_not_stretch_the_report():
    assert max(map(len, printed(report(), 250, color_system=None).splitlines())) <= WIDTH


def test_the_verdict_comes_first_and_every_score_has_its_figures():
    lines = plain(report()).splitlines()
    assert lines[0].startswith("✓ Use these rows as they are")
    row = next(line for line in lines if line.startswith("Trend"))
    assert row.split()[:7] == ["Trend", "0.984", "0.980", "…", "0.988", "0.910", "0.988"]
    assert row.endswith("95%")
    assert row.count("█") == 8
    unmeasured = next(line for line in lines if line.startswith("Missing cells"))
    assert unmeasured.split() == ["Missing", "cells", "-"]
    assert "  Missing cells: no cell is missing" in lines
    positions = [next(i for i, line in enumerate(lines) if line.startswith(group)) for group in GROUP_LINES]
    assert positions == sorted(positions)


GROUP_LINES = ("Fidelity", "Detection", "Utility", "Privacy", "What tells", "floor:", "Rows:")


def test_problems_and_what_is_furthest_off_are_listed():
    text = plain(bad_report())
    assert "✗ Do not use these rows" in text
    assert "! column 'c0' holds double" in text
    assert "and 19 more" in text
    assert "What tells the rows from real ones most" in text
    assert "age, sex" in text
    assert "Rows: 20,000 real, 20,000 synthetic, 5,000 holdout; seed 0." in text


def test_printing_a_report_shows_it_as_plain_text_whatever_the_terminal(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    text = str(report())
    assert text == plain(report())
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) > 60


def test_colour_is_only_an_addition(monkeypatch):
    coloured = printed(report(), 100, force_terminal=True, color_system="standard")
    assert "\x1b[" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    plain_marks = printed(report(), 100, force_terminal=True)
    assert "\x1b[3" not in plain_marks
    assert "✓" in plain_marks


def test_an_empty_report_can_be_printed():
    assert "floor" in plain(Report(()))
