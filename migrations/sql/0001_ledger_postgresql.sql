-- The journal on PostgreSQL. Statements are parted by blank lines.
-- One function writes an entry; triggers only forbid and query nothing, so that the schema can be
-- distributed by bank_id. The application's role reads tables and calls functions, nothing more.
CREATE TABLE bank_head (
  bank_id bigint PRIMARY KEY,
  head_seq bigint NOT NULL DEFAULT 0,
  head_hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (octet_length(head_hash) = 32),
  last_recorded_ms bigint NOT NULL DEFAULT 0,
  closed_through date NOT NULL DEFAULT '0001-01-01'
) WITH (fillfactor = 70)

CREATE TABLE account (
  bank_id bigint NOT NULL REFERENCES bank_head (bank_id),
  account_id bigint NOT NULL,
  code text NOT NULL CHECK (length(code) BETWEEN 1 AND 80),
  unit text NOT NULL CHECK (unit IN ('IDR', 'G', 'PCS', 'ML')),
  sign smallint NOT NULL CHECK (sign IN (-1, 1)),
  floor_zero boolean NOT NULL,
  PRIMARY KEY (bank_id, account_id),
  UNIQUE (bank_id, code),
  UNIQUE (bank_id, account_id, unit)
)

CREATE TABLE entry (
  bank_id bigint NOT NULL REFERENCES bank_head (bank_id),
  seq bigint NOT NULL,
  kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 40 AND ltrim(kind, 'abcdefghijklmnopqrstuvwxyz._') = ''),
  effective_on date NOT NULL CHECK (effective_on BETWEEN '2000-01-01' AND '2999-12-31'),
  occurred_on date NOT NULL CHECK (occurred_on BETWEEN '2000-01-01' AND '2999-12-31'),
  recorded_ms bigint NOT NULL CHECK (recorded_ms > 0),
  idem_key text NOT NULL CHECK (length(idem_key) BETWEEN 1 AND 200 AND
    ltrim(idem_key, '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._:/-') = ''),
  request_hash text NOT NULL CHECK (length(request_hash) = 64 AND ltrim(request_hash, '0123456789abcdef') = ''),
  actor_id bigint NOT NULL,
  approver_id bigint,
  reverses_seq bigint,
  resolves_seq bigint,
  body text NOT NULL CHECK (body::json IS NOT NULL AND position(chr(10) IN body) = 0),
  PRIMARY KEY (bank_id, seq),
  UNIQUE (bank_id, idem_key),
  UNIQUE (bank_id, reverses_seq),
  UNIQUE (bank_id, resolves_seq),
  FOREIGN KEY (bank_id, reverses_seq) REFERENCES entry (bank_id, seq),
  FOREIGN KEY (bank_id, resolves_seq) REFERENCES entry (bank_id, seq)
)

CREATE TABLE leg (
  bank_id bigint NOT NULL,
  seq bigint NOT NULL,
  line int NOT NULL CHECK (line BETWEEN 1 AND 2000),
  account_id bigint NOT NULL,
  unit text NOT NULL,
  effective_on date NOT NULL,
  amount bigint NOT NULL CHECK (amount BETWEEN -1000000000000000 AND 1000000000000000),
  held bigint NOT NULL DEFAULT 0 CHECK (held BETWEEN -1000000000000000 AND 1000000000000000),
  CHECK (amount <> 0 OR held <> 0),
  PRIMARY KEY (bank_id, seq, line),
  FOREIGN KEY (bank_id, seq) REFERENCES entry (bank_id, seq),
  FOREIGN KEY (bank_id, account_id, unit) REFERENCES account (bank_id, account_id, unit)
)

CREATE INDEX ix_leg_account ON leg (bank_id, account_id, effective_on, seq)

CREATE TABLE seal (
  bank_id bigint NOT NULL,
  seq bigint NOT NULL,
  legs_count int NOT NULL,
  prev_hash bytea NOT NULL CHECK (octet_length(prev_hash) = 32),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  PRIMARY KEY (bank_id, seq),
  FOREIGN KEY (bank_id, seq) REFERENCES entry (bank_id, seq)
)

ALTER TABLE entry ADD CONSTRAINT entry_is_sealed
  FOREIGN KEY (bank_id, seq) REFERENCES seal (bank_id, seq) DEFERRABLE INITIALLY DEFERRED

CREATE TABLE balance (
  bank_id bigint NOT NULL,
  account_id bigint NOT NULL,
  posted bigint NOT NULL DEFAULT 0,
  held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
  last_seq bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (bank_id, account_id),
  FOREIGN KEY (bank_id, account_id) REFERENCES account (bank_id, account_id)
) WITH (fillfactor = 70)

