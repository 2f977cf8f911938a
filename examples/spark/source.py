"""Reads topics and users by the data source of confluentql_source.py.

    spark-submit --py-files examples/spark/confluentql_source.py examples/spark/source.py
"""

import os

from pyspark.sql import SparkSession

from confluentql_source import ConfluentqlSource

spark = SparkSession.builder.appName("confluent-source").getOrCreate()
spark.conf.set("spark.sql.python.filterPushdown.enabled", "true")
spark.dataSource.register(ConfluentqlSource)
reader = spark.read.format("confluentql").option("dsn", os.environ["CONFLUENTQL_DSN"])

topics = reader.load("kafka.topics")
print(topics.rdd.getNumPartitions(), "partitions")
topics.groupBy("cluster_id").count().orderBy("cluster_id").show(truncate=False)
reader.load("iam.users").where("id = 'u-08mnyy'").select("id", "email").show(truncate=False)
