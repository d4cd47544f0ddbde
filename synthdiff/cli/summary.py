"""What a fit came to: one record for programs, a few lines for people."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from synthdiff.cli.screen import facts_grid, file_size
from synthdiff.models.duration import format_duration
from synthdiff.visible import shown

if TYPE_CHECKING:
    from synthdiff.data.schema import Schema
    from synthdiff.models.tabular import TabularDiffusion


def fit_record(model: TabularDiffusion, path: Path) -> dict[str, Any]:
    """The facts of a fit, as ``fit --json`` prints them; memory in bytes, times in seconds, losses in nats a row."""
    from synthdiff.codecs.beside import describe_codes

    fitted = model.fitted_
    return {
        "model": str(path),
        "rows": model.n_rows_,
        "columns": len(model.schema_.columns),
        "parameters": model.n_parameters_,
        "members": model.n_members_,
        "steps": model.n_steps_,
        "seconds": round(model.fit_seconds_, 3),
        "best_valid_loss": model.best_valid_loss_,
        "peak_memory": peak_memory(),
        "device": str(model.device_),
        "rules": [
            *fitted.groups.describe(),
            *fitted.rules.describe(),
            *describe_codes(fitted.codec.codecs),
        ],
        "warnings": list(model.warnings_),
    }


def print_fit_summary(console: Console, record: dict[str, Any], schema: Schema) -> None:
    """Print the facts of a fit in at most 80 columns."""
    facts = [
        ("rows", f"{record['rows']:,}"),
        ("columns", f"{record['columns']:,}: {kinds_in_words(column.kind for column in schema)}"),
        ("parameters", parameters_in_words(record["parameters"], record["members"])),
        ("steps", f"{record['steps']:,}"),
        ("best loss", f"{record['best_valid_loss']:.3f} nats a row, on held-out rows"),
        ("time", f"{format_duration(record['seconds'])} on {record['device']}"),
    ]
    if record["peak_memory"] is not None:
        facts.append(("memory", f"{file_size(record['peak_memory'])} at its peak"))
    if record["rules"]:
        facts.append(("rules", f"{len(record['rules']):,} between columns, kept in every row; inspect lists them"))
    facts += [("warning", warning) for warning in record["warnings"]]
    console.print(f"Fitted {shown(record['model'])}", style="bold", soft_wrap=True)
    console.print(facts_grid(facts))


def parameters_in_words(parameters: int, members: int) -> str:
    """The number of parameters, and of networks where there are several."""
    return f"{parameters:,}" if members == 1 else f"{parameters:,} in {members} networks"


def kinds_in_words(kinds: Iterable[str]) -> str:
    """The kinds of columns with their numbers, the most frequent first.

    Examples
    --------
    >>> kinds_in_words(["integer", "date", "integer"])
    '2 integer, 1 date'
    """
    return ", ".join(f"{number} {kind}" for kind, number in Counter(kinds).most_common())


def peak_memory() -> int | None:
    """The most memory that this process has held, in bytes; None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
