-- The rows of judged_errors, with the numbers of their sessions (judged_sessions). Grain: that of judged_errors.
SELECT number, received_ms, superseded_ms FROM judged_errors
