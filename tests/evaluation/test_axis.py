import numpy as np
import pytest

from synthdiff.evaluation.axis import ColumnAxis, label

EVEN = ColumnAxis(np.array([-0.5, 1.5, 3.5]), True, 1.0, False)
WIDENING = ColumnAxis(np.array([0.0, 1.0, 10.0, 100.0, 1000.0]), False, None, False)
DAY = 86_400.0
DAYS = ColumnAxis(np.array([-0.5, 0.5, 1.5]) * DAY, True, DAY, True)


def test_values_stand_where_they_are_where_bins_are_even():
    assert EVEN.place(np.array([0.0, 3.0])) == [0.0, 3.0]
    assert EVEN.layout() == {"nticks": 5}


def test_widening_bins_are_equally_broad():
    assert WIDENING.place(np.array([0.0, 1.0, 10.0, 55.0, 1000.0])) == [0, 1, 2, 2.5, 4]
    layout = WIDENING.layout()
    assert layout["ticktext"] == ["0", "1", "10", "100", "1,000"]
    assert layout["tickvals"] == [0, 1, 2, 3, 4]


def test_values_outside_of_all_bins_stand_beside_them():
    assert EVEN.place(np.array([-100.0, 100.0])) == [-2.5, 5.5]
    assert WIDENING.place(np.array([-1.0, 2000.0])) == [-1, 5]
    assert WIDENING.centres.tolist() == [-1, 0.5, 1.5, 2.5, 3.5, 5]
    assert WIDENING.extent() == [-1.5, 5.5]


def test_bins_say_what_they_hold():
    assert EVEN.bin_labels() == ["below -0.5", "0 – 1", "2 – 3", "above 3.5"]
    assert WIDENING.bin_labels()[1:3] == ["0 – 1", "1 – 10"]
    assert DAYS.bin_labels()[1:3] == ["1970-01-01", "1970-01-02"]


def test_moments_are_iso_texts():
    assert DAYS.place(np.array([DAY])) == ["1970-01-02T00:00:00"]
    assert DAYS.layout()["type"] == "date"


def test_axis_is_read_from_a_picture():
    picture = {"edges": [0, 1, 10], "even": False, "unit": None, "scale": "number"}
    axis = ColumnAxis.of(picture)
    assert axis.step == 1
    assert axis.places.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("text", "shown"),
    [("plain", "plain"), ("<b>&", "&lt;b&gt;&amp;"), ("a\nb", "a b"), ("x" * 30, "x" * 17 + "…")],
)
def test_labels_are_short_and_no_markup(text, shown):
    assert label(text) == shown
