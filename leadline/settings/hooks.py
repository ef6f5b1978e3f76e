"""`[[hook]]`: hooks that change production when a canary is rolled back. docs/hooks.md explains each kind."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from leadline.model.hooks import HOOK_KINDS, HookKind, HookSpec
from leadline.settings.kinds import Duration, Name, Table, one_of

KindOfHook = Annotated[HookKind, BeforeValidator(one_of(HOOK_KINDS, "kind of hook"))]
# The keys that each kind needs.
_NEEDED: dict[str, tuple[str, ...]] = {
    "argo": ("rollout",),
    "flagger": ("canary",),
    "deployment": ("deployment",),
    "launchdarkly": ("project", "environment", "flag", "token"),
    "unleash": ("url", "project", "environment", "flag", "token"),
    "flagd": ("file", "flag"),
    "flag": ("flag",),
    "command": ("command",),
    "webhook": ("url", "secret"),
}


class HookSettings(Table):
    """One hook. `_NEEDED` lists the keys that each kind needs; the remaining keys belong to other kinds."""

    name: Name
    kind: KindOfHook
    app: str | None = None  # the app whose users are checked; without it, the app of the gate that names the hook
    timeout: Duration = 30.0
    retries: int = Field(default=3, ge=0, le=20)
    verify_within: Duration = 300.0
    verify_url: str | None = Field(default=None, pattern=r"^https?://")
    drill_every: Duration | None = None
    # our own flag, LaunchDarkly's, Unleash's, flagd's
    flag: str | None = Field(default=None, min_length=1)
    # command
    command: list[str] = Field(default_factory=list)
    drill_command: list[str] = Field(default_factory=list)
    # webhook, Unleash, LaunchDarkly
    url: str | None = Field(default=None, pattern=r"^https?://")
    secret: str | None = Field(default=None, min_length=8)
    token: str | None = Field(default=None, min_length=1)
    project: str | None = Field(default=None, min_length=1)
    environment: str | None = Field(default=None, min_length=1)
    # Kubernetes: "namespace/name"
    rollout: str | None = Field(default=None, min_length=1)
    canary: str | None = Field(default=None, min_length=1)
    deployment: str | None = Field(default=None, min_length=1)
    to_revision: int | None = Field(default=None, ge=1)
    kubectl: str = "kubectl"
    # flagd
    file: str | None = Field(default=None, min_length=1)
    ofrep_url: str | None = Field(default=None, pattern=r"^https?://")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        missing = [key for key in _NEEDED[self.kind] if not getattr(self, key)]
        if missing:
            raise ValueError(f"a hook of kind {self.kind!r} needs {' and '.join(missing)}")
        return self

    def spec(self, folder: str) -> HookSpec:
        """The hook for running; `folder` is the file's folder."""
        said = self.model_dump(exclude={"timeout", "verify_within", "drill_every", "command", "drill_command"})
        return HookSpec(
            **said,
            command=tuple(self.command),
            drill_command=tuple(self.drill_command),
            timeout_s=self.timeout,
            verify_within_s=self.verify_within,
            drill_every_s=self.drill_every,
            folder=folder,
        )
