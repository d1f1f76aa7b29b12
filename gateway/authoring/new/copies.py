"""Copies of contracts beside the mappings: each in a folder of its own (`contracts/SYSTEM`), with a lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from adapters.locks import LOCK, LockError, changed, lock_text, locked


class CopyError(Exception):
    """A file cannot be written, or another one is in its place. The text is one line."""


def store(folder: Path, files: Mapping[str, bytes], source: str, *, replace: bool = False) -> bool:
    """Write a contract; whether anything was written. One that is there already must be the same, or is replaced.

    Files of other contracts in the same folder stay, and stay in the lock. Raises CopyError.
    """
    different = (
        [] if replace else [name for name, content in files.items() if _stands_otherwise(folder / name, content)]
    )
    if different:
        raise CopyError(
            f"{folder / different[0]} is there already and is another one: move it away, or name another place"
        )
    try:
        known = {name: (folder / name).read_bytes() for name in _locked(folder, files if replace else {})}
        together = {**known, **files}
        if known and together == known:
            return False
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        (folder / LOCK).write_text(lock_text(together, source), encoding="utf-8")
    except OSError as error:
        raise CopyError(f"{error.filename or folder} cannot be written: {error.strerror}") from error
    return True


def _locked(folder: Path, replaced: Mapping[str, bytes]) -> list[str]:
    """The files of the lock, which are what it says but for those that are replaced."""
    if not (folder / LOCK).exists():
        return []
    try:
        broken = [name for name in changed(folder) if name not in replaced]
        if broken:
            raise CopyError(f"{folder / broken[0]} is not what {LOCK} says: mend that first")
        return [name for name in locked(folder)[1] if (folder / name).exists()]
    except LockError as error:
        raise CopyError(str(error)) from error


def _stands_otherwise(path: Path, content: bytes) -> bool:
    try:
        return path.exists() and path.read_bytes() != content
    except OSError as error:
        raise CopyError(f"{path} cannot be read: {error.strerror}") from error


def check_new(files: Iterable[Path]) -> None:
    """Raises CopyError where one of these files is there already."""
    for path in files:
        if path.exists():
            raise CopyError(f"{path} is there already: take another name, or move it away")


def write_new(files: Mapping[Path, str]) -> None:
    """Write files that must not be there yet, all of them or none. Raises CopyError."""
    check_new(files)
    written: list[Path] = []
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            written.append(path)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise CopyError(f"{error.filename or 'a file'} cannot be written: {error.strerror}") from error
