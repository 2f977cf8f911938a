"""Makes the tables of `confluentql serve` a catalog of Spark, so that SQL joins them with other catalogs. Filters, LIMIT and GROUP BY
are evaluated by the server.

    spark-submit --packages org.postgresql:postgresql:42.7.14 examples/spark/catalog.py
"""

import os

from pyspark.sql import SparkSession

catalog = "spark.sql.catalog.confluent"
options = {
    "url": os.environ.get("CONFLUENTQL_JDBC", "jdbc:postgresql://127.0.0.1:5432/confluent"),
    "user": "confluentql",
    "password": os.environ["CONFLUENTQL_PASSWORD"],
    "driver": "org.postgresql.Driver",
    "pushDownAggregate": "true",
    "pushDownLimit": "true",
}
builder = SparkSession.builder.appName("confluent-catalog")
builder = builder.config(catalog, "org.apache.spark.sql.execution.datasources.v2.jdbc.JDBCTableCatalog")
for name, value in options.items():
    builder = builder.config(f"{catalog}.{name}", value)
spark = builder.getOrCreate()

spark.sql("SHOW TABLES IN confluent.iam LIKE 'user*'").show(truncate=False)
spark.sql("SELECT auth_type, count(*) AS users FROM confluent.iam.users GROUP BY auth_type ORDER BY auth_type").show(truncate=False)
spark.sql("SELECT id, email FROM confluent.iam.users WHERE id IN ('u-08mnyy', 'u-0flj82') ORDER BY id").show(truncate=False)

teams = spark.createDataFrame([("u-08mnyy", "payments"), ("u-0flj82", "search")], ["id", "team"])
teams.createOrReplaceTempView("teams")
spark.sql("SELECT u.email, t.team FROM confluent.iam.users u JOIN teams t ON t.id = u.id ORDER BY u.email").show(truncate=False)
