"""Where measurements are kept: each as JSON, with all that was measured, and as Markdown for readers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.machine import ROOT

RESULTS = ROOT / "benchmarks" / "results"


def save(stem: Path, record: dict[str, Any], text: str) -> None:
    """Write ``STEM.json`` and ``STEM.md``, in place of older ones."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    stem.with_name(f"{stem.name}.json").write_text(json.dumps(record, indent=1) + "\n")
    stem.with_name(f"{stem.name}.md").write_text(text + "\n")
