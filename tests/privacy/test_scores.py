"""All scores of privacy on all kinds of tables: complete, repeatable, plain JSON."""

import json

import numpy as np
import pytest
import torch

from synthdiff.privacy.rows import PrivacyRows
from synthdiff.privacy.scores import attack_scores, privacy_scores
from tests.privacy.population import make_rows, only, with_gaps

NAMES = ["dcr_share", "dcr", "nndr", "copies", "membership_distance", "attribute_inference", "singling_out"]


def likelihood(which, positions):
    return np.sin(positions.astype(float))


def all_scores(rows):
    return [*privacy_scores(rows), *attack_scores(rows, target=rows.names[0])]


def gappy():
    rows = make_rows(n=200)
    tables = [with_gaps(part, seed) for seed, part in enumerate((rows.real, rows.synthetic, rows.holdout))]
    return PrivacyRows(*tables, rows.is_category, rows.names, True)


def tiny(n):
    rows = make_rows(n=n)
    return PrivacyRows(rows.real, rows.synthetic, rows.holdout, rows.is_category, rows.names, True)


TABLES = {
    "mixed": lambda: make_rows(n=200),
    "copies": lambda: make_rows("copies", n=200),
    "missing values": gappy,
    "numbers": lambda: only(make_rows(n=200), [0, 1, 2, 3]),
    "categories": lambda: only(make_rows(n=200), [4, 5, 6]),
    "one number": lambda: only(make_rows(n=200), [0]),
    "one category": lambda: only(make_rows(n=200), [4]),
    "3 rows": lambda: tiny(3),
    "1 row": lambda: tiny(1),
    "constant": lambda: PrivacyRows(*np.ones((3, 10, 2)), np.array([True, False]), ("x", "y"), True),
    "all missing": lambda: PrivacyRows(*np.full((3, 10, 2), np.nan), np.zeros(2, dtype=bool), ("x", "y"), True),
    "seen holdout": lambda: make_rows(n=200, holdout_given=False),
}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_every_score(name):
    scores = all_scores(TABLES[name]())
    assert [score.name for score in scores] == NAMES
    for score in scores:
        assert score.group == "privacy"
        assert score.bad is not None
        assert score.value is not None or score.note
        json.dumps(score.to_dict(), allow_nan=False)
        if score.value is not None:
            assert np.isfinite(score.value)
            assert score.ceiling is not None
        if score.interval is not None:
            low, high = score.interval
            assert low <= score.value + 1e-9 <= high + 2e-9


def test_scores_repeat_under_a_seed_and_not_under_another():
    first, again, other = ([score.to_dict() for score in all_scores(make_rows(n=300, seed=seed))] for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_nothing_is_drawn_from_the_global_state():
    first = [score.to_dict() for score in all_scores(make_rows(n=50))]
    np.random.seed(7)  # noqa: NPY002
    torch.manual_seed(7)
    assert [score.to_dict() for score in all_scores(make_rows(n=50))] == first
    after = np.random.random(), torch.rand(())  # noqa: NPY002
    np.random.seed(7)  # noqa: NPY002
    torch.manual_seed(7)
    assert after == (np.random.random(), torch.rand(()))  # noqa: NPY002


def test_likelihood_joins_where_a_model_is_given():
    names = [score.name for score in attack_scores(make_rows(n=50), likelihood)]
    assert names == ["membership_distance", "membership_likelihood", "attribute_inference", "singling_out"]


def test_attacks_need_rows_that_the_generator_has_not_seen():
    scores = attack_scores(make_rows(n=50, holdout_given=False), likelihood)
    assert len(scores) == 4
    assert all(score.value is None and "holdout" in score.note for score in scores)


def test_rows_are_drawn_without_replacement():
    rows = make_rows(n=100)
    drawn = rows.some(rows.real, 60, "key")
    assert len(np.unique(drawn, axis=0)) == 60
    assert np.array_equal(drawn, rows.some(rows.real, 60, "key"))
    assert not np.array_equal(drawn, rows.some(rows.real, 60, "other key"))
    assert sorted(rows.positions(5, 10, "all").tolist()) == [0, 1, 2, 3, 4]


def test_independent_rows_have_the_columns_of_the_real_ones():
    rows = make_rows(n=100)
    assert np.array_equal(np.sort(rows.independent, axis=0), np.sort(rows.real, axis=0))
    assert not np.array_equal(rows.independent, rows.real)
