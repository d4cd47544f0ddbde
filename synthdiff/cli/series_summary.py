"""What a fit of market series came to: one record for programs, a few lines for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthdiff.cli.screen import counted, facts_grid, file_size
from synthdiff.cli.summary import peak_memory
from synthdiff.models.duration import format_duration
from synthdiff.visible import shown

if TYPE_CHECKING:
    from rich.console import Console

    from synthdiff.models.series import SeriesDiffusion

MOST_NAMES = 6
SCALINGS = {
    "start": "divided by the volatility at its start",
    "running": "each divided by its own volatility",
    "none": "as they are",
}


def series_record(model: SeriesDiffusion, path: Path) -> dict[str, Any]:
    """The facts of a fit, as ``fit --series --json`` prints them; memory in bytes, times in seconds.

    A loss of 1 is about what white noise has: what volatility, correlation and the distribution of each asset tell by
    themselves.
    """
    training, windows = model.fitted_.training, model.fitted_.sampler.codec
    return {
        "model": str(path),
        "rows": model.n_rows_,
        "assets": list(model.assets_),
        "kinds": list(model.codec_.kinds),
        "columns": len(model.names_),
        "first_date": training["first_date"],
        "last_date": training["last_date"],
        "window": training["window"],
        "volatility": scaling_of(windows.followed, windows.scaling),
        "parameters": model.n_parameters_,
        "steps": model.n_steps_,
        "seconds": round(model.fit_seconds_, 3),
        **losses(model.best_valid_loss_, model.history_),
        "check": training.get("check", ""),
        "warnings": model.warnings_,
        "peak_memory": peak_memory(),
        "device": str(model.device_),
    }


def print_series_summary(console: Console, record: Mapping[str, Any]) -> None:
    """Print the facts of a fit in at most 80 columns."""
    facts = [
        ("assets", assets_in_words(record["assets"], record["kinds"])),
        ("rows", span_in_words(record)),
        ("window", window_in_words(record)),
        ("parameters", f"{record['parameters']:,}"),
        ("steps", f"{record['steps']:,}"),
        ("best loss", loss_in_words(record)),
        ("time", f"{format_duration(record['seconds'])} on {record['device']}"),
    ]
    if record["peak_memory"] is not None:
        facts.append(("memory", f"{file_size(record['peak_memory'])} at its peak"))
    if record["check"]:
        facts.append(("paths", f"(history in brackets, where they differ most) {record['check']}"))
    facts += [("warning", warning) for warning in record["warnings"]]
    console.print(f"Fitted {shown(record['model'])}", style="bold", soft_wrap=True)
    console.print(facts_grid(facts))


def scaling_of(followed: Sequence[int], scaling: str) -> str:
    """What series are divided by."""
    return scaling if followed else "none"


def losses(best: float | None, history: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    """Loss on held-out later time, and that of white noise on the same; None where nothing was held out."""
    if best is None or not history:
        return {"best_valid_loss": None, "white_loss": None}
    return {"best_valid_loss": best, "white_loss": history[0]["white_loss"]}


def loss_in_words(record: Mapping[str, Any]) -> str:
    """The loss beside that of white noise."""
    best, white = record["best_valid_loss"], record["white_loss"]
    if best is None:
        return "not measured: too little time or history to hold some out"
    if best >= white:
        return f"{best:.3f} on held-out later time, that of white noise: volatility and correlation say all"
    return f"{best:.3f} on held-out later time, where white noise has {white:.3f}"


def assets_in_words(assets: Sequence[str], kinds: Sequence[str]) -> str:
    """How many assets, which, and how many of them are levels.

    Examples
    --------
    >>> assets_in_words(["SPX", "US10Y"], ["return", "difference"])
    '2: SPX, US10Y (1 level)'
    """
    names = ", ".join(assets[:MOST_NAMES])
    more = f" and {len(assets) - MOST_NAMES} more" if len(assets) > MOST_NAMES else ""
    n_levels = sum(kind == "difference" for kind in kinds)
    return f"{len(assets):,}: {names}{more}" + (f" ({n_levels} level{'s'[: n_levels > 1]})" if n_levels else "")


def span_in_words(record: Mapping[str, Any]) -> str:
    """How many rows, from when to when."""
    rows = f"{record['rows']:,}"
    if record["first_date"] is None:
        return f"{rows}, without dates"
    return f"{rows}, {day(record['first_date'])} to {day(record['last_date'])}"


def window_in_words(record: Mapping[str, Any]) -> str:
    """How many steps are learnt at once, and how volatility is dealt with."""
    return f"{counted(record['window'], 'step')}, {SCALINGS[record['volatility']]}"


def day(text: str) -> str:
    """A moment without seconds, or without its time at midnight.

    Examples
    --------
    >>> day("2019-08-30T00:00:00"), day("2019-08-30T16:30:00")
    ('2019-08-30', '2019-08-30 16:30')
    """
    return text.replace("T", " ").removesuffix(":00").removesuffix(" 00:00")
