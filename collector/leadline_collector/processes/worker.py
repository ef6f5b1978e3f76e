"""One of several collector processes: `python -P -m leadline_collector.processes.worker SETTINGS DESCRIPTOR NUMBER`.

It inherits the listening socket, reads on stdin the text of SETTINGS last accepted by its supervisor (a broken save
must not prevent a restart), and ends with its parent.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from leadline.settings.toml_file import read_source
from leadline.workers.lifeline import die_with_parent
from leadline_collector.processes.logs import start_logging
from leadline_collector.processes.server import serve


def main(file: str, descriptor: str, worker: str) -> int:
    """The exit code."""
    die_with_parent()
    start_logging(worker=int(worker))
    settings = read_source(Path(file), sys.stdin.buffer.read().decode())
    return serve(settings, socket.socket(fileno=int(descriptor)), worker=int(worker))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
