-- The journal on SQLite. Statements are parted by blank lines.
-- Triggers hold every rule: whatever opens this file cannot write a false entry.
CREATE TABLE bank_head (
  bank_id INTEGER PRIMARY KEY,
  head_seq INTEGER NOT NULL DEFAULT 0,
  head_hash BLOB NOT NULL DEFAULT (zeroblob(32)) CHECK (length(head_hash) = 32),
  last_recorded_ms INTEGER NOT NULL DEFAULT 0,
  closed_through TEXT NOT NULL DEFAULT '0001-01-01'
) STRICT

CREATE TABLE account (
  bank_id INTEGER NOT NULL REFERENCES bank_head (bank_id),
  account_id INTEGER NOT NULL,
  code TEXT NOT NULL CHECK (length(code) BETWEEN 1 AND 80),
  unit TEXT NOT NULL CHECK (unit IN ('IDR', 'G', 'PCS', 'ML')),
  sign INTEGER NOT NULL CHECK (sign IN (-1, 1)),
  floor_zero INTEGER NOT NULL CHECK (floor_zero IN (0, 1)),
  PRIMARY KEY (bank_id, account_id),
  UNIQUE (bank_id, code),
  UNIQUE (bank_id, account_id, unit)
) STRICT, WITHOUT ROWID

CREATE TABLE entry (
  bank_id INTEGER NOT NULL REFERENCES bank_head (bank_id),
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 40 AND kind NOT GLOB '*[^a-z._]*'),
  effective_on TEXT NOT NULL CHECK (effective_on IS date(effective_on, '+0 days') AND effective_on BETWEEN '2000-01-01' AND '2999-12-31'),
  occurred_on TEXT NOT NULL CHECK (occurred_on IS date(occurred_on, '+0 days') AND occurred_on BETWEEN '2000-01-01' AND '2999-12-31'),
  recorded_ms INTEGER NOT NULL CHECK (recorded_ms > 0),
  idem_key TEXT NOT NULL CHECK (length(idem_key) BETWEEN 1 AND 200 AND idem_key NOT GLOB '*[^A-Za-z0-9._:/-]*'),
  request_hash TEXT NOT NULL CHECK (length(request_hash) = 64 AND request_hash NOT GLOB '*[^0-9a-f]*'),
  actor_id INTEGER NOT NULL,
  approver_id INTEGER,
  reverses_seq INTEGER,
  resolves_seq INTEGER,
  body TEXT NOT NULL CHECK (json_valid(body) AND instr(body, char(10)) = 0),
  PRIMARY KEY (bank_id, seq),
  UNIQUE (bank_id, idem_key),
  UNIQUE (bank_id, reverses_seq),
  UNIQUE (bank_id, resolves_seq),
  FOREIGN KEY (bank_id, reverses_seq) REFERENCES entry (bank_id, seq),
  FOREIGN KEY (bank_id, resolves_seq) REFERENCES entry (bank_id, seq),
  FOREIGN KEY (bank_id, seq) REFERENCES seal (bank_id, seq) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID

CREATE TABLE leg (
  bank_id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  line INTEGER NOT NULL CHECK (line BETWEEN 1 AND 2000),
  account_id INTEGER NOT NULL,
  unit TEXT NOT NULL,
  effective_on TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount BETWEEN -1000000000000000 AND 1000000000000000),
  held INTEGER NOT NULL DEFAULT 0 CHECK (held BETWEEN -1000000000000000 AND 1000000000000000),
  CHECK (amount <> 0 OR held <> 0),
  PRIMARY KEY (bank_id, seq, line),
  FOREIGN KEY (bank_id, seq) REFERENCES entry (bank_id, seq),
  FOREIGN KEY (bank_id, account_id, unit) REFERENCES account (bank_id, account_id, unit)
) STRICT, WITHOUT ROWID

CREATE INDEX ix_leg_account ON leg (bank_id, account_id, effective_on, seq)

