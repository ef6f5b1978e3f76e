-- Which page views are there, with hashes of both ids? Reads judged_owned. Grain: page view.
-- Caution: where judged_owned is of some minutes, of a view that was there before nothing but its id is right.
SELECT page_view_id, session, started_at, hash(page_view_id) AS view_hash, hash(session) AS session_hash FROM judged_owned
