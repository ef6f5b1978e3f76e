"""One of several collector processes: `python -P -m leadline_collector.worker SETTINGS DESCRIPTOR NUMBER`.

It inherits the listening socket, and ends with its parent.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from leadline.settings import load_settings
from leadline.workers.lifeline import die_with_parent
from leadline_collector.logs import start_logging
from leadline_collector.server import serve


def main(file: str, descriptor: str, worker: str) -> int:
    """The exit code."""
    die_with_parent()
    start_logging()
    listening = socket.socket(fileno=int(descriptor))
    return serve(load_settings(Path(file)), listening, worker=int(worker))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
