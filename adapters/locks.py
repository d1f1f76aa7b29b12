"""Stored contracts of systems and the hash of each of their files, so that a change of one is seen.

A contract lies in a folder of its own with `contract.lock.json`: where it was taken from, file names, their SHA-256.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

LOCK = "contract.lock.json"


class LockError(Exception):
    """A lock cannot be read. The text is one line."""


def lock_text(files: Mapping[str, bytes], source: str) -> str:
    """The lock of these files; `source`: where they were taken from, in words."""
    hashes = {name: _hash_of(content) for name, content in sorted(files.items())}
    return json.dumps({"source": source, "files": hashes}, indent=2, ensure_ascii=False) + "\n"


def locked(folder: Path) -> tuple[str, dict[str, str]]:
    """Where a stored contract was taken from, and the hash of each file. Raises LockError; without a lock, too."""
    try:
        said = json.loads((folder / LOCK).read_bytes())
        hashes = {str(name): str(value) for name, value in said["files"].items()}
        return str(said.get("source", "")), hashes
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise LockError(f"{folder / LOCK} cannot be read: {error}") from error


def changed(folder: Path) -> list[str]:
    """The files of a contract that are not as the lock says: changed, or not there. Raises LockError without a lock."""
    return [name for name, said in locked(folder)[1].items() if _hash(folder / name) != said]


def drifted(contents: Mapping[Path, bytes]) -> Iterable[str]:
    """What is wrong with files that were read, where a lock stands beside them: a line for each, with what to do."""
    for folder in dict.fromkeys(path.parent for path in contents):
        if not (folder / LOCK).exists():
            continue
        hashes = locked(folder)[1]
        for path, content in contents.items():
            if path.parent == folder and hashes.get(path.name) != _hash_of(content):
                what = "is not the file that was stored" if path.name in hashes else "was not stored with the others"
                yield (
                    f"{path.name} {what} ({LOCK} beside it): put that back, or fetch it anew; "
                    f"if it is meant: poq-gateway wsdl lock {folder}"
                )


def _hash(path: Path) -> str:
    try:
        return _hash_of(path.read_bytes())
    except OSError:
        return ""


def _hash_of(content: bytes) -> str:
    return f"sha256:{sha256(content).hexdigest()}"
