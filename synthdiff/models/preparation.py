"""The trainer of a table, and the rows that it is given."""

from __future__ import annotations

import torch

from synthdiff.codecs.alphabet import EncodedTable
from synthdiff.codecs.table import TableCodec
from synthdiff.data.split import IntArray, split_rows
from synthdiff.diffusion.masked import MaskedProcess
from synthdiff.models.capacity import members_that_fit
from synthdiff.models.layout import cell_layout
from synthdiff.models.plan import FitPlan
from synthdiff.models.refinement import may_refine, training_budget
from synthdiff.models.restore import META, on_meta
from synthdiff.networks.mlp import MLPDenoiser
from synthdiff.runtime import global_seed, spawn_seed
from synthdiff.training.objective import Objective
from synthdiff.training.schedule import Budget
from synthdiff.training.state import TrainerConfig
from synthdiff.training.trainer import Trainer

MIN_VALID = 500


def make_trainer(plan: FitPlan, budget: Budget, codec: TableCodec, encoded: EncodedTable, order: list[int]) -> Trainer:
    """Build what trains a table.

    Parameters
    ----------
    plan : FitPlan
    budget : Budget
        What is left of the plan's for training.
    codec : TableCodec
    encoded : EncodedTable
        All rows.
    order : list of int
        The preferred order of the learnt columns.
    """
    config, device = plan.config, plan.device
    train, valid = split_of(plan, len(encoded.base))
    cells = encoded.cells(device)
    layout = cell_layout(codec.alphabet, encoded)

    def build(member: int) -> MLPDenoiser:
        with global_seed(plan.seed, "weights", member):
            return MLPDenoiser(layout, **config.network.model_dump()).to(device)

    objective = Objective(MaskedProcess(codec.alphabet, order, device), codec.alphabet.offsets)
    refines = config.refine and may_refine(codec.alphabet)
    return Trainer(
        build,
        objective,
        cells.take(torch.from_numpy(train).to(device)),
        cells.take(torch.from_numpy(valid).to(device)),
        list(codec.learnt),
        TrainerConfig(
            budget=training_budget(budget) if refines else budget,
            batch_size=config.batch_size,
            learning_rate=config.learning_rate,
            weight_decay=config.weight_decay,
            decay=config.ema_decay,
            precision=plan.precision,
            seed=plan.seed,
            max_members=_members(plan, codec, 1 if refines else config.max_members),
        ),
    )


def _members(plan: FitPlan, codec: TableCodec, wanted: int) -> int:
    """Networks that the model may have, so that it can be saved."""
    with on_meta():
        network = MLPDenoiser(cell_layout(codec.alphabet).to(META), **plan.config.network.model_dump())
    return members_that_fit(network, codec.alphabet, codec.learnt, wanted)


def split_of(plan: FitPlan, n_rows: int) -> tuple[IntArray, IntArray]:
    """Rows to train on and to validate with; a single row is its own validation."""
    least = max(min(MIN_VALID, n_rows // 5), 1)
    n_valid = min(max(round(n_rows * plan.config.valid_fraction), least), plan.config.max_valid_rows)
    train, valid = split_rows(n_rows, n_valid / n_rows, spawn_seed(plan.seed, "split"))
    return (train if len(train) else valid), valid
