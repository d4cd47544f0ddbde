"""Models whose parts all say which one it is, so that a mixture of two is seen."""

import math

import torch

from synthdiff.models.artifact import read_artifact, write_artifact

FILES = ["codecs.json", "manifest.json", "model.safetensors", "training.jsonl"]


def write(path, number, force=True):
    """A model whose parts all say which one it is."""
    write_artifact(
        path,
        {"number": number, "best": math.nan},
        {"edges": [number, math.inf]},
        {"weight": torch.full((30, 2), float(number)), "half": torch.tensor([number], dtype=torch.bfloat16)},
        [{"step": step, "valid_loss": number / 3} for step in range(3)],
        force=force,
    )


def read(path):
    """The number of the model; asserts that all its parts belong together."""
    model = read_artifact(path)
    number = model.manifest["number"]
    assert math.isnan(model.manifest["best"])
    assert model.codecs == {"edges": [number, math.inf]}
    assert torch.equal(model.weights["weight"], torch.full((30, 2), float(number)))
    assert model.weights["half"].dtype is torch.bfloat16
    assert [record["step"] for record in model.history] == [0, 1, 2]
    assert all(record["valid_loss"] == number / 3 for record in model.history)
    return number
