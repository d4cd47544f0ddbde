"""The report on paths in a real browser: skipped, saying so, where there is none."""

import pytest

from synthdiff.evaluation.stylized.report import SeriesReport
from tests.evaluation.browser import CHROMIUM, Browser
from tests.evaluation.stylized.example import EVIL, example_report
from tests.evaluation.test_page import INK, MUTED, N_DRAWN, N_PLOTS, TEXTS, TOO_WIDE

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")


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
    assert browser.run(N_PLOTS) == 37
    assert browser.run(TOO_WIDE) <= 0, "the page scrolls sideways"
    assert browser.complaints() == []
    assert browser.requests() == [path.as_uri()]

    assert EVIL in browser.run("document.querySelector('#assets').textContent")
    assert "<script>alert" in browser.run(TEXTS), "an axis"
    assert "Mon,Tue,Wed" in browser.run(TEXTS)
    assert browser.run("document.querySelectorAll('main script, main img').length") == 0

    for name, words in (("curve-0", "history"), ("drawdown", "of the windows"), ("volatility", "of the windows")):
        plot = f"document.querySelector('[data-figure=asset-0-{name}]')"
        browser.run(f"Plotly.Fx.hover({plot}, [{{curveNumber: 1, pointNumber: 5}}])")
        assert words in browser.run(f"{plot}.querySelector('.hoverlayer').textContent"), name

    ink = browser.run(INK)
    assert ink == browser.run(MUTED)
    browser.run("document.getElementById('theme').click()")
    browser.wait(f"{INK} !== {ink!r}")
    assert browser.run(INK) == browser.run(MUTED)


def test_empty_report_opens(browser, tmp_path):
    SeriesReport({}).save_html(tmp_path / "empty.html")
    browser.open(tmp_path / "empty.html", 375)
    assert browser.run(N_PLOTS) == 0
    assert browser.complaints() == []
