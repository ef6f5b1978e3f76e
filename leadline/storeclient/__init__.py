"""Client of the store service: its questions, its address, and two clients, blocking and asyncio.

It uses neither DuckDB nor Arrow, so callers need not install them. A new question is declared in `questions.py`, once.
The client for asyncio is in `asynchronous.py`, because importing its HTTP library takes longer than a question.
"""

from leadline.storeclient.blocking_client import StoreClient
from leadline.storeclient.place import announced_socket
from leadline.storeclient.questions import QUESTIONS, Question, Row, Scope, StoreStatus
from leadline.storeclient.sql import SqlAnswer, SqlAsked

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
