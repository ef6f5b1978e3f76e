"""Argo Rollouts, a Deployment, Flagger: through kubectl; the hooks rely on its output and exit codes.

Tested with a stand-in that records calls, because there is no cluster here. `kubectl rollout undo` twice brings the
bad version back,
so a Deployment is first annotated with our idempotency key and its revision, and a repeat undoes only that one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from leadline.guard.hooks.processes import Ended, run_program
from leadline.guard.hooks.seam import Act, Preflight, Taken, cut
from leadline.model.hooks import HookSpec

__all__ = ["ArgoHook", "DeploymentHook", "FlaggerHook"]

NOTE = "leadline.dev/undo"
PROMOTED = "leadline.dev/promote"
REVISION = "deployment.kubernetes.io/revision"


class _Kubectl:
    """`name` is "namespace/name" or a name in the context's own namespace."""

    def __init__(self, spec: HookSpec, name: str) -> None:
        self.spec = spec
        namespace, _, self.name = name.rpartition("/")
        self._namespace = ["--namespace", namespace] if namespace else []

    async def run(self, *words: str, timeout_s: float | None = None) -> Ended:
        command = [self.spec.kubectl, *words, *self._namespace]
        return await run_program(command, folder=self.spec.folder, timeout_s=timeout_s or self.spec.timeout_s)

    async def read(self, kind: str) -> tuple[dict[str, Any] | None, str]:
        """The object, or None and why."""
        ended = await self.run("get", kind, self.name, "--output", "json")
        if ended.code != 0:
            return None, cut(ended.output)
        try:
            found = json.loads(ended.answer)
        except ValueError:
            return None, cut(f"kubectl did not answer with JSON: {ended.output}")
        return (found, "") if isinstance(found, dict) else (None, "kubectl did not answer with an object")

    async def take(self, *words: str) -> Taken:
        ended = await self.run(*words)
        return Taken(is_taken=ended.code == 0, detail=cut(ended.output))


class ArgoHook:
    """`kubectl argo rollouts abort`. `spec.template` names the new version afterwards: revert Git, too."""

    def __init__(self, spec: HookSpec) -> None:
        self.spec = spec
        self._kubectl = _Kubectl(spec, spec.rollout or "")

    def describe(self) -> str:
        return f"aborts the rollout {self.spec.rollout}"

    async def preflight(self) -> Preflight:
        found, said = await self._kubectl.read("rollout")
        return Preflight(is_ready=found is not None, detail=said if found is None else _phase_of(found))

    async def execute(self, act: Act) -> Taken:
        """A second abort changes nothing."""
        return await self._kubectl.take("argo", "rollouts", "abort", self._kubectl.name)

    async def expose(self, act: Act) -> Taken:
        """Promotes it past its pause, once: the next step that sets a weight must be the stage's share.

        `promote` twice would open two stages, so the rollout first notes our key and the step that it came from.
        """
        found, said = await self._kubectl.read("rollout")
        if found is None:
            return Taken(is_taken=False, detail=said)
        if act.share is None:
            detail = "a rollout knows shares, no rings: set it by hand"
            return Taken(is_taken=False, detail=detail, is_final=True)
        at, weights = _steps_of(found)
        wanted = act.share * 100
        now = max([0.0, *(weight for place, weight in weights if place <= at)])
        key, _, from_step = _annotation(found, PROMOTED).rpartition("@")
        if now >= wanted or (key == act.idempotency_key and from_step != str(at)):
            return Taken(is_taken=True, detail=f"at step {at} already: {now:g} %")
        following = next((weight for place, weight in weights if place > at), 100.0)
        if abs(following - wanted) > 0.5:
            detail = f"the next step of the rollout sets {following:g} %, not {wanted:g} %: give both the same shares"
            return Taken(is_taken=False, detail=detail, is_final=True)
        note = f"{PROMOTED}={act.idempotency_key}@{at}"
        noted = await self._kubectl.take("annotate", f"rollout/{self._kubectl.name}", note, "--overwrite")
        if not noted.is_taken:
            return noted
        return await self._kubectl.take("argo", "rollouts", "promote", self._kubectl.name)

    async def status(self) -> str:
        found, said = await self._kubectl.read("rollout")
        return said if found is None else _phase_of(found)

    async def drill(self, act: Act) -> Taken:
        """Reads the rollout and asks whether this identity may change it."""
        found, said = await self._kubectl.read("rollout")
        if found is None:
            return Taken(is_taken=False, detail=said)
        return await self._kubectl.take("auth", "can-i", "patch", f"rollouts/{self._kubectl.name}")


