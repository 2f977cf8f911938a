"""Reads from a running `confluentql serve --sandbox` with clients of Python. DSN: host=… port=… user=… password=… dbname=…"""

import asyncio
import os
import sys
import threading
import time
import warnings

import asyncpg
import pandas
import pg8000.dbapi
import psycopg
import psycopg2
import psycopg2.extras
import sqlalchemy

DSN = os.environ["DSN"]
PARTS = dict(part.split("=", 1) for part in DSN.split())
USERS = 140
failures = 0


def check(name):
    def run(test):
        global failures
        begun = time.monotonic()
        try:
            test()
            print(f"ok      {name} ({(time.monotonic() - begun) * 1000:.0f} ms)")
        except Exception as error:  # each test is told, whatever fails
            failures += 1
            print(f"FAILED  {name}: {type(error).__name__}: {error}")

    return run


def same(found, expected):
    assert found == expected, f"found {found!r}, expected {expected!r}"


@check("psycopg 3: text, binary and prepared")
def _():
    with psycopg.connect(DSN) as connection:
        for binary in (False, True):
            cursor = connection.cursor(binary=binary)
            rows = cursor.execute("SELECT id, email, metadata FROM iam.users WHERE id = %s", ("u-08mnyy",)).fetchall()
            same((rows[0][0], rows[0][1]), ("u-08mnyy", "minjun.choi@example.com"))
            same(rows[0][2]["created_at"][:2], "20")
            times = cursor.execute("SELECT expires_at FROM iam.invitations WHERE expires_at IS NOT NULL").fetchall()
            assert all(row[0].tzinfo is not None for row in times) and len(times) > 10
        for _ in range(7):
            found = connection.execute("SELECT count(*) FROM iam.users WHERE auth_type = %s", ("AUTH_TYPE_SSO",), prepare=True)
            same(found.fetchone()[0], 107)


@check("psycopg 3: text and binary give the same values, streamed and evaluated")
def _():
    with psycopg.connect(DSN) as connection:
        for table in ("iam.invitations", "managed_kafka_clusters.clusters", "iam.api_keys", "kafka.topics", "clusters"):
            found = []
            for binary in (False, True):
                for suffix in ("", " ORDER BY 1"):
                    cursor = connection.cursor(binary=binary)
                    found.append(sorted(map(repr, cursor.execute(f"SELECT * FROM {table}{suffix}").fetchall())))
            assert len(found[0]) > 0, table
            assert all(one == found[0] for one in found), table


@check("psycopg 3: pipeline, errors in it")
def _():
    with psycopg.connect(DSN, autocommit=True) as connection:
        with connection.pipeline():
            first = connection.execute("SELECT 1")
            second = connection.execute("SELECT count(*) FROM iam.users")
        same((first.fetchone()[0], second.fetchone()[0]), (1, USERS))
        try:
            with connection.pipeline():
                connection.execute("SELECT 1")
                connection.execute("SELECT no_such_column FROM iam.users")
                connection.execute("SELECT 2")
            raise AssertionError("no error")
        except psycopg.errors.UndefinedColumn:
            pass
        same(connection.execute("SELECT 3").fetchone()[0], 3)


@check("psycopg 3: named cursors and COPY")
def _():
    with psycopg.connect(DSN) as connection:
        with connection.cursor("reading") as cursor:
            cursor.itersize = 50
            cursor.execute("SELECT id FROM iam.users")
            same(len(list(cursor)), USERS)
        with connection.cursor("ordered", binary=True) as cursor:
            cursor.execute("SELECT id, created FROM (SELECT id, (metadata->>'created_at')::timestamptz AS created FROM iam.users) u ORDER BY 2")
            same(len(cursor.fetchmany(60)) + len(cursor.fetchall()), USERS)
        for options in ("", " (FORMAT binary)", " (FORMAT csv, HEADER)"):
            with connection.cursor().copy(f"COPY (SELECT id, email FROM iam.users) TO STDOUT{options}") as copy:
                assert sum(len(block) for block in copy) > 3000
        with connection.cursor().copy("COPY iam.users (id) TO STDOUT") as copy:
            same(len(list(copy.rows())), USERS)


@check("psycopg 3: errors, transactions, savepoints")
def _():
    with psycopg.connect(DSN) as connection:
        try:
            connection.execute("SELECT 1/0")
            raise AssertionError("no error")
        except psycopg.errors.DivisionByZero:
            pass
        same(connection.info.transaction_status.name, "INERROR")
        connection.rollback()
        with connection.transaction():
            try:
                with connection.transaction():
                    connection.execute("SELECT nonsense")
            except psycopg.errors.UndefinedColumn as error:
                same(error.diag.statement_position, "8")
            same(connection.execute("SELECT 1").fetchone(), (1,))
        for sql, kind in (
            ("INSERT INTO iam.invitations (email) VALUES ('x')", psycopg.errors.ReadOnlySqlTransaction),
            ("CREATE TABLE x (a int)", psycopg.errors.FeatureNotSupported),
            ("SELECT * FROM no.such", psycopg.errors.UndefinedTable),
        ):
            try:
                connection.execute(sql)
                raise AssertionError("no error")
            except kind:
                connection.rollback()


