"""What a measurement ran on: commands with their time and peak memory, the machine, the versions."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("synthdiff", "torch", "numpy", "pandas", "pyarrow", "scikit-learn", "sdmetrics", "xgboost-cpu", "xgboost")
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Run:
    """One command that has ended well.

    Attributes
    ----------
    seconds : float
        Wall clock, from start to end.
    peak_mb : float
        The most memory the process held, in MB of 10^6 bytes.
    output : str
        What it wrote to stdout.
    """

    seconds: float
    peak_mb: float
    output: str


# A child's peak counts from the fork, when it still holds its parent's pages: the parent must be a small process.
_LAUNCHER = """
import json, os, sys
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
json.dump([os.waitstatus_to_exitcode(status), usage.ru_maxrss], open(sys.argv[1], "w"))
"""


def run(command: Sequence[str | Path], *, limit: float | None = None, log: Path | None = None) -> Run:
    """Run a command in the project's folder.

    Parameters
    ----------
    command : sequence of str or Path
        Program and words.
    limit : float or None
        Seconds after which it is killed, with all that it has started.
    log : Path or None
        File for its stderr, whose last line then says why it failed; None: this process's.

    Raises
    ------
    RuntimeError
        The command ends with another status than 0, or not in time.
    """
    words = [str(word) for word in command]
    with tempfile.NamedTemporaryFile("r") as report, contextlib.ExitStack() as stack:
        launcher = [sys.executable, "-ISc", _LAUNCHER, report.name, *words]
        stderr = stack.enter_context(log.open("w")) if log else None
        start = time.perf_counter()
        process = subprocess.Popen(
            launcher, stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=ROOT, start_new_session=True
        )
        try:
            output, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"killed after {limit:.0f} s") from None
        finally:
            if process.poll() is None:  # the launcher's session: it and the command
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()  # its end of the pipe closes when both are gone
        seconds = time.perf_counter() - start
        status, peak = json.load(report)
    if status:
        raise RuntimeError(_last_line(log) or f"exit status {status} of: {' '.join(words)}")
    return Run(seconds, peak * _MAXRSS_UNIT / 1e6, output)


def _last_line(log: Path | None) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log else []
    return lines[-1] if lines else ""


def synthdiff(*words: str | Path, limit: float | None = None, log: Path | None = None) -> Run:
    """Run a command of this checkout's command line: ``synthdiff("fit", "adult.parquet")``."""
    return run([sys.executable, "-m", "synthdiff", *words], limit=limit, log=log)


def describe() -> dict[str, Any]:
    """What decides a measurement besides the code: JSON-able, written into every result."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cpu": _cpu(),
        "cores": cores,
        "memory_gb": _memory_gb(),
        "gpu": _gpu(),
        "system": platform.platform(),
        "load_before": round(os.getloadavg()[0], 2),
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
        "python": platform.python_version(),
        "versions": _versions(),
        "commit": commit(),
    }


def machine_name(facts: dict[str, Any]) -> str:
    """A short name of a machine for the name of a file: ``2-cores``, or that of its GPU."""
    words = facts["gpu"] or f"{facts['cores']}-cores-{facts['cpu']}"
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def summary(facts: dict[str, Any]) -> str:
    """One line about the machine and the versions, for below a table."""
    gpu = f"{facts['gpu']}, " if facts["gpu"] else ""
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    return (
        f"{gpu}{facts['cores']} cores of {facts['cpu']}, {facts['memory_gb']} GB, load {facts['load_before']} before; "
        f"Python {facts['python']}, {versions}; commit {facts['commit']}"
    )


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE)
        if found:
            return found.group(1).strip()
    return platform.processor() or platform.machine()


def _memory_gb() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def _gpu() -> str | None:
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def commit() -> str:
    """The commit that is measured, and whether the package has changed since."""
    git = ["git", "-C", str(ROOT)]
    head = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    changed = subprocess.run([*git, "status", "--porcelain", "synthdiff"], capture_output=True, text=True, check=False)
    return (head.stdout.strip() or "unknown") + (" with changes" if changed.stdout.strip() else "")
