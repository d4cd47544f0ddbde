"""A virtual environment for each family of rivals: their pins contradict ours and one another's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PINS = Path(__file__).parent / "rivals"
_STAMP = "pins.txt"


def default_folder() -> Path:
    """Where environments are kept: ``synthdiff-benchmarks`` in ``$XDG_CACHE_HOME`` or ``~/.cache``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "synthdiff-benchmarks"


def python_of(name: str, folder: Path) -> Path:
    """The Python of an environment, which is made first where it is absent or has other pins.

    Parameters
    ----------
    name : str
        The pins are in ``benchmarks/rivals/NAME.txt``, all of them: nothing else gets installed, so that a package that
        breaks another one can be left out.
    folder : Path
        Where environments are kept.

    Raises
    ------
    RuntimeError
        pip failed; its last line says why.
    """
    pins = PINS / f"{name}.txt"
    home = folder.resolve() / name
    python, stamp = home / "bin" / "python", home / _STAMP
    if stamp.exists() and stamp.read_text() == pins.read_text():
        return python
    _call(sys.executable, "-m", "venv", "--clear", home)
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    torch = [line for line in pins.read_text().splitlines() if line.startswith("torch==")]
    if torch:  # with what its build needs: a CUDA build brings libraries that the pins, made on a CPU, do not name
        _call(*pip, *torch)
    _call(*pip, "--no-deps", "-r", pins)
    shutil.copy(pins, stamp)  # last: an environment that is half made is made again
    return python


def _call(*words: str | Path) -> None:
    command = [str(word) for word in words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise RuntimeError(f"{' '.join(command[1:4])} ...: {last}")
