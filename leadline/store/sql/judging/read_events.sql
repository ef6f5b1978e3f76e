-- The rows of judged_events, with the numbers of their sessions (judged_sessions). Grain: that of judged_events.
SELECT number, name, value, received_ms, superseded_ms FROM judged_events
