"""Attacks on copies, where they succeed, and on fresh draws, where they must not."""

import numpy as np
import pytest

from synthdiff.privacy import attribute as attribute_module
from synthdiff.privacy.attribute import attribute_inference
from synthdiff.privacy.membership import distance_membership, likelihood_membership
from synthdiff.privacy.rows import PrivacyRows
from synthdiff.privacy.singling import singling_out
from tests.privacy.population import IS_CATEGORY, NAMES, draw, make_rows

N_SEEDS = 6


class TestMembership:
    def test_copies_give_members_away(self):
        score = distance_membership(make_rows("copies"))
        assert score.value > 0.99
        assert score.details["tpr_at_1fpr"] > 0.99
        assert score.standing < 0.01
        assert score.floor == pytest.approx(0.5, abs=0.07)

    def test_fresh_rows_do_not(self):
        scores = [distance_membership(make_rows(draw(800, 10 + seed))) for seed in range(4)]
        assert all(score.interval[0] < 0.5 < score.interval[1] for score in scores)
        assert np.mean([score.details["tpr_at_1fpr"] for score in scores]) < 0.03

    def test_noisy_copies_are_found_relative_to_density(self):
        # One dense and one sparse cloud: in the sparse one all is far from everything, members or not.
        rng = np.random.default_rng(0)

        def clouds(n):
            return rng.normal(size=(n, 4)) * np.where(rng.random(n) < 0.5, 0.05, 1.0)[:, None]

        real, holdout = clouds(1000), clouds(1000)
        copies = real * (1 + rng.normal(0, 0.1, real.shape))
        rows = PrivacyRows(real, copies, holdout, np.zeros(4, dtype=bool), tuple("abcd"), True)
        score = distance_membership(rows)
        assert score.details["attack"] == "relative"
        assert score.value > score.details["attacks"]["distance"]["auc"] + 0.05

    def test_likelihood_of_a_model_that_memorised(self):
        rows = make_rows()
        rng = np.random.default_rng(0)
        asked = {}

        def log_prob(which, positions):
            asked[which] = positions
            return rng.normal(3.0 if which == "real" else 0.0, 1.0, len(positions))

        score = likelihood_membership(rows, log_prob)
        assert score.value == pytest.approx(0.983, abs=0.01)  # Phi(3 / sqrt 2)
        assert all(len(set(positions.tolist())) == len(positions) == 800 for positions in asked.values())

    def test_likelihood_of_a_model_that_did_not(self):
        rng = np.random.default_rng(0)
        score = likelihood_membership(make_rows(), lambda which, positions: rng.normal(size=len(positions)))
        assert score.interval[0] < 0.5 < score.interval[1]

    def test_rows_without_a_likelihood_are_the_least_likely(self):
        def log_prob(which, positions):
            return np.full(len(positions), 0.0 if which == "real" else np.nan)

        assert likelihood_membership(make_rows(), log_prob).value == 1.0

    def test_two_held_out_rows_are_needed(self):
        rows = make_rows()
        few = PrivacyRows(rows.real, rows.synthetic, rows.holdout[:1], rows.is_category, rows.names, True)
        assert distance_membership(few).value is None


