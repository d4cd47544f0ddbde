import pytest

from synthdiff.evaluation.track import MARGIN, score_track
from synthdiff.score import Score

END = 100 * MARGIN


def score(value, direction="higher", **references):
    return Score("s", "fidelity", "S", "What.", value, direction, **references)


def places(track):
    return {mark.kind: mark.place for mark in track.marks}


def test_right_is_better_in_both_directions():
    for direction, floor, ceiling, value in (("higher", 0.5, 0.9, 0.8), ("lower", 0.9, 0.5, 0.6)):
        track = score_track(score(value, direction, floor=floor, ceiling=ceiling))
        assert places(track) == {"floor": END, "ceiling": 100 - END}
        assert track.value == pytest.approx(END + 0.75 * (100 - 2 * END))
        assert track.low == track.high == track.value
        assert track.way == (END, 100 - END)


def test_interval_and_values_beyond_the_references_widen_the_bar():
    track = score_track(score(0.95, interval=(0.9, 1.0), floor=0.5, ceiling=0.9))
    assert track.high == 100 - END
    assert track.low == places(track)["ceiling"] < track.value < track.high


def test_worst_case_is_where_the_way_begins():
    track = score_track(score(0.51, "lower", floor=0.5, ceiling=0.5, bad=1.0))
    assert places(track) == {"worst": END, "floor": 100 - END, "ceiling": 100 - END}
    assert track.way == (END, 100 - END)


def test_marks_go_from_left_to_right():
    track = score_track(score(1.0, floor=2.0, ceiling=1.0, bad=0.0))
    assert [mark.kind for mark in track.marks] == ["worst", "ceiling", "floor"]
    assert places(track) == {"worst": END, "ceiling": 100 - END, "floor": 100}


def test_what_cannot_be_compared_has_no_bar():
    assert score_track(score(None, floor=0.0, ceiling=1.0)) is None
    assert score_track(score(0.5)) is None
    assert score_track(score(0.5, floor=0.5, ceiling=0.5)).value == 50
