"""Groups of rows: sizes as real ones have them, and never more groups than keys are set aside for."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from synthdiff.constraints.groups import Groups, Level

N = 4_096


def level(key: str, sizes: list[int]) -> Level:
    return Level(key, (), np.array(sizes))


HEAVY = [int(1e6 / k**2) for k in range(1, 400)]
GROUPS = {
    "one level": Groups((level("order", [5, 3, 2]),)),
    "always alone": Groups((level("order", [7]),)),
    "always three": Groups((level("order", [0, 0, 9]),)),
    "heavy tails": Groups((level("customer", HEAVY),)),
    "orders of customers": Groups((level("customer", [1, 4, 2, 1]), level("order", [5, 3, 2]))),
    "more than a chunk": Groups((level("customer", [0] * 9_999 + [1]),)),
}


@pytest.mark.parametrize("case", GROUPS)
def test_there_are_no_more_groups_than_are_set_aside(case: str) -> None:
    groups = GROUPS[case]
    for seed in range(20):
        heads = groups.heads(N, np.random.default_rng(seed))
        for head, most in zip(heads, groups.allotments(N), strict=True):
            assert len(np.unique(head)) <= most <= N
            assert (head <= np.arange(N)).all()
            assert (np.diff(head) >= 0).all()
            assert (head[head] == head).all()
        for coarse, fine in pairwise(heads):
            assert (coarse[fine] == coarse).all()


@pytest.mark.parametrize("case", ["one level", "heavy tails", "orders of customers"])
def test_what_is_set_aside_is_not_much_more_than_is_used(case: str) -> None:
    groups = GROUPS[case]
    used = [len(np.unique(head)) for head in groups.heads(N, np.random.default_rng(0))]
    assert all(most < 2 * n for n, most in zip(used, groups.allotments(N), strict=True))


def test_groups_are_as_large_as_real_ones() -> None:
    (head,) = GROUPS["one level"].heads(N, np.random.default_rng(0))
    sizes = np.unique(head, return_counts=True)[1][:-1]
    # Real mean 1.7, standard deviation .78, of about 2,400 groups: standard error .016.
    assert abs(sizes.mean() - 1.7) < 4 * 0.016
