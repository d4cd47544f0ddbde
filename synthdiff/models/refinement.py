"""The stage within bins of a fit: a tenth of the budget at its end, and what it leaves behind.

Which columns are worth it is measured on held-out rows; where none is, nothing remains but the measurements.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch

from synthdiff.batch import Cells
from synthdiff.codecs.alphabet import TableAlphabet
from synthdiff.codecs.token import FloatArray, IntArray, NumberTokens
from synthdiff.diffusion.masked import MaskedProcess
from synthdiff.models.restore import build_network, check_tensors
from synthdiff.networks.ensemble import DenoiserEnsemble
from synthdiff.networks.refiner import CellRefiner, make_refiner
from synthdiff.record import require
from synthdiff.runtime import global_seed
from synthdiff.sampling.heun import PositionSampler
from synthdiff.training.position import PositionTable, position_table
from synthdiff.training.refine import RefineConfig, RefinerTrainer, candidate_columns
from synthdiff.training.schedule import Budget
from synthdiff.training.state import FitProgress
from synthdiff.training.trainer import Trainer

SHARE = 0.1
"""Of the time. A step costs about half of one of the main network, so of the steps it is twice that."""
CHUNK = 65_536
PREFIX = "refiner."


@dataclass(frozen=True)
class Refinement:
    """What the stage within bins has learnt.

    Attributes
    ----------
    network : CellRefiner or None
        None where no column is refined.
    columns : list of int
        The refined ones, among the learnt columns.
    gains : list of dict
        Column, gain in nats a cell, its standard error and the number of cells, of each candidate.
    """

    network: CellRefiner | None = None
    columns: list[int] = field(default_factory=list)
    gains: list[dict[str, Any]] = field(default_factory=list)

    def sampler(self, offsets: list[int], precision: torch.dtype) -> PositionSampler | None:
        """What draws the positions; None where they are all uniform."""
        return None if self.network is None else PositionSampler(self.network, self.columns, offsets, precision)

    def weights(self) -> dict[str, torch.Tensor]:
        """Weights, under names of their own."""
        return {} if self.network is None else {PREFIX + k: v for k, v in self.network.state_dict().items()}

    def to_dict(self) -> dict[str, Any]:
        """Everything but the weights, as JSON holds it."""
        return {"columns": self.columns, "gains": self.gains}

    @classmethod
    def restore(
        cls, data: dict[str, Any], weights: Mapping[str, torch.Tensor], network: DenoiserEnsemble
    ) -> Refinement:
        """Put back what `to_dict` and `weights` gave, for the main network that it belongs to.

        Parameters
        ----------
        data : dict
            Columns and gains.
        weights : mapping of str to torch.Tensor
            All of the refiner's, on the CPU; none where no column is refined.
        network : DenoiserEnsemble

        Raises
        ------
        ValueError
            Columns are refined that have no positions, or the weights do not fit.
        """
        columns, layout = data["columns"], network.layout
        require(columns == sorted(set(columns)) and set(columns) <= set(layout.numbers), "other columns are refined")
        if not columns:
            check_tensors(weights, {})
            return cls(None, [], data["gains"])
        width = network.members[0].head.in_features
        refiner = build_network(lambda meta: CellRefiner(layout, width), weights)
        return cls(refiner.to(network.device), columns, data["gains"])


def may_refine(alphabet: TableAlphabet) -> bool:
    """Whether any token leaves a position open."""
    return any(isinstance(c, NumberTokens) and c.n_bins for c in alphabet.columns)


def training_budget(budget: Budget) -> Budget:
    """What is left for the main network; a number of steps counts its own steps alone."""
    return budget if budget.max_time is None else replace(budget, max_time=(1 - SHARE) * budget.max_time)


def refining_budget(budget: Budget, n_steps: int) -> Budget:
    """What the stage may spend after `n_steps` of the main network."""
    if budget.max_time is not None:
        return Budget(10**9, SHARE * budget.max_time)
    return Budget(max(1, round(2 * SHARE * n_steps)))


def refine(
    main: Trainer,
    alphabet: TableAlphabet,
    values: FloatArray,
    split: tuple[IntArray, IntArray],
    budget: Budget,
    last: FitProgress,
) -> Generator[FitProgress, None, Refinement]:
    """Train and gate the stage within bins; yields the progress and returns what it leaves.

    Parameters
    ----------
    main : Trainer
        Of the main network, at its end; it does not change.
    alphabet : TableAlphabet
    values : (n, D) float64
        Of the learnt columns.
    split : pair of int64 arrays
        Rows that the main network was trained on, and held out.
    budget : Budget
        Of the whole fit.
    last : FitProgress
        Where the main network's training ended.
    """
    began = time.monotonic()
    process, seed = main.objective.process, main.config.seed
    positions = _positions(alphabet, process, main.train, values[split[0]])
    columns = candidate_columns(positions)
    if not columns:
        return Refinement()
    network = main.network.eval().requires_grad_(False)
    with global_seed(seed, "refiner"):
        refiner = make_refiner(network).to(main.device)
    config = RefineConfig(refining_budget(budget, main.state.step), precision=main.config.precision, seed=seed)
    trainer = RefinerTrainer(network, refiner, process, main.train, positions, columns, config)
    for share in trainer.run():
        elapsed = last.elapsed + time.monotonic() - began
        yield replace(last, phase="refine", elapsed=elapsed, fraction=1 - SHARE * (1 - share))
    valid = alphabet.encode(values[split[1]]).cells(main.device)
    gains = trainer.measure(valid, _positions(alphabet, process, valid, values[split[1]]))
    main.state.elapsed += time.monotonic() - began
    winners = [gain.column for gain in gains if gain.wins]
    kept = refiner.eval().requires_grad_(False) if winners else None
    return Refinement(kept, winners, [asdict(gain) for gain in gains])


def _positions(alphabet: TableAlphabet, process: MaskedProcess, cells: Cells, values: FloatArray) -> PositionTable:
    """Positions of all cells, with the tokens that they have along the preferred order."""
    parts = []
    for start in range(0, len(cells), CHUNK):
        some = cells.take(slice(start, start + CHUNK))
        # The last cell's turn: everything before it is seen, so each token is resolved as it was when it was hidden.
        n_seen = torch.full((len(some), 1), process.n_columns - 1)
        noisy = process.perturb(some, process.preferred_times(len(some), n_seen).to(cells.base.device))
        tokens = noisy.tokens.cpu().numpy()
        parts.append(position_table(alphabet, values[start : start + CHUNK], tokens, cells.base.device))
    return PositionTable(torch.cat([p.low for p in parts]), torch.cat([p.high for p in parts]))
