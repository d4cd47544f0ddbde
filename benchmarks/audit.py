"""Known vulnerabilities of the pinned packages, and a bill of materials of the environment.

``python -m benchmarks.audit`` needs ``pip install synthdiff[audit]``. It exits with 1 if a package has a known
vulnerability, and says plainly how many packages nobody could tell about: without a network that is all of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "constraints.txt"


@dataclass(frozen=True)
class Audit:
    """What is known of the pinned packages.

    Attributes
    ----------
    n_packages : int
        Number of pinned packages.
    n_audited : int
        Number of those that the service knows about.
    found : list of str
        Package, version and the names of its vulnerabilities, a line each.
    """

    n_packages: int
    n_audited: int
    found: list[str]

    def in_words(self) -> str:
        """Say what came of it."""
        if not self.n_audited:
            none = f"knows none of the {self.n_packages} packages, or is out of reach"
            return f"NOT AUDITED: the vulnerability service {none}"
        missing = self.n_packages - self.n_audited
        left = f"; {missing} packages could not be audited" if missing else ""
        return f"{self.n_audited} packages audited, {len(self.found)} with known vulnerabilities{left}"


def read_audit(report: dict[str, Any], n_packages: int) -> Audit:
    """Read pip-audit's JSON.

    Parameters
    ----------
    report : dict
        Output of ``pip-audit -f json``.
    n_packages : int
        Number of packages that it was asked about.
    """
    audited = [package for package in report.get("dependencies", []) if "skip_reason" not in package]
    found = [
        f"{package['name']} {package['version']}: {', '.join(entry['id'] for entry in package['vulns'])}"
        for package in audited
        if package["vulns"]
    ]
    return Audit(n_packages, len(audited), found)


def pins() -> list[str]:
    """Return the pinned packages, as ``name==version``."""
    return [line for line in PINS.read_text(encoding="utf-8").split() if "==" in line and not line.startswith("#")]


def ask(requirements: Path) -> dict[str, Any]:
    """Run pip-audit; an empty report where it cannot be made."""
    words = ["-r", str(requirements), "--no-deps", "--disable-pip", "-f", "json", "--progress-spinner", "off"]
    done = subprocess.run([sys.executable, "-m", "pip_audit", *words], capture_output=True, text=True, check=False)
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except json.JSONDecodeError:
        last = done.stderr.strip().splitlines()[-1:] or ["no output"]
        click.echo(f"pip-audit: {last[0][:200]}", err=True)
        return {}
    return report


@click.command()
@click.option("--environment", type=click.Path(path_type=Path, exists=True), help="Environment to list.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("build/sbom.json"), show_default=True)
def main(environment: Path | None, output: Path) -> None:
    """Audit the pinned packages and write a bill of materials (CycloneDX JSON)."""
    output.parent.mkdir(parents=True, exist_ok=True)
    words = ["environment", str(environment or sys.executable), "--of", "JSON", "-o", str(output)]
    subprocess.run([sys.executable, "-m", "cyclonedx_py", *words], check=True)
    components = json.loads(output.read_text(encoding="utf-8")).get("components", [])
    click.echo(f"{output}: {len(components)} components")
    wanted = pins()
    requirements = output.with_name("audited.txt")
    requirements.write_text("\n".join(wanted) + "\n", encoding="utf-8")
    audit = read_audit(ask(requirements), len(wanted))
    click.echo(audit.in_words())
    for line in audit.found:
        click.echo(line)
    sys.exit(bool(audit.found))


if __name__ == "__main__":
    main()