CREATE TABLE seal (
  bank_id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  legs_count INTEGER NOT NULL,
  prev_hash BLOB NOT NULL CHECK (length(prev_hash) = 32),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (bank_id, seq),
  FOREIGN KEY (bank_id, seq) REFERENCES entry (bank_id, seq)
) STRICT, WITHOUT ROWID

CREATE TABLE balance (
  bank_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  posted INTEGER NOT NULL DEFAULT 0,
  held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
  last_seq INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (bank_id, account_id),
  FOREIGN KEY (bank_id, account_id) REFERENCES account (bank_id, account_id)
) STRICT, WITHOUT ROWID

CREATE TABLE balance_day (
  bank_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  day TEXT NOT NULL,
  delta INTEGER NOT NULL,
  PRIMARY KEY (bank_id, account_id, day),
  FOREIGN KEY (bank_id, account_id) REFERENCES account (bank_id, account_id)
) STRICT, WITHOUT ROWID

CREATE TABLE period (
  bank_id INTEGER NOT NULL,
  through TEXT NOT NULL CHECK (through IS date(through, '+0 days')),
  seq INTEGER NOT NULL,
  PRIMARY KEY (bank_id, through),
  FOREIGN KEY (bank_id, seq) REFERENCES entry (bank_id, seq)
) STRICT, WITHOUT ROWID

CREATE TABLE period_balance (
  bank_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  through TEXT NOT NULL,
  posted INTEGER NOT NULL,
  PRIMARY KEY (bank_id, account_id, through),
  FOREIGN KEY (bank_id, through) REFERENCES period (bank_id, through),
  FOREIGN KEY (bank_id, account_id) REFERENCES account (bank_id, account_id)
) STRICT, WITHOUT ROWID

CREATE TABLE entry_note (
  bank_id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  note TEXT NOT NULL CHECK (length(note) BETWEEN 1 AND 1000),
  PRIMARY KEY (bank_id, seq),
  FOREIGN KEY (bank_id, seq) REFERENCES entry (bank_id, seq)
) STRICT, WITHOUT ROWID

-- Many entries at once (an import): from a row here to its closing, what they must hold is asked of
-- all of them together instead of each. The reference leads nowhere: no commit before the closing.
CREATE TABLE bulk (
  bank_id INTEGER PRIMARY KEY CHECK (bank_id > 0) REFERENCES bank_head (bank_id),
  closing INTEGER NOT NULL DEFAULT 0 CHECK (closing IN (0, 1)),
  until_closed INTEGER NOT NULL DEFAULT -1 CHECK (until_closed = -1)
    REFERENCES bulk (bank_id) DEFERRABLE INITIALLY DEFERRED
) STRICT

CREATE TRIGGER entry_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'ledger: immutable'); END

CREATE TRIGGER entry_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'ledger: immutable'); END

CREATE TRIGGER leg_update BEFORE UPDATE ON leg BEGIN SELECT RAISE(ABORT, 'ledger: immutable'); END

CREATE TRIGGER leg_delete BEFORE DELETE ON leg BEGIN SELECT RAISE(ABORT, 'ledger: immutable'); END

CREATE TRIGGER seal_update BEFORE UPDATE ON seal BEGIN SELECT RAISE(ABORT, 'ledger: immutable'); END

CREATE TRIGGER seal_delete BEFORE DELETE ON seal BEGIN SELECT RAISE(ABORT, 'ledger: immutable'); END

CREATE TRIGGER account_update BEFORE UPDATE ON account BEGIN SELECT RAISE(ABORT, 'ledger: immutable'); END

CREATE TRIGGER account_delete BEFORE DELETE ON account BEGIN SELECT RAISE(ABORT, 'ledger: immutable'); END

CREATE TRIGGER period_update BEFORE UPDATE ON period BEGIN SELECT RAISE(ABORT, 'ledger: immutable'); END

CREATE TRIGGER period_delete BEFORE DELETE ON period BEGIN SELECT RAISE(ABORT, 'ledger: immutable'); END

CREATE TRIGGER period_balance_update BEFORE UPDATE ON period_balance BEGIN SELECT RAISE(ABORT, 'ledger: immutable'); END

