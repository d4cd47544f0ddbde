"""Fit and sample random frames: ``python -m benchmarks.frames --count 2000``; ``--only 17`` makes one again."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
import warnings
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from benchmarks.frames.law import faults
from benchmarks.frames.make import make_frame
from synthdiff.errors import SynthdiffError

_EVERY = 250
"""Frames after which the figures are printed."""


def attempt(seed: int, has_network: bool = True) -> tuple[int, str, str]:
    """Try one frame; the parameters are those of `faults`.

    Returns
    -------
    seed : int
    outcome : str
        ``"held"``, ``"refused"``, ``"wrong"`` or ``"raw"``.
    detail : str
        What was refused, is wrong, or was raised.
    """
    warnings.simplefilter("ignore")
    try:
        frame, file = make_frame(seed)
        found = list(faults(frame, seed, has_network, file))
    except SynthdiffError as error:
        return seed, "refused", f"{type(error).__name__}: {error}"
    except KeyboardInterrupt:
        raise
    except BaseException:  # polars panics with what is no Exception
        return seed, "raw", traceback.format_exc()[-1_500:]
    return (seed, "wrong", "\n    ".join(found)) if found else (seed, "held", "")


def main() -> int:
    """Run, print what was found, and the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.frames", description=__doc__)
    parser.add_argument("--count", type=int, default=2_000, help="frames; default: 2,000")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first frame; default: 0")
    parser.add_argument("--workers", type=int, default=2, help="processes; default: 2")
    parser.add_argument("--only", type=int, help="try this seed alone")
    parser.add_argument("--no-network", action="store_true", help="draw any values instead, which is faster")
    given = parser.parse_args()
    seeds = [given.only] if given.only is not None else range(given.seed, given.seed + given.count)
    start, counts = time.monotonic(), Counter[str]()
    with ProcessPoolExecutor(given.workers) as pool:
        for seed, outcome, detail in pool.map(partial(attempt, has_network=not given.no_network), seeds, chunksize=4):
            counts[outcome] += 1
            if outcome != "held":
                print(f"{seed} {outcome}: {detail}", flush=True)
            if sum(counts.values()) % _EVERY == 0:
                print(_figures(counts, time.monotonic() - start), flush=True)
    print(_figures(counts, time.monotonic() - start))
    return int(bool(counts["wrong"] or counts["raw"]))


def _figures(counts: Counter[str], seconds: float) -> str:
    figures = ", ".join(f"{counts[word]:,} {word}" for word in ("held", "refused", "wrong", "raw"))
    return f"{sum(counts.values()):,} frames in {seconds:.0f} s: {figures}"


if __name__ == "__main__":
    sys.exit(main())
