-- The rows of judged_crashes with the numbers of their sessions (judged_sessions). Grain: that of judged_crashes.
SELECT s.number, e.received_ms FROM judged_crashes AS e JOIN judged_sessions AS s ON s.session = e.session WHERE s.arm IS NOT NULL
