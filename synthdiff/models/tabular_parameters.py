"""What the parameters of `TabularDiffusion` and of its methods may be."""

from __future__ import annotations

from synthdiff.data.schema import Schema
from synthdiff.models.config import PRESETS
from synthdiff.models.duration import Duration
from synthdiff.parameter import Rules
from synthdiff.rule import COUNT, SEED, Choice, Either, Flag, Folder, Instance, Names, Number, OrNone, Text

FITTING: Rules = {
    "preset": Choice(*PRESETS),
    "schema": OrNone(Either(Instance("a Schema, a dictionary or a file", (Schema, dict)), Folder())),
    "categorical": Names(),
    "text": Choice("null", "resample", "lorem"),
    "pii": Choice("regenerate", "keep", "null"),
    "max_time": OrNone(Duration()),
    "max_steps": OrNone(COUNT),
    "device": Text(),
    "precision": Choice("auto", "float32", "bfloat16"),
    "rules": Flag(),
    "track": Flag(),
    "random_state": OrNone(SEED),
}
"""Parameters of the constructor, checked when a fit begins."""
STEPS: Rules = {"checkpoint": OrNone(Folder()), "spent": Number(least=0)}
SAMPLING: Rules = {"n_samples": COUNT, "random_state": OrNone(SEED), "batch_size": OrNone(COUNT)}
SAVING: Rules = {"path": Folder(), "force": Flag()}
LOADING: Rules = {"path": Folder(), "device": Text()}
