-- The rows of judged_requests, with the numbers of their sessions (judged_sessions). Grain: that of judged_requests.
SELECT number, route, duration_ms, is_failed, received_ms, superseded_ms FROM judged_requests
