import json
import math
import os

import pytest
import torch

from synthdiff.errors import ArtifactError, CorruptError, VersionError
from synthdiff.lock import LockedError
from synthdiff.storage import seal
from synthdiff.training.checkpoint import fitting_in, load_checkpoint, remove_checkpoint, save_checkpoint
from tests.faults import DiskFullError, fail, killed_after, killed_at, struck

INDEX = "checkpoint.json"


def save(folder, number):
    """A checkpoint whose parts all say which one it is."""
    tensors = {"weight": torch.full((40, 3), float(number)), "state": torch.tensor([number], dtype=torch.uint8)}
    save_checkpoint(folder, tensors, {"step": number, "best": math.inf})


def load(folder):
    """The number of the checkpoint; asserts that all its parts belong together."""
    checkpoint = load_checkpoint(folder)
    if checkpoint is None:
        return None
    number = checkpoint.meta["step"]
    assert checkpoint.meta == {"step": number, "best": math.inf}
    assert torch.equal(checkpoint.tensors["weight"], torch.full((40, 3), float(number)))
    assert checkpoint.tensors["state"].tolist() == [number]
    return number


def tensor_file(folder):
    (file,) = folder.glob("*.safetensors")
    return file


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "adult.synthdiff" / "checkpoint"


class TestRoundTrip:
    def test_none_before_the_first(self, folder):
        assert load_checkpoint(folder) is None
        folder.mkdir(parents=True)
        assert load_checkpoint(folder) is None

    def test_save_replaces_and_leaves_two_files(self, folder):
        for number in range(4):
            save(folder, number)
            assert load(folder) == number
            assert sorted(os.listdir(folder)) == sorted([INDEX, tensor_file(folder).name])

    def test_same_tensors_other_meta(self, folder):
        for step in (1, 2):
            save_checkpoint(folder, {"a": torch.ones(2)}, {"step": step})
        assert load_checkpoint(folder).meta == {"step": 2}
        assert load_checkpoint(folder).tensors["a"].tolist() == [1, 1]

    def test_resumed_training_is_bit_exact(self, folder):
        def make():
            network = torch.nn.Linear(3, 1)
            return network, torch.optim.AdamW(network.parameters(), lr=0.1), torch.Generator().manual_seed(1)

        def train(network, optimiser, generator, steps):
            for _ in range(steps):
                optimiser.zero_grad()
                network(torch.randn(8, 3, generator=generator)).square().mean().backward()
                optimiser.step()

        network, optimiser, generator = make()
        train(network, optimiser, generator, 5)
        states = optimiser.state_dict()["state"]
        moments = {f"moment.{i}.{key}": value for i, state in states.items() for key, value in state.items()}
        save_checkpoint(folder, {**network.state_dict(), **moments, "rng": generator.get_state()}, {"step": 5})
        train(network, optimiser, generator, 5)

        again, other, drawn = make()
        tensors = load_checkpoint(folder).tensors
        again.load_state_dict({name: tensors[name] for name in again.state_dict()})
        groups = other.state_dict()["param_groups"]
        keys = ("step", "exp_avg", "exp_avg_sq")
        other.load_state_dict(
            {"param_groups": groups, "state": {i: {k: tensors[f"moment.{i}.{k}"] for k in keys} for i in (0, 1)}}
        )
        drawn.set_state(tensors["rng"])
        train(again, other, drawn, 5)
        assert torch.equal(again.weight, network.weight)
        assert torch.equal(again.bias, network.bias)

    def test_what_json_cannot_hold_leaves_the_previous(self, folder):
        save(folder, 1)
        with pytest.raises(TypeError, match=r"value\['meta'\]\['rng'\] is object"):
            save_checkpoint(folder, {}, {"rng": object()})
        assert load(folder) == 1


class TestRemove:
    def test_removes_its_files_and_folder(self, folder):
        save(folder, 1)
        remove_checkpoint(folder)
        assert not folder.exists()
        assert load_checkpoint(folder) is None
        remove_checkpoint(folder)

    def test_leaves_what_is_not_its_own(self, folder):
        save(folder, 1)
        (folder / "notes.txt").write_text("mine")
        remove_checkpoint(folder)
        assert os.listdir(folder) == ["notes.txt"]

    def test_killed_anywhere_it_is_whole_or_gone(self, folder):
        at, seen = 0, []
        save(folder, 1)
        while killed_at(at, lambda: remove_checkpoint(folder)):
            seen.append(load(folder))
            save(folder, 1)
            at += 1
        assert at > 2
        assert set(seen) == {1, None}
        assert load(folder) is None


