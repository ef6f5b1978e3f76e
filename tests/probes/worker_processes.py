"""The processes of a worker pool, as the system lists them: workers below this process, and their browsers."""

from __future__ import annotations

import psutil

_LEFT_OUT: set[psutil.Process] = set()


def leave_out_others() -> None:
    """Called before a pool is opened: workers that other tests of this process keep are none of its own."""
    _LEFT_OUT.clear()
    _LEFT_OUT.update(workers())


def children() -> list[psutil.Process]:
    """Every living process of the workers below this one; what other tests keep running is not theirs."""
    return [one for worker in workers() for one in (worker, *below(worker)) if is_alive(one)]


def workers() -> list[psutil.Process]:
    found = [one for one in psutil.Process().children() if is_alive(one) and _is_worker(one)]
    return [one for one in found if one not in _LEFT_OUT]


def _is_worker(one: psutil.Process) -> bool:
    try:
        return any(word.startswith("leadline_probes.") for word in one.cmdline())
    except psutil.Error:
        return False


def below(one: psutil.Process) -> list[psutil.Process]:
    try:
        return one.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def is_alive(one: psutil.Process) -> bool:
    """Not even as one that is stopped; a zombie only waits for whoever is process 1 here."""
    try:
        return one.is_running() and one.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def browsers() -> list[psutil.Process]:
    """The main processes of the browsers, not their renderers."""
    found = []
    for one in children():
        try:
            line = one.cmdline()
        except psutil.Error:
            continue
        if any("LeadlineSynthetic" in word for word in line) and not any(word.startswith("--type=") for word in line):
            found.append(one)
    return found
