"""Structured logs: one JSON object a line on stderr. No address, key or anything that a browser sent is ever logged."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """`at`, `level`, `service`, `message`, and the stack of a bug."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": "collector",
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            told["stack"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def start_logging() -> None:
    """Everything of ours from INFO on; of uvicorn only what it could not do (a bad request is a count, not a line)."""
    sink = logging.StreamHandler(sys.stderr)
    sink.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[sink], force=True)
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