CREATE TRIGGER period_balance_delete BEFORE DELETE ON period_balance BEGIN SELECT RAISE(ABORT, 'ledger: immutable'); END

CREATE TRIGGER bank_head_delete BEFORE DELETE ON bank_head BEGIN SELECT RAISE(ABORT, 'ledger: immutable'); END

CREATE TRIGGER balance_delete BEFORE DELETE ON balance BEGIN SELECT RAISE(ABORT, 'ledger: balance is derived'); END

CREATE TRIGGER balance_day_delete BEFORE DELETE ON balance_day BEGIN SELECT RAISE(ABORT, 'ledger: balance is derived'); END

-- INSERT OR REPLACE skips delete triggers unless recursive_triggers is on: each insert looks first.
CREATE TRIGGER bank_head_insert BEFORE INSERT ON bank_head BEGIN
  SELECT RAISE(ABORT, 'ledger: bank exists') WHERE EXISTS (SELECT 1 FROM bank_head WHERE bank_id = NEW.bank_id);
  SELECT RAISE(ABORT, 'ledger: head only moves with a seal')
   WHERE NEW.head_seq <> 0 OR NEW.head_hash <> zeroblob(32) OR NEW.closed_through <> '0001-01-01';
END

CREATE TRIGGER account_insert BEFORE INSERT ON account BEGIN
  SELECT RAISE(ABORT, 'ledger: account exists') WHERE EXISTS (
    SELECT 1 FROM account WHERE bank_id = NEW.bank_id AND (account_id = NEW.account_id OR code = NEW.code));
END

CREATE TRIGGER account_inserted AFTER INSERT ON account BEGIN
  INSERT INTO balance (bank_id, account_id) VALUES (NEW.bank_id, NEW.account_id);
END

CREATE TRIGGER balance_insert BEFORE INSERT ON balance BEGIN
  SELECT RAISE(ABORT, 'ledger: balance is derived') WHERE NEW.posted <> 0 OR NEW.held <> 0
     OR EXISTS (SELECT 1 FROM balance WHERE bank_id = NEW.bank_id AND account_id = NEW.account_id);
END

CREATE TRIGGER entry_insert BEFORE INSERT ON entry BEGIN
  SELECT RAISE(ABORT, 'ledger: foreign keys are off')
   WHERE NOT EXISTS (SELECT 1 FROM bulk WHERE bank_id = NEW.bank_id)
     AND (SELECT foreign_keys FROM pragma_foreign_keys) = 0;
  SELECT RAISE(ABORT, 'ledger: entry exists')
   WHERE EXISTS (SELECT 1 FROM entry WHERE bank_id = NEW.bank_id AND seq = NEW.seq)
      OR EXISTS (SELECT 1 FROM entry WHERE bank_id = NEW.bank_id AND idem_key = NEW.idem_key);
  SELECT RAISE(ABORT, 'ledger: already reversed') WHERE NEW.reverses_seq IS NOT NULL AND EXISTS (
    SELECT 1 FROM entry WHERE bank_id = NEW.bank_id AND reverses_seq = NEW.reverses_seq);
  SELECT RAISE(ABORT, 'ledger: already resolved') WHERE NEW.resolves_seq IS NOT NULL AND EXISTS (
    SELECT 1 FROM entry WHERE bank_id = NEW.bank_id AND resolves_seq = NEW.resolves_seq);
  SELECT RAISE(ABORT, 'ledger: seq gap')
    FROM (SELECT (SELECT head_seq FROM bank_head WHERE bank_id = NEW.bank_id) AS seq) AS head
   WHERE NEW.seq IS NOT head.seq + 1
     AND NOT (NEW.seq > head.seq AND EXISTS (SELECT 1 FROM bulk WHERE bank_id = NEW.bank_id));
  SELECT RAISE(ABORT, 'ledger: period closed')
   WHERE NEW.effective_on <= (SELECT closed_through FROM bank_head WHERE bank_id = NEW.bank_id);
  SELECT RAISE(ABORT, 'ledger: clock went back')
   WHERE NEW.recorded_ms < (SELECT last_recorded_ms FROM bank_head WHERE bank_id = NEW.bank_id);
