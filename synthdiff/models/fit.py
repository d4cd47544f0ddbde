"""The course of a fit: encode the table, train the denoiser, keep what sampling needs."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch

from synthdiff.codecs.alphabet import N_COORDINATES, EncodedTable, TableAlphabet
from synthdiff.codecs.infer import infer_schema
from synthdiff.codecs.order import preferred_order
from synthdiff.codecs.partner import most_pairs
from synthdiff.codecs.personal.disguise import disguise
from synthdiff.codecs.personal.infer import personal_notes
from synthdiff.codecs.table import TableCodec
from synthdiff.codecs.token import FloatArray
from synthdiff.constraints.groups import NO_GROUPS, Groups
from synthdiff.constraints.rules import NO_RULES, RuleSet
from synthdiff.constraints.search import Findings, find_rules
from synthdiff.data.schema import Schema
from synthdiff.data.split import IntArray, split_rows
from synthdiff.diffusion.masked import MaskedProcess
from synthdiff.errors import ConfigError
from synthdiff.models.capacity import check_codecs, members_that_fit
from synthdiff.models.config import TabularConfig, preset_config
from synthdiff.models.duration import parse_duration
from synthdiff.models.refinement import Refinement, may_refine, refine, training_budget
from synthdiff.models.remark import NOT_CALIBRATED, overfitting, refuse_without_step
from synthdiff.models.restore import META, on_meta
from synthdiff.models.track import Tracker
from synthdiff.networks.ensemble import DenoiserEnsemble
from synthdiff.networks.mlp import CellLayout, MLPDenoiser
from synthdiff.runtime import choose_device, choose_precision, count_threads, global_seed, spawn_seed
from synthdiff.sampling.calibrate import calibrate
from synthdiff.steps import Steps
from synthdiff.training.checkpoint import Checkpoint, load_checkpoint, resuming, save_checkpoint
from synthdiff.training.objective import Objective
from synthdiff.training.schedule import Budget
from synthdiff.training.state import FitProgress, TrainerConfig
from synthdiff.training.trainer import Trainer

CHECKPOINT_SECONDS = 20.0
MIN_VALID = 500
SEARCH_SHARE = 0.05
"""Share of a time limit that the search for relations may take in a wide table."""
TRAINING_SHARE = 0.94
"""Of a time limit; the rest is for calibrating."""


@dataclass(frozen=True)
class TabularFit:
    """A finished fit: all that sampling, saving and reporting need; no training data."""

    params: dict[str, Any]
    config: TabularConfig
    schema: Schema
    codec: TableCodec
    order: list[int]
    network: DenoiserEnsemble
    history: list[dict[str, Any]]
    best_valid_loss: float
    n_rows: int
    n_steps: int
    seconds: float
    seed: int
    fingerprint: str
    device: torch.device
    precision: torch.dtype
    threads: int
    warnings: list[str]
    refinement: Refinement = field(default_factory=Refinement)
    rules: RuleSet = NO_RULES
    groups: Groups = NO_GROUPS


@dataclass(frozen=True)
class FitPlan:
    """What a fit was asked for, made definite."""

    params: dict[str, Any]
    config: TabularConfig
    schema: Schema
    seed: int
    budget: Budget
    device: torch.device
    precision: torch.dtype
    fingerprint: str

    @property
    def identity(self) -> dict[str, Any]:
        """What must agree for an unfinished fit to go on."""
        return {
            "config": self.config.model_dump(),
            "schema": self.schema.to_dict(),
            "data": self.fingerprint,
            "budget": asdict(self.budget),
            "seed": self.seed,
            "precision": str(self.precision),
        }


def run_fit(params: dict[str, Any], table: pa.Table, folder: Path | None) -> Generator[FitProgress, None, TabularFit]:
    """Fit a table; yields the progress and returns the finished fit.

    Parameters
    ----------
    params : dict
        The estimator's parameters.
    table : pa.Table
    folder : Path or None
        For checkpoints.
    """
    began = time.monotonic()
    found = None if folder is None else load_checkpoint(folder)
    plan = _plan(params, table, found)
    if found is not None:
        _check_same(plan, found, folder)
    yield FitProgress("encode", budget=plan.budget.max_time)
    work = yield from _prepare(plan, table, began)
    message = "" if found is None else _resume(work.trainer, found, folder)
    work.trainer.state.elapsed += time.monotonic() - began
    yield FitProgress("encode", work.trainer.state.step, budget=plan.budget.max_time, message=message)
    if work.codec.learnt:
        return _finish(plan, work, (yield from _learn(plan, work, folder)))
    return _finish(plan, work, _Learnt(work.trainer.ensemble().eval().requires_grad_(False)))


@dataclass(frozen=True)
class _Work:
    """What a fit works on."""

    codec: TableCodec
    values: FloatArray
    encoded: EncodedTable
    order: list[int]
    trainer: Trainer
    findings: Findings
    notes: list[str]


@dataclass(frozen=True)
class _Learnt:
    """What a fit has made, and what must be said of it."""

    network: DenoiserEnsemble
    refinement: Refinement = field(default_factory=Refinement)
    remarks: list[str] = field(default_factory=list)


def _prepare(plan: FitPlan, table: pa.Table, began: float) -> Generator[FitProgress, None, _Work]:
    """Encode the table and build the trainer; yields the progress."""
    limit = plan.budget.max_time
    n_pairs = most_pairs(None if limit is None else SEARCH_SHARE * limit)
    hidden = disguise(table, plan.schema, spawn_seed(plan.seed, "personal"))
    steps = Steps(TableCodec.fit_steps(table, plan.schema, spawn_seed(plan.seed, "relations"), n_pairs, hidden))
    for done in steps:
        elapsed = time.monotonic() - began
        detail = f"{done.phase} column {done.n_done:,} of {done.n_columns:,}"
        yield FitProgress("encode", elapsed=elapsed, budget=limit, detail=detail)
    codec, values = steps.result
    found = Findings()
    if plan.params["rules"]:
        yield FitProgress("encode", elapsed=time.monotonic() - began, budget=limit, detail="looking for rules")
        codec = codec.composed(table, hidden)
        found = find_rules(hidden.table, plan.schema, codec.codecs, spawn_seed(plan.seed, "rules"))
    check_codecs(codec, found.rules)
    encoded = codec.alphabet.encode(values)
    order = found.groups.order(preferred_order(codec.alphabet), codec.learnt)
    notes = codec.notes + [note for notes in personal_notes(table, plan.schema).values() for note in notes]
    return _Work(codec, values, encoded, order, _trainer(plan, codec, encoded, order), found, notes)


def _learn(plan: FitPlan, work: _Work, folder: Path | None) -> Generator[FitProgress, None, _Learnt]:
    """Train, refine and calibrate; yields the progress."""
    trainer, alphabet, refinement = work.trainer, work.codec.alphabet, Refinement()
    tracker, limit = _tracker(plan, work), _seconds(plan.params)
    encoded = trainer.state.elapsed
    last = yield from _train(trainer, plan, folder, tracker)
    if limit is not None:
        refuse_without_step(trainer.state.step, encoded, limit)
    if plan.config.refine and may_refine(alphabet):
        split = _split(plan, len(work.values))
        refinement = yield from refine(trainer, alphabet, work.values, split, plan.budget, last)
    yield replace(last, phase="calibrate", fraction=0.99)
    began = time.monotonic()
    left = None if limit is None else max(limit - trainer.state.elapsed, 0.0)
    network = trainer.ensemble().eval().requires_grad_(False)
    cells = work.encoded.cells(plan.device)
    was_time = calibrate(network, alphabet, work.order, cells, plan.precision, plan.seed, left)
    trainer.state.elapsed += time.monotonic() - began
    if tracker is not None:
        last = replace(last, auc=tracker.look(network, trainer.state.step))
        trainer.state.history[-1]["auc"] = last.auc
    yield replace(last, phase="done", fraction=1.0)
    remarks = overfitting(trainer.state.history) + [NOT_CALIBRATED] * (not was_time)
    return _Learnt(network, refinement, remarks)


def _tracker(plan: FitPlan, work: _Work) -> Tracker | None:
    if not plan.params["track"]:
        return None
    held_out = work.values[_split(plan, len(work.values))[1]]
    return Tracker(work.codec.alphabet, work.order, held_out, plan.precision, plan.seed)


def _finish(plan: FitPlan, work: _Work, learnt: _Learnt) -> TabularFit:
    state = work.trainer.state
    return TabularFit(
        params=plan.params,
        config=plan.config,
        schema=plan.schema,
        codec=work.codec,
        order=work.order,
        network=learnt.network,
        history=state.history,
        best_valid_loss=state.best if work.codec.learnt else 0.0,
        n_rows=len(work.values),
        n_steps=state.step,
        seconds=state.elapsed,
        seed=plan.seed,
        fingerprint=plan.fingerprint,
        device=plan.device,
        precision=plan.precision,
        threads=count_threads(),
        warnings=work.notes + learnt.remarks,
        refinement=learnt.refinement,
        rules=work.findings.rules,
        groups=work.findings.groups,
    )


def _train(
    trainer: Trainer, plan: FitPlan, folder: Path | None, tracker: Tracker | None
) -> Generator[FitProgress, None, FitProgress]:
    """Train with checkpoints: now and then, at the end, and on an interrupt; returns the last progress."""
    saved, n_seen = time.monotonic(), len(trainer.state.history)
    try:
        for progress in trainer.run():
            history = trainer.state.history
            if tracker is not None and len(history) > n_seen and tracker.is_due(trainer.state.elapsed):
                history[-1]["auc"] = tracker.look(DenoiserEnsemble([trainer.average]), trainer.state.step)
            n_seen = len(history)
            progress = progress if tracker is None else replace(progress, auc=tracker.auc)
            yield progress
            if folder is not None and time.monotonic() - saved > CHECKPOINT_SECONDS:
                _save(trainer, plan, folder)
                saved = time.monotonic()
    except KeyboardInterrupt:
        if folder is not None:
            _save(trainer, plan, folder)
        raise
    if folder is not None:  # a fit that is stopped from here on goes straight to what follows
        _save(trainer, plan, folder)
    return progress


def _save(trainer: Trainer, plan: FitPlan, folder: Path) -> None:
    meta = {"identity": plan.identity, "threads": count_threads(), "state": asdict(trainer.state)}
    save_checkpoint(folder, trainer.tensors(), meta)


def _resume(trainer: Trainer, found: Checkpoint, folder: Path | None) -> str:
    """Go on from a checkpoint; says so."""
    with resuming(folder):
        trainer.restore(dict(found.tensors), found.part("state"))
    return f"resuming from step {trainer.state.step:,}{found.other_threads()}"


def _check_same(plan: FitPlan, found: Checkpoint, folder: Path | None) -> None:
    """Refuse to go on with a fit of something else."""
    wanted, kept = json.loads(json.dumps(plan.identity)), found.part("identity")
    if kept != wanted:
        changed = [name for name, value in wanted.items() if kept.get(name) != value]
        raise ConfigError(
            f"{folder} holds an unfinished fit with another {' and '.join(changed)}: "
            "give the same data and options to go on with it, or start anew with --force"
        )


def _plan(params: dict[str, Any], table: pa.Table, found: Checkpoint | None) -> FitPlan:
    config = preset_config(params["preset"])
    device = choose_device(params["device"])
    seed = params["random_state"]
    if seed is None:
        seed = found.seed if found else int(np.random.default_rng().integers(2**31))
    return FitPlan(
        params=params,
        config=config,
        schema=infer_schema(
            table, params["categorical"], params["text"], Schema.given(params["schema"]), params["pii"], params["rules"]
        ),
        seed=int(seed),
        budget=budget(params, config.max_steps),
        device=device,
        precision=choose_precision(params["precision"], device),
        fingerprint=_fingerprint(table),
    )


def budget(params: dict[str, Any], max_steps: int) -> Budget:
    """What a fit may spend, by its parameters and the number of steps of its preset."""
    steps = params["max_steps"]
    seconds = _seconds(params)
    # A time plans the schedule by itself: the preset's number of steps is then no limit.
    limit = steps if steps is not None else max_steps if seconds is None else 10**9
    return Budget(limit, None if seconds is None else TRAINING_SHARE * seconds)


def _seconds(params: dict[str, Any]) -> float | None:
    return None if params["max_time"] is None else parse_duration(params["max_time"])


def _fingerprint(table: pa.Table) -> str:
    """Hash of the table's content, however it is cut into chunks."""
    digest = hashlib.sha256(str(table.schema.remove_metadata()).encode())
    for batch in table.combine_chunks().to_batches(max_chunksize=65_536):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        digest.update(sink.getvalue())
    return digest.hexdigest()


