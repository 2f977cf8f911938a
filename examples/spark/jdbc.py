"""Reads topics with Spark's JDBC source, a partition for each cluster: each is a statement that asks one cluster.

CONFLUENTQL_JDBC is the address, CONFLUENTQL_PASSWORD the password of `confluentql serve`. Run it with the driver of Postgres:

    spark-submit --packages org.postgresql:postgresql:42.7.14 examples/spark/jdbc.py
"""

import os

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("confluent-jdbc").getOrCreate()
url = os.environ.get("CONFLUENTQL_JDBC", "jdbc:postgresql://127.0.0.1:5432/confluent")
login = {
    "user": "confluentql",
    "password": os.environ["CONFLUENTQL_PASSWORD"],
    "driver": "org.postgresql.Driver",
    "fetchsize": "1000",
}

clusters = spark.read.jdbc(url, "(SELECT id FROM clusters WHERE http_endpoint <> '') c", properties=login)
predicates = [f"cluster_id = '{row.id}'" for row in clusters.collect()]
topics = spark.read.jdbc(url, "kafka.topics", predicates=predicates, properties=login)

print(topics.rdd.getNumPartitions(), "partitions")
topics.groupBy("cluster_id").count().orderBy("cluster_id").show()