@check("psycopg 3: cancel, timeout")
def _():
    slow = "SELECT count(*) FROM generate_series(1, 2000000000)"
    with psycopg.connect(DSN, autocommit=True) as connection, psycopg.connect(DSN, autocommit=True) as other:
        connection.execute("SELECT 1")
        timer = threading.Timer(0.5, connection.cancel)
        timer.start()
        begun = time.monotonic()
        try:
            connection.execute(slow)
            raise AssertionError("no error")
        except psycopg.errors.QueryCanceled:
            pass
        assert time.monotonic() - begun < 5
        connection.execute("SET statement_timeout = '300ms'")
        try:
            connection.execute(slow)
            raise AssertionError("no error")
        except psycopg.errors.QueryCanceled:
            pass
        same(other.execute("SELECT count(*) FROM iam.users").fetchone()[0], USERS)
        connection.execute("RESET statement_timeout")
        same(connection.execute("SELECT 1").fetchone(), (1,))


@check("psycopg 3: another answers while one is busy")
def _():
    slow = "SELECT count(*) FROM generate_series(1, 2000000000)"
    def ended(connection, sql):
        try:
            connection.execute(sql)
        except psycopg.errors.QueryCanceled:
            pass

    with psycopg.connect(DSN, autocommit=True) as connection, psycopg.connect(DSN, autocommit=True) as other:
        thread = threading.Thread(target=lambda: ended(connection, slow))
        thread.start()
        time.sleep(0.3)
        same(other.execute("SELECT count(*) FROM iam.users").fetchone()[0], USERS)
        connection.cancel()
        thread.join()


@check("psycopg2: rows, dictionaries, named cursors, copy_expert")
def _():
    connection = psycopg2.connect(DSN)
    with connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
        cursor.execute("SELECT id, expires_at, creator FROM iam.invitations WHERE status = %s", ("INVITE_STATUS_STAGED",))
        rows = cursor.fetchall()
        same(len(rows), 6)
        assert rows[0]["creator"]["kind"] == "User"
    with connection.cursor(name="reading") as cursor:
        cursor.execute("SELECT id FROM iam.users")
        same(len(cursor.fetchall()), USERS)
    connection.close()


@check("SQLAlchemy: inspector, reflection, pandas")
def _():
    url = "postgresql+{}://{user}:{password}@{host}:{port}/{dbname}"
    for driver in ("psycopg", "psycopg2", "asyncpg", "pg8000"):
        if driver == "asyncpg":
            continue
        engine = sqlalchemy.create_engine(url.format(driver, **PARTS))
        inspector = sqlalchemy.inspect(engine)
        assert "iam" in inspector.get_schema_names()
        assert "users" in inspector.get_table_names("iam")
        columns = {c["name"]: str(c["type"]) for c in inspector.get_columns("invitations", "iam")}
        same((columns["expires_at"], columns["creator"]), ("TIMESTAMP", "JSONB"))
        same(inspector.get_pk_constraint("users", "iam")["constrained_columns"], [])
        table = sqlalchemy.Table("users", sqlalchemy.MetaData(), schema="iam", autoload_with=engine)
        with engine.connect() as connection:
            same(len(connection.execute(sqlalchemy.select(table.c.id).limit(5)).all()), 5)
            frame = pandas.read_sql(sqlalchemy.text("SELECT id, status, expires_at FROM iam.invitations"), connection)
            same(len(frame), 230)
            assert "datetime64" in str(frame.dtypes["expires_at"]), frame.dtypes["expires_at"]
        engine.dispose()


@check("asyncpg: introspection, prepared statements, cursors")
def _():
    async def run():
        keys = {"host": PARTS["host"], "port": PARTS["port"], "user": PARTS["user"], "password": PARTS["password"]}
        connection = await asyncpg.connect(database=PARTS["dbname"], ssl="prefer", **keys)
        rows = await connection.fetch("SELECT id, expires_at, creator FROM iam.invitations WHERE status = $1", "INVITE_STATUS_STAGED")
        same(len(rows), 6)
        statement = await connection.prepare("SELECT id FROM iam.users WHERE auth_type = ANY($1)")
        same(len(await statement.fetch(["AUTH_TYPE_SSO"])), 107)
        same(len(await statement.fetch(["AUTH_TYPE_LOCAL"])), 33)
        async with connection.transaction():
            count = 0
            async for _ in connection.cursor("SELECT id FROM iam.users", prefetch=30):
                count += 1
            same(count, USERS)
        await connection.close()

    asyncio.run(run())


@check("pg8000")
def _():
    connection = pg8000.dbapi.connect(
        user=PARTS["user"], password=PARTS["password"], host=PARTS["host"], port=int(PARTS["port"]), database=PARTS["dbname"]
    )
    cursor = connection.cursor()
    cursor.execute("SELECT id, email FROM iam.users WHERE id = %s", ("u-08mnyy",))
    same(tuple(cursor.fetchone()), ("u-08mnyy", "minjun.choi@example.com"))
    connection.close()


@check("a wrong password")
def _():
    try:
        psycopg.connect(DSN.replace(PARTS["password"], "not-the-password"))
        raise AssertionError("let in")
    except psycopg.OperationalError as error:
        assert "password authentication failed" in str(error)


@check("fifty statements on eight connections")
def _():
    errors = []

    def work():
        try:
            with psycopg.connect(DSN) as connection:
                for _ in range(6):
                    same(connection.execute("SELECT count(*), count(DISTINCT auth_type) FROM iam.users").fetchone(), (USERS, 2))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same(errors, [])


warnings.simplefilter("ignore")
sys.exit(1 if failures else 0)
