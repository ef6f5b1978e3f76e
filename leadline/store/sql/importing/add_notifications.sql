-- In: temp table incoming_notifications. Grain: notification_id. Caution: what came by the change feed stands above (change_position -1), so an import never replaces it.
INSERT INTO facts.notifications BY NAME
WITH fresh AS (
    SELECT i.* FROM incoming_notifications AS i
    ANTI JOIN facts.notifications AS f ON f.notification_id IS NOT DISTINCT FROM i.notification_id
    QUALIFY row_number() OVER (PARTITION BY i.notification_id ORDER BY i.place) = 1)
SELECT -1 AS change_position, notification_id, incident_id, transition, target, state, attempts, occurred_at AS created_at, first_attempt_at, accepted_at,
       next_attempt_at, last_error, is_maybe_duplicate, kind, level, due_at
FROM fresh
