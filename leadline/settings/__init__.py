"""Configuration, environment and secrets: `leadline.toml` to one frozen `Settings`.

Unknown and misspelt keys prevent the start; all errors are listed at once, each as `leadline.toml:12:1` with the
nearest correct spelling. Nothing here starts a service or imports a journey.
"""

from leadline.settings.accepted import keep_accepted, load_accepted
from leadline.settings.addresses import base_url, reach, split_listen
from leadline.settings.beacon_script import direct_source, find_script, include_script
from leadline.settings.durations import parse_duration_s
from leadline.settings.flag_tables import FlagSettings, RingSettings
from leadline.settings.flags import configured_flags, configured_rings, exposing_flag, flag_cohorts
from leadline.settings.gate_rules import gate_rules
from leadline.settings.gates import GateMetric, GateSettings, GateStage
from leadline.settings.home import HomePaths
from leadline.settings.places import Location, Places, Problem
from leadline.settings.schema import (
    AppSettings,
    CheckSettings,
    CohortSettings,
    JourneysSettings,
    RouteSettings,
    Settings,
)
from leadline.settings.toml_file import SettingsInvalid, find_settings_file, load_settings

__all__ = [
    "AppSettings",
    "CheckSettings",
    "CohortSettings",
    "FlagSettings",
    "GateMetric",
    "GateSettings",
    "GateStage",
    "HomePaths",
    "JourneysSettings",
    "Location",
    "Places",
    "Problem",
    "RingSettings",
    "RouteSettings",
    "Settings",
    "SettingsInvalid",
    "base_url",
    "configured_flags",
    "configured_rings",
    "direct_source",
    "exposing_flag",
    "find_script",
    "find_settings_file",
    "flag_cohorts",
    "gate_rules",
    "include_script",
    "keep_accepted",
    "load_accepted",
    "load_settings",
    "parse_duration_s",
    "reach",
    "split_listen",
]
