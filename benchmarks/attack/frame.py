"""Random frames of every dtype: the same schema comes back, or the frame is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from benchmarks.attack.outcome import Outcome

FRAMES = 10
"""Random frames of one try."""
FIT_SHARE = 0.1
SETTINGS = settings(
    max_examples=FRAMES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class FrameAttack:
    """Take frames through the codecs and back; some through a whole fit."""

    seconds = 120.0

    def prepare(self, folder: Path) -> None:
        """Import what all tries need."""
        import tests.property.test_round_trip  # noqa: F401 (imported once, before the forks)

    def attempt(self, rng: np.random.Generator, folder: Path) -> Outcome:
        """Try ten frames."""
        from tests.property import frames as made
        from tests.property import test_round_trip as law

        libraries: list[tuple[Any, Callable[[Any], None]]] = [
            (made.frames(made.PANDAS, made.build_pandas), law.check_pandas),
            (made.frames(made.POLARS, made.build_polars), law.check_polars),
        ]
        strategy, check = libraries[int(rng.integers(len(libraries)))]
        if rng.random() < FIT_SHARE:
            return self._run(strategy, fits, rng, 2)
        return self._run(strategy, check, rng, FRAMES)

    def _run(self, strategy: Any, check: Callable[[Any], None], rng: np.random.Generator, n: int) -> Outcome:
        from synthdiff.errors import SynthdiffError

        number = int(rng.integers(2**31))
        counts = {"same": 0, "refused": 0}

        @seeded(number)
        @settings(SETTINGS, max_examples=n)
        @given(strategy)
        def try_all(frame: Any) -> None:
            try:
                check(frame)
                counts["same"] += 1
            except SynthdiffError:
                counts["refused"] += 1

        try:
            try_all()
        except AssertionError as error:
            return Outcome("wrong", f"seed {number}: {error}")
        return Outcome("held", f"{counts['same']} the same, {counts['refused']} refused", sum(counts.values()))


def fits(frame: Any) -> None:
    """Fit a frame, draw from it, and compare the schemas."""
    from synthdiff import TabularDiffusion

    model = TabularDiffusion(preset="fast", max_steps=2, device="cpu", precision="float32", random_state=0).fit(frame)
    drawn = model.sample(5, random_state=0)
    if hasattr(frame, "dtypes") and hasattr(frame, "iloc"):
        assert drawn.dtypes.equals(frame.dtypes), (drawn.dtypes, frame.dtypes)
    else:
        assert drawn.schema == frame.schema, (drawn.schema, frame.schema)
