"""Flags and actions of hooks in the records: the guard's part of `Records`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from leadline.flags import FlagState
from leadline.model import Action, ActionState, FlagChange, Move, RecordedVerdict
from leadline.records import action_rows, feed, flag_rows, owed_hooks, recovery, release_moves, verdict_rows
from leadline.records.database import Database

__all__ = ["GuardRecords"]


class GuardRecords:
    """Each method is one transaction, as in `Records`."""

    _database: Database

    # Flags

    def flag_states(self) -> list[FlagState]:
        """The values set by commands, hooks and releases, by flag key."""
        with self._database.reading() as connection:
            return flag_rows.read_flag_states(connection)

    def change_flag(
        self, key: str, decide: Callable[[FlagState | None], tuple[FlagState, FlagChange] | None]
    ) -> FlagState | None:
        """Reads, decides and writes in one transaction. `decide` returns None to leave all as it is."""
        with self._database.writing() as connection:
            before = flag_rows.read_flag_state(connection, key)
            decided = decide(before)
            if decided is None:
                return before
            flag_rows.write_flag_state(connection, *decided)
            feed.note_change(connection, "flag_change", decided[1].change_id, is_new=True)
            return decided[0]

    def flag_changes(self, *, flag: str | None = None, limit: int = 100) -> list[FlagChange]:
        """The newest first."""
        with self._database.reading() as connection:
            return flag_rows.list_flag_changes(connection, flag=flag, limit=limit)

    # Releases that a hook or a person exposes

    def moves(self, *, app: str | None = None, limit: int = 100) -> list[Move]:
        """Their stages, the newest first."""
        with self._database.reading() as connection:
            return release_moves.list_moves(connection, app=app, limit=limit)

    def begin_move(
        self, move: Move, action: Action, *, over: str | None, owner: str | None = None, lease_s: float = 0.0
    ) -> bool:
        """A stage begins, in the place of the newest one, `over`; False where that is another one by now. `owner` runs
        the hook itself, for `lease_s`; else the scheduler does."""
        with self._database.writing() as connection:
            return release_moves.begin_move(connection, move, action, over=over, owner=owner, lease_s=lease_s)

    def claim_move(self, *, owner: str, now: datetime, lease_s: float) -> tuple[Move, Action] | None:
        """A stage whose hook is to be run, for `lease_s`; nobody else gets it until then."""
        with self._database.writing() as connection:
            return release_moves.claim_move(connection, owner=owner, now=now, lease_s=lease_s)

    def write_move(self, move: Move, action: Action | None = None, *, next_attempt_at: datetime | None = None) -> bool:
        """What an attempt or a look came to; False where the release was taken back meanwhile."""
        with self._database.writing() as connection:
            return release_moves.write_move(connection, move, action, next_attempt_at=next_attempt_at)

    def end_release(self, app: str, *, by: str, reason: str, at: datetime) -> Move | None:
        """Nothing of it is exposed any more; its newest stage, None where none is under way."""
        with self._database.writing() as connection:
            return release_moves.end_release(connection, app, by=by, reason=reason, at=at)

    # What hooks do

    def write_action(self, action: Action) -> None:
        """Writes the current state of the action; a new state is recorded in the audit."""
        with self._database.writing() as connection:
            action_rows.write_action(connection, action)
            feed.note_change(connection, "action", action.action_id)

    def finish_action(self, action: Action, *, next_hook: tuple[str, str] | None, now: datetime) -> Action | None:
        """Ends an action as verified or failed: its pages are due, and after a failure the next hook is queued. Whoever
        was paged because an earlier hook failed is sent that a later one is verified.
        """
        with self._database.writing() as connection:
            action_rows.write_action(connection, action)
            feed.note_change(connection, "action", action.action_id)
            if action.incident_id is None:
                return None
            owed_hooks.release_pages(connection, action.incident_id, now=now)
            if action.state == "verified":
                owed_hooks.tell_fallback(connection, action, now=now)
            if action.state != "failed" or next_hook is None:
                return None
            return owed_hooks.owe_fallback(connection, action, hook=next_hook[0], kind=next_hook[1], now=now)

    def note_recovery(self, action: Action, *, now: datetime) -> None:
        """Records whether the figures are back after a rollback; if they are, everybody who was paged is sent that."""
        with self._database.writing() as connection:
            recovery.note_recovery(connection, action, now=now)

    def verdict(self, verdict_id: str) -> RecordedVerdict | None:
        with self._database.reading() as connection:
            return verdict_rows.read_verdicts(connection, [verdict_id]).get(verdict_id)

    def action(self, action_id: str) -> Action | None:
        with self._database.reading() as connection:
            return action_rows.read_action(connection, action_id)

    def actions(
        self,
        *,
        incident_id: str | None = None,
        hook: str | None = None,
        states: Collection[ActionState] | None = None,
        limit: int = 100,
    ) -> list[Action]:
        """The newest first."""
        with self._database.reading() as connection:
            return action_rows.list_actions(connection, incident_id=incident_id, hook=hook, states=states, limit=limit)
