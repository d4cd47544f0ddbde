"""``synthdiff clean``: remove what killed commands have left."""

from __future__ import annotations

from pathlib import Path

import click

from synthdiff.cli.option import FILE, json_option


@click.command("clean")
@click.argument("folders", nargs=-1, type=FILE, metavar="[FOLDER...]")
@click.option("--dry-run", is_flag=True, help="List what would be removed, and leave it there.")
@json_option
def command(folders: tuple[Path, ...], dry_run: bool, as_json: bool) -> None:
    """Remove what killed commands have left behind.

    FOLDER is a folder that synthdiff has written to; default: the current one. Removed are partly written files, staged
    models and locks whose process is gone; a model that had stepped aside comes back. Nothing else is touched, and
    nothing that another command is writing.
    """
    from synthdiff.cli.screen import counted, messages, print_json, results
    from synthdiff.models.leftover import clean_folder

    found = [item for folder in folders or (Path(),) for item in clean_folder(folder, dry_run=dry_run)]
    if as_json:
        items = [{"path": str(item.path), "what": item.what, "done": item.done} for item in found]
        print_json({"dry_run": dry_run, "leftovers": items})
        return
    for item in found:
        results().print(f"{item.what}: {item.path}", soft_wrap=True)
    done = sum(item.done for item in found)
    words = f"{counted(len(found), 'leftover')} found; --dry-run leaves them" if dry_run else f"{done:,} removed"
    if not found:
        words = "Nothing was left behind"
    elif done < len(found) and not dry_run:
        words += f", {len(found) - done:,} stay: the operating system refuses"
    messages().print(words + ".", soft_wrap=True)
