"""Networks on the meta device."""

from __future__ import annotations

import subprocess
import sys

import torch

from synthdiff.models.restore import META, on_meta
from synthdiff.networks.mlp import CellLayout, MLPDenoiser

LAYOUT = CellLayout(
    [0, 3, 5],
    [0],
    3,
    torch.zeros(5),
    torch.tensor([0.0, 0.5, 1.0, torch.nan, torch.nan]),
    torch.tensor([0, 1, 1, 1, 1]),
    1,
)
BUILD = """
import sys
from tests.models.test_restore import LAYOUT, MLPDenoiser, META, on_meta
with on_meta():
    MLPDenoiser(LAYOUT.to(META), 8, 1)
assert "torch._dynamo" not in sys.modules
"""


def test_layers_on_the_meta_device_have_shapes_and_no_values() -> None:
    with on_meta():
        there = MLPDenoiser(LAYOUT.to(META), width=8, n_blocks=2)
    here = MLPDenoiser(LAYOUT, width=8, n_blocks=2)
    found = {name: (x.shape, x.dtype) for name, x in [*there.named_parameters(), *there.named_buffers()]}
    assert found == {name: (x.shape, x.dtype) for name, x in [*here.named_parameters(), *here.named_buffers()]}
    assert all(x.is_meta for x in there.parameters())


def test_no_compiler_is_imported_for_it() -> None:
    done = subprocess.run([sys.executable, "-c", BUILD], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
