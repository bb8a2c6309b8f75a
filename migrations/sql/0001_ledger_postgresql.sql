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
  kind text NOT NULL CHECK (kind ~ '^[a-z._]{1,40}$'),
  effective_on date NOT NULL CHECK (effective_on BETWEEN '2000-01-01' AND '2999-12-31'),
  occurred_on date NOT NULL CHECK (occurred_on BETWEEN '2000-01-01' AND '2999-12-31'),
  recorded_ms bigint NOT NULL CHECK (recorded_ms > 0),
  idem_key text NOT NULL CHECK (idem_key ~ '^[A-Za-z0-9._:/-]{1,200}$'),
  request_hash text NOT NULL CHECK (request_hash ~ '^[0-9a-f]{64}$'),
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

CREATE FUNCTION current_bank() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('app.bank_id', true), '')::bigint $$

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'ledger: immutable' USING ERRCODE = 'LB001';
END $$

CREATE FUNCTION refuse_unless_posting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('ledger.posting', true) IS DISTINCT FROM 'on' THEN
    RAISE EXCEPTION 'ledger: only the ledger writes %', TG_TABLE_NAME USING ERRCODE = 'LB001';
  END IF;
  RETURN NEW;
END $$

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['entry', 'leg', 'seal', 'account', 'period', 'period_balance'] LOOP
    EXECUTE format('CREATE TRIGGER no_change BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['bank_head', 'balance', 'balance_day'] LOOP
    EXECUTE format('CREATE TRIGGER no_delete BEFORE DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()', t);
    EXECUTE format('CREATE TRIGGER posting_only_update BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_unless_posting()', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['bank_head', 'account', 'entry', 'leg', 'seal', 'balance', 'balance_day', 'period', 'period_balance'] LOOP
    EXECUTE format('CREATE TRIGGER posting_only BEFORE INSERT ON %I FOR EACH ROW EXECUTE FUNCTION refuse_unless_posting()', t);
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

-- Takes the bank's lock, always first, and tells whether this key is in the journal already.
CREATE FUNCTION lock_bank(p_bank bigint, p_key text, OUT known_seq bigint, OUT known_hash text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM set_config('app.bank_id', p_bank::text, true);
  PERFORM 1 FROM bank_head WHERE bank_id = p_bank FOR UPDATE;
  SELECT seq, request_hash INTO known_seq, known_hash FROM entry
   WHERE bank_id = p_bank AND idem_key = p_key;
END $$

CREATE FUNCTION post_entry(
  p_bank bigint, p_kind text, p_effective_on date, p_occurred_on date, p_recorded_ms bigint,
  p_key text, p_request_hash text, p_actor bigint, p_approver bigint,
  p_reverses bigint, p_resolves bigint, p_body text,
  p_accounts bigint[], p_units text[], p_amounts bigint[], p_helds bigint[])
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  h bank_head;
  v_seq bigint;
  v_ms bigint;
  v_count int := cardinality(p_accounts);
  v_legs text;
  v_hash bytea;
BEGIN
  PERFORM set_config('app.bank_id', p_bank::text, true);
  PERFORM set_config('ledger.posting', 'on', true);
  SELECT * INTO h FROM bank_head WHERE bank_id = p_bank FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'ledger: no such bank' USING ERRCODE = 'LB002';
  END IF;
  IF p_effective_on <= h.closed_through THEN
    RAISE EXCEPTION 'ledger: period closed' USING ERRCODE = 'LB003';
  END IF;
  v_seq := h.head_seq + 1;
  v_ms := greatest(p_recorded_ms, h.last_recorded_ms);  -- a clock set back does not reorder the books
  IF p_reverses IS NOT NULL AND EXISTS (SELECT 1 FROM entry WHERE bank_id = p_bank AND reverses_seq = p_reverses) THEN
    RAISE EXCEPTION 'ledger: already reversed' USING ERRCODE = 'LB004';
  END IF;
  IF p_resolves IS NOT NULL AND EXISTS (SELECT 1 FROM entry WHERE bank_id = p_bank AND resolves_seq = p_resolves) THEN
    RAISE EXCEPTION 'ledger: already resolved' USING ERRCODE = 'LB005';
  END IF;
  IF cardinality(p_units) <> v_count OR cardinality(p_amounts) <> v_count OR cardinality(p_helds) <> v_count THEN
    RAISE EXCEPTION 'ledger: legs missing' USING ERRCODE = 'LB006';
  END IF;
  IF EXISTS (SELECT 1 FROM unnest(p_units, p_amounts) AS l(unit, amount) GROUP BY unit HAVING sum(amount) <> 0) THEN
    RAISE EXCEPTION 'ledger: unbalanced' USING ERRCODE = 'LB006';
  END IF;
  INSERT INTO entry VALUES (p_bank, v_seq, p_kind, p_effective_on, p_occurred_on, v_ms, p_key, p_request_hash,
                            p_actor, p_approver, p_reverses, p_resolves, p_body);
  INSERT INTO leg (bank_id, seq, line, account_id, unit, effective_on, amount, held)
    SELECT p_bank, v_seq, l.line, l.account_id, l.unit, p_effective_on, l.amount, l.held
      FROM unnest(p_accounts, p_units, p_amounts, p_helds) WITH ORDINALITY AS l(account_id, unit, amount, held, line);
  IF p_reverses IS NOT NULL AND (
       v_count = 0
       OR EXISTS (SELECT 1 FROM entry WHERE bank_id = p_bank AND seq = p_reverses AND reverses_seq IS NOT NULL)
       OR EXISTS (SELECT 1 FROM unnest(p_helds) AS held WHERE held <> 0)
       OR EXISTS (SELECT 1 FROM leg WHERE bank_id = p_bank AND seq IN (v_seq, p_reverses) GROUP BY account_id HAVING sum(amount) <> 0)) THEN
    RAISE EXCEPTION 'ledger: reversal is not the mirror' USING ERRCODE = 'LB006';
  END IF;
  IF p_resolves IS NOT NULL AND (
       NOT EXISTS (SELECT 1 FROM leg WHERE bank_id = p_bank AND seq = p_resolves AND held > 0)
       OR EXISTS (SELECT 1 FROM leg WHERE bank_id = p_bank AND seq IN (v_seq, p_resolves) GROUP BY account_id HAVING sum(held) <> 0)) THEN
    RAISE EXCEPTION 'ledger: hold not fully released' USING ERRCODE = 'LB006';
  END IF;
  IF p_resolves IS NULL AND EXISTS (SELECT 1 FROM unnest(p_helds) AS held WHERE held < 0) THEN
    RAISE EXCEPTION 'ledger: release without hold' USING ERRCODE = 'LB006';
  END IF;
  UPDATE balance b SET posted = b.posted + d.amount, held = b.held + d.held, last_seq = v_seq
    FROM (SELECT account_id, sum(amount)::bigint AS amount, sum(held)::bigint AS held
            FROM unnest(p_accounts, p_amounts, p_helds) AS l(account_id, amount, held) GROUP BY account_id) AS d
   WHERE b.bank_id = p_bank AND b.account_id = d.account_id;
  INSERT INTO balance_day AS day (bank_id, account_id, day, delta)
    SELECT p_bank, account_id, p_effective_on, sum(amount)::bigint
      FROM unnest(p_accounts, p_amounts) AS l(account_id, amount) GROUP BY account_id HAVING sum(amount) <> 0
    ON CONFLICT (bank_id, account_id, day) DO UPDATE SET delta = day.delta + excluded.delta;
  IF EXISTS (SELECT 1 FROM account a JOIN balance b ON b.bank_id = a.bank_id AND b.account_id = a.account_id
              WHERE a.bank_id = p_bank AND a.account_id = ANY (p_accounts) AND a.floor_zero
                AND a.sign * b.posted - b.held < 0) THEN
    RAISE EXCEPTION 'ledger: overdraft' USING ERRCODE = 'LB007';
  END IF;
  SELECT coalesce(string_agg(format(E'\n%s|%s|%s|%s|%s', l.line, l.account_id, l.unit, l.amount, l.held), '' ORDER BY l.line), '')
    INTO v_legs
    FROM unnest(p_accounts, p_units, p_amounts, p_helds) WITH ORDINALITY AS l(account_id, unit, amount, held, line);
  v_hash := sha256(convert_to(
    E'sampah-ledger/v1\n' || encode(h.head_hash, 'hex') || E'\n' || concat(
      p_bank, '|', v_seq, '|', p_kind, '|', to_char(p_effective_on, 'YYYY-MM-DD'), '|',
      to_char(p_occurred_on, 'YYYY-MM-DD'), '|', v_ms, '|', p_key, '|', p_request_hash, '|', p_actor, '|',
      p_approver, '|', p_reverses, '|', p_resolves) || E'\n' || p_body || v_legs, 'UTF8'));
  INSERT INTO seal VALUES (p_bank, v_seq, v_count, h.head_hash, v_hash);
  UPDATE bank_head SET head_seq = v_seq, head_hash = v_hash, last_recorded_ms = v_ms WHERE bank_id = p_bank;
  PERFORM set_config('ledger.posting', 'off', true);
  RETURN v_seq;
END $$

-- Freezes the balances of a period whose closing entry has just been posted.
CREATE FUNCTION close_period(p_bank bigint, p_through date, p_seq bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM set_config('app.bank_id', p_bank::text, true);
  PERFORM 1 FROM entry e JOIN bank_head h ON h.bank_id = e.bank_id
    WHERE e.bank_id = p_bank AND e.seq = p_seq AND e.kind = 'period.close' AND e.seq = h.head_seq
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

REVOKE ALL ON FUNCTION open_head, open_accounts, lock_bank, post_entry, close_period FROM PUBLIC

GRANT EXECUTE ON FUNCTION open_head, open_accounts, lock_bank, post_entry, close_period TO banksampah_app
