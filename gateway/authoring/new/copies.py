"""Copies of contracts beside the mappings, with the hash of each file, so that a change of one is seen.

A contract lies in a folder of its own: `contracts/SYSTEM`, with `contract.lock.json` (file names and their SHA-256).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

LOCK = "contract.lock.json"


class CopyError(Exception):
    """A file cannot be written, or another one is in its place. The text is one line."""


def lock_text(files: Mapping[str, bytes], source: str) -> str:
    """The lock of these files; `source`: where they were taken from, in words."""
    hashes = {name: f"sha256:{sha256(content).hexdigest()}" for name, content in sorted(files.items())}
    return json.dumps({"source": source, "files": hashes}, indent=2, ensure_ascii=False) + "\n"


def changed(folder: Path) -> list[str]:
    """The files of a contract that are not as the lock says: changed, or not there. Raises CopyError without a lock."""
    try:
        hashes = json.loads((folder / LOCK).read_bytes())["files"]
        return [name for name, said in hashes.items() if _hash(folder / name) != said]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise CopyError(f"{folder / LOCK} cannot be read: {error}") from error


def _hash(path: Path) -> str:
    try:
        return f"sha256:{sha256(path.read_bytes()).hexdigest()}"
    except OSError:
        return ""


def store(folder: Path, files: Mapping[str, bytes], source: str) -> bool:
    """Write a contract; whether anything was written. A contract that is there already must be the same.

    Files of other contracts in the same folder stay, and stay in the lock. Raises CopyError.
    """
    different = [name for name, content in files.items() if _stands_otherwise(folder / name, content)]
    if different:
        raise CopyError(f"{folder / different[0]} is there already and is another one: move it away, or take --system")
    try:
        known = {name: (folder / name).read_bytes() for name in _locked(folder)}
        together = {**known, **files}
        if known and known.keys() >= files.keys():
            return False
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        (folder / LOCK).write_text(lock_text(together, source), encoding="utf-8")
    except OSError as error:
        raise CopyError(f"{error.filename or folder} cannot be written: {error.strerror}") from error
    return True


def _locked(folder: Path) -> list[str]:
    if not (folder / LOCK).exists():
        return []
    broken = changed(folder)
    if broken:
        raise CopyError(f"{folder / broken[0]} is not what {LOCK} says: mend that first")
    names: list[str] = list(json.loads((folder / LOCK).read_bytes())["files"])
    return names


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
