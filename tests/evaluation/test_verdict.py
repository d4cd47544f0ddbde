import pytest

from synthdiff.evaluation.problem import Problem
from synthdiff.evaluation.verdict import MOST_FINDINGS, judge
from synthdiff.score import Score
from tests.evaluation.card import FACTS, report, score, scores


def levels(found):
    return [finding.level for finding in found.verdict]


def texts(found, level):
    return " ".join(finding.text for finding in found.verdict[1:] if finding.level == level)


def test_good_rows_may_be_used_as_they_are_and_every_praise_has_a_figure():
    found = report()
    assert found.verdict[0].level == "good"
    assert found.verdict[0].text.startswith("Use these rows as they are: ")
    assert set(levels(found)) == {"good"}
    praise = texts(found, "good")
    for figure in ("0.992", "0.984", "54%", "0.915", "50.5%"):
        assert figure in praise
    assert "'income'" in praise
    assert "no proof" in praise


def test_nothing_measured_is_not_praised():
    found = judge([], [], FACTS)
    assert [finding.level for finding in found] == ["warning"]
    assert found[0].text.startswith("Nothing can be said")
    unmeasured = [Score(one.name, one.group, one.title, "", None, note="too few rows") for one in scores()]
    assert judge(unmeasured, [], FACTS) == found
    assert judge([score("shape", "fidelity", float("nan"), 0.0, 1.0)], [], FACTS) == found


@pytest.mark.parametrize(
    ("name", "words"),
    [("shape", "single columns"), ("trend", "links"), ("gbt_auc", "told apart"), ("dcr_share", "privacy")],
)
def test_what_decides_and_was_not_measured_is_named(name, words):
    found = report(**{name: None})
    assert found.verdict[0].level == "warning"
    assert words in found.verdict[0].text
    assert "not measured" in found.verdict[0].text


def test_scores_without_references_or_intervals_are_no_error():
    bare = [Score(one.name, one.group, one.title, "", one.value, one.direction) for one in scores()]
    assert "good" not in {judge(bare, [], facts)[0].level for facts in ({}, FACTS)}
    bad = [Score(one.name, one.group, one.title, "", 0.99, one.direction) for one in scores()]
    assert judge(bad, [], FACTS)[0].level == "bad"


def test_missing_and_constant_columns_are_named():
    problems = [Problem("error", f"column 'c{i}' is missing", f"c{i}") for i in range(5)]
    found = report(problems=[*problems, Problem("warning", "column 'n' holds double where the real one holds int64")])
    assert found.verdict[0].text.startswith("Do not use these rows: columns are missing or broken")
    assert "Column 'c0' is missing; column 'c1' is missing; column 'c2' is missing and 2 more" in texts(found, "bad")
    assert "Column 'n' holds double" in texts(found, "warning")


def test_shuffled_columns_are_recognised():
    found = report(shape=0.999, trend=0.912, threeway=0.802, gbt_auc=0.94, mle=0.55)
    assert levels(found)[0] == "bad"
    assert "each column is right, but the links between columns are gone" in found.verdict[0].text
    assert "do not hang together" in texts(found, "bad")
    assert "Each column on its own is right" in texts(found, "good")


def test_broken_columns_and_links_are_not_taken_for_shuffled_ones():
    found = report(shape=0.85, trend=0.90, threeway=0.75, gbt_auc=0.99)
    assert "shuffled" not in found.verdict[0].text
    assert "the links between columns are not the real ones" in found.verdict[0].text


def test_where_real_columns_are_independent_nothing_is_said_of_links():
    independent = {"value": 0.99, "interval": (0.985, 0.995), "floor": 0.989, "ceiling": 0.99}
    found = report(trend=independent, threeway=None)
    assert "links" not in " ".join(finding.text for finding in found.verdict)


