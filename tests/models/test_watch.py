"""Long draws tell how far they are."""

from __future__ import annotations

from tests.models.markets import trained


def test_plain_and_conditioned_paths_are_counted() -> None:
    seen: list[tuple[int, int]] = []

    def watch(found: int, wanted: int) -> None:
        seen.append((found, wanted))

    trained(1).sample(600, 8, watch=watch, random_state=0)
    assert seen == [(512, 600), (600, 600)]
    seen.clear()
    trained(1).forecast(horizon=8, n_paths=2_000, conditioning={"A1": ">=0"}, watch=watch, random_state=0)
    assert {wanted for _, wanted in seen} == {2_000}
    assert seen == sorted(seen)
    assert len(seen) > 1
