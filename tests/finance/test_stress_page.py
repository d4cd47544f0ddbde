"""The stress report in a real browser: skipped, saying so, where there is none."""

import pytest

from synthdiff.finance.stress import StressTest
from synthdiff.finance.stress_report import StressReport
from tests.evaluation.browser import CHROMIUM, Browser
from tests.evaluation.test_page import INK, MUTED, N_DRAWN, N_PLOTS, TEXTS, TOO_WIDE
from tests.finance.stress_case import BOOK, EVIL, HORIZON, GaussianModel, example_report

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    tab = Browser(tmp_path_factory.mktemp("profile"))
    yield tab
    tab.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "stress.html"
    example_report().save_html(path)
    return path


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (375, "dark")])
def test_page_draws_all_it_has_and_asks_for_nothing(browser, path, width, scheme):
    browser.open(path, width, scheme)
    assert browser.run(N_DRAWN) < browser.run(N_PLOTS) / 2, "only what is near the screen is drawn"
    browser.enlarge(width)
    browser.wait(f"{N_DRAWN} === {N_PLOTS}")
    assert browser.run(N_PLOTS) == 47
    assert browser.run(TOO_WIDE) <= 0, "the page scrolls sideways"
    assert browser.complaints() == []
    assert browser.requests() == [path.as_uri()]

    assert EVIL in browser.run("document.querySelector('#scenario-0').textContent")
    assert "<script>alert" in browser.run(TEXTS), "an axis"
    assert browser.run("document.querySelectorAll('main script, main img').length") == 0
    hidden = "[...document.querySelectorAll('#scenario-0 .wide-table')].map((x) => x.scrollWidth - x.clientWidth)[0]"
    assert browser.run(hidden) <= 0, "the table of the portfolio is seen whole"

    for figure, curve, words in (
        ("scenario-0-value", 1, "unstressed, 90 % from"),
        ("scenario-0-risk", 1, "unstressed"),
        ("scenario-0-outcome", 1, "stressed"),
        ("scenario-0-drawdown", 3, "stressed fall by"),
        ("scenario-0-contribution", 0, "weight"),
        ("scenario-0-returns", 5, "stressed"),
        ("scenario-2-ways", 1, "after"),
    ):
        plot = f"document.querySelector('[data-figure={figure}]')"
        browser.run(f"Plotly.Fx.hover({plot}, [{{curveNumber: {curve}, pointNumber: 1}}])")
        assert words in browser.run(f"{plot}.querySelector('.hoverlayer').textContent"), figure

    ink = browser.run(INK)
    assert ink == browser.run(MUTED)
    browser.run("document.getElementById('theme').click()")
    browser.wait(f"{INK} !== {ink!r}")
    assert browser.run(INK) == browser.run(MUTED)


def test_bounds_that_are_infinite_are_drawn(browser, tmp_path):
    test = StressTest(BOOK)
    few = test.unstressed(GaussianModel(), HORIZON, n_paths=30)
    report = test.compare(few, test.shock(GaussianModel(), {"SPX": -0.2}, HORIZON, n_paths=30))
    report.save_html(tmp_path / "few.html")
    browser.open(tmp_path / "few.html", 375)
    browser.enlarge(375)
    browser.wait(f"{N_DRAWN} === {N_PLOTS}")
    assert browser.complaints() == []
    assert browser.run(TOO_WIDE) <= 0


def test_empty_report_opens(browser, tmp_path):
    StressReport().save_html(tmp_path / "empty.html")
    browser.open(tmp_path / "empty.html", 375)
    assert browser.run(N_PLOTS) == 0
    assert browser.complaints() == []
