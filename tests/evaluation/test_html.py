import json
import re
from html.parser import HTMLParser

import pytest

from synthdiff.errors import ConfigError
from synthdiff.evaluation.html import render_html
from synthdiff.evaluation.report import Report
from synthdiff.score import Score
from tests.evaluation.example import EVIL, example_report

LIMIT = 6_000_000


class Page(HTMLParser):
    """What a browser makes of the page: elements, and the text outside of scripts and styles."""

    def __init__(self, source):
        super().__init__()
        self.elements, self.texts, self.scripts, self.inside = [], [], [], None
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.inside = tag if tag in ("script", "style") else None

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        (self.scripts if self.inside == "script" else self.texts if self.inside is None else []).append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    @property
    def figures(self):
        return {attrs["data-figure"] for _, attrs in self.elements if "data-figure" in attrs}

    @property
    def data(self):
        return json.loads(self.scripts[0])


@pytest.fixture(scope="module")
def source():
    return render_html(example_report())


@pytest.fixture(scope="module")
def page(source):
    return Page(source)


def test_every_section_is_there(page):
    found = {attrs["id"] for tag, attrs in page.elements if tag == "section"}
    assert found == {
        "verdict", "problems", "scores", "columns", "links", "tails", "missing", "detection", "distances", "training",
        "reading", "facts",
    }  # fmt: skip
    links = {attrs["href"] for tag, attrs in page.elements if tag == "a"}
    assert {link.removeprefix("#") for link in links} <= {attrs["id"] for _, attrs in page.elements if "id" in attrs}


def test_each_figure_has_its_place(page):
    assert page.figures == set(page.data)
    assert len(page.figures) == 8 + 3 + (2 + 3 + 2 + 3) + 5 + 1 + 2 + 1 + 4


def test_verdict_comes_first_and_scores_show_their_references(page):
    text = page.text
    assert text.index("Use with care") < text.index("Fidelity") < text.index("Scores Each score lies")
    assert "600 synthetic rows · 600 real rows · 600 held-out rows" in text
    for words in ("0.600", "0.580 – 0.620", "independent 0.800", "real rows 0.500", "worst case 0.000", "67%"):
        assert words in text


def test_nothing_is_fetched(page, source):
    for tag, attrs in page.elements:
        assert tag not in ("link", "iframe", "img", "object", "embed"), tag
        assert "src" not in attrs
        assert attrs.get("href", "#").startswith("#")
    policy = next(attrs["content"] for tag, attrs in page.elements if attrs.get("http-equiv"))
    assert policy.startswith("default-src 'none'; ")
    assert "http" not in policy
    assert "url(" not in source[: source.index("</style>")]


def test_text_from_data_is_never_markup(page, source):
    assert EVIL not in source
    assert "<img" not in source
    assert page.text.count(EVIL) >= 4
    assert sum(tag == "script" for tag, _ in page.elements) == 3
    texts = json.dumps([figure["data"] for figure in page.data.values()])
    assert "<script" not in texts, "figures read a little HTML"
    assert "&lt;script&gt;alert(1)" in texts


def test_whole_page_is_small_enough(source):
    assert len(source.encode()) < LIMIT


def test_report_without_anything_renders():
    page = Page(render_html(Report(())))
    assert page.scripts == []
    assert "No scores were measured" in page.text
    assert {attrs["id"] for tag, attrs in page.elements if tag == "section"} == {"verdict", "scores", "reading"}


def test_rows_that_may_have_been_learnt_are_named():
    assert "No held-out rows were given" in Page(render_html(Report((), facts={"holdout_given": False}))).text
    assert "No held-out rows were given" not in Page(render_html(Report((), facts={"holdout_given": True}))).text


@pytest.mark.parametrize("direction", ["higher", "lower"])
def test_score_without_references_has_no_bar(direction):
    page = Page(render_html(Report((Score("x", "fidelity", "X", "What.", 0.5, direction),))))
    assert "0.500" in page.text
    assert not [attrs for _, attrs in page.elements if attrs.get("class") == "track"]


def test_a_saved_report_renders_as_the_one_that_was_saved(tmp_path, source):
    report = example_report()
    report.save_json(tmp_path / "r.json")
    Report.load(tmp_path / "r.json").save_html(tmp_path / "r.html")
    assert (tmp_path / "r.html").read_text() == source
    assert [path.name for path in tmp_path.glob("*.html")] == ["r.html"]


def test_file_is_whole_or_not_there(tmp_path):
    with pytest.raises(ConfigError, match="there is no folder"):
        example_report().save_html(tmp_path / "nowhere" / "r.html")
    assert not re.findall("partial", str(list(tmp_path.rglob("*"))))
