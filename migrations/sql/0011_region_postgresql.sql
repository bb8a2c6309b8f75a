-- A month of all banks of a kelurahan: sums only, never a bank's or a household's.
-- SQLite runs the SELECT between the two marks by itself, its parameters written :p_…
CREATE FUNCTION region_month(p_city text, p_kecamatan text, p_kelurahan text, p_since date, p_until date)
RETURNS TABLE (figure text, amount bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
WITH here AS (
  SELECT bank_id FROM bank WHERE city = p_city AND kecamatan = p_kecamatan AND kelurahan = p_kelurahan
),
stock AS (
  SELECT m.bank_id, m.id, m.bought_account_id AS account_id FROM here JOIN material m ON m.bank_id = here.bank_id
  UNION ALL
  SELECT m.bank_id, m.id, m.donated_account_id FROM here JOIN material m ON m.bank_id = here.bank_id
),
brought AS (
  SELECT s.bank_id, s.id, sum(l.amount) AS quantity FROM stock s
    JOIN leg l ON l.bank_id = s.bank_id AND l.account_id = s.account_id AND l.effective_on BETWEEN p_since AND p_until
    JOIN entry e ON e.bank_id = l.bank_id AND e.seq = l.seq
    LEFT JOIN entry o ON o.bank_id = e.bank_id AND o.seq = e.reverses_seq
   WHERE COALESCE(o.kind, e.kind) IN ('deposit.record', 'deposit.correct_weight')
   GROUP BY s.bank_id, s.id
),
weight AS (
  SELECT m.reporting_class, m.sipsn_class,
         CASE m.unit WHEN 'kg' THEN b.quantity
                     WHEN 'pcs' THEN b.quantity * COALESCE(m.equivalent_g, 0)
                     ELSE CAST(b.quantity * COALESCE(m.equivalent_g, 0) AS bigint) / 1000 END AS weight_g
    FROM brought b JOIN material m ON m.bank_id = b.bank_id AND m.id = b.id
),
credited AS (
  SELECT l.amount FROM here JOIN material m ON m.bank_id = here.bank_id
    JOIN leg l ON l.bank_id = m.bank_id AND l.account_id = m.value_account_id AND l.effective_on BETWEEN p_since AND p_until
    JOIN entry e ON e.bank_id = l.bank_id AND e.seq = l.seq
    LEFT JOIN entry o ON o.bank_id = e.bank_id AND o.seq = e.reverses_seq
   WHERE COALESCE(o.kind, e.kind) IN ('deposit.record', 'deposit.correct_weight', 'deposit.price', 'deposit.correct_price')
),
sold AS (
  SELECT l.amount FROM here JOIN leg l ON l.bank_id = here.bank_id AND l.account_id IN (4100, 4110)
     AND l.effective_on BETWEEN p_since AND p_until
),
deposits AS (
  SELECT DISTINCT d.bank_id, d.seq, d.member_id FROM here
    JOIN leg l ON l.bank_id = here.bank_id AND l.account_id IN (9000, 9001, 9100, 9101, 9200, 9201)
     AND l.effective_on BETWEEN p_since AND p_until
    JOIN deposit d ON d.bank_id = l.bank_id AND d.seq = l.seq
   WHERE NOT EXISTS (SELECT 1 FROM entry r WHERE r.bank_id = d.bank_id AND r.reverses_seq = d.seq
                        AND r.effective_on <= p_until)
)
SELECT 'banks' AS figure, CAST(count(*) AS bigint) AS amount FROM here
UNION ALL SELECT 'active_banks', CAST(count(DISTINCT bank_id) AS bigint) FROM deposits
UNION ALL SELECT 'deposits', CAST(count(*) AS bigint) FROM deposits
UNION ALL SELECT 'households', CAST(count(*) AS bigint) FROM (SELECT DISTINCT bank_id, member_id FROM deposits) AS h
UNION ALL SELECT 'credited_idr', CAST(COALESCE(sum(amount), 0) AS bigint) FROM credited
UNION ALL SELECT 'sold_idr', CAST(COALESCE(-sum(amount), 0) AS bigint) FROM sold
UNION ALL SELECT 'reporting_class.' || reporting_class, CAST(sum(weight_g) AS bigint) FROM weight GROUP BY reporting_class
UNION ALL SELECT 'sipsn_class.' || sipsn_class, CAST(sum(weight_g) AS bigint) FROM weight GROUP BY sipsn_class
$$
