"""`[[flag]]` and `[[ring]]` as the objects that leadline/flags evaluates."""

from __future__ import annotations

from leadline.flags import Flag, Ring, Rule
from leadline.flags.definition import read_conditions
from leadline.settings.schema import Settings

__all__ = ["configured_flags", "configured_rings", "exposing_flag", "flag_cohorts"]


def configured_flags(settings: Settings) -> list[Flag]:
    """In the order of the file."""
    return [
        Flag(
            key=said.key,
            app=said.app,
            variants=said.variants,
            default=said.default,
            kill=said.kill if said.kill is not None else said.default,
            rules=tuple(
                Rule(variant=rule.variant, ring=rule.ring, when=read_conditions(rule.when), share=rule.share)
                for rule in said.rules
            ),
            cohorts=said.cohorts,
            description=said.description,
        )
        for said in settings.flags
    ]


def flag_cohorts(settings: Settings) -> dict[str, dict[str, dict[str, str]]]:
    """The cohort that page views count as, by app, flag and variant. Flags without `cohorts` are left out."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for said in settings.flags:
        if said.cohorts:
            found.setdefault(said.app, {})[said.key] = dict(said.cohorts)
    return found


def configured_rings(settings: Settings) -> list[Ring]:
    """In the order of the file."""
    return [Ring(name=said.name, app=said.app, when=read_conditions(said.when)) for said in settings.rings]


def exposing_flag(settings: Settings, app: str) -> Flag | None:
    """The flag that gives users the canary of this app's gate; None if something else does."""
    key = settings.gate_of(app).exposure
    return next((flag for flag in configured_flags(settings) if key is not None and flag.key == key), None)
