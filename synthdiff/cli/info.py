"""``synthdiff info``: what a model was fitted on, how, and how well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from synthdiff.cli.option import FILE, json_option

UNSAID: tuple[Any, ...] = (None, [])
"""Settings that nobody made."""


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
    from synthdiff.restore import restoring

    path = model or newest_model(Path())
    with restoring(path):
        facts = finished_facts(path) if is_finished(path) else unfinished_facts(path)
        lines = in_words(facts)
        table = details(facts["model"]).columns_table(facts["columns"]) if facts["columns"] else None
    if as_json:
        print_json(facts)
        return
    console = results()
    console.print(f"{path}: {'finished' if facts['finished'] else 'unfinished'}", style="bold", soft_wrap=True)
    console.print(facts_grid(lines))
    if table is not None:
        console.print(table)


def details(model: str) -> Any:
    """The module that knows a kind of model: what its files tell, and in which words."""
    from synthdiff.models.series_artifact import MODEL

    if model == MODEL:
        from synthdiff.cli import series_info

        return series_info
    from synthdiff.cli import table_info

    return table_info


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
        "seed": training["seed"],
        "params": manifest["params"],
        "device": manifest["device"],
        "precision": manifest["precision"],
        "data": training["fingerprint"],
        "versions": manifest["versions"],
        "bytes": size_on_disk(path),
        **details(manifest["model"]).finished_facts(artifact),
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
    from synthdiff.models import series_artifact, tabular_artifact
    from synthdiff.models.folder import CHECKPOINT
    from synthdiff.training.checkpoint import load_checkpoint

    checkpoint = load_checkpoint(path / CHECKPOINT)
    resume = remembered_command(path)
    if checkpoint is None and resume is not None:
        raise ArtifactError(f"{path} is a fit that was killed before its first checkpoint; begin again with: {resume}")
    if checkpoint is None:
        raise ArtifactError(f"{path} is neither a model nor an unfinished fit")
    identity, state = checkpoint.part("identity"), checkpoint.part("state")
    # A table has a schema, series do not.
    model = tabular_artifact.MODEL if "schema" in identity else series_artifact.MODEL
    return {
        "finished": False,
        "model": model,
        "seed": identity["seed"],
        "budget": identity["budget"],
        "precision": identity["precision"].removeprefix("torch."),
        "data": identity["data"],
        "bytes": size_on_disk(path),
        "resume": resume,
        **details(model).unfinished_facts(identity, state),
    }


def in_words(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """The facts that are known, each as a name and a line of text."""
    from synthdiff.cli.screen import file_size

    lines = list(details(facts["model"]).in_words(facts))
    if facts["finished"]:
        params = ", ".join(f"{name} {said(value)}" for name, value in facts["params"].items() if value not in UNSAID)
        versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
        lines += [
            ("settings", params),
            ("device", f"{facts['device']}, {facts['precision']}"),
            ("versions", versions),
        ]
        lines += [("warning", warning) for warning in facts["warnings"]]
    elif facts["resume"] is not None:
        lines.append(("resume with", facts["resume"]))
    return [*lines, ("data", f"sha256 {facts['data'][:16]}..."), ("on disk", file_size(facts["bytes"]))]


def said(value: Any) -> str:
    """A setting as it is typed.

    Examples
    --------
    >>> said({"SPX": "price", "US10Y": "level"}), said(["regime", "vix"]), said(0.05)
    ('SPX=price,US10Y=level', 'regime,vix', '0.05')
    """
    if isinstance(value, dict):
        return ",".join(f"{name}={word}" for name, word in value.items())
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def size_on_disk(path: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
