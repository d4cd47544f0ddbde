from synthdiff.cli.series_summary import assets_in_words, loss_in_words, losses, span_in_words


def test_the_loss_stands_beside_that_of_white_noise():
    history = [{"white_loss": 1.003, "valid_loss": 1.01}, {"white_loss": 1.003, "valid_loss": 0.98}]
    found = losses(0.98, history)
    assert found == {"best_valid_loss": 0.98, "white_loss": 1.003}
    assert loss_in_words(found) == "0.980 on held-out later time, where white noise has 1.003"
    assert "that of white noise" in loss_in_words(losses(1.003, history))
    assert losses(None, history) == losses(float("inf"), []) == {"best_valid_loss": None, "white_loss": None}
    assert loss_in_words(losses(None, [])).startswith("not measured")


def test_many_assets_are_counted_and_levels_are_said():
    names = [f"S{i}" for i in range(9)]
    assert assets_in_words(names, ["return"] * 9) == "9: S0, S1, S2, S3, S4, S5 and 3 more"
    assert assets_in_words(["SPX", "US10Y"], ["return", "difference"]) == "2: SPX, US10Y (1 level)"


def test_days_and_moments_are_told_apart():
    record = {"rows": 1200, "first_date": "2020-01-02T00:00:00", "last_date": "2020-01-31T15:30:00"}
    assert span_in_words(record) == "1,200, 2020-01-02 to 2020-01-31 15:30"
    assert span_in_words({**record, "first_date": None}) == "1,200, without dates"
