"""Reads from a running `confluentql serve --sandbox` with DuckDB's postgres extension. DSN: host=… port=… user=… password=… dbname=…"""

import os
import sys
from importlib.metadata import files
from pathlib import Path

import duckdb

USERS = 140
failures = 0


def extension_folder():
    """The folder of the package that has the extension, so that none is downloaded."""
    file = next(f for f in files("duckdb-ext-postgres") if f.name.endswith(".duckdb_extension"))
    return file.locate().parents[2]


def check(name, sql, expected):
    global failures
    found = connection.execute(sql).fetchall()
    if found != expected:
        failures += 1
    print(f"{'ok     ' if found == expected else 'FAILED '} DuckDB {duckdb.__version__}: {name}" + ("" if found == expected else f": {found!r}"))


connection = duckdb.connect(config={"extension_directory": str(extension_folder())})
example = (Path(__file__).parents[2] / "examples/duckdb/attach.sql").read_text()
example = example.replace("INSTALL postgres;", "").replace("host=127.0.0.1 port=5432 user=confluentql dbname=confluent", os.environ["DSN"])
connection.execute(example)
check("rows of a table", "SELECT count(*) FROM confluent.iam.users", [(USERS,)])
check("a filter", "SELECT email FROM confluent.iam.users WHERE id = 'u-08mnyy'", [("minjun.choi@example.com",)])
check(
    "types",
    "SELECT typeof(partitions_count), typeof(is_internal) FROM confluent.kafka.topics LIMIT 1",
    [("BIGINT", "BOOLEAN")],
)
check(
    "a join with a table of DuckDB",
    "SELECT u.email FROM (VALUES ('u-08mnyy')) v(id) JOIN confluent.iam.users u USING (id)",
    [("minjun.choi@example.com",)],
)
check(
    "times",
    "SELECT count(*) FROM confluent.iam.invitations WHERE expires_at IS NOT NULL AND expires_at > '2000-01-01'",
    connection.execute("SELECT count(*) FROM confluent.iam.invitations WHERE expires_at IS NOT NULL").fetchall(),
)
check(
    "a statement for Postgres",
    "SELECT * FROM postgres_query('confluent', 'SELECT auth_type, count(*) FROM iam.users GROUP BY 1 ORDER BY 1')",
    [("AUTH_TYPE_LOCAL", 33), ("AUTH_TYPE_SSO", 107)],
)
sys.exit(1 if failures else 0)
