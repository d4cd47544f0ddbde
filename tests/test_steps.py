from synthdiff.steps import Steps, drained


def work(n):
    for k in range(n):
        yield (k + 1) / n
    return n


def test_progress_comes_first_and_the_result_is_kept():
    steps = Steps(work(2))
    assert list(steps) == [0.5, 1.0]
    assert steps.result == 2
    assert drained(work(3)) == 3
