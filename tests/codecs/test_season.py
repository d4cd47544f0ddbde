"""Moments fall where real ones do: on the days of the week, the month and the year, and at the times of the day."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from synthdiff.codecs.alphabet import TableAlphabet
from synthdiff.codecs.axis import BentAxis
from synthdiff.codecs.decoder import CellDecoder
from synthdiff.codecs.relation import Reference, Relation
from synthdiff.codecs.season import PARTS, Calendar, Season
from synthdiff.codecs.season_search import find_season
from synthdiff.codecs.season_words import season_in_words
from synthdiff.codecs.token import N_PIECES, NumberTokens, fit_number_tokens
from synthdiff.training.position import position_table

CPU = torch.device("cpu")
DAYS, SECONDS = Calendar(1.0, 0.0, None), Calendar(86_400.0, 0.0, None)
FIRST, LAST = "2004-01-01", "2023-12-31"


def days(frequency: str, n: int, seed: int = 0) -> np.ndarray:
    """Days since 1970, drawn from a pandas frequency."""
    possible = pd.date_range(FIRST, LAST, freq=frequency).values.astype("datetime64[D]").astype(float)
    return np.random.default_rng(seed).choice(possible, n)


def office(n: int, seed: int = 0) -> np.ndarray:
    """Seconds since 1970, from Monday to Friday, 9:00 to 17:00."""
    rng = np.random.default_rng(seed)
    return days("B", n, seed) * 86_400 + 9 * 3600 + np.floor(rng.beta(2, 2, n) * 8 * 3600)


def drawn(tokens: NumberTokens, n: int = 4000, seed: int = 0) -> np.ndarray:
    """Values of bins, as a network draws them that knows nothing of them."""
    rng = np.random.default_rng(seed)
    decoder = CellDecoder(tokens, [], CPU)
    token = torch.from_numpy(tokens.first_bin + rng.integers(0, tokens.n_bins, n))
    position, heap = torch.from_numpy(rng.random((2, n)))
    return decoder.decode(token, position, heap, torch.zeros(n, 1, dtype=torch.float64)).numpy()


@pytest.mark.parametrize(
    ("frequency", "words"),
    [
        ("MS", "on the first day of a month"),
        ("ME", "on the last day of a month"),
        ("B", "Monday to Friday"),
        ("BME", "on the last working day of a month"),
        ("BMS", "on the first working day of a month"),
        ("SMS", "on 1 and 15 of a month"),
        ("QE", "on the last day of a month, in March, June, September and December"),
        ("YS", "on the first day of a month, in January"),
        ("WOM-3FRI", "on Friday, on some days of a month only"),
        ("C", "Tuesday to Saturday"),
    ],
)
def test_days_that_never_occur_never_come_out(frequency: str, words: str) -> None:
    freq = pd.offsets.CustomBusinessDay(weekmask="Tue Wed Thu Fri Sat") if frequency == "C" else frequency
    real = days(freq, 600)
    tokens = fit_number_tokens(real, 1.0, DAYS, max_bins=8)
    if tokens.season is None:  # few days that repeat: all of them are atoms
        assert tokens.n_bins == 0
        tokens = fit_number_tokens(real[:100], 1.0, DAYS, max_bins=8)
    assert tokens.season is not None
    assert season_in_words(tokens.season) == words
    possible = pd.date_range(FIRST, LAST, freq=freq).values.astype("datetime64[D]").astype(float)
    assert np.isin(drawn(tokens), possible).all()


@pytest.mark.parametrize("n", [3, 10, 25, 40, 100, 1000, 5000])
def test_days_by_chance_make_no_rule(n: int) -> None:
    seasons = [find_season(days("D", n, seed), 1.0, DAYS) for seed in range(40)]
    assert sum(season is not None for season in seasons) <= 1


def test_weekdays_are_as_frequent_as_real_ones() -> None:
    rng = np.random.default_rng(0)
    every = days("D", 60_000)
    weekday = (every + 3) % 7
    real = every[rng.random(len(every)) < np.array([1, 1, 1, 1, 2, 4, 0.2])[weekday.astype(int)] / 4]
    made = drawn(fit_number_tokens(real, 1.0, DAYS), 20_000)
    shares = [np.bincount(((x + 3) % 7).astype(int), minlength=7) / len(x) for x in (real, made)]
    error = np.sqrt(shares[0] * (1 - shares[0]) * (1 / len(real) + 1 / len(made)))
    assert_allclose(shares[1], shares[0], atol=4 * error.max())


def test_times_of_the_day_are_those_of_real_ones() -> None:
    real = office(5000)
    tokens = fit_number_tokens(real, 1.0, SECONDS)
    assert tokens.season is not None
    assert season_in_words(tokens.season).startswith("Monday to Friday, from 09:0")
    made = drawn(tokens, 5000)
    assert ((made // 86_400 + 3) % 7 < 5).all()
    hours = [np.bincount((x % 86_400 // 3600).astype(int), minlength=24) / len(x) for x in (real, made)]
    assert hours[1][:9].sum() == hours[1][17:].sum() == 0
    assert_allclose(hours[1], hours[0], atol=4 * np.sqrt(0.25 * 2 / 5000))
    assert_array_equal(made, np.floor(made))


def test_a_few_times_that_repeat_are_the_only_ones() -> None:
    rng = np.random.default_rng(1)
    real = days("D", 3000) * 86_400 + rng.choice([6 * 3600, 14 * 3600 + 1800, 22 * 3600], 3000)
    made = drawn(fit_number_tokens(real, 1800.0, SECONDS))
    assert set(np.unique(made % 86_400)) == {21_600.0, 52_200.0, 79_200.0}


def test_a_zone_has_its_own_midnight() -> None:
    zone = "America/New_York"
    local = pd.DatetimeIndex(np.random.default_rng(0).choice(pd.date_range(FIRST, LAST, freq="B", tz=zone), 3000))
    real = local.tz_convert("UTC").tz_localize(None).values.astype("datetime64[s]").astype(float)
    tokens = fit_number_tokens(real, 3600.0, Calendar(86_400.0, 0.0, zone))
    made = pd.to_datetime(drawn(tokens), unit="s", utc=True).tz_convert(zone)
    assert (made.hour == 0).all()
    assert (made.dayofweek < 5).all()


@pytest.mark.parametrize("origin", [0.0, -1e9])
def test_what_can_occur_comes_back_from_its_place(origin: float) -> None:
    real = office(500) + origin
    season = find_season(real, 1.0, Calendar(86_400.0, origin, None))
    assert season is not None
    axis = BentAxis(season, CPU)
    assert_array_equal(axis.straighten(axis.bend(torch.from_numpy(real))).numpy(), real)
    assert_array_equal(axis.straighten(axis.bend(torch.tensor([np.nan]))).isfinite().numpy(), [True])


def test_positions_are_those_that_decode_to_the_value() -> None:
    real = office(3000)
    tokens = fit_number_tokens(real, 1.0, SECONDS)
    alphabet, values = TableAlphabet((tokens,), ()), real[:, None]
    token = tokens.encode(real)
    table = position_table(alphabet, values, token[:, None], CPU)
    middle = (table.low[:, 0].double() + table.high[:, 0].double()) / 2
    back = CellDecoder(tokens, [], CPU).decode(torch.from_numpy(token), middle, middle * 0, torch.from_numpy(values))
    # Positions are float32: a bin of months has steps of minutes.
    assert np.median(np.abs(back.numpy() - real)) < 120
    assert ((back.numpy() // 86_400 + 3) % 7 < 5).all()


class TestWindow:
    """A delivery 1 to 4 days behind an order, from Monday to Friday both."""

    season = find_season(days("B", 2000), 1.0, DAYS)
    knots = np.repeat(np.arange(1.0, 5.0)[:, None], N_PIECES + 1, axis=1)
    relation = Relation(
        target=1, reference=Reference("same", (0, 0)), ratio=False, low=0.9, high=4.1, equal=False, before_atoms=False,
        edges=np.arange(0.5, 5), knots=knots, heaps=np.zeros((4, 0)), gain=1.0,
    )  # fmt: skip

    def decoder(self) -> CellDecoder:
        column = fit_number_tokens(days("B", 2000), 1.0, DAYS, max_bins=4)
        assert column.season is not None
        return CellDecoder(column, [self.relation], CPU)

    def test_steps_to_days_that_never_occur_are_closed(self) -> None:
        decoder = self.decoder()
        monday = 18_267.0
        orders = torch.tensor([[monday + k, np.nan] for k in range(5)], dtype=torch.float64)
        closed = decoder.undefined(orders)[:, -4:]
        assert closed.int().tolist() == [[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 1], [0, 1, 1, 0], [1, 1, 0, 0]]

    def test_open_ones_keep_their_step(self) -> None:
        decoder = self.decoder()
        first = decoder.column.n_tokens
        orders = torch.tensor([[18_267.0, np.nan]] * 4, dtype=torch.float64)
        half = torch.full((4,), 0.5, dtype=torch.float64)
        found = decoder.decode(torch.arange(first, first + 4), half, half, orders)
        assert (found - 18_267).tolist() == [1, 2, 3, 4]


class TestStored:
    def season(self) -> Season:
        season = find_season(office(800), 1.0, Calendar(86_400.0, 0.0, "Europe/Berlin"))
        assert season is not None
        return season

    def test_a_season_comes_back_as_it_was(self) -> None:
        season = self.season()
        back = Season.from_dict(season.to_dict())
        assert back.to_dict() == season.to_dict()
        assert len(season.shifts) == len(season.changes) + 1 > 2

    def test_tokens_come_back_with_their_season(self) -> None:
        tokens = fit_number_tokens(office(800), 1.0, SECONDS)
        back = NumberTokens.from_dict(tokens.to_dict())
        assert back.season is not None
        assert tokens.season is not None
        assert back.season.to_dict() == tokens.season.to_dict()
        plain = fit_number_tokens(np.arange(100.0), 1.0)
        assert "season" not in plain.to_dict()

    @pytest.mark.parametrize(
        "change",
        [
            {"weights": {"weekday": [1.0] * 6}},
            {"weights": {"moon": [1.0] * 7}},
            {"weights": {"weekday": [0.0] * 7}},
            {"weights": {"weekday": [-1.0] * 7}},
            {"last": 10**9},
            {"first": 5, "last": 4},
            {"step": 1e9},
            {"levels": [0.0, 0.5]},
            {"clock": [0.0]},
            {"changes": []},
        ],
    )
    def test_what_is_no_axis_is_refused(self, change: dict[str, object]) -> None:
        with pytest.raises(ValueError, match="expected|days|day |times|levels|weights|fit|changes|step|calendar"):
            Season.from_dict(self.season().to_dict() | change)


def test_parts_of_the_calendar_count_from_zero() -> None:
    every = np.arange(-200_000, 200_000)
    for part, (size, function) in PARTS.items():
        found = function(every)
        assert found.min() == 0, part
        assert found.max() <= size - 1, part


def test_a_zone_that_nobody_knows_is_as_arrow_says() -> None:
    with pytest.raises(pa.ArrowInvalid):
        find_season(office(100), 1.0, Calendar(86_400.0, 0.0, "Mars/Base"))
