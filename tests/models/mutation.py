"""Models that somebody has tampered with, their hashes made right again: each must be refused, or work.

``python -m tests.models.mutation --n 5000 --seed 1`` tries that number of each kind of model, in separate processes.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import copy
import functools
import json
import math
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import torch

import synthdiff
from synthdiff import TabularDiffusion
from synthdiff.cli.info import finished_facts, in_words
from synthdiff.errors import ArtifactError, SynthdiffError
from tests.models.dismantled import KINDS, Parts

MEMORY = 3 << 30
"""Bytes that loading a small model and drawing from it may add to the process."""
SECONDS = 20.0
"""For one model, on a busy machine."""
Place = tuple[Any, ...]


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Where something is in nested dictionaries and lists."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*at, key)
        yield from places(item, (*at, key))


@functools.cache
def grouped(kind: str, part: str) -> list[list[Place]]:
    """Places of a part that differ only by their position in a list, together."""
    groups: dict[Place, list[Place]] = collections.defaultdict(list)
    for place in places(getattr(KINDS[kind]()[0], part)):
        groups[tuple("*" if isinstance(key, int) else key for key in place)].append(place)
    return list(groups.values())


def deep(value: Any, depth: int = 200) -> Any:
    """Wrap in lists."""
    for _ in range(depth):
        value = [value]
    return value


NUMBERS: tuple[Any, ...] = (
    0, 1, -1, 2, 3, 7, 255, 10**3, 10**5, 10**9, 10**18, 2**63 - 1, -(2**63), 2**64, 10**30, 10**400,
    0.5, -0.5, 1e-320, 1e-9, 1e15, 1e60, 1e300, -1e300, math.nan, math.inf, -math.inf,
)  # fmt: skip
OTHERS: tuple[Any, ...] = (
    None, True, False, "", "2", "x", "\x1b[2J", "\ud800", "int64", "nan", [], {}, [None], [[]], {"a": 1}, "x" * 300_000,
    "%Y" * 1000, [0] * 100_000, [1.5] * 7, "fixed_size_binary[1000000000]", "dictionary<values=string, indices=int8>",
)  # fmt: skip


def mutate_value(value: Any, rng: random.Random) -> Any:
    """Something else in place of a value; near it, now and then."""
    near: list[Any] = [deep(value), [value], str(value)[:100], {"$float": "nan"}]
    if isinstance(value, bool):
        near += [not value] * 4
    elif isinstance(value, int | float):
        near += [value + 1, value - 1, -value, value * 2, value * 10**9, float(value), value / 3, value * 1.0001] * 2
    elif isinstance(value, str):
        near += [value[:-1], value + "x", value.upper(), value * 50, value[::-1]] * 2
    elif isinstance(value, list):
        near += [value[:-1], value[1:], value[::-1], value + value[:1], value * 1000, value[:1] * len(value)] * 2
        near += [[*value, None], rng.sample(value, len(value))]
    elif isinstance(value, dict):
        mixed = rng.sample(list(value.values()), len(value))
        near += [dict(list(value.items())[1:]), value | {"extra": 1}, dict(zip(value, mixed, strict=True))] * 2
    return rng.choice((rng.choice(near), rng.choice(NUMBERS), rng.choice(OTHERS)))


def mutate_json(kind: str, part: str, parts: Parts, rng: random.Random) -> str:
    """Change one place of the manifest, the codecs or the history; says what."""
    place = rng.choice(rng.choice(grouped(kind, part)))
    owner = getattr(parts, part)
    for key in place[:-1]:
        owner = owner[key]
    key = place[-1]
    how = rng.choice(("value",) * 6 + ("delete", "rename", "swap", "copy"))
    if how == "delete":
        del owner[key]
    elif how == "rename" and isinstance(owner, dict):
        owner[key + "_"] = owner.pop(key)
    elif how in ("swap", "copy"):
        other = rng.choice(list(owner) if isinstance(owner, dict) else range(len(owner)))
        owner[key], owner[other] = (owner[other], owner[key]) if how == "swap" else (owner[other], owner[other])
    else:
        owner[key] = mutate_value(owner[key], rng)
    return f"{part} {'.'.join(map(str, place))} {how}"


def mutate_tensor(parts: Parts, rng: random.Random) -> str:
    """Change one tensor; says how."""
    name = rng.choice(list(parts.weights))
    x = parts.weights[name].clone()
    changed: dict[str, Callable[[], torch.Tensor]] = {
        "extra": lambda: x,
        "shape": lambda: x.reshape(-1, 1),
        "longer": lambda: torch.cat([x, x]) if x.ndim else x[None],
        "empty": lambda: x.flatten()[:0],
        "half": x.half,
        "whole": x.long,
        "nan": lambda: torch.where(torch.rand_like(x) < 0.01, math.nan, x),
        "inf": lambda: torch.full_like(x, math.inf),
        "huge": lambda: x * 1e30,
        "zero": lambda: torch.zeros_like(x),
        "sign": lambda: -x,
    }
    how = rng.choice(("delete", "rename", *changed))
    if how in ("delete", "rename"):
        del parts.weights[name]
    if how != "delete":
        target = name + "x" if how in ("rename", "extra") else name
        parts.weights[target] = x if how == "rename" else changed[how]()
    return f"tensor {name} {how}"


def mutate(kind: str, seed: int) -> tuple[Parts, str]:
    """A model with one thing changed, sometimes two, and what was changed."""
    rng = random.Random(seed)
    parts = copy.deepcopy(KINDS[kind]()[0])
    said = []
    for _ in range(rng.choice((1, 1, 1, 2))):
        part = rng.choice(("codecs", "codecs", "codecs", "manifest", "manifest", "history", "weights"))
        with contextlib.suppress(KeyError, IndexError, TypeError, OverflowError):  # the place is gone by now
            said.append(mutate_tensor(parts, rng) if part == "weights" else mutate_json(kind, part, parts, rng))
    return parts, "; ".join(said)


@contextlib.contextmanager
def limited(seconds: float = SECONDS, memory: int = MEMORY) -> Iterator[None]:
    """Raise in whatever takes longer, or more memory."""

    def stop(*_: Any) -> None:
        raise TimeoutError(f"more than {seconds} seconds")

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    handler = signal.signal(signal.SIGALRM, stop)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + memory, before[1]))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, before)
        signal.signal(signal.SIGALRM, handler)


def use(path: Path, frame: Any) -> None:
    """Do with a model what people do."""
    in_words(finished_facts(path))
    model = synthdiff.load(path, device="cpu")
    if isinstance(model, TabularDiffusion):
        model.sample(10, random_state=0)
        model.log_prob(frame)
    else:
        model.sample(10, 40, random_state=0)
        model.forecast(horizon=20, n_paths=10, random_state=0)


def attempt(kind: str, seed: int, folder: Path) -> tuple[str, str]:
    """What becomes of one mutated model, ``"refused"``, ``"works"``, ``"fails"`` or ``"raw"``, and why."""
    frame = KINDS[kind]()[1]
    parts, said = mutate(kind, seed)
    path = folder / "m.synthdiff"
    try:
        parts.write(path)
    except (TypeError, ValueError, OverflowError):  # nothing that JSON or safetensors can hold
        return "unwritten", said
    began = time.monotonic()
    try:
        with limited(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            use(path, frame)
    except ArtifactError as error:
        return "refused", f"{said}: {error}"
    except SynthdiffError as error:
        return "fails", f"{said}: {type(error).__name__} {error}"
    except BaseException as error:
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = "" if place is None else f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}"
        return "raw", f"seed {seed}: {said}: {type(error).__name__} {str(error)[:150]} at {where}"
    finally:
        if time.monotonic() - began > SECONDS / 2:
            click.echo(f"slow: {kind} {seed} {said}: {time.monotonic() - began:.1f} s", err=True)
    return "works", said


def run(kind: str, seeds: range) -> tuple[collections.Counter[str], list[str]]:
    """Try mutated models of one kind: how often what became of them, and what must not have happened."""
    counts: collections.Counter[str] = collections.Counter()
    bad = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            outcome, why = attempt(kind, seed, Path(folder))
            counts[outcome] += 1
            bad += [why] * (outcome == "raw")
    return counts, bad


def main() -> None:
    """Try many, in batches, each in a process of its own: a crash is one more thing that must not happen."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kind", choices=list(KINDS), action="append")
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=250)
    options = parser.parse_args()
    for kind in options.kind or list(KINDS):
        total: collections.Counter[str] = collections.Counter()
        first, stop = options.seed * 10**6, options.seed * 10**6 + options.n
        if options.n <= options.batch:
            total, bad = run(kind, range(first, stop))
            click.echo(json.dumps([total, bad]))
            continue
        for at in range(first, stop, options.batch):
            program = (
                "import json; from tests.models.mutation import run;"
                f"print(json.dumps(run({kind!r}, range({at}, {min(at + options.batch, stop)}))))"
            )
            done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
            click.echo(done.stderr[-2000:], nl=False, err=True)
            found = re.search(r"^\[\{.*\]$", done.stdout, re.MULTILINE)
            counts, bad = json.loads(found[0]) if found else ({"crash": 1}, [f"batch at {at}: exit {done.returncode}"])
            total.update(counts)
            click.echo("".join(f"{why}\n" for why in bad), nl=False)
        click.echo(f"{kind} {dict(total)}")


if __name__ == "__main__":
    main()
