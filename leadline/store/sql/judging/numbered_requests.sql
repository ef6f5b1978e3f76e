-- The rows of judged_requests with the numbers of their sessions (judged_sessions). Grain: that of judged_requests.
SELECT s.number, e.route, e.duration_ms, e.is_failed, e.received_ms, e.superseded_ms FROM judged_requests AS e JOIN judged_sessions AS s ON s.session = e.session WHERE s.arm IS NOT NULL
