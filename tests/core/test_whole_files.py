"""Whole files or none, and when the disk is waited for."""

import os
from pathlib import Path
from stat import S_ISDIR

import pytest

from orderflow_core.sinks import TEMPORARY, write_whole


def test_what_a_kill_has_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / f"a{TEMPORARY}").write_bytes(b"half")

    write_whole(tmp_path / "a", b"whole")

    assert (tmp_path / "a").read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_a_link_in_the_place_of_a_temporary_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"theirs")
    (tmp_path / f"a{TEMPORARY}").symlink_to(tmp_path / "other")

    write_whole(tmp_path / "a", b"ours")

    assert (tmp_path / "other").read_bytes() == b"theirs"
    assert not (tmp_path / "a").is_symlink()


@pytest.mark.skipif(os.name != "posix", reason="only there a folder is waited for")
@pytest.mark.parametrize(("last", "folders"), [(False, 0), (True, 1)])
def test_the_names_of_a_folder_are_waited_for_with_its_last_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: bool, folders: int
) -> None:
    waited: list[bool] = []
    monkeypatch.setattr(os, "fsync", lambda file: waited.append(S_ISDIR(os.fstat(file).st_mode)))

    write_whole(tmp_path / "a", b"content", durable=True, last=last)

    assert waited == [False] + [True] * folders