class TestDamage:
    def test_tensors_truncated(self, folder):
        save(folder, 1)
        file = tensor_file(folder)
        data = file.read_bytes()
        for length in (0, 1, len(data) // 2, len(data) - 1):
            file.write_bytes(data[:length])
            with pytest.raises(CorruptError, match=r"safetensors is missing, truncated or edited; delete .*checkpoint"):
                load_checkpoint(folder)

    def test_any_flipped_byte_of_the_tensors(self, folder):
        save(folder, 1)
        file = tensor_file(folder)
        data = file.read_bytes()
        for place in range(0, len(data), 37):
            file.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
            with pytest.raises(CorruptError):
                load_checkpoint(folder)

    def test_tensors_missing(self, folder):
        save(folder, 1)
        tensor_file(folder).unlink()
        with pytest.raises(CorruptError, match="is missing, truncated or edited"):
            load_checkpoint(folder)

    def test_index_truncated_anywhere(self, folder):
        save(folder, 1)
        text = (folder / INDEX).read_bytes()
        for length in range(len(text) - 1):
            (folder / INDEX).write_bytes(text[:length])
            with pytest.raises(CorruptError, match=r"checkpoint.json .*delete"):
                load_checkpoint(folder)

    @pytest.mark.parametrize("text", ["[]", "null", "{}", "1", '{"format_version": 1}', '{"format_version": "2"}'])
    def test_index_of_something_else(self, folder, text):
        save(folder, 1)
        (folder / INDEX).write_text(text)
        with pytest.raises(CorruptError, match="was edited"):
            load_checkpoint(folder)

    def test_index_edited(self, folder):
        save(folder, 1)
        index = json.loads((folder / INDEX).read_text())
        index["meta"]["step"] = 2
        (folder / INDEX).write_text(json.dumps(index))
        with pytest.raises(CorruptError, match=r"checkpoint.json was edited"):
            load_checkpoint(folder)

    def test_index_that_is_not_text(self, folder):
        save(folder, 1)
        (folder / INDEX).write_bytes(b"\xff\xfe\x00")
        with pytest.raises(CorruptError):
            load_checkpoint(folder)

    def test_newer_version(self, folder):
        save(folder, 1)
        index = json.loads((folder / INDEX).read_text())
        (folder / INDEX).write_text(json.dumps(index | {"format_version": 2, "meta": "laid out otherwise"}))
        with pytest.raises(VersionError, match="has format 2, newer than 1: update synthdiff to resume"):
            load_checkpoint(folder)

    def test_folder_that_is_a_file(self, tmp_path):
        (tmp_path / "file").write_text("")
        assert load_checkpoint(tmp_path / "file") is None
        with pytest.raises(ArtifactError, match=r"cannot save a checkpoint in .*file: File exists"):
            save(tmp_path / "file", 1)

    def test_read_only_folder(self, folder):
        save(folder, 1)
        folder.chmod(0o500)
        try:
            if os.access(folder, os.W_OK):
                pytest.skip("permissions do not bind the superuser")
            with pytest.raises(ArtifactError, match="Permission denied"):
                save(folder, 2)
            assert load(folder) == 1
        finally:
            folder.chmod(0o700)


def reseal(folder, **changes):
    index = json.loads((folder / INDEX).read_text()) | changes
    (folder / INDEX).write_text(json.dumps(seal(index)))


class TestStrangersCheckpoints:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"tensors": "../../etc/passwd"}, "tensors"),
            ({"tensors": None}, "tensors"),
            ({"tensors": "tensors-" + "0" * 64 + ".safetensors\n"}, "tensors"),
            ({"meta": []}, "meta"),
            ({"format_version": True}, "was edited"),
            ({"format_version": 1.0}, "was edited"),
            ({"format_version": None}, "was edited"),
        ],
    )
    def test_fields_are_checked_and_named(self, folder, changes, field):
        save(folder, 1)
        reseal(folder, **changes)
        with pytest.raises(CorruptError, match=field):
            load_checkpoint(folder)

    @pytest.mark.parametrize("name", [INDEX, "tensors"])
    @pytest.mark.parametrize("kind", ["FIFO", "link", "folder"])
    def test_only_regular_files_are_read(self, folder, name, kind):
        save(folder, 1)
        file = folder / INDEX if name == INDEX else tensor_file(folder)
        file.rename(folder.with_name("kept"))
        if kind == "FIFO":
            os.mkfifo(file)
        elif kind == "link":
            file.symlink_to(folder.with_name("kept"))
        else:
            file.mkdir()
        with pytest.raises(CorruptError, match=f"is a {kind}, not a regular file"):
            load_checkpoint(folder)

    def test_parts_of_meta(self, folder):
        save_checkpoint(folder, {}, {"identity": {"seed": 3}, "state": [1]})
        kept = load_checkpoint(folder)
        assert kept.part("identity") == {"seed": 3}
        assert kept.seed == 3
        with pytest.raises(CorruptError, match=r"meta.state is list, not an object"):
            kept.part("state")
        with pytest.raises(CorruptError, match=r"meta.more is missing"):
            kept.part("more")

    @pytest.mark.parametrize("seed", [None, "3", -1, True, 1.5])
    def test_seeds(self, folder, seed):
        save_checkpoint(folder, {}, {"identity": {"seed": seed}})
        with pytest.raises(CorruptError, match=r"meta.identity.seed is no seed"):
            _ = load_checkpoint(folder).seed

    def test_remove_does_not_follow_links(self, folder):
        save(folder.with_name("theirs"), 1)
        folder.symlink_to("theirs")
        remove_checkpoint(folder)
        assert load(folder.with_name("theirs")) == 1
        folder.unlink()
        save(folder, 1)
        tensors = tensor_file(folder)
        tensors.rename(folder.with_name("kept"))
        tensors.symlink_to(folder.with_name("kept"))
        remove_checkpoint(folder)
        assert os.listdir(folder) == [tensors.name]

    def test_remove_where_the_folder_is_a_file(self, folder):
        folder.parent.mkdir()
        folder.write_text("x")
        remove_checkpoint(folder)
        assert folder.read_text() == "x"