END

CREATE TRIGGER leg_insert BEFORE INSERT ON leg
WHEN NOT EXISTS (SELECT 1 FROM bulk WHERE bank_id = NEW.bank_id) BEGIN
  SELECT RAISE(ABORT, 'ledger: leg exists') WHERE EXISTS (
    SELECT 1 FROM leg WHERE bank_id = NEW.bank_id AND seq = NEW.seq AND line = NEW.line);
  SELECT RAISE(ABORT, 'ledger: date mismatch')
   WHERE NEW.effective_on IS NOT (SELECT effective_on FROM entry WHERE bank_id = NEW.bank_id AND seq = NEW.seq);
END

CREATE TRIGGER leg_of_sealed BEFORE INSERT ON leg BEGIN
  SELECT RAISE(ABORT, 'ledger: entry sealed')
   WHERE NEW.seq <= (SELECT head_seq FROM bank_head WHERE bank_id = NEW.bank_id);
END

CREATE TRIGGER seal_insert_in_bulk BEFORE INSERT ON seal
WHEN EXISTS (SELECT 1 FROM bulk WHERE bank_id = NEW.bank_id) BEGIN
  SELECT RAISE(ABORT, 'ledger: seal exists')
   WHERE NEW.seq <= (SELECT head_seq FROM bank_head WHERE bank_id = NEW.bank_id);
END

-- The + keeps the planner off indexes that would read the bank's whole history for one entry.
CREATE TRIGGER seal_insert BEFORE INSERT ON seal
WHEN NOT EXISTS (SELECT 1 FROM bulk WHERE bank_id = NEW.bank_id) BEGIN
  SELECT RAISE(ABORT, 'ledger: seal exists') WHERE EXISTS (
    SELECT 1 FROM seal WHERE bank_id = NEW.bank_id AND seq = NEW.seq);
  SELECT RAISE(ABORT, 'ledger: seq gap')
   WHERE NEW.seq IS NOT (SELECT head_seq + 1 FROM bank_head WHERE bank_id = NEW.bank_id);
  SELECT RAISE(ABORT, 'ledger: chain broken')
   WHERE NEW.prev_hash IS NOT (SELECT head_hash FROM bank_head WHERE bank_id = NEW.bank_id);
  SELECT RAISE(ABORT, 'ledger: legs missing')
   WHERE NEW.legs_count <> (SELECT count(*) FROM leg WHERE bank_id = NEW.bank_id AND seq = NEW.seq);
  SELECT RAISE(ABORT, 'ledger: unbalanced') WHERE EXISTS (
    SELECT 1 FROM leg WHERE bank_id = NEW.bank_id AND seq = NEW.seq GROUP BY unit HAVING sum(amount) <> 0);
  SELECT RAISE(ABORT, 'ledger: reversal is not the mirror')
    FROM entry e WHERE e.bank_id = NEW.bank_id AND e.seq = NEW.seq AND +e.reverses_seq IS NOT NULL AND (
      NEW.legs_count = 0
      OR EXISTS (SELECT 1 FROM entry r WHERE r.bank_id = e.bank_id AND r.seq = e.reverses_seq AND r.reverses_seq IS NOT NULL)
      OR EXISTS (SELECT 1 FROM leg l WHERE l.bank_id = e.bank_id AND l.seq = e.seq AND l.held <> 0)
      OR EXISTS (SELECT 1 FROM leg l WHERE l.bank_id = e.bank_id AND l.seq IN (e.seq, e.reverses_seq)
                  GROUP BY +l.account_id HAVING sum(l.amount) <> 0));
  SELECT RAISE(ABORT, 'ledger: hold not fully released')
    FROM entry e WHERE e.bank_id = NEW.bank_id AND e.seq = NEW.seq AND +e.resolves_seq IS NOT NULL AND (
      NOT EXISTS (SELECT 1 FROM leg l WHERE l.bank_id = e.bank_id AND l.seq = e.resolves_seq AND l.held > 0)
      OR EXISTS (SELECT 1 FROM leg l WHERE l.bank_id = e.bank_id AND l.seq IN (e.seq, e.resolves_seq)
                  GROUP BY +l.account_id HAVING sum(l.held) <> 0));
  SELECT RAISE(ABORT, 'ledger: release without hold')
    FROM entry e JOIN leg l USING (bank_id, seq)
   WHERE e.bank_id = NEW.bank_id AND e.seq = NEW.seq AND +e.resolves_seq IS NULL AND l.held < 0;
