import json

import pytest

from synthdiff.errors import ConfigError
from synthdiff.finance.stress import StressTest
from synthdiff.finance.stress_html import render_html, unbroken
from synthdiff.finance.stress_report import StressReport
from tests.evaluation.test_html import LIMIT, Page
from tests.finance.stress_case import BOOK, EVIL, HORIZON, GaussianModel, example_report, make_history


@pytest.fixture(scope="module")
def source():
    return render_html(example_report())


@pytest.fixture(scope="module")
def page(source):
    return Page(source)


def test_every_section_is_there(page):
    found = {attrs["id"] for tag, attrs in page.elements if tag == "section"}
    assert found == {"verdict", "scenarios", *(f"scenario-{k}" for k in range(5)), "reading", "about"}
    links = {attrs["href"] for tag, attrs in page.elements if tag == "a"}
    assert {link.removeprefix("#") for link in links} <= {attrs["id"] for _, attrs in page.elements if "id" in attrs}


def test_each_figure_has_its_place(page):
    assert page.figures == set(page.data)
    # with time, risk, outcome, drawdowns, by asset, returns, worst paths; ways; a replay has three; three assets each
    assert len(page.figures) == 4 * 7 + 1 + 3 + 5 * 3


def test_plain_words_come_first(page):
    report = example_report()
    text = page.text
    assert (
        text.index(" ".join(unbroken(report.summary[0]).split())) < text.index("All scenarios") < text.index("VaR 95 %")
    )
    assert "Stress report · 3 assets · 21 days · 5 scenarios" in text
    assert "The weights of" in text
    for words in ("None of" if "None of" in str(report) else "By itself", "effective sample size of 1,000", "a note"):
        assert words in text


def test_every_measure_stands_beside_the_unstressed_one(page):
    report, text = example_report(), page.text
    own = [row for row in report.stressed[0]["comparison"] if row["name"] == "portfolio"]
    assert len(own) == 11
    for row in own:
        assert row["measure"] in text
    for name in ("VaR 97.5 %", "ES 97.5 %", "ES 99 %", "median drawdown", "probability of a loss"):
        assert text.count(name) >= 4


def test_nothing_is_fetched(page, source):
    for tag, attrs in page.elements:
        assert tag not in ("link", "iframe", "img", "object", "embed"), tag
        assert "src" not in attrs
        assert attrs.get("href", "#").startswith("#")
    assert "url(" not in source[: source.index("</style>")]


def test_text_from_data_is_never_markup(page, source):
    assert EVIL not in source
    assert page.text.count(EVIL) >= 5
    assert sum(tag == "script" for tag, _ in page.elements) == 3
    assert "<script" not in json.dumps(list(page.data.values())), "figures read a little HTML"


def test_bounds_that_are_infinite_are_words_and_arrows():
    test = StressTest(BOOK)
    few = test.unstressed(GaussianModel(), HORIZON, n_paths=30)
    report = test.compare(few, test.shock(GaussianModel(), {"SPX": -0.2}, HORIZON, n_paths=30))
    page = Page(render_html(report))
    assert "or more" in page.text
    assert not {"Infinity", '"inf"'} & set(page.scripts[0].replace(",", " ").split())
    traces = page.data["scenario-0-risk"]["data"]
    arrows = [trace for trace in traces if trace.get("marker", {}).get("symbol") == "triangle-right"]
    limit = page.data["scenario-0-risk"]["layout"]["xaxis"]["range"][1]
    assert arrows
    assert all(x == limit for trace in arrows for x in trace["x"])


def test_one_path_a_step_or_a_loss_of_everything_can_be_drawn():
    test = StressTest({"SPX": 1.0})
    usual = test.unstressed(GaussianModel(dated=False), 1, n_paths=20)
    report = test.compare(usual, test.shock(GaussianModel(dated=False), {"SPX": 0.0}, 1, n_paths=20))
    assert "SPX rises 0 %" in Page(render_html(report)).text
    short = StressTest({"SPX": -3.0, "OIL": 8.0}, rebalance="hold")
    wiped = short.unstressed(GaussianModel(dated=False), 60, n_paths=200)
    assert Page(render_html(short.compare(wiped))).figures


def test_a_replay_alone_renders():
    test = StressTest(BOOK)
    page = Page(render_html(test.compare(None, test.replay(make_history(), "gfc"))))
    assert "would have lost" in page.text
    assert len(page.figures) == 3 + 3
    assert "unstressed" not in [row for row in page.texts if row.strip() == "unstressed"]


def test_report_without_anything_renders():
    page = Page(render_html(StressReport()))
    assert page.scripts == []
    assert "No scenario was run" in page.text


def test_whole_page_is_small_enough(source):
    assert len(source.encode()) < LIMIT


def test_a_saved_report_renders_as_the_one_that_was_saved(tmp_path, source):
    example_report().save_json(tmp_path / "r.json")
    StressReport.load(tmp_path / "r.json").save_html(tmp_path / "r.html")
    assert (tmp_path / "r.html").read_text(encoding="utf-8") == source


def test_file_is_whole_or_not_there(tmp_path):
    with pytest.raises(ConfigError, match="there is no folder"):
        StressReport().save_html(tmp_path / "nowhere" / "r.html")
