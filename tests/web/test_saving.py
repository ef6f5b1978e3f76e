"""A saved leadline.toml takes effect in the running web service; a broken one leaves everything as it was."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from leadline.settings import load_accepted

TWO_APPS = '[web]\nlisten = "127.0.0.1:0"\n[[app]]\nname = "{one}"\n[[app]]\nname = "two"\n'


def poll(claim: str, ask: Callable[[], Any], *, within_s: float = 30) -> None:
    deadline = time.monotonic() + within_s
    while not ask():
        assert time.monotonic() < deadline, claim
        time.sleep(0.05)


def status_of(web: Any, app: str) -> int:
    code: int = web.client.get("/v1/incidents", params={"app": app}).status_code
    return code


def test_an_app_that_was_saved_is_known_and_one_that_was_removed_is_not(own_web: Any) -> None:
    own_web.start(until_ready=False)
    assert (status_of(own_web, "one"), status_of(own_web, "shop0")) == (404, 200)
    own_web.settings_file.write_text(TWO_APPS.format(one="one"))
    poll("the new app is known", lambda: status_of(own_web, "one") == 200)
    assert status_of(own_web, "shop0") == 404


def test_tokens_that_were_saved_are_asked_for(own_web: Any) -> None:
    own_web.start(until_ready=False)
    token = "t" * 20
    more = f'[web.tokens.ada]\ntoken = "{token}"\nrole = "viewer"\n'
    own_web.settings_file.write_text(TWO_APPS.format(one="one") + more)
    poll("nobody gets in without a token", lambda: status_of(own_web, "one") == 401)
    answer = own_web.client.get("/v1/incidents", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


def test_a_broken_save_changes_nothing_even_when_the_store_service_dies(own_web: Any) -> None:
    own_web.start()
    own_web.settings_file.write_text(TWO_APPS.format(one="one") + "nmae = 3\n")
    poll("the fault is said", lambda: "nmae" in own_web.log.read_text())
    said = own_web.log.read_text()
    assert "the old settings stay in force" in said
    assert "leadline.toml:7:1: unknown key 'nmae'; did you mean 'name'?" in said
    own_web.store.kill()
    own_web.store.start()
    poll("the store is back", lambda: own_web.client.get("/readyz").json()["store"] == "up")
    assert status_of(own_web, "shop0") == 200
    assert status_of(own_web, "one") == 404
    # What commands go on with.
    accepted = load_accepted(own_web.settings_file)
    assert accepted is not None
    assert "shop0" in [app.name for app in accepted.apps]
    own_web.settings_file.write_text(TWO_APPS.format(one="one"))
    poll("the mended file is in force", lambda: status_of(own_web, "one") == 200)