class TestOneFitAFolder:
    def test_a_second_one_is_refused(self, folder):
        with fitting_in(folder):
            with pytest.raises(LockedError, match="checkpoint is being written by process"), fitting_in(folder):
                pass
            save(folder, 1)
        with fitting_in(folder):
            assert load(folder) == 1
        assert os.listdir(folder.parent) == ["checkpoint"]

    def test_without_a_checkpoint_no_folder_stays(self, folder):
        with fitting_in(folder):
            assert folder.parent.exists()
        assert not folder.parent.exists()
        with fitting_in(None):
            pass

    def test_a_folder_that_cannot_be_locked(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(ArtifactError, match="cannot lock the checkpoint"), fitting_in(tmp_path / "file" / "a"):
            pass


class TestKills:
    def test_killed_before_every_operation(self, folder):
        """The previous checkpoint or the new one, and the next save cleans up."""
        at, seen = 0, []
        save(folder, 1)
        while killed_at(at, lambda: save(folder, 2)):
            seen.append(load(folder))
            save(folder, 1)
            assert len(os.listdir(folder)) == 2
            at += 1
        assert load(folder) == 2
        assert seen == sorted(seen)  # one step: the old up to it, the new from it on
        assert set(seen) == {1, 2}

    def test_first_checkpoint_killed_before_every_operation(self, folder):
        at, seen = 0, []
        while killed_at(at, lambda: save(folder, 1)):
            seen.append(load(folder))
            remove_checkpoint(folder)
            at += 1
        assert set(seen) == {None, 1}

    def test_killed_at_any_moment_of_many_saves(self, folder):
        for reports in range(1, 16):
            saved = killed_after(reports, lambda number: save(folder, number % 200))
            assert load(folder) in (saved - 1, saved)

    @pytest.mark.parametrize("lasting", [False, True])
    def test_full_disk_at_every_operation(self, folder, lasting):
        at = 0
        while True:
            save(folder, 1)
            with struck(at, fail, lasting) as counter:
                try:
                    save(folder, 2)
                except ArtifactError as error:
                    assert str(error).startswith(f"cannot save a checkpoint in {folder}: No space left on device")
                    assert isinstance(error.__cause__, DiskFullError)
            assert load(folder) in (1, 2)
            if at >= counter.count:
                break
            at += 1
        assert at > 5
        assert load(folder) == 2