END

CREATE TRIGGER seal_inserted AFTER INSERT ON seal
WHEN NOT EXISTS (SELECT 1 FROM bulk WHERE bank_id = NEW.bank_id) BEGIN
  UPDATE balance SET posted = balance.posted + d.amount, held = balance.held + d.held, last_seq = NEW.seq
    FROM (SELECT account_id, sum(amount) AS amount, sum(held) AS held FROM leg
           WHERE bank_id = NEW.bank_id AND seq = NEW.seq GROUP BY +account_id) AS d
   WHERE balance.bank_id = NEW.bank_id AND balance.account_id = d.account_id;
  INSERT INTO balance_day (bank_id, account_id, day, delta)
    SELECT bank_id, account_id, effective_on, sum(amount) FROM leg
     WHERE bank_id = NEW.bank_id AND seq = NEW.seq
     GROUP BY +account_id, effective_on HAVING sum(amount) <> 0
    ON CONFLICT (bank_id, account_id, day) DO UPDATE SET delta = delta + excluded.delta;
  SELECT RAISE(ABORT, 'ledger: overdraft') WHERE EXISTS (
    SELECT 1 FROM leg l JOIN account a ON a.bank_id = l.bank_id AND a.account_id = l.account_id
      JOIN balance b ON b.bank_id = l.bank_id AND b.account_id = l.account_id
     WHERE l.bank_id = NEW.bank_id AND l.seq = NEW.seq AND a.floor_zero = 1 AND a.sign * b.posted - b.held < 0);
  UPDATE bank_head SET head_seq = NEW.seq, head_hash = NEW.hash,
         last_recorded_ms = (SELECT recorded_ms FROM entry WHERE bank_id = NEW.bank_id AND seq = NEW.seq)
   WHERE bank_id = NEW.bank_id;
END

CREATE TRIGGER bank_head_update BEFORE UPDATE ON bank_head BEGIN
  SELECT RAISE(ABORT, 'ledger: head only moves with a seal')
   WHERE NEW.bank_id <> OLD.bank_id
      OR ((NEW.head_seq <> OLD.head_seq OR NEW.head_hash <> OLD.head_hash OR NEW.last_recorded_ms <> OLD.last_recorded_ms)
          AND NOT (coalesce((SELECT closing FROM bulk WHERE bank_id = NEW.bank_id), NEW.head_seq = OLD.head_seq + 1) AND EXISTS (
            SELECT 1 FROM seal s JOIN entry e USING (bank_id, seq)
             WHERE s.bank_id = NEW.bank_id AND s.seq = NEW.head_seq AND s.hash = NEW.head_hash
               AND e.recorded_ms = NEW.last_recorded_ms)));
  SELECT RAISE(ABORT, 'ledger: a closed period stays closed') WHERE NEW.closed_through < OLD.closed_through;
  SELECT RAISE(ABORT, 'ledger: a period closes with its entry')
   WHERE NEW.closed_through <> OLD.closed_through AND NOT EXISTS (
     SELECT 1 FROM period WHERE bank_id = NEW.bank_id AND through = NEW.closed_through);
END

CREATE TRIGGER balance_update BEFORE UPDATE ON balance BEGIN
  SELECT RAISE(ABORT, 'ledger: balance is derived')
   WHERE coalesce((SELECT closing = 0 FROM bulk WHERE bank_id = NEW.bank_id), NOT EXISTS (
    SELECT 1 FROM bank_head h JOIN seal s ON s.bank_id = h.bank_id AND s.seq = h.head_seq + 1
     WHERE h.bank_id = NEW.bank_id AND NEW.last_seq = s.seq));
END

