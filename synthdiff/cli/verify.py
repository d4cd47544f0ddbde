"""``synthdiff verify``: check a model's files and who signed it."""

from __future__ import annotations

from pathlib import Path

import click

from synthdiff.cli.option import FILE, json_option


@click.command("verify")
@click.argument("model", type=FILE, metavar="MODEL")
@click.option(
    "--key",
    "keys",
    type=FILE,
    multiple=True,
    metavar="FILE",
    help="Public key to trust, or a folder of them; repeat for more. Default: those of SYNTHDIFF_TRUSTED_KEYS.",
)
@json_option
def command(model: Path, keys: tuple[Path, ...], as_json: bool) -> None:
    """Check that a model is whole, and signed by a key that is trusted.

    Exits with 0 if it is, and with 6 if a file is damaged, there is no signature, or none of the keys has made it.
    """
    from synthdiff.cli.screen import messages, print_json
    from synthdiff.models.signature import TRUSTED_KEYS, read_public_keys, trusted_by_environment
    from synthdiff.models.signing import verify_model
    from synthdiff.visible import shown

    trusted = read_public_keys(keys) if keys else trusted_by_environment()
    if trusted is None:
        raise click.UsageError(f"say with --key which public key to trust, or set {TRUSTED_KEYS}")
    signer = verify_model(model, trusted)
    messages().print(f"{shown(model)} is whole, and signed by {signer}.", soft_wrap=True)
    if as_json:
        print_json({"model": model, "signer": signer})
