"""Structured logs: one JSON object a line on stderr. No address, key or anything that a browser sent is ever logged.

The text of an unexpected error is cleaned like a beacon's text: it may quote its input.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from leadline_collector.redaction.texts import clean_text


class JsonLines(logging.Formatter):
    """`at`, `level`, `service`, `worker` where there are several, `message`, and the stack of a bug."""

    def __init__(self, worker: int | None) -> None:
        super().__init__()
        self._worker = {} if worker is None else {"worker": worker}

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": "collector",
            **self._worker,
            "logger": record.name,
            "message": clean_text(record.getMessage()),
        }
        if record.exc_info:
            told["stack"] = clean_text(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False)


def start_logging(*, worker: int | None = None) -> None:
    """Logs everything of ours from INFO on; of uvicorn only its failures (a bad request is counted, not logged)."""
    sink = logging.StreamHandler(sys.stderr)
    sink.setFormatter(JsonLines(worker))
    logging.captureWarnings(True)
    logging.basicConfig(level=logging.INFO, handlers=[sink], force=True)
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