CREATE TABLE balance_day (
  bank_id bigint NOT NULL,
  account_id bigint NOT NULL,
  day date NOT NULL,
  delta bigint NOT NULL,
  PRIMARY KEY (bank_id, account_id, day),
  FOREIGN KEY (bank_id, account_id) REFERENCES account (bank_id, account_id)
) WITH (fillfactor = 70)

CREATE TABLE period (
  bank_id bigint NOT NULL,
  through date NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (bank_id, through),
  FOREIGN KEY (bank_id, seq) REFERENCES entry (bank_id, seq)
)

CREATE TABLE period_balance (
  bank_id bigint NOT NULL,
  account_id bigint NOT NULL,
  through date NOT NULL,
  posted bigint NOT NULL,
  PRIMARY KEY (bank_id, account_id, through),
  FOREIGN KEY (bank_id, through) REFERENCES period (bank_id, through),
  FOREIGN KEY (bank_id, account_id) REFERENCES account (bank_id, account_id)
)

CREATE TABLE entry_note (
  bank_id bigint NOT NULL,
  seq bigint NOT NULL,
  note text NOT NULL CHECK (length(note) BETWEEN 1 AND 1000),
  PRIMARY KEY (bank_id, seq),
  FOREIGN KEY (bank_id, seq) REFERENCES entry (bank_id, seq)
)

-- Read when it is made, not when it is called: no search_path of a caller can give it another meaning.
CREATE FUNCTION current_bank() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('app.bank_id', true), '')::bigint

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'ledger: immutable' USING ERRCODE = 'LB001';
END $$

CREATE FUNCTION refuse_unless_posting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_catalog.current_setting('ledger.posting', true) IS DISTINCT FROM 'on' THEN
    RAISE EXCEPTION 'ledger: only the ledger writes %', TG_TABLE_NAME USING ERRCODE = 'LB001';
  END IF;
  RETURN NULL;  -- once a statement, however many rows it writes
