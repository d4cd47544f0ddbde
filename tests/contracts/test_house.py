"""The house rules that no linter knows: short files, short functions, names that say something."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for folder in ("synthdiff", "benchmarks", "examples") for path in (ROOT / folder).rglob("*.py"))
FILES = [*SOURCES, *sorted((ROOT / "tests").rglob("*.py"))]
MAX_FILE, MAX_FUNCTION = 400, 40
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager"}


def name(path):
    return str(path.relative_to(ROOT))


def body_lines(function):
    """Lines of a function's body, its docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", FILES, ids=name)
def test_file_is_short(path):
    assert len(path.read_text().splitlines()) <= MAX_FILE


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_functions_are_short(path):
    tree = ast.parse(path.read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    assert [(node.name, node.lineno) for node in functions if body_lines(node) > MAX_FUNCTION] == []


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_name_says_what_is_in_it(path):
    assert not EMPTY_NAMES & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
