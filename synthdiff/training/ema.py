"""Exponential moving average of weights."""

from __future__ import annotations

import copy
from typing import TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def averaged_copy(network: Network) -> Network:
    """A copy that holds the average: no gradients, evaluation mode."""
    return copy.deepcopy(network).requires_grad_(False).eval()


@torch.no_grad()
def update_average(average: nn.Module, network: nn.Module, step: int, decay: float) -> None:
    """Move the average towards the weights; young averages forget faster, so that the first steps do not linger.

    Parameters
    ----------
    average, network : nn.Module
        Of the same architecture.
    step : int
        Steps done, from 0.
    decay : float
        Final decay a step.
    """
    keep = min(decay, (step + 1) / (step + 10))
    torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), 1 - keep)
