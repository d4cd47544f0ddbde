"""Quality gates, as people write them after ``--fail-under``.

The gate of a group is its least standing, from 0 to 1, where 1 is what real held-out rows reach; that of a score is a
limit in the score's own direction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from synthdiff.parameter import read_number

SCORES: dict[str, tuple[str, ...]] = {
    "validity": (),
    "sdmetrics_quality": (),
    "sdmetrics_diagnostic": (),
    "shape": (),
    "trend": (),
    "threeway": (),
    "missingness": (),
    "rare_levels": (),
    "tails": (),
    "bounds": (),
    "c2st": (),
    "xgb_c2st": (),
    "gbt_auc": (),
    "gbt_auc_train": (),
    "mle": ("target",),
    "importance_agreement": ("target",),
    "dcr_share": ("holdout",),
    "dcr": (),
    "nndr": (),
    "copies": (),
    "membership_distance": ("holdout", "attacks"),
    "membership_likelihood": ("holdout", "attacks", "model"),
    "attribute_inference": ("holdout", "attacks"),
    "singling_out": ("holdout", "attacks"),
}
"""The scores of a report, each with the options without which it is not measured."""


class GatesType(click.ParamType):  # type: ignore[type-arg] # generic in new versions of click only
    """Gates between commas: ``fidelity=0.9,gbt_auc=0.6``."""

    name = "gates"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, float]:
        """Limits by name; a usage error where they are not written so."""
        if not isinstance(value, str):
            return dict(value)
        from synthdiff.score import GROUPS

        gates: dict[str, float] = {}
        for part in filter(None, map(str.strip, value.split(","))):
            name, _, number = (word.strip() for word in part.partition("="))
            limit = read_number(number)
            if not name or limit is None:
                self.fail(f"{part!r} is no gate; write them like fidelity=0.9,gbt_auc=0.6", param, ctx)
            if name in gates:
                self.fail(f"there are two gates {name!r}", param, ctx)
            if name in GROUPS and not 0 <= limit <= 1:
                self.fail(f"{name!r} stands between 0 and 1; {limit:g} is no gate for it", param, ctx)
            gates[name] = limit
        return gates


def check_gates(gates: Mapping[str, float], given: Mapping[str, bool]) -> None:
    """Refuse gates for what will not be measured, before the long work.

    Parameters
    ----------
    gates : mapping of str to float
        Limits by name.
    given : mapping of str to bool
        Whether there is what some scores need: ``"holdout"``, ``"target"``, ``"model"``, ``"attacks"``.

    Raises
    ------
    ConfigError
        There is no such score, or it needs an option that is not given.
    """
    from synthdiff.data.schema import near_match
    from synthdiff.errors import ConfigError
    from synthdiff.score import GROUPS

    known = [*GROUPS, *SCORES]
    for name in gates:
        if name not in known:
            raise ConfigError(f"there is no gate {name!r}{near_match(name, known)}; there are {', '.join(known)}")
        needs = ("target",) if name == "utility" else SCORES.get(name, ())
        lacking = [f"--{option}" for option in needs if not given[option]]
        if lacking:
            raise ConfigError(f"the gate {name!r} is not measured without {' and '.join(lacking)}")
