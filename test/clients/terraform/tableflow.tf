resource "confluent_environment" "one" {
  display_name = "terraform tables"
  stream_governance { package = "ESSENTIALS" }
}
resource "confluent_service_account" "one" {
  display_name = "terraform tables"
}
resource "confluent_kafka_cluster" "one" {
  display_name = "terraform tables"
  availability = "SINGLE_ZONE"
  cloud        = "AWS"
  region       = "eu-central-1"
  standard {}
  environment { id = confluent_environment.one.id }
}
resource "confluent_api_key" "kafka" {
  display_name = "terraform tables"
  owner {
    id          = confluent_service_account.one.id
    api_version = confluent_service_account.one.api_version
    kind        = confluent_service_account.one.kind
  }
  managed_resource {
    id          = confluent_kafka_cluster.one.id
    api_version = confluent_kafka_cluster.one.api_version
    kind        = confluent_kafka_cluster.one.kind
    environment { id = confluent_environment.one.id }
  }
}
resource "confluent_api_key" "tableflow" {
  display_name = "terraform tableflow"
  owner {
    id          = confluent_service_account.one.id
    api_version = confluent_service_account.one.api_version
    kind        = confluent_service_account.one.kind
  }
  managed_resource {
    id          = "tableflow"
    api_version = "tableflow/v1"
    kind        = "Tableflow"
    environment { id = confluent_environment.one.id }
  }
}
resource "confluent_provider_integration" "one" {
  display_name = "terraform tables"
  environment { id = confluent_environment.one.id }
  aws { customer_role_arn = "arn:aws:iam::000000000000:role/tables" }
}
resource "confluent_kafka_topic" "one" {
  for_each = toset(["managed", "own"])
  kafka_cluster { id = confluent_kafka_cluster.one.id }
  rest_endpoint = confluent_kafka_cluster.one.rest_endpoint
  credentials {
    key    = confluent_api_key.kafka.id
    secret = confluent_api_key.kafka.secret
  }
  topic_name = each.key
}
resource "confluent_tableflow_topic" "managed" {
  display_name            = confluent_kafka_topic.one["managed"].topic_name
  record_failure_strategy = var.step == "first" ? "SUSPEND" : "SKIP"
  retention_ms            = var.step == "first" ? "200000000" : "300000000"
  table_formats           = ["ICEBERG"]
  managed_storage {}
  environment { id = confluent_environment.one.id }
  kafka_cluster { id = confluent_kafka_cluster.one.id }
  credentials {
    key    = confluent_api_key.tableflow.id
    secret = confluent_api_key.tableflow.secret
  }
}
resource "confluent_tableflow_topic" "own" {
  display_name  = confluent_kafka_topic.one["own"].topic_name
  table_formats = var.step == "first" ? ["ICEBERG"] : ["DELTA", "ICEBERG"]
  error_handling {
    mode       = "LOG"
    log_target = "errors-${var.step}"
  }
  byob_aws {
    bucket_name             = "terraform"
    provider_integration_id = confluent_provider_integration.one.id
  }
  environment { id = confluent_environment.one.id }
  kafka_cluster { id = confluent_kafka_cluster.one.id }
  credentials {
    key    = confluent_api_key.tableflow.id
    secret = confluent_api_key.tableflow.secret
  }
}
resource "confluent_catalog_integration" "glue" {
  display_name = "terraform ${var.step}"
  aws_glue { provider_integration_id = confluent_provider_integration.one.id }
  environment { id = confluent_environment.one.id }
  kafka_cluster { id = confluent_kafka_cluster.one.id }
  credentials {
    key    = confluent_api_key.tableflow.id
    secret = confluent_api_key.tableflow.secret
  }
}
resource "confluent_catalog_integration" "snowflake" {
  display_name = "terraform snowflake"
  snowflake {
    endpoint      = "https://example.snowflakecomputing.com/"
    client_id     = "an id"
    client_secret = "a secret"
    warehouse     = "catalog ${var.step}"
    allowed_scope = "session:role:R1"
  }
  environment { id = confluent_environment.one.id }
  kafka_cluster { id = confluent_kafka_cluster.one.id }
  credentials {
    key    = confluent_api_key.tableflow.id
    secret = confluent_api_key.tableflow.secret
  }
}
resource "confluent_rtce_topic" "one" {
  topic_name  = confluent_kafka_topic.one["managed"].topic_name
  description = var.step
  cloud       = "AWS"
  region      = "eu-central-1"
  environment { id = confluent_environment.one.id }
  kafka_cluster { id = confluent_kafka_cluster.one.id }
}
