"""Rows of which parts are missing: their correlation, and what is missing drawn given what is there."""

import numpy as np
import pytest

from synthdiff.codecs.series.missing import MIN_EIGENVALUE, complete, estimate_correlation

N = 4_000
TRUTH = np.array([[1.0, 0.8, -0.3], [0.8, 1.0, 0.1], [-0.3, 0.1, 1.0]])


def rows_of(correlation, n=N, seed=0):
    return np.random.default_rng(seed).standard_normal((n, len(correlation))) @ np.linalg.cholesky(correlation).T


def with_holes(rows, share=0.3, seed=1):
    holed = rows.copy()
    holed[np.random.default_rng(seed).random(rows.shape) < share] = np.nan
    return holed


class TestCorrelation:
    def test_whole_rows_have_their_own(self):
        rows = rows_of(TRUTH)
        second = rows.T @ rows
        scale = np.sqrt(np.diag(second))
        np.testing.assert_allclose(estimate_correlation(rows), second / np.outer(scale, scale), atol=1e-9)

    def test_with_holes_it_is_found(self):
        """A pair is seen by 2,000 rows: the standard error is .022 at most."""
        np.testing.assert_allclose(estimate_correlation(with_holes(rows_of(TRUTH))), TRUTH, atol=0.09)

    def test_a_pair_that_is_never_seen_together_has_what_follows(self):
        """Through a third channel: .8 times .1 and so on, were they independent given it."""
        chain = np.array([[1.0, 0.8, 0.4], [0.8, 1.0, 0.5], [0.4, 0.5, 1.0]])
        rows = rows_of(chain)
        rows[: N // 2, 2], rows[N // 2 :, 0] = np.nan, np.nan
        found = estimate_correlation(rows)
        # The standard errors of the two that are seen are .01 and .02.
        assert found[0, 1] == pytest.approx(0.8, abs=0.04)
        assert found[1, 2] == pytest.approx(0.5, abs=0.08)
        assert found[0, 2] == pytest.approx(found[0, 1] * found[1, 2], abs=0.1)

    @pytest.mark.parametrize("share", [0.0, 0.1, 0.6])
    def test_a_sum_of_the_others_leaves_something_to_divide_by(self, share):
        rows = rows_of(np.eye(3), 500)
        rows = with_holes(np.column_stack([rows, rows.sum(axis=1) / np.sqrt(3)]), share)
        values = np.linalg.eigvalsh(estimate_correlation(rows))
        assert values[0] > 0.9 * MIN_EIGENVALUE
        assert values[0] < 0.05 + 0.4 * share

    def test_unit_diagonal_whatever_the_scale(self):
        found = estimate_correlation(rows_of(TRUTH) * [0.5, 1.0, 3.0])
        np.testing.assert_allclose(np.diag(found), 1.0)
        np.testing.assert_allclose(found, found.T, atol=1e-12)

    def test_rows_of_which_nothing_is_seen_do_not_matter(self):
        rows = with_holes(rows_of(TRUTH, 800))
        more = np.vstack([rows, np.full((100, 3), np.nan)])
        np.testing.assert_allclose(estimate_correlation(more), estimate_correlation(rows), atol=2e-3)


class TestComplete:
    def test_what_is_seen_stays(self):
        rows = rows_of(TRUTH, 50)
        assert complete(rows, rows_of(TRUTH, 50, 5), TRUTH) is rows
        holed = with_holes(rows)
        whole = complete(holed, rows_of(TRUTH, 50, 5), TRUTH)
        seen = ~np.isnan(holed)
        np.testing.assert_array_equal(whole[seen], holed[seen])
        assert np.isfinite(whole).all()

    def test_rows_are_as_if_nothing_had_been_missing(self):
        """Of 4,000 rows the standard errors are .016 and .022."""
        whole = complete(with_holes(rows_of(TRUTH)), rows_of(TRUTH, seed=7), TRUTH)
        np.testing.assert_allclose(whole.mean(axis=0), 0.0, atol=0.07)
        np.testing.assert_allclose(np.cov(whole.T), TRUTH, atol=0.09)
        # So they are whitened.
        values, vectors = np.linalg.eigh(TRUTH)
        white = whole @ (vectors / np.sqrt(values)) @ vectors.T
        np.testing.assert_allclose(np.cov(white.T), np.eye(3), atol=0.09)
        assert np.abs(white).max() < 5.5

    def test_the_draw_depends_on_what_is_seen(self):
        """Given 2 of a channel, another correlated by .8 is 1.6 on average, with a deviation of .6."""
        holed = np.tile([2.0, np.nan, np.nan], (N, 1))
        whole = complete(holed, rows_of(TRUTH, seed=3), TRUTH)
        assert whole[:, 1].mean() == pytest.approx(1.6, abs=4 * 0.6 / np.sqrt(N))
        assert whole[:, 1].std() == pytest.approx(0.6, abs=0.03)

    def test_where_nothing_is_seen_it_is_the_draw(self):
        draws = rows_of(TRUTH, 20)
        np.testing.assert_array_equal(complete(np.full((20, 3), np.nan), draws, TRUTH), draws)

    def test_many_patterns_of_many_channels(self):
        rows = with_holes(rows_of(np.eye(20) * 0.5 + 0.5, 600), 0.4)
        whole = complete(rows, rows_of(np.eye(20) * 0.5 + 0.5, 600, 2), np.eye(20) * 0.5 + 0.5)
        assert np.corrcoef(whole.T)[~np.eye(20, dtype=bool)].mean() == pytest.approx(0.5, abs=0.1)
