"""What a trainer is told, what it remembers, and what it reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch

from synthdiff.training.schedule import Budget, Plan


@dataclass(frozen=True)
class FitProgress:
    """What a fit is doing.

    Attributes
    ----------
    phase : str
        ``"encode"``, ``"train"``, ``"validate"``, ``"refine"``, ``"calibrate"`` or ``"done"``.
    step : int
        Optimiser steps done.
    total_steps : int or None
        Planned ones; None when the time decides.
    elapsed, budget : float
        Seconds since the fit began, those of an interrupted run included; planned ones, or None.
    train_loss, valid_loss, best_valid_loss : float or None
        Nats a row; the first of tokens, the others of values along the preferred order.
    fraction : float
        Of the whole fit, 0 to 1.
    message : str
        Something worth a line.
    detail : str
        What is being done at this moment, for the progress line.
    auc : float or None
        Where the fit is tracked: how well boosted trees told drawn rows from held-out ones when last tried, .5 is best.
    """

    phase: str
    step: int = 0
    total_steps: int | None = None
    elapsed: float = 0.0
    budget: float | None = None
    train_loss: float | None = None
    valid_loss: float | None = None
    best_valid_loss: float | None = None
    fraction: float = 0.0
    message: str = ""
    detail: str = ""
    auc: float | None = None


@dataclass(frozen=True)
class TrainerConfig:
    """How to train.

    Attributes
    ----------
    budget : Budget
    batch_size : int
    learning_rate : float
        At its peak.
    weight_decay, decay : float
        Of AdamW, and of the moving average a step.
    precision : torch.dtype
        Of matrix products.
    seed : int
    log_sigma : (float, float)
        Mean and deviation of the logarithm of noise over signal that series are trained with.
    max_members : int
        Networks that are trained, where fewer rows than the budget could learn leave room for more than one.
    """

    budget: Budget
    batch_size: int = 512
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    decay: float = 0.999
    precision: torch.dtype = torch.float32
    seed: int = 0
    log_sigma: tuple[float, float] = (-0.2, 1.0)
    max_members: int = 1


@dataclass
class TrainerState:
    """What a checkpoint must hold besides tensors.

    Attributes
    ----------
    step, elapsed
        Of the whole fit.
    loss
        Moving average over steps, in nats a row.
    best, best_step
        Lowest held-out loss, and where.
    plan
        Course of the member that is trained, once overfitting has shown how long that should be.
    n_members
        How many the plan has room for.
    fade, fade_rate
        Course in which the learning rate goes to zero from this one.
    next_evaluation
        Progress of the current course at which held-out rows are looked at.
    history
        One record an evaluation.
    is_finished
        Whether training has ended: what is resumed from here trains and evaluates no more.
    """

    step: int = 0
    elapsed: float = 0.0
    loss: float | None = None
    best: float = float("inf")
    best_step: int = 0
    plan: Plan | None = None
    n_members: int = 1
    fade: Plan | None = None
    fade_rate: float = 0.0
    next_evaluation: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)
    is_finished: bool = False
