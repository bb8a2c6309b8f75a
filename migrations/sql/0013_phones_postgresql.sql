-- What phones in use last said they hold, over all banks, and the oldest of these words.
-- SQLite runs the SELECT between the two marks by itself.
CREATE FUNCTION phones_waiting() RETURNS TABLE (unsent bigint, oldest_contact_ms bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
SELECT CAST(COALESCE(sum(unsent_count), 0) AS bigint) AS unsent, min(contact_at) AS oldest_contact_ms
  FROM desk_device WHERE revoked_at IS NULL AND unsent_count > 0
$$
