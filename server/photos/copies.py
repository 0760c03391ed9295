"""Copies of a folder of photos, for backups: what is there is never copied again, since files never change.

One copy serves all backups beside it. Of each photo it knows when it was last seen in the folder (by the time
of its own), so that one that was deleted stays as long as a backup that may name it, and no longer.
"""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from server.photos.folder import UNDERWAY, place_of


def add(source: Path, target: Path) -> tuple[int, int]:
    """Copy the photos of `source` that `target` lacks, each as a whole; return how many, and of how many."""
    names = [place.name for place in _places(source)]
    if names:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
    copied = sum(_copy(source, target, name) for name in names)
    for name in names:
        if place_of(target, name).exists():
            os.utime(place_of(target, name))
    os.sync()
    return copied, len(names)


def forget(target: Path, before: datetime) -> None:
    """Delete the photos of `target` that were last seen before that moment."""
    for place in list(_places(target)):
        if place.stat().st_mtime < before.timestamp():
            shutil.rmtree(place)


def _copy(source: Path, target: Path, name: str) -> bool:
    place, part = place_of(target, name), target / f"{UNDERWAY}copy"
    if place.exists():
        return False
    shutil.rmtree(part, ignore_errors=True)
    try:
        shutil.copytree(place_of(source, name), part)
    except OSError:
        if place_of(source, name).exists():
            raise
        # Deleted meanwhile.
        return False
    place.parent.mkdir(exist_ok=True)
    part.rename(place)
    return True


def _places(folder: Path) -> Iterator[Path]:
    return (place for place in folder.glob("*/*") if place == place_of(folder, place.name))
