-- The rows of judged_errors with the numbers of their sessions (judged_sessions). Grain: that of judged_errors.
SELECT s.number, e.received_ms, e.superseded_ms FROM judged_errors AS e JOIN judged_sessions AS s ON s.session = e.session WHERE s.arm IS NOT NULL
