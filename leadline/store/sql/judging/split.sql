-- Puts each judged session into an arm by a hash of its id and a seed: canary with probability `share`. In: seed, share.
UPDATE judged_sessions
SET arm = CASE WHEN arm IS NULL THEN NULL WHEN hash(session || $seed) % 1000000 < $share * 1000000 THEN 0 ELSE 1 END,
    arrived_arm = CASE WHEN arrived_arm IS NULL THEN NULL WHEN hash(session || $seed) % 1000000 < $share * 1000000 THEN 0 ELSE 1 END
