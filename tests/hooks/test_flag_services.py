"""Hooks of flags: flagd's file for real, LaunchDarkly and Unleash against fakes made from their published APIs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Hook = Callable[..., Any]
MakeAct = Callable[..., Any]
FLAGD = {
    "$schema": "https://flagd.dev/schema/v0/flags.json",
    "flags": {
        "new-checkout": {
            "state": "ENABLED",
            "variants": {"on": True, "off": False},
            "defaultVariant": "off",
            "targeting": {"if": [{"==": [{"var": "plan"}, "pro"]}, "on"]},
        },
        "other": {"state": "ENABLED", "variants": {"ü": 1}, "defaultVariant": "ü"},
    },
}


@pytest.fixture
def flagd_file(tmp_path: Path) -> Path:
    file = tmp_path / "flags.json"
    file.write_text(json.dumps(FLAGD))
    return file


async def test_flagd_s_flag_is_disabled_and_all_else_stays(hook: Hook, act: MakeAct, flagd_file: Path) -> None:
    flagd = hook("flagd", file="flags.json", flag="new-checkout")
    assert (await flagd.preflight()).detail.startswith("new-checkout is ENABLED")
    for _ in range(2):
        assert (await flagd.execute(act())).is_taken
    written = json.loads(flagd_file.read_text())
    assert written["flags"]["new-checkout"].pop("state") == "DISABLED"
    assert written["flags"]["other"] == FLAGD["flags"]["other"]  # type: ignore[index]
    assert await flagd.status() == "new-checkout is DISABLED"


async def test_a_drill_of_flagd_changes_nothing(hook: Hook, act: MakeAct, flagd_file: Path) -> None:
    assert (await hook("flagd", file="flags.json", flag="new-checkout").drill(act(is_drill=True))).is_taken
    assert json.loads(flagd_file.read_text()) == FLAGD


@pytest.mark.parametrize(
    ("file", "flag", "said"),
    [
        ("flags.json", "new-chekout", "has no flag 'new-chekout'"),
        ("missing.json", "new-checkout", "No such file"),
        ("flags.yaml", "new-checkout", "only JSON can be changed"),
    ],
)
async def test_what_flagd_can_t_do_is_said_and_nothing_is_written(
    hook: Hook, act: MakeAct, flagd_file: Path, file: str, flag: str, said: str
) -> None:
    (flagd_file.parent / "flags.yaml").write_text("flags: {}")
    flagd = hook("flagd", file=file, flag=flag)
    assert said in (await flagd.preflight()).detail
    assert said in (await flagd.execute(act())).detail
    assert json.loads(flagd_file.read_text()) == FLAGD


async def test_launchdarkly_gets_a_semantic_patch_that_turns_the_flag_off(
    hook: Hook, act: MakeAct, target: Any
) -> None:
    service = hook(
        "launchdarkly", url=target.url, token="api-key", project="shop", environment="production", flag="checkout"
    )
    assert (await service.execute(act())).is_taken
    [request] = target.requests
    assert (request.method, request.path) == ("PATCH", "/api/v2/flags/shop/checkout")
    assert request.headers["content-type"] == "application/json; domain-model=launchdarkly.semanticpatch"
    assert request.headers["authorization"] == "api-key"
    told = json.loads(request.body)
    assert (told["environmentKey"], told["instructions"]) == ("production", [{"kind": "turnFlagOff"}])
    assert "key-1" in told["comment"]


async def test_launchdarkly_s_approvals_are_said_to_be_in_the_way(hook: Hook, act: MakeAct, target: Any) -> None:
    target.answers = [(405, {}, '{"code": "approval_required"}')]
    service = hook(
        "launchdarkly", url=target.url, token="api-key", project="shop", environment="production", flag="checkout"
    )
    taken = await service.execute(act())
    assert (taken.is_taken, taken.is_final) == (False, True)
    assert "approvals" in taken.detail


@pytest.mark.parametrize("is_on", [True, False])
async def test_launchdarkly_s_word_on_the_environment_is_read(hook: Hook, target: Any, is_on: bool) -> None:
    target.answers = [(200, {}, json.dumps({"key": "checkout", "environments": {"production": {"on": is_on}}}))]
    service = hook(
        "launchdarkly", url=target.url, token="api-key", project="shop", environment="production", flag="checkout"
    )
    assert await service.is_off() is not is_on


async def test_unleash_s_environment_is_switched_off_by_the_admin_api(hook: Hook, act: MakeAct, target: Any) -> None:
    service = hook(
        "unleash", url=target.url, token="admin-token", project="default", environment="production", flag="checkout"
    )
    assert (await service.execute(act())).is_taken
    [request] = target.requests
    path = "/api/admin/projects/default/features/checkout/environments/production/off"
    assert (request.method, request.path, request.headers["authorization"]) == ("POST", path, "admin-token")
    target.answers = [(200, {}, '{"name": "production", "enabled": false}')]
    assert await service.is_off() is True
    assert await service.status() == "checkout is off in production"


async def test_a_token_that_is_refused_is_found_by_the_preflight(hook: Hook, target: Any) -> None:
    target.answers = [(401, {}, "unauthorized")]
    service = hook("unleash", url=target.url, token="wrong", project="default", environment="production", flag="f")
    assert (await service.preflight()).is_ready is False
