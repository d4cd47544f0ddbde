"""Where measurements are kept: each as JSON, with all that was measured, and as Markdown for readers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.machine import ROOT
from synthdiff.storage import write_file

RESULTS = ROOT / "benchmarks" / "results"


def save(stem: Path, record: dict[str, Any], text: str) -> None:
    """Write ``STEM.json`` and ``STEM.md``, in place of older ones; a kill leaves the old or the new."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    write_file(beside(stem, "json"), (json.dumps(record, indent=1) + "\n").encode())
    write_file(beside(stem, "md"), (text + "\n").encode())


def beside(stem: Path, ending: str) -> Path:
    """A file of a result; a stem may have dots in it."""
    return stem.with_name(f"{stem.name}.{ending}")
