"""Reads what `confluentql export` has written:

    npx confluentql export kafka.kafka.topics --out lake/topics --partition-by environment,cluster
    spark-submit examples/spark/parquet.py lake/topics
"""

import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("confluent-parquet").getOrCreate()
# names of folders stay texts
spark.conf.set("spark.sql.sources.partitionColumnTypeInference.enabled", "false")

topics = spark.read.parquet(sys.argv[1])
topics.groupBy("environment", "cluster").count().orderBy("environment", "cluster").show()
# reads the folders of one environment
topics.where("environment = 'env-p7r2k1'").agg({"partitions_count": "sum"}).show()