def test_a_copy_of_the_training_rows_is_recognised_and_not_praised_for_anything():
    found = report(shape=1.0, trend=1.0, gbt_auc=0.5, gbt_auc_train=0.31, dcr_share=0.99, copies=1.0)
    assert found.verdict[0].text.startswith("Do not use these rows: they are copies of training rows")
    assert "good" not in levels(found)
    assert "100.0% of the rows equal a training row in every column (of unseen real rows 0.2%)" in texts(found, "bad")
    assert "99.0% lie nearer to a training row" in texts(found, "bad")
    assert "do worse than chance (area 0.31)" in texts(found, "bad")


@pytest.mark.parametrize("sign", [{"dcr_share": 0.75}, {"copies": 0.2}, {"gbt_auc_train": 0.4}])
def test_one_clear_sign_of_memorised_rows_is_enough(sign):
    found = report(**sign)
    assert found.verdict[0].text.startswith("Do not use these rows: training rows come out again")


def test_trees_that_do_a_little_worse_than_chance_are_no_sign():
    assert report(gbt_auc_train={"value": 0.49, "interval": (0.47, 0.51), "ceiling": 0.56}).verdict[0].level == "good"


def test_slight_signs_ask_for_care_and_those_within_the_error_for_nothing():
    assert report(dcr_share=0.54).verdict[0].text.endswith("there are slight signs of memorised training rows.")
    assert report(dcr_share={"value": 0.54, "interval": (0.48, 0.60)}).verdict[0].level == "good"
    assert report(copies=0.008).verdict[0].level == "good"


def test_copies_that_unseen_rows_show_as_well_are_no_sign():
    assert report(copies={"value": 0.5, "interval": (0.49, 0.51), "ceiling": 0.52}).verdict[0].level == "good"


def test_single_columns_that_are_off_are_named():
    off = {"age": 0.7, "sex": 0.9, "hours": 0.993}
    found = report(shape={"value": 0.86, "interval": (0.855, 0.865), "details": {"columns": off}})
    assert found.verdict[0].level == "bad"
    assert "'age' (70%), 'sex' (90%)" in texts(found, "bad")
    assert "hours" not in texts(found, "bad")


def test_one_column_that_is_off_shows_though_the_mean_is_fine():
    found = report(shape={"details": {"columns": {"age": 0.85, "hours": 0.999}}})
    assert found.verdict[0].text == "Use these rows with care: the values of some columns are off."
    few = {"rows": {"synthetic": 120, "holdout": 5_000, "real": 5_000}}
    assert "'age'" not in " ".join(finding.text for finding in report(facts=few, shape=0.99).verdict)


def test_links_that_are_off_are_named():
    pairs = [["age", "hours", 0.7], ["age", "sex", 0.9], ["sex", "hours", 0.985]]
    found = report(trend={"value": 0.97, "interval": (0.969, 0.971), "details": {"pairs": pairs}})
    assert found.verdict[0].level == "warning"
    assert "Furthest off: 'age' with 'hours', 'age' with 'sex'." in texts(found, "warning")


def test_rows_that_trees_recognise_are_told_with_the_telling_columns():
    found = report(gbt_auc=0.72)
    assert found.verdict[0].text == "Use these rows with care: boosted trees tell them from real rows."
    assert "right in 72% of the cases (guessing: 50%). Mostly by 'age'." in texts(found, "warning")
    assert (
        report(gbt_auc=0.97).verdict[0].text == "Do not use these rows: boosted trees easily tell them from real rows."
    )


def test_an_area_that_may_be_large_is_not_praised():
    found = report(gbt_auc={"value": 0.51, "interval": (0.32, 0.7)})
    assert found.verdict[0].text.endswith("it is uncertain whether they can be told from real rows.")
    assert "it may be 70%" in texts(found, "warning")


@pytest.mark.parametrize(
    ("value", "level"), [(0.90, "good"), (0.85, "warning"), (0.6, "bad")], ids=["kept", "worse", "lost"]
)
def test_utility_is_judged_between_shuffled_columns_and_real_rows(value, level):
    assert report(mle=value).verdict[0].level == level


