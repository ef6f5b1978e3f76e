-- The rows of judged_crashes, with the numbers of their sessions (judged_sessions). Grain: that of judged_crashes.
SELECT number, received_ms FROM judged_crashes