class TestAttributeInference:
    def test_copies_give_secrets_away(self):
        score = attribute_inference(make_rows("copies"))
        assert score.value > 0.95
        assert "most at risk" in score.note
        by_column = {secret["column"]: secret for secret in score.details["secrets"]}
        assert len(by_column) == 7
        assert by_column["g"]["main"] > 0.95  # one of 30 codes, linked to nothing
        assert by_column["g"]["control"] < 0.1
        assert by_column["g"]["guess"] < 0.1

    def test_fresh_rows_do_not(self):
        rng = np.random.default_rng(0)
        excess = []
        for _ in range(6):
            tables = [draw(700, rng) for _ in range(3)]
            score = attribute_inference(PrivacyRows(*tables, IS_CATEGORY, NAMES, True))
            excess.append(score.details["main"] - score.details["control"])
            assert score.interval[0] < 0.02
        assert abs(np.mean(excess)) < 4 * 0.012 / 6**0.5
        # That columns hang together is no risk: of strangers, it tells as much.
        secret = next(s for s in score.details["secrets"] if s["column"] == "a")
        assert secret["control"] > 1.5 * secret["guess"]

    def test_columns_that_were_not_memorised_are_told_apart(self):
        rng = np.random.default_rng(0)
        real, holdout = rng.integers(0, 4, (2, 600, 13)).astype(float)
        synthetic = real.copy()
        synthetic[:, 5] = rng.permutation(synthetic[:, 5])
        rows = PrivacyRows(real, synthetic, holdout, np.ones(13, dtype=bool), tuple("abcdefghijklm"), True)
        for name, lowest, highest in (("d", 0.95, 1.0), ("f", 0.0, 0.1)):
            secrets = attribute_inference(rows, name).details["secrets"]
            assert len(secrets) == 10
            assert lowest <= next(s["risk"] for s in secrets if s["column"] == name) <= highest

    def test_target_is_always_a_secret(self, monkeypatch):
        monkeypatch.setattr(attribute_module, "MAX_SECRETS", 1)
        for name in ("a", "g"):
            score = attribute_inference(make_rows(), name)
            assert [secret["column"] for secret in score.details["secrets"]] == [name]

    def test_near_numbers_and_missing_ones_count(self):
        values = np.linspace(0, 100, 101)
        key = np.arange(101.0)
        real = np.column_stack([key, values])
        real[::2, 1] = np.nan
        near = np.column_stack([key, real[:, 1] + 4.4])
        far = np.column_stack([key, real[:, 1] + 4.6])
        holdout = np.column_stack([key + 500, values])

        def rate(synthetic):
            rows = PrivacyRows(real, synthetic, holdout, np.array([True, False]), ("key", "x"), True)
            return next(s for s in attribute_inference(rows).details["secrets"] if s["column"] == "x")["main"]

        # 5 % of the range from the 5 % to the 95 % quantile, which is 88.2.
        assert rate(near) == 1.0
        assert rate(far) == pytest.approx(51 / 101)

    def test_nothing_to_find_out(self):
        constant = np.ones((5, 2))
        rows = PrivacyRows(constant, constant, constant, np.zeros(2, dtype=bool), ("x", "y"), True)
        assert attribute_inference(rows).value is None


class TestSinglingOut:
    def test_copies_are_singled_out(self):
        score = singling_out(make_rows("copies"))
        assert score.value > 0.95
        assert score.details["attacks"]["multivariate"]["risk"] > 0.7
        assert score.floor < 0.1

    def test_copies_are_singled_out_among_a_small_holdout_too(self):
        rows = make_rows("copies", n=1200)
        few = PrivacyRows(rows.real, rows.synthetic, rows.holdout[:300], rows.is_category, rows.names, True)
        assert singling_out(few).value > 0.95

    def test_fresh_rows_single_out_no_more_than_by_chance(self):
        zero = 0
        for seed in range(N_SEEDS):
            rows = make_rows(draw(500, 100 + seed), n=600, seed=seed)
            unequal = PrivacyRows(rows.real, rows.synthetic, rows.holdout[:200], rows.is_category, rows.names, True)
            zero += singling_out(unequal).interval[0] == 0.0
        assert zero == N_SEEDS

    def test_lone_values_single_out(self):
        # One in a hundred has a code of its own; the synthetic table tells all of them.
        real, holdout = np.zeros((2, 500, 1))
        real[:5, 0], holdout[:5, 0] = np.arange(1, 6), np.arange(101, 106)
        rows = PrivacyRows(real, real.copy(), holdout, np.array([True]), ("code",), True)
        score = singling_out(rows)
        claims = score.details["attacks"]["univariate"]
        assert (claims["n_predicates"], claims["learnt"], claims["unseen"]) == (5, 5, 0)
        assert "multivariate" not in score.details["attacks"]

    def test_nothing_to_describe(self):
        rows = PrivacyRows(*np.ones((3, 4, 2)), np.zeros(2, dtype=bool), ("x", "y"), True)
        score = singling_out(rows)
        assert score.value is None
        assert "no description" in score.note
