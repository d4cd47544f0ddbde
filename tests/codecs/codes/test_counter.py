import json

import numpy as np
import pytest

from synthdiff.codecs.codes.counter import Counter
from synthdiff.codecs.codes.sequence import Sequence, Stretch
from synthdiff.codecs.codes.shuffle import MOST, Shuffle

RNG = np.random.default_rng(2)
INT64, UINT64 = (-(2**63), 2**63 - 1), (0, 2**64 - 1)
N = 500


def rows(n):
    return np.arange(n, dtype=np.uint64)


def made(numbers, bounds=INT64, n=5_000, **options):
    numbers = np.asarray(numbers)
    counter = Counter.fit(numbers, *bounds, **options)
    again = Counter.from_dict(json.loads(json.dumps(counter.to_dict())))
    assert again == counter
    return counter.write(rows(n)).view(numbers.dtype).tolist()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100, 997, 65_536])
def test_a_shuffle_is_a_permutation(size):
    shuffle = Shuffle(size)
    there = shuffle.permute(rows(size))
    assert sorted(there.tolist()) == list(range(size))
    assert shuffle.invert(there).tolist() == list(range(size))


@pytest.mark.parametrize("size", [2**40 + 1, 2**63, MOST])
def test_a_shuffle_of_many_numbers_comes_back(size):
    shuffle = Shuffle(size)
    numbers = np.concatenate([RNG.integers(0, size, 1_000, np.uint64, endpoint=False), [np.uint64(size - 1)]])
    there = shuffle.permute(numbers.copy())
    assert (there < size).all()
    assert shuffle.invert(there).tolist() == numbers.tolist()


def test_a_sequence_holds_each_number_once():
    sequence = Sequence(100, (Stretch(40, 20, 3), Stretch(5, 7)), 30, 50)
    numbers = sequence.numbers(rows(100)).tolist()
    assert sorted(numbers) == list(range(100))
    assert sequence.fresh == 27
    assert sorted(numbers[20:27]) == list(range(5, 12))


@pytest.mark.parametrize(
    "stretches",
    [(Stretch(0, 5), Stretch(4, 2)), (Stretch(9, 2),), (Stretch(0, 0),), (Stretch(0, 3, 4),), (Stretch(0, 3, 0),)],
)
def test_sequences_that_contradict_themselves(stretches):
    with pytest.raises(ValueError, match=r"stretch"):
        Sequence(10, stretches).check()


@pytest.mark.parametrize(
    ("numbers", "bounds"),
    [
        pytest.param(RNG.integers(100_000_000, 10**9, N), INT64, id="nine digits"),
        pytest.param(RNG.integers(10**8, 2**31, N).astype(np.int32), (-(2**31), 2**31 - 1), id="int32"),
        pytest.param(RNG.integers(10**17, 10**18, N), INT64, id="eighteen digits"),
        pytest.param(RNG.integers(10**18, 2**63 - 1, N), INT64, id="nineteen digits"),
        pytest.param(RNG.integers(10**19, 2**64 - 1, N, np.uint64), UINT64, id="unsigned"),
        pytest.param(np.arange(999_999_500, 10**9), INT64, id="counted up to the widest"),
        pytest.param(RNG.choice(np.arange(10_000, 10_900), N, replace=False), INT64, id="dense"),
    ],
)
def test_a_fixed_width_is_an_upper_bound(numbers, bounds):
    numbers = numbers.astype(np.uint64 if bounds is UINT64 else np.int64)
    drawn = made(numbers, bounds)
    assert len(set(drawn)) == len(drawn)
    assert {len(str(number)) for number in drawn} == {len(str(int(number))) for number in numbers}
    assert not set(drawn) & set(numbers.tolist())
    assert bounds[0] <= min(drawn) <= max(drawn) <= bounds[1]


@pytest.mark.parametrize(
    ("numbers", "step"), [(np.arange(1000, 5000, 10), 10), (RNG.choice(10**6, N, replace=False) * 2 + 1, 2)]
)
def test_what_divides_the_distances_is_kept(numbers, step):
    assert {(number - int(numbers[0])) % step for number in made(numbers)} == {0}


def test_gaps_are_as_wide_as_the_real_ones():
    numbers = np.cumsum(RNG.integers(1, 9, N))
    drawn = made(numbers, n=N)
    assert (np.diff(drawn) > 0).all()
    assert drawn[0] > numbers[-1]
    assert np.diff(drawn).mean() == pytest.approx(np.diff(numbers).mean(), rel=0.25)


def test_numbers_that_count_rows_go_on_with_more_digits():
    assert made(np.arange(1, 10), n=3) == [10, 11, 12]
    assert made(np.arange(1, 892), n=200) == list(range(892, 1092))
    assert made(np.arange(1000, 10_000), n=3) == [10_000, 10_001, 10_002]


def test_negative_numbers_and_the_whole_range():
    numbers = np.append(RNG.integers(-(2**63), 2**63 - 1, N), INT64)
    drawn = made(numbers)
    assert len(set(drawn)) == len(drawn)
    assert not set(drawn) & set(numbers.tolist())
    assert min(drawn) < -(2**61)
    assert max(drawn) > 2**61


def test_all_numbers_of_a_width_are_used_before_it_is_full():
    numbers = RNG.choice(np.arange(100, 1000), 400, replace=False)
    counter = Counter.fit(numbers, *INT64)
    drawn = counter.write(rows(900)).view(np.int64).tolist()
    assert counter.sequence.size == 900
    assert counter.sequence.fresh == 500
    assert sorted(drawn) == list(range(100, 1000))
    assert not set(drawn[:500]) & set(numbers.tolist())
