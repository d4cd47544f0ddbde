import click
import pytest
from click.testing import CliRunner

from synthdiff.cli.gate import SCORES, GatesType, check_gates
from synthdiff.errors import ConfigError

ALL = {"holdout": True, "target": True, "model": True, "attacks": True}


def run(text):
    @click.command()
    @click.option("--gates", type=GatesType(), default={})
    def command(gates):
        click.echo(repr(gates))

    return CliRunner().invoke(command, ["--gates", text])


@pytest.mark.parametrize(
    ("text", "gates"),
    [
        ("fidelity=0.9,gbt_auc=0.6", {"fidelity": 0.9, "gbt_auc": 0.6}),
        (" fidelity = .9 , mle=4e3,", {"fidelity": 0.9, "mle": 4000.0}),
        ("fidelity=0", {"fidelity": 0.0}),
        ("", {}),
    ],
)
def test_gates_are_names_and_limits_between_commas(text, gates):
    assert run(text).output == f"{gates!r}\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fidelity", "'fidelity' is no gate; write them like fidelity=0.9,gbt_auc=0.6"),
        ("fidelity=high", "'fidelity=high' is no gate"),
        ("fidelity=nan", "is no gate"),
        ("mle=inf", "is no gate"),
        ("=0.9", "is no gate"),
        ("fidelity>0.9", "is no gate"),
        ("fidelity=0.9;gbt_auc=0.6", "is no gate"),
        ("fidelity=90", "'fidelity' stands between 0 and 1; 90 is no gate for it"),
        ("mle=0.8,mle=0.9", "there are two gates 'mle'"),
    ],
)
def test_other_words_are_wrong_usage(text, words):
    result = run(text)
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())


def test_known_gates_pass_where_all_is_given():
    check_gates(dict.fromkeys((*SCORES, "fidelity", "detection", "utility", "privacy"), 0.5), ALL)


def test_an_unknown_gate_is_told_with_the_one_that_was_meant():
    with pytest.raises(
        ConfigError, match=r"no gate 'gbt-auc'; did you mean 'gbt_auc'\?; there are fidelity, detection"
    ):
        check_gates({"fidelity": 0.9, "gbt-auc": 0.6}, ALL)


@pytest.mark.parametrize(
    ("gate", "option"),
    [
        ("utility", "target"),
        ("mle", "target"),
        ("membership_likelihood", "model"),
        ("singling_out", "attacks"),
        ("dcr_share", "holdout"),
    ],
)
def test_a_gate_for_what_is_not_measured_is_refused(gate, option):
    with pytest.raises(ConfigError, match=f"the gate '{gate}' is not measured without --{option}$"):
        check_gates({gate: 0.5}, ALL | {option: False})
