"""Models that somebody has tampered with, their hashes made right again, and folders that hold no files of a model."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.attack.outcome import Outcome

SPECIAL_SHARE = 0.1
FILES = ("manifest.json", "codecs.json", "model.safetensors", "training.jsonl")


class ModelAttack:
    """Load a mutated model and draw ten rows or paths: the bad-model error, or rows."""

    seconds = 60.0

    def prepare(self, folder: Path) -> None:
        """Fit the models that are tampered with."""
        from tests.models.dismantled import KINDS

        self.folder = folder
        for name, make in KINDS.items():
            make()[0].write(folder / f"{name}.synthdiff")
        self.kinds = tuple(KINDS)

    def attempt(self, rng: np.random.Generator, folder: Path) -> Outcome:
        """Try one."""
        from tests.models.mutation import attempt

        kind = str(rng.choice(self.kinds))
        if rng.random() < SPECIAL_SHARE:
            return self._special(kind, rng, folder)
        result, why = attempt(kind, int(rng.integers(2**31)), folder)
        return Outcome("raw" if result == "raw" else "held", f"{result}: {why}")

    def _special(self, kind: str, rng: np.random.Generator, folder: Path) -> Outcome:
        """Put something that is no regular file into the place of one."""
        import synthdiff
        from synthdiff.errors import ArtifactError

        path = folder / "m.synthdiff"
        shutil.copytree(self.folder / f"{kind}.synthdiff", path)
        name, how = str(rng.choice(FILES)), str(rng.choice(list(SPECIAL)))
        (path / name).unlink()
        SPECIAL[how](path / name)
        try:
            synthdiff.load(path, device="cpu").sample(10)
        except ArtifactError as error:
            return Outcome("held", f"{how} as {name}: {error}")
        return Outcome("wrong", f"{how} as {name} was read")


def _socket(path: Path) -> None:
    os.chdir(path.parent)  # the name of a socket may have 107 bytes
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)


def _sparse(path: Path) -> None:
    with open(path, "wb") as stream:
        stream.truncate(20 << 30)


SPECIAL: dict[str, Callable[[Path], None]] = {
    "a FIFO": os.mkfifo,
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to nothing": lambda path: path.symlink_to("nothing"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a folder": lambda path: path.mkdir(),
    "a socket": _socket,
    "a sparse file of 20 GB": _sparse,
    "an empty file": lambda path: path.touch(),
}
