"""Reads from the file which hooks a gate runs, and where to check what users get. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from leadline.model.hooks import HookSpec
from leadline.settings.addresses import base_url
from leadline.settings.schema import Settings

__all__ = ["LookPlace", "SidePlan", "act_order", "side_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookPlace:
    """One way in which a user gets the app."""

    label: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SidePlan:
    """Where to check whether users get the old version, or the off variant."""

    looks: tuple[LookPlace, ...] = ()
    ofrep_url: str | None = None
    ofrep_key: str = ""
    off_variant: str | None = None


def act_order(settings: Settings, app: str) -> list[HookSpec]:
    """The hooks that a rollback of this app runs; each one runs if the previous one failed."""
    specs = settings.hook_specs()
    return [specs[name] for name in settings.gate_of(app).on_rollback if name in specs]


def side_of(settings: Settings, spec: HookSpec, app: str | None) -> SidePlan:
    """Without a cohort, and as each cohort of the app's journeys and checks, since a canary's cookie must get the old
    version.
    """
    named = spec.app or app
    own = next((one for one in settings.apps if one.name == named), None)
    if spec.kind == "flag":
        flag = next((one for one in settings.flags if one.key == spec.flag), None)
        owner = next((one for one in settings.apps if flag is not None and one.name == flag.app), None)
        keys = owner.keys if owner is not None else []
        return SidePlan(
            ofrep_url=base_url(settings.collector.listen),
            ofrep_key=keys[0] if keys else "",
            off_variant=(flag.kill if flag.kill is not None else flag.default) if flag is not None else None,
        )
    if spec.kind == "flagd":
        return SidePlan(ofrep_url=spec.ofrep_url)
    url = spec.verify_url or (own.base_url if own is not None else None)
    if url is None:
        return SidePlan()
    looks = {"anyone": LookPlace(label="anyone", url=url)}
    tables = [(one.app, one.cohorts) for one in settings.journeys] + [(one.app, one.cohorts) for one in settings.checks]
    for owner_app, cohorts in tables:
        if owner_app == named:
            for name, cohort in cohorts.items():
                cookies = "; ".join(f"{key}={value}" for key, value in cohort.cookies.items())
                headers = {**cohort.headers, **({"Cookie": cookies} if cookies else {})}
                looks.setdefault(name, LookPlace(label=name, url=url, headers=headers))
    return SidePlan(looks=tuple(looks.values()))