CREATE TRIGGER balance_day_update BEFORE UPDATE ON balance_day BEGIN
  SELECT RAISE(ABORT, 'ledger: balance is derived')
   WHERE coalesce((SELECT closing = 0 FROM bulk WHERE bank_id = NEW.bank_id), NOT EXISTS (
    SELECT 1 FROM bank_head h JOIN seal s ON s.bank_id = h.bank_id AND s.seq = h.head_seq + 1
     WHERE h.bank_id = NEW.bank_id));
END

CREATE TRIGGER balance_day_insert BEFORE INSERT ON balance_day BEGIN
  SELECT RAISE(ABORT, 'ledger: balance is derived')
   WHERE coalesce((SELECT closing = 0 FROM bulk WHERE bank_id = NEW.bank_id), NOT EXISTS (
    SELECT 1 FROM bank_head h JOIN seal s ON s.bank_id = h.bank_id AND s.seq = h.head_seq + 1
     WHERE h.bank_id = NEW.bank_id));
END

CREATE TRIGGER bulk_insert BEFORE INSERT ON bulk BEGIN
  SELECT RAISE(ABORT, 'ledger: foreign keys are off') WHERE (SELECT foreign_keys FROM pragma_foreign_keys) = 0;
  SELECT RAISE(ABORT, 'ledger: a bulk is open')
   WHERE NEW.closing <> 0 OR EXISTS (SELECT 1 FROM bulk WHERE bank_id = NEW.bank_id);
END

CREATE TRIGGER bulk_delete BEFORE DELETE ON bulk BEGIN
  SELECT RAISE(ABORT, 'ledger: a bulk is open') WHERE OLD.closing = 0;
END

CREATE TRIGGER bulk_update BEFORE UPDATE ON bulk BEGIN
  SELECT RAISE(ABORT, 'ledger: a bulk is open') WHERE NEW.bank_id <> OLD.bank_id OR NEW.closing <> 1;
END

