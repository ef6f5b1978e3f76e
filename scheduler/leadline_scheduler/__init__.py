"""The scheduler: starts journeys and checks in their slots, judges results, opens incidents, and pages.

It is the paging path: it works when every other service is dead and never opens DuckDB. The files:

    monitors.py      what to run: settings and discovered journeys to one Monitor per cohort and location
    monitor_plan.py      which of them have slots, at the start and when a file is saved
    saved_files.py   whether a file was saved
    reloads.py     reads and checks a saved file as a whole
    slots.py         when: pure arithmetic of slots, spread by a stable hash
    clockwork.py     fires slots (APScheduler), accounts for every one that did not run
    watchdog.py      notices a wall clock that jumped
    seats.py         who gets a free worker first
    run_limits.py    how many runs an hour a journey may have
    slot_runner.py   turns a slot into a run and a result in the records, and makes the confirming re-run
    dispatch.py      sends the outbox, target by target
    heartbeat.py     tells an external dead man's switch that all of this works
    watches.py       all watches for problems that no single run can show:
    blindness.py     monitors whose state can't be known
    beacon_watch.py  apps without beacons
    recovery_watch.py whether the figures are back after a rollback
    own_health.py    problems of Leadline itself
    state.py         the scheduler's status file, for `leadline status`
    scheduler.py     composes the above
    service.py       opens what the scheduler needs, and handles signals
"""
