"""Control characters are shown, never sent."""

from __future__ import annotations

import json
import subprocess
import unicodedata
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from synthdiff.console import VisibleConsole
from synthdiff.visible import shell_words, shown, shown_json

HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
ANY_TEXT = st.text(st.characters(), max_size=30)  # lone surrogates included
HOSTILE = "a\x1b[31m\x07\r\x9b2J\u202e\u200b\u2028\x7f\udcffz"


def hidden(text: str, keep: str = "") -> list[str]:
    return [char for char in text if unicodedata.category(char) in HIDDEN and char not in keep]


@given(ANY_TEXT)
def test_nothing_hidden_is_left_and_the_rest_stays(text: str) -> None:
    assert hidden(shown(text)) == []
    assert hidden(shown(text, "\n"), "\n") == []
    if not hidden(text):
        assert shown(text) == text


def test_each_kind_of_character() -> None:
    assert shown(HOSTILE) == r"a\x1b[31m\x07\r\x9b2J\u202e\u200b\u2028\x7f\udcffz"
    assert shown("é ß 数 😀 ½") == "é ß 数 😀 ½"
    assert shown("a\nb", keep="\n") == "a\nb"


@given(st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=3))
def test_json_stays_the_same_json(value: dict[str, str]) -> None:
    text = shown_json(json.dumps(value, ensure_ascii=False))
    assert hidden(text) == []
    assert json.loads(text) == value


@pytest.mark.parametrize("word", ["a\x1b'b\\ é\n\u202e", "plain", "x y", "b\udcff'"])
def test_a_shell_reads_the_same_words(word: str) -> None:
    found = subprocess.run(["bash", "-c", f"printf %s {shell_words([word])}"], capture_output=True, check=True)
    assert found.stdout == word.encode("utf-8", "surrogateescape")
    assert hidden(shell_words([word])) == []


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_console_lets_only_its_own_codes_through(is_terminal: bool) -> None:
    stream = StringIO()
    console = VisibleConsole(
        file=stream, force_terminal=is_terminal, markup=False, highlight=False, emoji=False, width=200
    )
    table = Table(HOSTILE)
    table.add_row(HOSTILE)
    table.add_row(Text(HOSTILE, style="bold"))
    for printed in (HOSTILE, Text(HOSTILE), table):
        console.print(printed, style="bold")
    out = stream.getvalue()
    own = ("\x1b[0m", "\x1b[1m")
    for code in own:
        out = out.replace(code, "")
    assert hidden(out, "\n") == []
    assert out.count(r"\x1b[31m") >= 4
