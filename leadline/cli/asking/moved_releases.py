"""A release that no flag of ours exposes, from the command: its stages are asked of a hook, or of a person."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from leadline.cli.asking.ledger import who
from leadline.clock import new_id, now
from leadline.errors import ConfigurationError
from leadline.settings import Settings

if TYPE_CHECKING:
    from leadline.guard.promotion import Budget
    from leadline.guard.stage_desk import StageDesk
    from leadline.guard.standing import Standing
    from leadline.model import Move, Verdict
    from leadline.records import Records

__all__ = ["MovedRelease"]

TAKEN_OVER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class MovedRelease:
    """The release of one app, as it is now."""

    settings: Settings
    app: str
    records: Records
    desk: StageDesk
    move: Move | None
    standing: Standing

    @classmethod
    def read(cls, settings: Settings, app: str, records: Records) -> MovedRelease:
        from leadline.guard.release_state import standing_of
        from leadline.guard.stage_desk import StageDesk

        gate = settings.gate_of(app)
        desk = StageDesk(records, gate, hooks=settings.hook_specs(), environment=settings.app_named(app).environment)
        return cls(settings, app, records, desk, desk.newest(), standing_of(gate, records, flags=()))

    def check_start(self, canary: str | None) -> tuple[str | None, str | None]:
        """Canary and baseline of a new release. ConfigurationError where one is under way, or where there is nothing to
        release: a version that is not known, is both arms, or is everybody's already."""
        from leadline.guard.stage_desk import version_to_release

        gate, move = self.settings.gate_of(self.app), self.move
        registered = self.records.registered_versions(self.app)
        if canary is not None and canary not in registered:
            raise ConfigurationError(
                f"no version {canary!r} of {self.app} is registered",
                hint=f"leadline deploy mark --app {self.app} --version {canary} registers it",
            )
        if canary is not None:
            gate = gate.model_copy(update={"canary": canary})
        found, baseline = version_to_release(gate, registered, taken_back=self.records.taken_back_versions(self.app))
        if found is not None and found == baseline:
            raise ConfigurationError(f"{found} is canary and baseline: there is nothing to compare")
        if move is not None and move.ended_at is None:
            is_last = self.standing.number == len(gate.stages) - 1 and move.seen_at is not None
            if not is_last:
                raise ConfigurationError(
                    f"a release of {self.app} is under way: {move.canary or 'it'} is at {move.stage}, asked for by "
                    f"{move.asked_by} at {move.asked_at:%Y-%m-%d %H:%M} UTC",
                    hint=f"end it first: leadline release abort --app {self.app}",
                )
            if found is not None and found == move.canary:
                raise ConfigurationError(
                    f"{found} is at {move.stage} already: there is nothing to release",
                    hint=f"leadline deploy mark --app {self.app} --version V names the next version",
                )
        return found, baseline

    def check_advance(self) -> int:
        """The stage that it stands at."""
        if self.standing.number is None or self.move is None:
            raise ConfigurationError(
                f"no release of {self.app} is under way", hint=f"leadline release start --app {self.app}"
            )
        return self.standing.number

    def verdict(self, newest: Verdict | None) -> Verdict | None:
        """The newest verdict, where it is about this release's version."""
        of_another = self.move is not None and newest is not None and self.move.canary not in (None, newest.canary)
        return None if of_another else newest

    def why_not_advance(self, newest: Verdict | None) -> str | None:
        """A stage that is not seen yet is not left."""
        from leadline.guard.stages import why_not_advance

        gate, number = self.settings.gate_of(self.app), self.check_advance()
        if self.standing.began_at is None:
            return self.standing.said
        return why_not_advance(
            number,
            gate.stages,
            began_at=self.standing.began_at,
            bake=timedelta(seconds=gate.bake),
            verdict=self.verdict(newest),
            now=now(),
        )

    def open(
        self, number: int, *, canary: str | None, baseline: str | None, budgets: list[Budget], reason: str
    ) -> str | None:
        """Asks for the stage, and runs its hook where one exposes it; why it failed, None where it was taken."""
        from leadline.guard.risk import cap_of

        cap = cap_of(budgets, self.settings.gate_of(self.app).stages, number)
        said = reason if cap is None else f"{reason}; {cap.text}" if reason else cap.text
        move, action = self.desk.open(
            number,
            over=self.move,
            canary=canary,
            baseline=baseline,
            cap=cap,
            by=who(),
            reason=said,
            now=now(),
            owner=f"command-{os.getpid()}-{new_id()}",
        )
        # The scheduler goes on with it, with the same key, where this command dies between two attempts.
        while action.state == "executing":
            action = asyncio.run(self.desk.attempt(move, action, wall=now))
            self.records.write_move(move, action, next_attempt_at=now() + TAKEN_OVER)
        return f"hook {action.hook} failed: {action.error}" if action.state == "failed" else None
