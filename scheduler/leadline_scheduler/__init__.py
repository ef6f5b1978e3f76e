"""The scheduler: starts journeys and checks in their slots, judges results, opens incidents, and pages.

It is the paging path: it works with every other service dead and never opens DuckDB. Which file does what:

    monitors.py      what to run: settings and discovered journeys to one Monitor per cohort and location
    monitor_plan.py      which of them have slots, at the start and when a file is saved
    saved_files.py   whether a file was saved
    reloads.py     what was saved, checked, as a whole
    slots.py         when: pure arithmetic of slots, spread by a stable hash
    clockwork.py     fires slots (APScheduler), accounts for every one that did not run
    watchdog.py      notices a wall clock that jumped
    seats.py         who gets a free worker first
    run_limits.py    how many runs an hour a journey may have
    slot_runner.py   a slot to a run to a result in the records, and the confirming re-run
    dispatch.py      the outbox to receipts, target by target
    heartbeat.py     tells an outside dead-man's switch that all of this works
    watches.py       what looks for trouble that no single run can show, together:
    blindness.py     monitors that nobody can see
    beacon_watch.py  pages that fell silent
    recovery_watch.py whether what a rollback was about is back
    own_health.py    our own troubles
    state.py         what the scheduler says of itself, for `leadline status`
    scheduler.py     composes the above
    service.py       opens what the scheduler needs, and minds signals
"""