END $$

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['entry', 'leg', 'seal', 'account', 'period', 'period_balance'] LOOP
    EXECUTE format('CREATE TRIGGER no_change BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['bank_head', 'balance', 'balance_day'] LOOP
    EXECUTE format('CREATE TRIGGER no_delete BEFORE DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()', t);
    EXECUTE format('CREATE TRIGGER posting_only_update BEFORE UPDATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_unless_posting()', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['bank_head', 'account', 'entry', 'leg', 'seal', 'balance', 'balance_day', 'period', 'period_balance'] LOOP
    EXECUTE format('CREATE TRIGGER posting_only BEFORE INSERT ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_unless_posting()', t);
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['bank_head', 'account', 'entry', 'leg', 'seal', 'balance', 'balance_day', 'period', 'period_balance', 'entry_note'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %I USING (bank_id = current_bank()) WITH CHECK (bank_id = current_bank())', t);
    EXECUTE format('GRANT SELECT ON %I TO banksampah_app', t);
  END LOOP;
  GRANT INSERT, UPDATE, DELETE ON entry_note TO banksampah_app;
END $$

CREATE FUNCTION open_head(p_bank bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM set_config('app.bank_id', p_bank::text, true);
  PERFORM set_config('ledger.posting', 'on', true);
  INSERT INTO bank_head (bank_id) VALUES (p_bank);
  PERFORM set_config('ledger.posting', 'off', true);
END $$

CREATE FUNCTION open_accounts(p_bank bigint, p_ids bigint[], p_codes text[], p_units text[], p_signs int[], p_floors boolean[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM set_config('app.bank_id', p_bank::text, true);
  PERFORM set_config('ledger.posting', 'on', true);
  INSERT INTO account (bank_id, account_id, code, unit, sign, floor_zero)
    SELECT p_bank, a.* FROM unnest(p_ids, p_codes, p_units, p_signs, p_floors) AS a;
  INSERT INTO balance (bank_id, account_id) SELECT p_bank, unnest(p_ids);
  PERFORM set_config('ledger.posting', 'off', true);
END $$

-- Takes the bank's lock, always first, and tells which of these keys are in the journal already.
CREATE FUNCTION lock_bank(p_bank bigint, p_keys text[])
RETURNS TABLE (known_key text, known_seq bigint, known_hash text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_set text := set_config('app.bank_id', p_bank::text, true);
BEGIN
  PERFORM 1 FROM bank_head WHERE bank_id = p_bank FOR UPDATE;
  RETURN QUERY SELECT idem_key, seq, request_hash FROM entry WHERE bank_id = p_bank AND idem_key = ANY (p_keys);
END $$

-- Appends entries to a bank's journal, each checked and sealed as if it had come alone.
-- p_kinds to p_bodies have one place for each entry, p_of to p_helds one for each leg: p_of is the
-- place of its entry, p_lines its line there. Returns the first entry's number; the rest follow it.
-- Its plans are made once: for lists of a known length they would be made anew at each call.
CREATE FUNCTION post_entries(
  p_bank bigint, p_kinds text[], p_effective_on date[], p_occurred_on date[], p_recorded_ms bigint[],
  p_keys text[], p_request_hashes text[], p_actors bigint[], p_approvers bigint[],
  p_reverses bigint[], p_resolves bigint[], p_bodies text[],
  p_of int[], p_lines int[], p_accounts bigint[], p_units text[], p_amounts bigint[], p_helds bigint[])
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  h bank_head;
  v_set text := set_config('app.bank_id', p_bank::text, true);
  v_count int := cardinality(p_kinds);
  v_legs int := coalesce(cardinality(p_of), 0);
  v_leg int := 0;
  v_line int;
  v_last bigint;
  v_ms bigint;
  v_text text;
  v_times bigint[] := '{}';
  v_counts int[] := '{}';
  v_links bytea[];
  v_reverses boolean;
  v_resolves boolean;
BEGIN
  v_set := set_config('ledger.posting', 'on', true);
  SELECT * INTO h FROM bank_head WHERE bank_id = p_bank FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'ledger: no such bank' USING ERRCODE = 'LB002';
  END IF;
  -- Lists of one length, each counted from 1 as lists are. An empty one has no dimensions.
  IF ARRAY[array_dims(p_kinds), array_dims(p_effective_on), array_dims(p_occurred_on), array_dims(p_recorded_ms),
           array_dims(p_keys), array_dims(p_request_hashes), array_dims(p_actors), array_dims(p_approvers),
           array_dims(p_reverses), array_dims(p_resolves), array_dims(p_bodies)]
     IS DISTINCT FROM array_fill(concat('[1:', v_count, ']'), ARRAY[11])
     OR ARRAY[array_dims(p_of), array_dims(p_lines), array_dims(p_accounts), array_dims(p_units),
              array_dims(p_amounts), array_dims(p_helds)]
     IS DISTINCT FROM array_fill(CASE WHEN v_legs > 0 THEN concat('[1:', v_legs, ']') END, ARRAY[6]) THEN
    RAISE EXCEPTION 'ledger: legs missing' USING ERRCODE = 'LB006';
  END IF;
  IF h.closed_through >= ANY (p_effective_on) THEN
    RAISE EXCEPTION 'ledger: period closed' USING ERRCODE = 'LB003';
  END IF;
  v_last := h.head_seq + v_count;
  v_ms := h.last_recorded_ms;
  v_links := ARRAY[h.head_hash];
  FOR i IN 1 .. v_count LOOP
    v_ms := greatest(v_ms, p_recorded_ms[i]);  -- a clock set back does not reorder the books
    v_text := concat(
      E'sampah-ledger/v1\n', encode(v_links[i], 'hex'), E'\n', p_bank, '|', h.head_seq + i, '|', p_kinds[i], '|',
      to_char(p_effective_on[i], 'YYYY-MM-DD'), '|', to_char(p_occurred_on[i], 'YYYY-MM-DD'), '|', v_ms, '|',
      p_keys[i], '|', p_request_hashes[i], '|', p_actors[i], '|', p_approvers[i], '|', p_reverses[i], '|',
      p_resolves[i], E'\n', p_bodies[i]);
    v_line := 0;
    WHILE v_leg < v_legs AND p_of[v_leg + 1] = i LOOP
      v_leg := v_leg + 1;
      v_line := v_line + 1;
      IF p_lines[v_leg] IS DISTINCT FROM v_line THEN
        RAISE EXCEPTION 'ledger: legs missing' USING ERRCODE = 'LB006';
      END IF;
      v_text := concat(v_text, E'\n', v_line, '|', p_accounts[v_leg], '|', p_units[v_leg], '|', p_amounts[v_leg], '|',
                       p_helds[v_leg]);
    END LOOP;
    v_times[i] := v_ms;
    v_counts[i] := v_line;
    v_links[i + 1] := sha256(convert_to(v_text, 'UTF8'));
  END LOOP;
  IF v_leg <> v_legs THEN  -- one belongs to no entry, or stands before its turn
    RAISE EXCEPTION 'ledger: legs missing' USING ERRCODE = 'LB006';
  END IF;
  v_reverses := num_nonnulls(VARIADIC p_reverses) > 0;
  v_resolves := num_nonnulls(VARIADIC p_resolves) > 0;
  IF v_reverses THEN
    IF EXISTS (SELECT 1 FROM entry WHERE bank_id = p_bank AND reverses_seq = ANY (p_reverses)) THEN
      RAISE EXCEPTION 'ledger: already reversed' USING ERRCODE = 'LB004';
    END IF;
  END IF;
  IF v_resolves THEN
    IF EXISTS (SELECT 1 FROM entry WHERE bank_id = p_bank AND resolves_seq = ANY (p_resolves)) THEN
      RAISE EXCEPTION 'ledger: already resolved' USING ERRCODE = 'LB005';
    END IF;
  END IF;
  INSERT INTO entry (bank_id, seq, kind, effective_on, occurred_on, recorded_ms, idem_key, request_hash,
                     actor_id, approver_id, reverses_seq, resolves_seq, body)
    SELECT p_bank, h.head_seq + generate_series(1, v_count), unnest(p_kinds), unnest(p_effective_on),
           unnest(p_occurred_on), unnest(v_times), unnest(p_keys), unnest(p_request_hashes), unnest(p_actors),
           unnest(p_approvers), unnest(p_reverses), unnest(p_resolves), unnest(p_bodies);
  INSERT INTO leg (bank_id, seq, line, account_id, unit, effective_on, amount, held)
    SELECT p_bank, h.head_seq + l.of, l.line, l.account_id, l.unit, p_effective_on[l.of], l.amount, l.held
      FROM (SELECT unnest(p_of) AS of, unnest(p_lines) AS line, unnest(p_accounts) AS account_id, unnest(p_units) AS unit,
                   unnest(p_amounts) AS amount, unnest(p_helds) AS held) AS l;
  IF EXISTS (SELECT 1 FROM (SELECT unnest(p_of) AS of, unnest(p_units) AS unit, unnest(p_amounts) AS amount) AS l
              GROUP BY of, unit HAVING sum(amount) <> 0) THEN
    RAISE EXCEPTION 'ledger: unbalanced' USING ERRCODE = 'LB006';
  END IF;
  IF v_reverses THEN
    IF EXISTS (
         SELECT 1 FROM entry e WHERE e.bank_id = p_bank AND e.seq BETWEEN h.head_seq + 1 AND v_last AND e.reverses_seq IS NOT NULL AND (
           NOT EXISTS (SELECT 1 FROM leg l WHERE l.bank_id = p_bank AND l.seq = e.seq)
           OR EXISTS (SELECT 1 FROM entry o WHERE o.bank_id = p_bank AND o.seq = e.reverses_seq AND o.reverses_seq IS NOT NULL)
           OR EXISTS (SELECT 1 FROM leg l WHERE l.bank_id = p_bank AND l.seq = e.seq AND l.held <> 0)
           OR EXISTS (SELECT 1 FROM leg l WHERE l.bank_id = p_bank AND l.seq IN (e.seq, e.reverses_seq)
                       GROUP BY l.account_id HAVING sum(l.amount) <> 0))) THEN
      RAISE EXCEPTION 'ledger: reversal is not the mirror' USING ERRCODE = 'LB006';
    END IF;
  END IF;
  IF v_resolves THEN
    IF EXISTS (
         SELECT 1 FROM entry e WHERE e.bank_id = p_bank AND e.seq BETWEEN h.head_seq + 1 AND v_last AND e.resolves_seq IS NOT NULL AND (
           NOT EXISTS (SELECT 1 FROM leg l WHERE l.bank_id = p_bank AND l.seq = e.resolves_seq AND l.held > 0)
           OR EXISTS (SELECT 1 FROM leg l WHERE l.bank_id = p_bank AND l.seq IN (e.seq, e.resolves_seq)
                       GROUP BY l.account_id HAVING sum(l.held) <> 0))) THEN
      RAISE EXCEPTION 'ledger: hold not fully released' USING ERRCODE = 'LB006';
    END IF;
  END IF;
  IF 0 > ANY (p_helds) THEN
    IF EXISTS (SELECT 1 FROM unnest(p_of, p_helds) AS l(of, held) WHERE l.held < 0 AND p_resolves[l.of] IS NULL) THEN
      RAISE EXCEPTION 'ledger: release without hold' USING ERRCODE = 'LB006';
    END IF;
  END IF;
  IF v_count > 1 THEN  -- no floor is broken on the way, either
    IF EXISTS (
         SELECT 1 FROM (SELECT account_id, sum(sum(amount)) OVER later AS amount, sum(sum(held)) OVER later AS held
                          FROM unnest(p_of, p_accounts, p_amounts, p_helds) AS l(of, account_id, amount, held)
                         GROUP BY account_id, of WINDOW later AS (PARTITION BY account_id ORDER BY of)) AS d
           JOIN account a ON a.bank_id = p_bank AND a.account_id = d.account_id
           JOIN balance b ON b.bank_id = p_bank AND b.account_id = d.account_id
          WHERE a.floor_zero AND a.sign * (b.posted + d.amount) - (b.held + d.held) < 0) THEN
      RAISE EXCEPTION 'ledger: overdraft' USING ERRCODE = 'LB007';
    END IF;
  END IF;
  UPDATE balance b SET posted = b.posted + d.amount, held = b.held + d.held, last_seq = h.head_seq + d.of
    FROM (SELECT account_id, sum(amount)::bigint AS amount, sum(held)::bigint AS held, max(of) AS of
            FROM (SELECT unnest(p_of) AS of, unnest(p_accounts) AS account_id, unnest(p_amounts) AS amount,
                         unnest(p_helds) AS held) AS l
           GROUP BY account_id) AS d
   WHERE b.bank_id = p_bank AND b.account_id = d.account_id;
  IF EXISTS (SELECT 1 FROM account a JOIN balance b ON b.bank_id = a.bank_id AND b.account_id = a.account_id
              WHERE a.bank_id = p_bank AND a.account_id = ANY (p_accounts)
                AND a.floor_zero AND a.sign * b.posted - b.held < 0) THEN
    RAISE EXCEPTION 'ledger: overdraft' USING ERRCODE = 'LB007';
  END IF;
  INSERT INTO balance_day AS day (bank_id, account_id, day, delta)
    SELECT p_bank, account_id, p_effective_on[of], sum(amount)::bigint
      FROM (SELECT unnest(p_of) AS of, unnest(p_accounts) AS account_id, unnest(p_amounts) AS amount) AS l
     GROUP BY account_id, p_effective_on[of] HAVING sum(amount) <> 0
    ON CONFLICT (bank_id, account_id, day) DO UPDATE SET delta = day.delta + excluded.delta;
  INSERT INTO seal (bank_id, seq, legs_count, prev_hash, hash)
    SELECT p_bank, h.head_seq + n, v_counts[n], v_links[n], v_links[n + 1] FROM generate_series(1, v_count) AS n;
  UPDATE bank_head SET head_seq = v_last, head_hash = v_links[v_count + 1], last_recorded_ms = v_ms WHERE bank_id = p_bank;
  v_set := set_config('ledger.posting', 'off', true);
  RETURN h.head_seq + 1;
END $$

-- Freezes the balances of a period whose closing entry has just been posted.
CREATE FUNCTION close_period(p_bank bigint, p_through date, p_seq bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM set_config('app.bank_id', p_bank::text, true);
  PERFORM 1 FROM entry e JOIN bank_head h ON h.bank_id = e.bank_id
    WHERE e.bank_id = p_bank AND e.seq = p_seq AND e.kind = 'period.close' AND e.seq = h.head_seq
      AND e.body::json ->> 'through' = to_char(p_through, 'YYYY-MM-DD')  -- as its seal says
      AND p_through > h.closed_through AND p_through < e.effective_on;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'ledger: a period closes with its entry' USING ERRCODE = 'LB006';
  END IF;
  PERFORM set_config('ledger.posting', 'on', true);
  INSERT INTO period VALUES (p_bank, p_through, p_seq);
  INSERT INTO period_balance (bank_id, account_id, through, posted)
    SELECT p_bank, a.account_id, p_through, coalesce(old.posted, 0) + coalesce(d.delta, 0)
      FROM account a
      CROSS JOIN (SELECT closed_through FROM bank_head WHERE bank_id = p_bank) AS h
      LEFT JOIN period_balance old
        ON old.bank_id = p_bank AND old.account_id = a.account_id AND old.through = h.closed_through
      LEFT JOIN LATERAL (SELECT sum(delta)::bigint AS delta FROM balance_day d
                          WHERE d.bank_id = p_bank AND d.account_id = a.account_id
                            AND d.day > h.closed_through AND d.day <= p_through) AS d ON true
     WHERE a.bank_id = p_bank AND coalesce(old.posted, 0) + coalesce(d.delta, 0) <> 0;
  UPDATE bank_head SET closed_through = p_through WHERE bank_id = p_bank;
  PERFORM set_config('ledger.posting', 'off', true);
END $$

REVOKE ALL ON FUNCTION open_head, open_accounts, lock_bank, post_entries, close_period FROM PUBLIC

GRANT EXECUTE ON FUNCTION open_head, open_accounts, lock_bank, post_entries, close_period TO banksampah_app
