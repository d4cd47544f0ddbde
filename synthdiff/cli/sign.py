"""``synthdiff sign``: put a signature beside a model."""

from __future__ import annotations

from pathlib import Path

import click

from synthdiff.cli.option import FILE, force_option, json_option


@click.command("sign")
@click.argument("model", type=FILE, metavar="MODEL")
@click.option("--key", type=FILE, required=True, metavar="FILE", help="Ed25519 private key (OpenSSH or PEM).")
@click.option("--password", is_flag=True, help="Ask for the key's password.")
@force_option("Replace a signature.")
@json_option
def command(model: Path, key: Path, password: bool, force: bool, as_json: bool) -> None:
    """Sign a model, so that others can refuse models that are not yours.

    `ssh-keygen -t ed25519 -f team.key` makes a pair of keys. Keep team.key secret and give team.key.pub to those who
    load your models. They check one model with `synthdiff verify`, or set SYNTHDIFF_TRUSTED_KEYS=team.key.pub:
    synthdiff then loads no model that this key has not signed.

    The model's files are checked first. A signature covers all of them; a fit that replaces the model removes it.
    """
    from synthdiff.cli.screen import messages, print_json
    from synthdiff.models.signature import fingerprint, read_private_key
    from synthdiff.models.signing import sign_model
    from synthdiff.visible import shown

    secret = click.prompt("Password of the key", hide_input=True, err=True).encode() if password else None
    private = read_private_key(key, secret)
    sign_model(model, private, force=force)
    signer = fingerprint(private.public_key())
    messages().print(f"Signed {shown(model)} with {signer}.", soft_wrap=True)
    if as_json:
        print_json({"model": model, "signer": signer})
