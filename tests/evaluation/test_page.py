"""The report in a real browser: skipped, saying so, where there is none."""

import pytest

from synthdiff.evaluation.report import Report
from tests.evaluation.browser import CHROMIUM, Browser
from tests.evaluation.example import EVIL, example_report

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

N_PLOTS = "document.querySelectorAll('.plot').length"
N_DRAWN = "document.querySelectorAll('.js-plotly-plot svg.main-svg:first-of-type').length"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
INK = "getComputedStyle(document.querySelector('.plot .xtick text')).fill"
MUTED = "getComputedStyle(document.querySelector('.muted')).color"
TEXTS = "[...document.querySelectorAll('.plot text')].map((text) => text.textContent).join()"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    tab = Browser(tmp_path_factory.mktemp("profile"))
    yield tab
    tab.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    example_report().save_html(path)
    return path


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (375, "dark")])
def test_page_draws_all_it_has_and_asks_for_nothing(browser, path, width, scheme):
    browser.open(path, width, scheme)
    assert browser.run(N_DRAWN) < browser.run(N_PLOTS) / 2, "only what is near the screen is drawn"
    browser.enlarge(width)
    browser.wait(f"{N_DRAWN} === {N_PLOTS}")
    assert browser.run(N_PLOTS) == 34
    assert browser.run(TOO_WIDE) <= 0, "the page scrolls sideways"
    assert browser.complaints() == []
    assert browser.requests() == [path.as_uri()]

    assert EVIL in browser.run("document.querySelector('#columns').textContent")
    assert "<script>alert(" in browser.run(TEXTS), "an axis"
    assert browser.run("document.querySelectorAll('main script, main img').length") == 0

    for plot in browser.run("[...document.querySelectorAll('#columns .plot')].map((plot) => plot.dataset.figure)"):
        hover = f"document.querySelector('[data-figure={plot}]')"
        browser.run(f"Plotly.Fx.hover({hover}, [{{curveNumber: 0, pointNumber: 1}}])")
        assert "held out" in browser.run(f"{hover}.querySelector('.hoverlayer').textContent"), plot

    ink = browser.run(INK)
    assert ink == browser.run(MUTED)
    browser.run("document.getElementById('theme').click()")
    browser.wait(f"{INK} !== {ink!r}")
    assert browser.run(INK) == browser.run(MUTED)


def test_empty_report_opens(browser, tmp_path):
    Report(()).save_html(tmp_path / "empty.html")
    browser.open(tmp_path / "empty.html", 375)
    assert browser.run(N_PLOTS) == 0
    assert browser.complaints() == []
