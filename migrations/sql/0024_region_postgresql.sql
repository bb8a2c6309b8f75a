-- A month of all banks of a kelurahan: sums only, never a bank's or a household's.
-- Credited is what households gained: what a correction does not find in the stock's value is in its
-- cost, in Susut or in Selisih lebih. Households are who has the deposits at the end; Titipan is none.
-- SQLite runs the SELECT between the two marks by itself, its parameters written :p_…
CREATE OR REPLACE FUNCTION region_month(p_city text, p_kecamatan text, p_kelurahan text, p_since date, p_until date)
RETURNS TABLE (figure text, amount bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
WITH here AS (
  SELECT bank_id FROM bank WHERE city = p_city AND kecamatan = p_kecamatan AND kelurahan = p_kelurahan
),
accounts AS (
  SELECT m.bank_id, m.id, 'goods' AS what, m.bought_account_id AS account_id FROM here JOIN material m ON m.bank_id = here.bank_id
  UNION ALL
  SELECT m.bank_id, m.id, 'goods', m.donated_account_id FROM here JOIN material m ON m.bank_id = here.bank_id
  UNION ALL
  SELECT m.bank_id, m.id, 'value', m.value_account_id FROM here JOIN material m ON m.bank_id = here.bank_id
  UNION ALL
  SELECT bank_id, 0, what, account_id FROM here CROSS JOIN (
    SELECT 'sold' AS what, 4100 AS account_id UNION ALL SELECT 'sold', 4110
    UNION ALL SELECT 'flow', 9000 UNION ALL SELECT 'flow', 9001 UNION ALL SELECT 'flow', 9100
    UNION ALL SELECT 'value', 4900 UNION ALL SELECT 'value', 5100 UNION ALL SELECT 'value', 5200
    UNION ALL SELECT 'flow', 9101 UNION ALL SELECT 'flow', 9200 UNION ALL SELECT 'flow', 9201) AS fixed
),
moved AS MATERIALIZED (
  SELECT a.bank_id, a.id, a.what, l.seq, l.amount FROM accounts a
    JOIN leg l ON l.bank_id = a.bank_id AND l.account_id = a.account_id AND l.effective_on BETWEEN p_since AND p_until
),
told AS MATERIALIZED (
  SELECT m.bank_id, m.id, m.what, m.amount, COALESCE(o.kind, e.kind) AS kind FROM moved m
    JOIN entry e ON e.bank_id = m.bank_id AND e.seq = m.seq
    LEFT JOIN entry o ON o.bank_id = e.bank_id AND o.seq = e.reverses_seq
   WHERE m.what IN ('goods', 'value')
),
brought AS (
  SELECT bank_id, id, sum(amount) AS quantity FROM told
   WHERE what = 'goods' AND kind IN ('deposit.record', 'deposit.correct_weight') GROUP BY bank_id, id
),
weight AS (
  SELECT m.reporting_class, m.sipsn_class,
         CASE m.unit WHEN 'kg' THEN b.quantity
                     WHEN 'pcs' THEN b.quantity * COALESCE(m.equivalent_g, 0)
                     ELSE CAST(b.quantity * COALESCE(m.equivalent_g, 0) AS bigint) / 1000 END AS weight_g
    FROM brought b JOIN material m ON m.bank_id = b.bank_id AND m.id = b.id
),
credited AS (
  SELECT amount FROM told
   WHERE what = 'value' AND kind IN ('deposit.record', 'deposit.correct_weight', 'deposit.price', 'deposit.correct_price')
),
sold AS (
  SELECT amount FROM moved WHERE what = 'sold'
),
deposits AS (
  SELECT DISTINCT d.bank_id, d.seq, COALESCE((
    SELECT c.member_id FROM deposit_change c JOIN entry e ON e.bank_id = c.bank_id AND e.seq = c.seq
     WHERE c.bank_id = d.bank_id AND c.deposit_seq = d.seq AND c.kind = 'member' AND e.effective_on <= p_until
     ORDER BY c.seq DESC LIMIT 1), d.member_id) AS member_id
    FROM moved m
    JOIN deposit d ON d.bank_id = m.bank_id AND d.seq = m.seq
   WHERE m.what = 'flow'
     AND NOT EXISTS (SELECT 1 FROM entry r WHERE r.bank_id = d.bank_id AND r.reverses_seq = d.seq
                        AND r.effective_on <= p_until)
)
SELECT 'banks' AS figure, CAST(count(*) AS bigint) AS amount FROM here
UNION ALL SELECT 'active_banks', CAST(count(DISTINCT bank_id) AS bigint) FROM deposits
UNION ALL SELECT 'deposits', CAST(count(*) AS bigint) FROM deposits
UNION ALL SELECT 'households', CAST(count(*) AS bigint) FROM (
  SELECT DISTINCT d.bank_id, d.member_id FROM deposits d JOIN member m ON m.bank_id = d.bank_id AND m.id = d.member_id
   WHERE m.savings_account_id <> 2150) AS h
UNION ALL SELECT 'credited_idr', CAST(COALESCE(sum(amount), 0) AS bigint) FROM credited
UNION ALL SELECT 'sold_idr', CAST(COALESCE(-sum(amount), 0) AS bigint) FROM sold
UNION ALL SELECT 'reporting_class.' || reporting_class, CAST(sum(weight_g) AS bigint) FROM weight GROUP BY reporting_class
UNION ALL SELECT 'sipsn_class.' || sipsn_class, CAST(sum(weight_g) AS bigint) FROM weight GROUP BY sipsn_class
$$
