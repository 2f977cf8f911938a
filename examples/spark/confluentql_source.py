"""A Python data source over `confluentql serve` with a partition for each parent of a table: a table with a cluster among its columns
is read by cluster, one with an environment by environment, any other as a whole. Equalities on columns of text are sent along.

    spark.dataSource.register(ConfluentqlSource)
    spark.read.format("confluentql").option("dsn", "host=… password=…").load("kafka.topics")

Needs psycopg and pyarrow where Spark's Python runs.
"""

import json
from dataclasses import dataclass

import psycopg
from psycopg import sql
from pyspark.sql.datasource import DataSource, DataSourceReader, EqualTo, InputPartition

# a key, and the statement that lists its values
PARENTS = {
    "cluster_id": "SELECT id FROM clusters WHERE http_endpoint <> ''",
    "kafka_cluster_id": "SELECT id FROM clusters WHERE http_endpoint <> ''",
    "cluster": "SELECT id FROM clusters WHERE http_endpoint <> ''",
    "environment_id": "SELECT id FROM org.environments",
    "environment": "SELECT id FROM org.environments",
}
TYPES = {"int8": "bigint", "float8": "double", "bool": "boolean", "timestamptz": "timestamp"}


@dataclass
class Part(InputPartition):
    key: str | None = None
    value: str | None = None


class ConfluentqlSource(DataSource):
    @classmethod
    def name(cls):
        return "confluentql"

    def columns(self):
        schema, table = self.options["path"].split(".")
        with psycopg.connect(self.options["dsn"]) as connection:
            found = connection.execute(
                "SELECT column_name, udt_name FROM information_schema.columns"
                " WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position",
                (schema, table),
            ).fetchall()
        if not found:
            raise ValueError(f"there is no table {self.options['path']}")
        return found

    def schema(self):
        return ", ".join(f"`{name}` {TYPES.get(kind, 'string')}" for name, kind in self.columns())

    def reader(self, schema):
        texts = {name for name, kind in self.columns() if kind == "text"}
        return ConfluentqlReader(self.options, schema.names, texts)


class ConfluentqlReader(DataSourceReader):
    def __init__(self, options, names, texts):
        self.dsn, self.table = options["dsn"], options["path"].split(".")
        self.names, self.texts, self.equal = names, texts, {}

    def pushFilters(self, filters):
        for each in filters:
            if isinstance(each, EqualTo) and len(each.attribute) == 1 and each.attribute[0] in self.texts:
                self.equal.setdefault(each.attribute[0], each.value)
            yield each  # Spark evaluates it again

    def partitions(self):
        key = next((key for key in PARENTS if key in self.names), None)
        if key is None or key in self.equal:
            return [Part()]
        with psycopg.connect(self.dsn) as connection:
            return [Part(key, value) for (value,) in connection.execute(PARENTS[key])]

    def read(self, part):
        equal = dict(self.equal)
        if part.key is not None:
            equal[part.key] = part.value
        query = sql.SQL("SELECT {} FROM {}").format(
            sql.SQL(", ").join(map(sql.Identifier, self.names)), sql.Identifier(*self.table)
        )
        if equal:
            conditions = [sql.SQL("{} = {}").format(sql.Identifier(name), value) for name, value in equal.items()]
            query += sql.SQL(" WHERE ") + sql.SQL(" AND ").join(conditions)
        with psycopg.connect(self.dsn) as connection, connection.cursor("rows") as cursor:
            cursor.execute(query)
            for row in cursor:
                yield tuple(json.dumps(v) if isinstance(v, (dict, list)) else v for v in row)