-- Only entries that raise what has a floor: then no order of them could overdraw. Others go one by one.
CREATE TRIGGER bulk_closing AFTER UPDATE ON bulk BEGIN
  SELECT RAISE(ABORT, 'ledger: seq gap') FROM bank_head h
   WHERE h.bank_id = NEW.bank_id AND (
     SELECT count(*) <> max(e.seq) - h.head_seq FROM entry e WHERE e.bank_id = h.bank_id AND e.seq > h.head_seq);
  SELECT RAISE(ABORT, 'ledger: one by one') WHERE EXISTS (
    SELECT 1 FROM bank_head h JOIN entry e ON e.bank_id = h.bank_id AND e.seq > h.head_seq
     WHERE h.bank_id = NEW.bank_id AND (+e.reverses_seq IS NOT NULL OR +e.resolves_seq IS NOT NULL));
  SELECT RAISE(ABORT, 'ledger: clock went back') WHERE EXISTS (
    SELECT 1 FROM bank_head h JOIN entry e ON e.bank_id = h.bank_id AND e.seq > h.head_seq
      JOIN entry before ON before.bank_id = e.bank_id AND before.seq = e.seq - 1
     WHERE h.bank_id = NEW.bank_id AND e.recorded_ms < before.recorded_ms);
  SELECT RAISE(ABORT, 'ledger: chain broken') WHERE EXISTS (
    SELECT 1 FROM bank_head h JOIN entry e ON e.bank_id = h.bank_id AND e.seq > h.head_seq
      LEFT JOIN seal s ON s.bank_id = e.bank_id AND s.seq = e.seq
      LEFT JOIN seal before ON before.bank_id = e.bank_id AND before.seq = e.seq - 1
     WHERE h.bank_id = NEW.bank_id
       AND s.prev_hash IS NOT CASE e.seq WHEN h.head_seq + 1 THEN h.head_hash ELSE before.hash END);
  SELECT RAISE(ABORT, 'ledger: legs missing') WHERE EXISTS (
    SELECT 1 FROM bank_head h JOIN seal s ON s.bank_id = h.bank_id AND s.seq > h.head_seq
     WHERE h.bank_id = NEW.bank_id
       AND s.legs_count <> (SELECT count(*) FROM leg l WHERE l.bank_id = s.bank_id AND l.seq = s.seq));
  SELECT RAISE(ABORT, 'ledger: unbalanced') WHERE EXISTS (
    SELECT 1 FROM bank_head h JOIN leg l ON l.bank_id = h.bank_id AND l.seq > h.head_seq
     WHERE h.bank_id = NEW.bank_id GROUP BY l.seq
    HAVING sum(l.amount * (l.unit = 'IDR')) <> 0 OR sum(l.amount * (l.unit = 'G')) <> 0
        OR sum(l.amount * (l.unit = 'PCS')) <> 0 OR sum(l.amount * (l.unit = 'ML')) <> 0);
  SELECT RAISE(ABORT, 'ledger: date mismatch') WHERE EXISTS (
    SELECT 1 FROM bank_head h JOIN leg l ON l.bank_id = h.bank_id AND l.seq > h.head_seq
      JOIN entry e ON e.bank_id = l.bank_id AND e.seq = l.seq
     WHERE h.bank_id = NEW.bank_id AND l.effective_on <> e.effective_on);
  SELECT RAISE(ABORT, 'ledger: one by one') WHERE EXISTS (
    SELECT 1 FROM bank_head h JOIN leg l ON l.bank_id = h.bank_id AND l.seq > h.head_seq
      JOIN account a ON a.bank_id = l.bank_id AND a.account_id = l.account_id
     WHERE h.bank_id = NEW.bank_id AND (l.held <> 0 OR (a.floor_zero = 1 AND a.sign * l.amount < 0)));
  UPDATE balance SET posted = balance.posted + d.amount, last_seq = d.seq
    FROM (SELECT l.account_id, sum(l.amount) AS amount, max(l.seq) AS seq
            FROM bank_head h JOIN leg l ON l.bank_id = h.bank_id AND l.seq > h.head_seq
           WHERE h.bank_id = NEW.bank_id GROUP BY +l.account_id) AS d
   WHERE balance.bank_id = NEW.bank_id AND balance.account_id = d.account_id;
  INSERT INTO balance_day (bank_id, account_id, day, delta)
    SELECT l.bank_id, l.account_id, l.effective_on, sum(l.amount)
      FROM bank_head h JOIN leg l ON l.bank_id = h.bank_id AND l.seq > h.head_seq
     WHERE h.bank_id = NEW.bank_id GROUP BY +l.account_id, l.effective_on HAVING sum(l.amount) <> 0
    ON CONFLICT (bank_id, account_id, day) DO UPDATE SET delta = delta + excluded.delta;
  UPDATE bank_head SET (head_seq, head_hash, last_recorded_ms) = (
    SELECT s.seq, s.hash, e.recorded_ms FROM seal s JOIN entry e USING (bank_id, seq)
     WHERE s.bank_id = NEW.bank_id ORDER BY s.seq DESC LIMIT 1)
   WHERE bank_id = NEW.bank_id;
  DELETE FROM bulk WHERE bank_id = NEW.bank_id;
END

CREATE TRIGGER period_insert BEFORE INSERT ON period BEGIN
  SELECT RAISE(ABORT, 'ledger: a period closes with its entry') WHERE NOT EXISTS (
    SELECT 1 FROM entry e JOIN bank_head h ON h.bank_id = e.bank_id
     WHERE e.bank_id = NEW.bank_id AND e.seq = NEW.seq AND e.kind = 'period.close'
       AND e.seq = h.head_seq AND NEW.through > h.closed_through AND NEW.through < e.effective_on);
END

CREATE TRIGGER period_balance_insert BEFORE INSERT ON period_balance BEGIN
  SELECT RAISE(ABORT, 'ledger: balance is derived') WHERE NOT EXISTS (
    SELECT 1 FROM bank_head WHERE bank_id = NEW.bank_id AND closed_through < NEW.through)
    OR EXISTS (SELECT 1 FROM period_balance
                WHERE bank_id = NEW.bank_id AND account_id = NEW.account_id AND through = NEW.through);
END
