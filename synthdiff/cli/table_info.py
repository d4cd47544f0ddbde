"""``synthdiff info`` of a model of a table: what it was fitted on, how, and how well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

from synthdiff.cli.summary import kinds_in_words, parameters_in_words
from synthdiff.models.duration import format_duration
from synthdiff.models.tabular_artifact import read_manifest as check
from synthdiff.visible import shown

if TYPE_CHECKING:
    from synthdiff.models.artifact import Artifact

__all__ = ["check", "columns_table", "finished_facts", "in_words", "unfinished_facts"]


def finished_facts(artifact: Artifact) -> dict[str, Any]:
    """What the files of a finished model tell."""
    manifest = artifact.manifest
    training = manifest["training"]
    return {
        "rows": training["n_rows"],
        "parameters": manifest["n_parameters"],
        "members": training["n_members"],
        "steps": training["n_steps"],
        "seconds": training["seconds"],
        "best_valid_loss": training["best_valid_loss"],
        "warnings": training["warnings"],
        "columns": column_facts(manifest["schema"], artifact.history),
    }


def unfinished_facts(identity: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    """What the checkpoint of an unfinished fit tells."""
    return {
        "steps": state["step"],
        "seconds": state["elapsed"],
        "best_valid_loss": state["best"] if state["history"] else None,
        "columns": column_facts(identity["schema"], state["history"]),
    }


def in_words(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """The facts that only models of tables have, each as a name and a line of text."""
    lines = [("columns", f"{len(facts['columns']):,}: {kinds_in_words(column['kind'] for column in facts['columns'])}")]
    lines.append(("steps", f"{facts['steps']:,} in {format_duration(facts['seconds'])}, seed {facts['seed']}"))
    if facts["best_valid_loss"] is not None:
        lines.append(("best loss", f"{facts['best_valid_loss']:.3f} nats a row, on held-out rows"))
    if facts["finished"]:
        lines.insert(0, ("rows", f"{facts['rows']:,}"))
        lines.append(("parameters", parameters_in_words(facts["parameters"], facts["members"])))
    return lines


def column_facts(schema: dict[str, Any], history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Name, kind, type and reason of each column, and its loss at the best validation (None where not learnt)."""
    best: dict[str, Any] = min(history, key=lambda record: record["valid_loss"], default={"columns": {}})
    named = ("name", "kind", "type", "why")
    return [
        {**{key: column.get(key) for key in named}, "loss": best["columns"].get(column["name"])}
        for column in schema["columns"]
    ]


def columns_table(columns: list[dict[str, Any]]) -> Table:
    """One line a column, with what it adds to the loss of a row."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("column", no_wrap=True, max_width=28)
    table.add_column("kind", no_wrap=True)
    table.add_column("type", no_wrap=True, max_width=30)
    table.add_column("loss, nats", justify="right", no_wrap=True)
    for column in columns:
        loss = "" if column["loss"] is None else f"{column['loss']:.3f}"
        table.add_row(shown(column["name"]), shown(column["kind"]), shown(column["type"] or "").split("<")[0], loss)
    return table