def test_an_error_is_judged_in_its_own_direction_and_unit():
    rmse = {"direction": "lower", "floor": 95.0, "ceiling": 46.0, "value": 61.5, "interval": (60.1, 62.9)}
    found = report(mle=rmse)
    assert found.verdict[0].level == "warning"
    assert "61.5, real rows 46.0, shuffled columns 95.0" in texts(found, "warning")
    assert report(mle=rmse | {"value": 47.0, "interval": (45.5, 48.5)}).verdict[0].level == "good"


def test_a_target_that_nothing_predicts_is_not_judged():
    found = report(mle={"value": 0.5, "floor": 0.51, "ceiling": 0.5, "interval": (0.48, 0.52)})
    assert "predict" not in " ".join(finding.text for finding in found.verdict)


def test_lost_tails_rare_levels_missing_values_and_bounds_are_named():
    missing = {"value": 0.5, "interval": (0.48, 0.52), "floor": 0.99, "ceiling": 0.99}
    found = report(rare_levels=0.4, tails=0.6, missingness=missing)
    assert found.verdict[0].level == "warning"
    for words in ("Rare levels are lost", "extreme values are lost", "values are missing in other places"):
        assert words in texts(found, "warning")


def test_rare_levels_may_be_as_far_off_as_those_of_shuffled_columns():
    by_chance = {"value": 0.7, "interval": (0.5, 0.9), "floor": 0.85, "ceiling": 1.0}
    assert report(rare_levels=by_chance).verdict[0].level == "good"
    assert report(missingness=by_chance).verdict[0].level == "warning"


def test_attacks_that_beat_their_control_are_told():
    found = report(attribute_inference={"value": 0.3, "interval": (0.25, 0.35)})
    assert found.verdict[0].text == "Do not use these rows: an attacker learns about training rows."
    assert "infer what is secret" in texts(found, "bad")
    assert report(membership_distance=0.54).verdict[0].level == "warning"
    assert report(attribute_inference={"value": 0.3, "interval": (-0.1, 0.7)}).verdict[0].level == "good"


def test_a_model_that_tells_its_training_rows_is_no_fault_of_the_rows():
    likelihood = score("membership_likelihood", "privacy", 0.72, None, 0.5, "lower", bad=1.0)
    found = judge([*scores(), likelihood], [], FACTS)
    assert found[0].text == "Use these rows with care: the model tells who was in the training data."
    assert "0.720, knowing nothing 0.500): give away rows, not the model" in found[1].text


def test_without_a_holdout_privacy_is_not_judged():
    unmeasured = {"value": None, "interval": None}
    private = dict.fromkeys(("dcr_share", "membership_distance", "attribute_inference"), unmeasured)
    found = report(facts={"holdout_given": False}, **private)
    assert found.verdict[0].text == "Use these rows with care: privacy could not be judged without a holdout."
    assert "No holdout was given" in texts(found, "warning")
    assert "has not seen" not in texts(found, "good")
    assert "memorised" not in texts(found, "good")


def test_without_a_holdout_copies_are_still_recognised():
    found = report(facts={"holdout_given": False}, copies=0.8, dcr_share={"value": None, "interval": None})
    assert found.verdict[0].text.startswith("Do not use these rows: they are copies of training rows")


def test_few_rows_are_named():
    found = report(facts={"rows": {"real": 20_000, "synthetic": 90, "holdout": 400}}, tails=0.2)
    assert found.verdict[0].text == "Use these rows with care: there are too few rows to be sure."
    assert "only 400 held-out, 90 synthetic rows" in texts(found, "warning")


def test_the_worst_comes_first_and_there_are_few_findings():
    problems = [Problem("error", "column 'a' is missing", "a"), Problem("warning", "the columns are in another order")]
    few = {"rows": {"real": 100, "synthetic": 90, "holdout": 40}}
    found = report(
        problems, few, shape=0.8, trend=0.92, gbt_auc=0.99, mle=0.6, copies=0.1, tails=0.3, attribute_inference=0.4
    )
    assert len(found.verdict) == 1 + MOST_FINDINGS
    order = ["bad", "warning", "good"]
    assert levels(found)[1:] == sorted(levels(found)[1:], key=order.index)
    assert found.verdict[0].text.count(";") == 2