class DeploymentHook:
    def __init__(self, spec: HookSpec) -> None:
        self.spec = spec
        self._kubectl = _Kubectl(spec, spec.deployment or "")

    def describe(self) -> str:
        to = f" to revision {self.spec.to_revision}" if self.spec.to_revision else ""
        return f"undoes the deployment {self.spec.deployment}{to}"

    async def preflight(self) -> Preflight:
        """Also whether the revision to go back to is still kept (revisionHistoryLimit)."""
        found, said = await self._kubectl.read("deployment")
        if found is None:
            return Preflight(is_ready=False, detail=said)
        ended = await self._kubectl.run("rollout", "history", f"deployment/{self._kubectl.name}", *self._revision())
        if ended.code != 0:
            return Preflight(is_ready=False, detail=cut(f"that revision is gone: {ended.output}"))
        revisions = [
            line.split()[0] for line in ended.output.splitlines() if line.split() and line.split()[0].isdigit()
        ]
        if not self.spec.to_revision and len(revisions) < 2:
            return Preflight(is_ready=False, detail="there is no earlier revision to go back to")
        return Preflight(is_ready=True, detail=f"revision {_annotation(found, REVISION)} runs")

    async def execute(self, act: Act) -> Taken:
        found, said = await self._kubectl.read("deployment")
        if found is None:
            return Taken(is_taken=False, detail=said)
        running = _annotation(found, REVISION)
        key, _, from_revision = _annotation(found, NOTE).rpartition("@")
        name = f"deployment/{self._kubectl.name}"
        if key == act.idempotency_key and from_revision != running:
            return Taken(is_taken=True, detail=f"undone already: revision {running} runs")
        noted = await self._kubectl.take("annotate", name, f"{NOTE}={act.idempotency_key}@{running}", "--overwrite")
        if not noted.is_taken:
            return noted
        undone = await self._kubectl.take("rollout", "undo", name, *self._to_revision())
        if not undone.is_taken:
            return undone
        wait_s = max(1, int(self.spec.timeout_s) - 1)
        done = await self._kubectl.run("rollout", "status", name, f"--timeout={wait_s}s", timeout_s=self.spec.timeout_s)
        return Taken(is_taken=True, detail=cut(f"{undone.detail}; {done.output}"))

    async def status(self) -> str:
        found, said = await self._kubectl.read("deployment")
        return said if found is None else f"revision {_annotation(found, REVISION)} runs"

    async def drill(self, act: Act) -> Taken:
        """A dry run by the API server; without an earlier revision the rehearsal fails."""
        ready = await self.preflight()
        if not ready.is_ready:
            return Taken(is_taken=False, detail=ready.detail, is_final=True)
        name = f"deployment/{self._kubectl.name}"
        return await self._kubectl.take("rollout", "undo", name, *self._to_revision(), "--dry-run=server")

    def _to_revision(self) -> Sequence[str]:
        return [f"--to-revision={self.spec.to_revision}"] if self.spec.to_revision else []

    def _revision(self) -> Sequence[str]:
        return [f"--revision={self.spec.to_revision}"] if self.spec.to_revision else []


class FlaggerHook:
    """Pull only: Flagger asks `/v1/gate/flagger/rollback` at each of its intervals, and takes 2xx for an order."""

    def __init__(self, spec: HookSpec) -> None:
        self.spec = spec
        self._kubectl = _Kubectl(spec, spec.canary or "")

    def describe(self) -> str:
        return f"answers Flagger's rollback webhook for the canary {self.spec.canary}"

    async def preflight(self) -> Preflight:
        found, said = await self._kubectl.read("canary")
        if found is None:
            return Preflight(is_ready=False, detail=said)
        webhooks = found.get("spec", {}).get("analysis", {}).get("webhooks", [])
        if not any(one.get("type") == "rollback" for one in webhooks if isinstance(one, dict)):
            return Preflight(is_ready=False, detail="the canary has no webhook of type rollback (docs/hooks.md)")
        return Preflight(is_ready=True, detail=_phase_of(found))

    async def execute(self, act: Act) -> Taken:
        return Taken(is_taken=True, detail="Flagger takes it at its next interval, from /v1/gate/flagger/rollback")

    async def status(self) -> str:
        found, said = await self._kubectl.read("canary")
        return said if found is None else _phase_of(found)

    async def drill(self, act: Act) -> Taken:
        ready = await self.preflight()
        return Taken(is_taken=ready.is_ready, detail=ready.detail, is_final=not ready.is_ready)


def _steps_of(found: dict[str, Any]) -> tuple[int, list[tuple[int, float]]]:
    """The step that the rollout stands at, and the steps that set a weight. Past the last one it is at 100 %."""
    strategy = found.get("spec", {}).get("strategy", {}).get("canary", {})
    steps = strategy.get("steps") or []
    weights = [
        (place, float(step["setWeight"]))
        for place, step in enumerate(steps)
        if isinstance(step, dict) and isinstance(step.get("setWeight"), (int, float))
    ]
    at = found.get("status", {}).get("currentStepIndex")
    return (at if isinstance(at, int) else 0), [*weights, (len(steps), 100.0)]


def _phase_of(found: dict[str, Any]) -> str:
    status = found.get("status", {})
    return f"phase {status.get('phase', 'unknown')}" if isinstance(status, dict) else "phase unknown"


def _annotation(found: dict[str, Any], name: str) -> str:
    annotations = found.get("metadata", {}).get("annotations") or {}
    return str(annotations.get(name, ""))
