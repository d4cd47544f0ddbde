"""``synthdiff info``: what a model was fitted on, how, and how well."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synthdiff.cli.option import FILE, json_option

if TYPE_CHECKING:
    from rich.table import Table


@click.command("info")
@click.argument("model", type=FILE, required=False, metavar="[MODEL]")
@json_option
def command(model: Path | None, as_json: bool) -> None:
    """Tell what a model was fitted on, how, and how well.

    MODEL is a folder that fit has written, or is still writing; without it, the newest finished one here.
    """
    from synthdiff.cli.location import newest_model
    from synthdiff.cli.screen import facts_grid, print_json, results
    from synthdiff.models.artifact import is_finished

    path = model or newest_model(Path())
    facts = finished_facts(path) if is_finished(path) else unfinished_facts(path)
    if as_json:
        print_json(facts)
        return
    console = results()
    console.print(f"{path}: {'finished' if facts['finished'] else 'unfinished'}", style="bold", soft_wrap=True)
    console.print(facts_grid(in_words(facts)))
    console.print(columns_table(facts["columns"]))


def finished_facts(path: Path) -> dict[str, Any]:
    """What a finished model's manifest tells, its files checked against their hashes.

    Raises
    ------
    ArtifactError
        There is no model, or its files are damaged.
    """
    from synthdiff.models.artifact import read_artifact

    artifact = read_artifact(path)
    manifest = artifact.manifest
    training = manifest["training"]
    return {
        "finished": True,
        "model": manifest["model"],
        "rows": training["n_rows"],
        "parameters": manifest["n_parameters"],
        "members": training["n_members"],
        "steps": training["n_steps"],
        "seconds": training["seconds"],
        "best_valid_loss": training["best_valid_loss"],
        "seed": training["seed"],
        "params": manifest["params"],
        "device": manifest["device"],
        "precision": manifest["precision"],
        "data": training["fingerprint"],
        "versions": manifest["versions"],
        "bytes": size_on_disk(path),
        "warnings": training["warnings"],
        "columns": column_facts(manifest["schema"], artifact.history),
    }


def unfinished_facts(path: Path) -> dict[str, Any]:
    """What the checkpoint of an unfinished fit tells.

    Raises
    ------
    ArtifactError
        There is neither a model nor a checkpoint.
    """
    from synthdiff.cli.training import remembered_command
    from synthdiff.errors import ArtifactError
    from synthdiff.models.artifact import CHECKPOINT
    from synthdiff.training.checkpoint import load_checkpoint

    checkpoint = load_checkpoint(path / CHECKPOINT)
    resume = remembered_command(path)
    if checkpoint is None and resume is not None:
        raise ArtifactError(f"{path} is a fit that was killed before its first checkpoint; begin again with: {resume}")
    if checkpoint is None:
        raise ArtifactError(f"{path} is neither a model nor an unfinished fit")
    identity, state = checkpoint.meta["identity"], checkpoint.meta["state"]
    return {
        "finished": False,
        "steps": state["step"],
        "seconds": state["elapsed"],
        "best_valid_loss": state["best"] if state["history"] else None,
        "seed": identity["seed"],
        "budget": identity["budget"],
        "precision": identity["precision"].removeprefix("torch."),
        "data": identity["data"],
        "bytes": size_on_disk(path),
        "resume": resume,
        "columns": column_facts(identity["schema"], state["history"]),
    }


def in_words(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """The facts that are known, each as a name and a line of text."""
    from synthdiff.cli.screen import file_size
    from synthdiff.cli.summary import kinds_in_words, parameters_in_words
    from synthdiff.models.duration import format_duration

    lines = [("columns", f"{len(facts['columns']):,}: {kinds_in_words(column['kind'] for column in facts['columns'])}")]
    lines.append(("steps", f"{facts['steps']:,} in {format_duration(facts['seconds'])}, seed {facts['seed']}"))
    if facts["best_valid_loss"] is not None:
        lines.append(("best loss", f"{facts['best_valid_loss']:.3f} nats a row, on held-out rows"))
    if facts["finished"]:
        params = ", ".join(f"{name} {value}" for name, value in facts["params"].items() if value not in (None, []))
        versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
        lines = [("rows", f"{facts['rows']:,}"), *lines]
        lines += [
            ("parameters", parameters_in_words(facts["parameters"], facts["members"])),
            ("settings", params),
            ("device", f"{facts['device']}, {facts['precision']}"),
            ("versions", versions),
        ]
        lines += [("warning", warning) for warning in facts["warnings"]]
    elif facts["resume"] is not None:
        lines.append(("resume with", facts["resume"]))
    return [*lines, ("data", f"sha256 {facts['data'][:16]}..."), ("on disk", file_size(facts["bytes"]))]


def column_facts(schema: dict[str, Any], history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Name, kind, type and reason of each column, and its loss at the best validation (None where not learnt)."""
    best: dict[str, Any] = min(history, key=lambda record: record["valid_loss"], default={"columns": {}})
    named = ("name", "kind", "type", "why")
    return [
        {**{key: column.get(key) for key in named}, "loss": best["columns"].get(column["name"])}
        for column in schema["columns"]
    ]


def size_on_disk(path: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def columns_table(columns: list[dict[str, Any]]) -> Table:
    """One line a column, with what it adds to the loss of a row."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("column", no_wrap=True, max_width=28)
    table.add_column("kind", no_wrap=True)
    table.add_column("type", no_wrap=True, max_width=30)
    table.add_column("loss, nats", justify="right", no_wrap=True)
    for column in columns:
        loss = "" if column["loss"] is None else f"{column['loss']:.3f}"
        table.add_row(column["name"], column["kind"], (column["type"] or "").split("<")[0], loss)
    return table
