"""Opens a store of an earlier schema, or compacts one (closed or open), and kills itself right after a step of that.

python migrating_process.py STORE STEP
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from leadline.store import beside, compaction, migrations, open_store
from leadline_store import swap
from leadline_store.follower import Progress
from leadline_store.open_questions import OpenQuestions

# The function whose call ends the process, and which call it is.
STEPS: dict[str, tuple[Any, str, int]] = {
    "copied": (migrations.shutil, "copyfile", 1),
    "in the transaction": (migrations, "_run", 3),
    "committed": (migrations, "run_migrations", 1),
    "on disk": (migrations, "sync", 1),
    "swapped": (migrations.os, "replace", 1),
}
COMPACTING: dict[str, tuple[Any, str, int]] = {
    "some tables copied": (compaction, "_checksum", 7),
    "all tables copied": (compaction, "_copy", 1),
    "copy on disk": (compaction, "sync", 1),
    "copy swapped": (compaction.os, "replace", 1),
}
SWAPPING: dict[str, tuple[Any, str, int]] = {
    "beside: some tables": (beside, "checksum", 7),
    "beside: all tables": (beside, "_copy", 1),
    "beside: on disk": (swap, "copy_beside", 1),
    "beside: old one closed": (swap.Swap, "_close", 1),
    "beside: swapped": (swap.os, "replace", 1),
}


def kill_after(call: Callable[..., Any], left: int) -> Callable[..., Any]:
    """As `call`, and the process ends with the `left`-th."""

    def killing(*arguments: Any, **named: Any) -> Any:
        nonlocal left
        answer = call(*arguments, **named)
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    return killing


def main(store: str, step: str) -> None:
    where, name, which = {**STEPS, **COMPACTING, **SWAPPING}[step]
    setattr(where, name, kill_after(getattr(where, name), which))
    if step in COMPACTING:
        setattr(compaction, "WORTH_BYTES", 1)  # noqa: B010 - mypy holds a constant to its value
        compaction.compact_if_worth(Path(store))
    opened = open_store(Path(store))
    if step in SWAPPING:
        questions = OpenQuestions()
        questions.offer(opened)
        swapping = swap.Swap(questions, Progress(), threading.Event())
        swapping.compact(opened, Path(store), open_again=lambda: open_store(Path(store)))
    opened.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