def _trainer(plan: FitPlan, codec: TableCodec, encoded: EncodedTable, order: list[int]) -> Trainer:
    config, device = plan.config, plan.device
    train, valid = _split(plan, len(encoded.base))
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
            budget=training_budget(plan.budget) if refines else plan.budget,
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


def _split(plan: FitPlan, n_rows: int) -> tuple[IntArray, IntArray]:
    """Rows to train on and to validate with; a single row is its own validation."""
    least = max(min(MIN_VALID, n_rows // 5), 1)
    n_valid = min(max(round(n_rows * plan.config.valid_fraction), least), plan.config.max_valid_rows)
    train, valid = split_rows(n_rows, n_valid / n_rows, spawn_seed(plan.seed, "split"))
    return (train if len(train) else valid), valid


def cell_layout(alphabet: TableAlphabet, encoded: EncodedTable | None = None) -> CellLayout:
    """What the network must know of an alphabet.

    Parameters
    ----------
    alphabet : TableAlphabet
    encoded : EncodedTable or None
        The real rows, for the initial output bias; None where weights are loaded over it.
    """
    relation_of = torch.full((alphabet.offsets[-1],), len(alphabet.relations))
    for r, (relation, first) in enumerate(zip(alphabet.relations, alphabet.relation_offsets, strict=True)):
        relation_of[first : first + relation.n_tokens] = r
    frequencies = np.zeros(alphabet.offsets[-1], np.float32) if encoded is None else alphabet.log_frequencies(encoded)
    return CellLayout(
        offsets=alphabet.offsets,
        numbers=alphabet.numbers,
        n_coordinates=N_COORDINATES,
        log_frequencies=torch.from_numpy(frequencies),
        token_ranks=torch.from_numpy(alphabet.token_ranks()),
        relation_of=relation_of,
        n_relations=len(alphabet.relations),
    )
