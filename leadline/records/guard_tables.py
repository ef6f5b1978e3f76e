"""The tables of releases, flags and hooks: what judges production and what changes it.

A change needs a migration in migrations/versions/, as in tables.py.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, String, Table, Text

from leadline.model import Verdict
from leadline.records.columns import Moment, Nouns, metadata

deployments = Table(
    "deployments",
    metadata,
    Column("deployment_id", String, primary_key=True),
    Column("app", String, nullable=False),
    Column("environment", String, nullable=False),
    Column("service_version", String, nullable=False),
    Column("cohort", String),
    Column("commit", String),
    Column("deployed_at", Moment, nullable=False),
    Column("marked_by", String, nullable=False),
    Column("committed_at", Moment),
    Index("ix_deployments_app_deployed_at", "app", "deployed_at"),
)

# Verdicts that differed from the one before them; never changed, `said` is the whole verdict as JSON.
verdicts = Table(
    "verdicts",
    metadata,
    Column("verdict_id", String, primary_key=True),
    Column("app", String, nullable=False),
    Column("environment", String, nullable=False),
    Column("service_version", String, nullable=False),
    Column("baseline_version", String, nullable=False),
    Column("stage", String),
    Column("verdict", String, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("said", Nouns(Verdict), nullable=False),
    Index("ix_verdicts_app_decided_at", "app", "decided_at"),
)

# Versions named by a deployment or a probe: Leadline acts only on these.
versions = Table(
    "versions",
    metadata,
    Column("app", String, primary_key=True),
    Column("service_version", String, primary_key=True),
    Column("first_named_at", Moment, nullable=False),
    Column("named_by", String, nullable=False),
)

# `value`: the FlagState as JSON. Other flags are only in leadline.toml.
flags = Table(
    "flags",
    metadata,
    Column("flag", String, primary_key=True),
    Column("value", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("changed_by", String, nullable=False),
)

flag_changes = Table(
    "flag_changes",
    metadata,
    Column("change_id", String, primary_key=True),
    Column("changed_at", Moment, nullable=False),
    Column("app", String, nullable=False),
    Column("environment", String, nullable=False),
    Column("flag", String, nullable=False),
    Column("action", String, nullable=False),
    Column("variant", String, nullable=False),
    Column("reach", Text, nullable=False),
    Column("changed_by", String, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_flag_changes_flag_changed_at", "flag", "changed_at"),
)

# What hooks did, would have done, or failed to do. `action_id` is that of its outbox row, if any.
actions = Table(
    "actions",
    metadata,
    Column("action_id", String, primary_key=True),
    Column("hook", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("cause", String, nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("requested_by", String, nullable=False),
    Column("idempotency_key", String, nullable=False),
    Column("app", String),
    Column("environment", String),
    Column("canary", String),
    Column("baseline", String),
    Column("incident_id", String),
    Column("verdict_id", String),
    Column("instead_of", String),
    Column("attempts", Integer, nullable=False),
    Column("executed_at", Moment),
    Column("verified_at", Moment),
    Column("verify_until", Moment),
    Column("finished_at", Moment),
    Column("detail", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("recovered_at", Moment),
    Column("recovery", Text),
    Index("ix_actions_incident_id", "incident_id"),
    Index("ix_actions_state", "state"),
    Index("ix_actions_hook_requested_at", "hook", "requested_at"),
)

# Stages of releases that no flag of ours exposes. The lease is that of the hook's attempt; its receipt is the action.
release_moves = Table(
    "release_moves",
    metadata,
    Column("move_id", String, primary_key=True),
    Column("release_id", String, nullable=False),
    Column("app", String, nullable=False),
    Column("environment", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("share", Float),
    Column("way", String, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("asked_by", String, nullable=False),
    Column("canary", String),
    Column("baseline", String),
    Column("reason", Text, nullable=False),
    Column("seen_at", Moment),
    Column("seen", Text, nullable=False),
    Column("missed_at", Moment),
    Column("ended_at", Moment),
    Column("ended_by", String),
    Column("ended_reason", Text),
    Column("next_attempt_at", Moment),
    Column("lease_owner", String),
    Column("leased_at", Moment),
    Column("lease_until", Moment),
    Index("ix_release_moves_app_asked_at", "app", "asked_at"),
)
