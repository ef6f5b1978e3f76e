"""Asks the store service: which questions there are, where it listens, and two clients, blocking and asyncio.

It knows neither DuckDB nor Arrow: whoever asks installs neither. A new question is declared in `questions.py`, once.
The client for asyncio is imported from `asynchronous.py`: its HTTP library costs a command more than its question.
"""

from leadline.storeclient.blocking_client import StoreClient
from leadline.storeclient.place import announced_socket
from leadline.storeclient.questions import QUESTIONS, Question, Row, Scope, SqlAnswer, SqlAsked, StoreStatus

__all__ = [
    "QUESTIONS",
    "Question",
    "Row",
    "Scope",
    "SqlAnswer",
    "SqlAsked",
    "StoreClient",
    "StoreStatus",
    "announced_socket",
]
