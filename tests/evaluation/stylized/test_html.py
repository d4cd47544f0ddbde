import json

import pytest

from synthdiff.errors import ConfigError
from synthdiff.evaluation.stylized.evaluate import score_paths
from synthdiff.evaluation.stylized.html import render_html
from synthdiff.evaluation.stylized.report import SeriesReport
from tests.evaluation.stylized.example import EVIL, example_report, make_history, make_paths
from tests.evaluation.test_html import LIMIT, Page


@pytest.fixture(scope="module")
def report():
    return example_report()


@pytest.fixture(scope="module")
def source(report):
    return render_html(report)


@pytest.fixture(scope="module")
def page(source):
    return Page(source)


def test_every_section_is_there(page):
    found = {attrs["id"] for tag, attrs in page.elements if tag == "section"}
    assert found == {"verdict", "notes", "scores", "drawdown", "together", "assets", "reading", "about"}
    links = {attrs["href"] for tag, attrs in page.elements if tag == "a"}
    assert {link.removeprefix("#") for link in links} <= {attrs["id"] for _, attrs in page.elements if "id" in attrs}


def test_each_figure_has_its_place(page):
    assert page.figures == set(page.data)
    # Each asset: examples 2 + 2, memory of returns 3, of volume 2, tails, quantiles, drawdown, volatility, ends, week.
    assert len(page.figures) == 2 * (4 + 5 + 5 + 1) + 1 + 6


def test_verdict_comes_first_and_scores_show_their_references(page, report):
    text = page.text
    assert text.index(report.verdict[0].text) < text.index("Facts of single assets") < text.index("Memory")
    assert "60 paths · 100 steps each · 2,000 steps of history · 2 assets" in text
    for words in ("another history 1.000", "shuffled", "later steps", "wrong from 3.000", "real windows", "its band"):
        assert words in text
    for one in (*report.facts.values(), *report.cross.values(), *report.extra.values()):
        assert one.title in text


def test_nothing_is_fetched(page):
    for tag, attrs in page.elements:
        assert tag not in ("link", "iframe", "img", "object", "embed"), tag
        assert "src" not in attrs
        assert attrs.get("href", "#").startswith("#")


def test_text_from_data_is_never_markup(page, source):
    assert EVIL not in source
    assert page.text.count(EVIL) >= 2
    assert sum(tag == "script" for tag, _ in page.elements) == 3
    assert "<script" not in json.dumps([figure["data"] for figure in page.data.values()]), "figures read a little HTML"


def test_whole_page_is_small_enough_for_many_assets():
    report = score_paths(make_history(1_500, 16), make_paths(40, 16), draws=10)
    source = render_html(report)
    assert len(source.encode()) < LIMIT
    assert "The 12 of 16 assets with the highest scores" in source
    assert "9 more assets" in source


@pytest.mark.parametrize("factor", [0.0, 1e-6, 300.0])
def test_paths_beyond_all_reason_can_be_drawn(factor):
    source = render_html(score_paths(make_history(500), factor * make_paths(20), draws=10))
    assert "Do not use these paths" in Page(source).text


def test_report_without_anything_renders():
    page = Page(render_html(SeriesReport({})))
    assert page.scripts == []
    assert "No facts were measured" in page.text


def test_a_saved_report_renders_as_the_one_that_was_saved(tmp_path, report, source):
    report.save_json(tmp_path / "r.json")
    SeriesReport.load(tmp_path / "r.json").save_html(tmp_path / "r.html")
    assert (tmp_path / "r.html").read_text() == source


def test_file_is_whole_or_not_there(tmp_path, report):
    with pytest.raises(ConfigError, match="there is no folder"):
        report.save_html(tmp_path / "nowhere" / "r.html")
