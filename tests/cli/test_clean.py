import json
import os

from synthdiff.lock import locked
from synthdiff.partial import STAGED, create_partial, random_beside
from tests.cli.shop import run
from tests.models.numbered import write


def leave(folder):
    """A partial file and a staged model of a killed command."""
    stream, partial = create_partial(folder / "rows.csv")
    stream.close()
    staged = random_beside(folder / "m.synthdiff", STAGED)
    staged.mkdir()
    return sorted([partial.name, staged.name])


def test_lists_and_removes(shop):
    left = leave(shop)
    dry = run("clean", "--dry-run")
    assert dry.exit_code == 0
    assert sorted(line.split(": ")[1] for line in dry.stdout.splitlines()) == left
    assert dry.stderr == "2 leftovers found; --dry-run leaves them.\n"
    assert set(left) <= set(os.listdir(shop))
    done = run("clean")
    assert done.exit_code == 0
    assert sorted(line.split(": ")[0] for line in done.stdout.splitlines()) == ["partial file", "staged model"]
    assert done.stderr == "2 removed.\n"
    assert os.listdir(shop) == ["shop.parquet"]
    assert run("clean").stderr == "Nothing was left behind.\n"


def test_json(shop):
    left = leave(shop)
    facts = json.loads(run("clean", "--json", shop).stdout)
    assert facts["dry_run"] is False
    assert sorted(os.path.basename(item["path"]) for item in facts["leftovers"]) == left
    assert all(item["done"] for item in facts["leftovers"])


def test_what_stays_is_said(shop):
    leave(shop)
    staged = random_beside(shop / "n.synthdiff", STAGED)
    staged.mkdir()
    (staged / "thesis.doc").write_text("years")
    result = run("clean", shop)
    assert "2 removed, 1 stay" in result.stderr
    assert (staged / "thesis.doc").read_text() == "years"


def test_what_is_being_written_stays(shop):
    write(shop / "m.synthdiff", 1)
    stream, partial = create_partial(shop / "rows.csv")
    with stream, locked(shop / "m.synthdiff"):
        assert run("clean").stderr == "Nothing was left behind.\n"
        assert partial.exists()


def test_a_folder_that_is_missing(shop):
    result = run("clean", "none")
    assert result.exit_code == 3
    assert result.stderr == "Error: cannot clean none: No such file or directory\n"
