-- Attaches a running `confluentql serve --sandbox` as a database. The password is in PGPASSWORD:
--   PGPASSWORD=… duckdb < examples/duckdb/attach.sql
INSTALL postgres;
LOAD postgres;
ATTACH 'host=127.0.0.1 port=5432 user=confluentql dbname=confluent' AS confluent (TYPE postgres, READ_ONLY);

-- DuckDB evaluates; the filter on id is sent
SELECT u.email, t.team
FROM (VALUES ('u-08mnyy', 'payments'), ('u-0flj82', 'search')) t(id, team)
JOIN confluent.iam.users u USING (id)
ORDER BY u.email;

-- the server evaluates
SELECT * FROM postgres_query('confluent', 'SELECT auth_type, count(*) AS users FROM iam.users GROUP BY 1 ORDER BY 1');
