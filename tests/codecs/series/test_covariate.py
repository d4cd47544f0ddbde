"""What comes along with a market, as the network is shown it."""

import json

import numpy as np
import pytest

from synthdiff.codecs.series.covariate import MAX_LEVELS, CovariateBlock
from synthdiff.errors import ConditioningError

REGIME, INDEX = 0, 1


@pytest.fixture(scope="module")
def values():
    rng = np.random.default_rng(0)
    table = np.column_stack([rng.choice([-1.0, 0.5, 3.0], 300), rng.lognormal(size=300)])
    table[:20, REGIME] = np.nan
    table[10:40, INDEX] = np.nan
    return table


@pytest.fixture(scope="module")
def block(values):
    return CovariateBlock.fit(("regime", "index"), values)


def test_codes_one_by_one_and_amounts_by_their_rank(block, values):
    shown = block.encode(values)
    assert block.width == shown.shape[1] == 5
    known = values[:, REGIME]
    for k, code in enumerate([-1.0, 0.5, 3.0]):
        np.testing.assert_array_equal(shown[:, k], known == code)
    amounts = values[40:, INDEX]
    assert np.corrcoef(np.argsort(np.argsort(amounts)), np.argsort(np.argsort(shown[40:, 3])))[0, 1] > 0.999
    # Normal scores of 270 values: mean 0 and deviation 1 but for what the ends of the table take.
    assert shown[40:, 3].mean() == pytest.approx(0.0, abs=0.15)
    assert shown[40:, 3].std() == pytest.approx(1.0, abs=0.1)


def test_what_is_not_known_is_nought_in_all_channels(block, values):
    shown = block.encode(values)
    np.testing.assert_array_equal(shown[:20, :3], 0.0)
    np.testing.assert_array_equal(shown[10:40, 3:], 0.0)
    np.testing.assert_array_equal(shown[40:, 4], 1.0)
    assert np.isfinite(shown).all()


def test_paths_of_values(block, values):
    shown = block.encode(np.stack([values, values[::-1]]))
    assert shown.shape == (2, 300, 5)
    np.testing.assert_array_equal(shown[1], block.encode(values)[::-1])


def test_a_code_that_never_was(block):
    with pytest.raises(ConditioningError, match=r"'regime' never was 2 in the history; it was -1, 0.5, 3") as caught:
        block.encode(np.array([[0.5, 1.0], [2.0, 1.0]]))
    assert (caught.value.column, caught.value.value, caught.value.support) == ("regime", 2.0, [-1.0, 0.5, 3.0])


def test_an_amount_beyond_the_history_is_its_end(block, values):
    far, end = block.encode(np.array([[3.0, 1e9], [3.0, np.nanmax(values[:, INDEX])]]))[:, 3]
    assert far == pytest.approx(end, abs=0.05)


@pytest.mark.parametrize(("n", "width"), [(2, 2), (MAX_LEVELS, MAX_LEVELS), (MAX_LEVELS + 1, 2)])
def test_few_numbers_are_codes_and_more_are_amounts(n, width):
    column = np.arange(240.0)[:, None] % n
    assert CovariateBlock.fit(("x",), column).width == width


def test_none_at_all():
    block = CovariateBlock.fit((), np.empty((50, 0)))
    assert block.width == 0
    assert block.encode(np.empty((4, 7, 0))).shape == (4, 7, 0)


def test_it_survives_json(block, values):
    back = CovariateBlock.from_dict(json.loads(json.dumps(block.to_dict())))
    assert back.names == block.names
    np.testing.assert_array_equal(back.encode(values), block.encode(values))
