"""The course of a fit: encode the table, train the denoiser, keep what sampling needs."""

from __future__ import annotations

import json
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch

from synthdiff.codecs.alphabet import EncodedTable
from synthdiff.codecs.numbering import CHUNK
from synthdiff.codecs.order import preferred_order
from synthdiff.codecs.partner import most_pairs
from synthdiff.codecs.personal.disguise import disguise
from synthdiff.codecs.personal.infer import personal_notes
from synthdiff.codecs.table import TableCodec
from synthdiff.codecs.token import FloatArray
from synthdiff.constraints.groups import NO_GROUPS, Groups
from synthdiff.constraints.rules import NO_RULES, RuleSet
from synthdiff.constraints.search import Findings, find_groups, find_rules
from synthdiff.data.schema import Schema
from synthdiff.errors import ConfigError
from synthdiff.models.capacity import check_codecs
from synthdiff.models.config import TabularConfig
from synthdiff.models.plan import FitPlan, make_plan, time_limit
from synthdiff.models.preparation import make_trainer, split_of
from synthdiff.models.refinement import Refinement, may_refine, refine
from synthdiff.models.remark import NOT_CALIBRATED, overfitting, refuse_without_step, still_falling
from synthdiff.models.track import Tracker
from synthdiff.networks.ensemble import DenoiserEnsemble
from synthdiff.runtime import count_threads, spawn_seed
from synthdiff.sampling.calibrate import calibrate
from synthdiff.sampling.settle import Settlement, settlement
from synthdiff.steps import Steps
from synthdiff.training.checkpoint import Checkpoint, load_checkpoint, resuming, save_checkpoint
from synthdiff.training.state import FitProgress
from synthdiff.training.threads import using_threads
from synthdiff.training.trainer import Trainer

CHECKPOINT_SECONDS = 20.0
SAVING = 2.0
"""Time that writing a model takes, weights included, in times of what writing and reading its codecs once takes."""
SEARCH_SHARE = 0.05
"""Share of a time limit that the search for relations may take in a wide table."""


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


def run_fit(
    params: dict[str, Any], table: pa.Table, folder: Path | None, spent: float = 0.0
) -> Generator[FitProgress, None, TabularFit]:
    """Fit a table; yields the progress and returns the finished fit.

    Parameters
    ----------
    params : dict
        The estimator's parameters.
    table : pa.Table
    folder : Path or None
        For checkpoints.
    spent : float
        Seconds of the time limit that are over already.
    """
    began = time.monotonic() - spent
    found = None if folder is None else load_checkpoint(folder)
    plan = make_plan(params, table, found)
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
    saving: float
    """Seconds that writing the model will take, about."""

    @property
    def settlement(self) -> Settlement | None:
        """The rules that cells are put right by while rows are drawn."""
        return settlement(self.codec, self.order, self.findings.rules, self.findings.groups)


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
        groups = find_groups(hidden.table, plan.schema)
        codec = codec.composed(table, hidden, groups.most_keys(CHUNK))
        found = find_rules(hidden.table, plan.schema, codec.codecs, spawn_seed(plan.seed, "rules"), groups)
    checking = time.monotonic()
    check_codecs(codec, found.rules)
    saving = SAVING * (time.monotonic() - checking)
    encoded = codec.alphabet.encode(values)
    order = found.order(preferred_order(codec.alphabet), codec.learnt)
    budget = replace(plan.budget.less(saving), start=time.monotonic() - began)
    trainer = make_trainer(plan, budget, codec, encoded, order)
    notes = codec.notes + [note for notes in personal_notes(table, plan.schema).values() for note in notes]
    return _Work(codec, values, encoded, order, trainer, found, notes, saving)


def _learn(plan: FitPlan, work: _Work, folder: Path | None) -> Generator[FitProgress, None, _Learnt]:
    """Train, refine and calibrate; yields the progress."""
    trainer, alphabet, refinement = work.trainer, work.codec.alphabet, Refinement()
    tracker, limit = _tracker(plan, work), time_limit(plan.params)
    encoded = trainer.state.elapsed
    last = yield from _train(trainer, plan, folder, tracker)
    if limit is not None:
        refuse_without_step(trainer.state.step, encoded, limit)
    with using_threads(trainer.n_threads):
        if plan.config.refine and may_refine(alphabet):
            split, budget = split_of(plan, len(work.values)), plan.budget.less(work.saving)
            refinement = yield from refine(trainer, alphabet, work.values, split, budget, last)
        yield replace(last, phase="calibrate", fraction=0.99)
        network, was_time = _calibrated(plan, work)
    if tracker is not None:
        last = replace(last, auc=tracker.look(network, trainer.state.step))
        trainer.state.history[-1]["auc"] = last.auc
    yield replace(last, phase="done", fraction=1.0)
    remarks = overfitting(trainer.state.history) + [NOT_CALIBRATED] * (not was_time)
    if limit is not None and trainer.state.step < plan.budget.max_steps:
        remarks += still_falling(trainer.state)
    return _Learnt(network, refinement, remarks)


def _calibrated(plan: FitPlan, work: _Work) -> tuple[DenoiserEnsemble, bool]:
    """Put the frequencies of the trained network right; says whether there was time for it."""
    began, state, limit = time.monotonic(), work.trainer.state, time_limit(plan.params)
    left = None if limit is None else max(limit - work.saving - state.elapsed, 0.0)
    network = work.trainer.ensemble().eval().requires_grad_(False)
    cells = work.encoded.cells(plan.device)
    was_time = calibrate(
        network, work.codec.alphabet, work.order, cells, plan.precision, plan.seed, left, work.settlement
    )
    state.elapsed += time.monotonic() - began
    return network, was_time


def _tracker(plan: FitPlan, work: _Work) -> Tracker | None:
    if not plan.params["track"]:
        return None
    held_out = work.values[split_of(plan, len(work.values))[1]]
    return Tracker(work.codec.alphabet, work.order, held_out, plan.precision, plan.seed, work.settlement)


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
