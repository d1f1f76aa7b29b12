"""Whether files have changed: however an editor or a volume of Kubernetes puts new ones in their place."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.mapping.collection import own_files
from gateway.upkeep.watching import files_in


def _replaced(folder: Path) -> None:
    """Another file of the same name, size and time, as an editor or `cp -p` and `mv` leave it."""
    before = (folder / "line.yaml").stat()
    new = folder.with_name("new")
    new.write_text("mapping: b\n", encoding="utf-8")
    os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
    new.replace(folder / "line.yaml")


def _renamed_away_and_written(folder: Path) -> None:
    (folder / "line.yaml").rename(folder / "line.yaml~")
    (folder / "line.yaml").write_text("mapping: b\n", encoding="utf-8")


def _released(folder: Path) -> None:
    """The folder's link leads to another release."""
    two = folder.with_name("two")
    two.mkdir()
    (two / "line.yaml").write_text("mapping: b\n", encoding="utf-8")
    folder.rename(folder.with_name("one"))
    folder.symlink_to(two)


def _in_a_linked_folder(folder: Path) -> None:
    (folder / "requests" / "a.json").write_text("{} ", encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda folder: (folder / "line.yaml").write_text("mapping: bb\n"), id="written"),
        pytest.param(_replaced, id="another file of the same size and time"),
        pytest.param(_renamed_away_and_written, id="renamed away, then written"),
        pytest.param(lambda folder: (folder / "line.yaml").unlink(), id="deleted"),
        pytest.param(lambda folder: (folder / "codes.csv").write_text("a,b\n"), id="a table"),
        pytest.param(_released, id="a link to another folder"),
        pytest.param(_in_a_linked_folder, id="in a linked folder"),
        pytest.param(lambda folder: folder.rename(folder.with_name("gone")), id="the folder is gone"),
    ],
)
def test_a_change_is_seen(folder: Path, change: Callable[[Path], object]) -> None:
    before = files_in([folder])
    assert before == files_in([folder])

    change(folder)

    assert files_in([folder]) != before


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda folder: (folder / ".#line.yaml").symlink_to("nobody@host.1:2"), id="a lock of an editor"),
        pytest.param(lambda folder: (folder / "._line.yaml").write_bytes(b"\0"), id="a file of macOS"),
        pytest.param(lambda folder: (folder / ".line.yaml.swp").write_bytes(b"\0"), id="an editor's file"),
        pytest.param(lambda folder: (folder / "line.yaml~").write_text("x"), id="a copy of an editor"),
        pytest.param(lambda folder: (folder / "notes.txt").write_text("x"), id="what no mapping is made of"),
    ],
)
def test_what_is_nobodys_to_read_is_no_change(folder: Path, change: Callable[[Path], object]) -> None:
    before = files_in([folder])
    change(folder)

    assert files_in([folder]) == before
    assert [path.name for path in own_files(folder)] == ["line.yaml"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a mapping and a linked folder, with a loop in it."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.json").write_text("{}", encoding="utf-8")
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "line.yaml").write_text("mapping: a\n", encoding="utf-8")
    (folder / "requests").symlink_to(elsewhere)
    (elsewhere / "loop").symlink_to(folder)
    return folder


def test_a_volume_of_kubernetes_has_each_file_once(tmp_path: Path) -> None:
    folder = tmp_path / "mappings"
    (folder / "..one").mkdir(parents=True)
    (folder / "..one" / "line.yaml").write_text("mapping: a\n", encoding="utf-8")
    (folder / "..data").symlink_to("..one")
    (folder / "line.yaml").symlink_to("..data/line.yaml")
    before = files_in([folder])
    assert [Path(name).relative_to(folder) for name, *_ in before] == [Path("line.yaml")]

    (folder / "..two").mkdir()
    (folder / "..two" / "line.yaml").write_text("mapping: b\n", encoding="utf-8")
    (folder / "..new").symlink_to("..two")
    (folder / "..new").replace(folder / "..data")

    assert files_in([folder]) != before


def test_a_file_elsewhere_counts_where_it_is_named(tmp_path: Path) -> None:
    library = tmp_path / "library.yaml"
    library.write_text("library: x\n", encoding="utf-8")
    before = files_in([], [library, tmp_path / "none.yaml"])

    library.write_text("library: xy\n", encoding="utf-8")

    assert len(before) == 1
    assert files_in([], [library]) != before
