"""Learn tables and market series with diffusion models; generate synthetic ones.

>>> from synthdiff import SeriesDiffusion, TabularDiffusion, evaluate, load
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from synthdiff.version import __version__

if TYPE_CHECKING:
    from synthdiff.data.io import read_table
    from synthdiff.evaluation.evaluate import evaluate
    from synthdiff.evaluation.report import Report
    from synthdiff.models.load import load
    from synthdiff.models.series import SeriesDiffusion
    from synthdiff.models.tabular import TabularDiffusion

__all__ = ["Report", "SeriesDiffusion", "TabularDiffusion", "__version__", "evaluate", "load", "read_table"]

# Imported at first use, so that `import synthdiff` and `synthdiff --help` stay fast.
_HOMES = {
    "Report": "synthdiff.evaluation.report",
    "SeriesDiffusion": "synthdiff.models.series",
    "TabularDiffusion": "synthdiff.models.tabular",
    "evaluate": "synthdiff.evaluation.evaluate",
    "load": "synthdiff.models.load",
    "read_table": "synthdiff.data.io",
}


if "torch" not in sys.modules:
    # Read when torch is imported. Idle threads that spin for long take the cores from those that work: beside another
    # busy process on two cores, a training step took 252 ms instead of 36 ms; without one, giving up early costs 2 ms
    # of 26.
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'synthdiff' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
