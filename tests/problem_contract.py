"""The public error contract, as a hook of an httpx client: every error that a service answers is held to it.

The clients of the collector's and of web's tests carry it, so that each request of theirs is a case.
"""

from __future__ import annotations

from typing import Any

import httpx

from leadline.wire import DROP_REASONS
from leadline.wire.problems import MEDIA_TYPE, PROBLEMS, TYPE_BASE

DROPS = {f"{TYPE_BASE}dropped:{reason}": meaning for reason, meaning in DROP_REASONS.items()}
OTHERS = {TYPE_BASE + problem: meaning for problem, meaning in PROBLEMS.items()}
# 503 here is no error but the answer, and says what is not ready.
NO_PROBLEMS = {"/readyz"}


def hold_to_contract(response: httpx.Response) -> None:
    """Fails where an error is no problem document, or one that breaks the contract."""
    kind = response.headers.get("content-type", "")
    if response.status_code >= 400 and response.request.method != "HEAD" and "html" not in kind:
        response.read()
        if response.request.url.path not in NO_PROBLEMS:
            assert kind == MEDIA_TYPE, f"{response.request.url} answers {response.status_code} as {kind or 'nothing'}"
            check_document(response.json(), status_code=response.status_code)


def check_document(document: dict[str, Any], *, status_code: int) -> None:
    """One document by itself."""
    said = document["type"]
    assert said in DROPS or said in OTHERS, f"{said} is not in the list"
    assert document["status"] == status_code
    assert all(isinstance(document[name], str) and document[name] for name in ("title", "detail", "remedy"))
    assert document.get("field", "?"), "a field that is there has a name"
    if said in DROPS:
        assert document["remedy"] == DROPS[said].remedy
    else:
        meaning = OTHERS[said]
        assert document["title"] == meaning.title
        assert meaning.status_code == status_code or said == f"{TYPE_BASE}request-refused"
        assert meaning.field is None or document["field"], "a type that has a field always names one"


def holding_client(**options: Any) -> httpx.Client:
    """A client each of whose answers is held to the contract."""
    return httpx.Client(event_hooks={"response": [hold_to_contract]}, **options)
