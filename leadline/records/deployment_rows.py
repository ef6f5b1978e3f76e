"""Deployments, and the versions that are registered because a deployment or a probe has named them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from leadline.model import Deployment, RunResult
from leadline.records.guard_tables import actions, deployments, versions

__all__ = [
    "insert_deployment",
    "list_deployments",
    "read_deployments",
    "register_named",
    "registered_versions",
    "taken_back_versions",
]


def insert_deployment(connection: Connection, deployment: Deployment) -> bool:
    """Records it and registers its version; False if it is recorded already."""
    known = select(deployments.c.deployment_id).where(deployments.c.deployment_id == deployment.deployment_id)
    if connection.execute(known).first() is not None:
        return False
    connection.execute(insert(deployments).values(**asdict(deployment)))
    _register(
        connection, deployment.app, deployment.service_version, at=deployment.deployed_at, named_by=deployment.marked_by
    )
    return True


def register_named(connection: Connection, result: RunResult, *, at: datetime) -> None:
    """Registers every version that served this run or a step of it."""
    named = {one for one in (result.service_version, *(step.service_version for step in result.steps)) if one}
    if not named:
        return
    known = select(versions.c.service_version).where(
        versions.c.app == result.app, versions.c.service_version.in_(named)
    )
    for version in sorted(named.difference(connection.execute(known).scalars())):
        _register(connection, result.app, version, at=at, named_by=f"run {result.run_id}")


def registered_versions(connection: Connection, app: str) -> list[str]:
    """In the order in which they were first named."""
    wanted = select(versions.c.service_version).where(versions.c.app == app)
    return list(connection.execute(wanted.order_by(versions.c.first_named_at, versions.c.service_version)).scalars())


def taken_back_versions(connection: Connection, app: str) -> set[str]:
    """As the store's sql/judging/taken_back.sql finds them."""
    is_rollback = (
        (actions.c.app == app)
        & actions.c.state.in_(("executed", "verified"))
        & actions.c.cause.in_(("verdict", "fallback", "hand"))
    )
    acted = select(actions.c.canary, func.max(actions.c.executed_at)).where(is_rollback).group_by(actions.c.canary)
    deployed = (
        select(deployments.c.service_version, func.max(deployments.c.deployed_at))
        .where(deployments.c.app == app)
        .group_by(deployments.c.service_version)
    )
    last_deployed = dict(row for row in connection.execute(deployed))
    return {
        version
        for version, at in connection.execute(acted)
        if at is not None and (version not in last_deployed or last_deployed[version] < at)
    }


def list_deployments(connection: Connection, *, app: str | None, limit: int) -> list[Deployment]:
    """The newest first."""
    wanted = select(deployments).order_by(deployments.c.deployed_at.desc(), deployments.c.deployment_id.desc())
    if app is not None:
        wanted = wanted.where(deployments.c.app == app)
    return [_as_deployment(row) for row in connection.execute(wanted.limit(limit))]


def read_deployments(connection: Connection, deployment_ids: Sequence[str]) -> dict[str, Deployment]:
    found = connection.execute(select(deployments).where(deployments.c.deployment_id.in_(deployment_ids)))
    return {row.deployment_id: _as_deployment(row) for row in found}


def _register(connection: Connection, app: str, version: str, *, at: datetime, named_by: str) -> None:
    key = (versions.c.app == app) & (versions.c.service_version == version)
    if connection.execute(select(versions.c.app).where(key)).first() is None:
        connection.execute(
            insert(versions).values(app=app, service_version=version, first_named_at=at, named_by=named_by)
        )


def _as_deployment(row: Row[Any]) -> Deployment:
    return Deployment(**{column.name: getattr(row, column.name) for column in deployments.c})
