-- The rows of judged_events with the numbers of their sessions (judged_sessions). Grain: that of judged_events.
SELECT s.number, e.name, e.value, e.received_ms, e.superseded_ms FROM judged_events AS e JOIN judged_sessions AS s ON s.session = e.session WHERE s.arm IS NOT NULL
