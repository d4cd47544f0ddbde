import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthdiff.errors import ConfigError
from synthdiff.models.duration import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("5 min", 300),
        ("1h30m", 5400),
        ("1H 30M", 5400),
        ("2d", 172_800),
        ("1m30", 90),
        (".5h", 1800),
        ("40", 40),
        (" 40s ", 40),
        (2.5, 2.5),
        (7, 7),
    ],
)
def test_parses_what_people_write(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", " ", "5x", "m", "1m1h", "5m5m", "-5m", "1e3", "five", "0s", 0, -1.0, "nan", float("inf")]
)
def test_refuses_what_is_no_duration(text):
    with pytest.raises(ConfigError, match="duration"):
        parse_duration(text)


@given(st.integers(0, 9), st.integers(0, 23), st.integers(0, 59), st.integers(1, 59))
def test_units_add_up(days, hours, minutes, seconds):
    text = f"{days}d{hours}h{minutes}m{seconds}s"
    assert parse_duration(text) == ((days * 24 + hours) * 60 + minutes) * 60 + seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (-1, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (3599.6, "1 h 00 min"),
        (86_399.9, "1 d 00 h"),
        (100_000, "1 d 03 h"),
    ],
)
def test_formats_in_at_most_two_units(seconds, text):
    assert format_duration(seconds) == text
