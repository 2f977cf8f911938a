data "confluent_organization" "one" {}
data "confluent_flink_region" "one" {
  cloud  = "AWS"
  region = "eu-central-1"
}
resource "confluent_environment" "one" {
  display_name = "terraform flink"
}
resource "confluent_service_account" "one" {
  display_name = "terraform flink"
}
resource "confluent_kafka_cluster" "one" {
  display_name = "terraform flink"
  availability = "SINGLE_ZONE"
  cloud        = "AWS"
  region       = "eu-central-1"
  standard {}
  environment { id = confluent_environment.one.id }
}
resource "confluent_api_key" "flink" {
  display_name = "terraform flink"
  owner {
    id          = confluent_service_account.one.id
    api_version = confluent_service_account.one.api_version
    kind        = confluent_service_account.one.kind
  }
  managed_resource {
    id          = data.confluent_flink_region.one.id
    api_version = data.confluent_flink_region.one.api_version
    kind        = data.confluent_flink_region.one.kind
    environment { id = confluent_environment.one.id }
  }
}
# a created key is accepted after some seconds
resource "terraform_data" "accepted" {
  input = confluent_api_key.flink.id
  provisioner "local-exec" { command = "sleep 6" }
}
resource "confluent_flink_compute_pool" "one" {
  depends_on   = [terraform_data.accepted]
  display_name = "terraform ${var.step}"
  cloud        = "AWS"
  region       = "eu-central-1"
  max_cfu      = var.step == "first" ? 5 : 10
  environment { id = confluent_environment.one.id }
}
resource "confluent_flink_compute_pool_config" "one" {
  default_compute_pool_enabled = var.step == "first"
  default_max_cfu              = var.step == "first" ? 10 : 20
}
resource "confluent_flink_artifact" "one" {
  display_name     = "terraform"
  cloud            = "AWS"
  region           = "eu-central-1"
  content_format   = "JAR"
  runtime_language = "Java"
  description      = "a description"
  class            = "io.example.Function"
  artifact_file    = "artifact.jar"
  environment { id = confluent_environment.one.id }
}
resource "confluent_flink_connection" "one" {
  organization { id = data.confluent_organization.one.id }
  environment { id = confluent_environment.one.id }
  compute_pool { id = confluent_flink_compute_pool.one.id }
  principal { id = confluent_service_account.one.id }
  rest_endpoint = data.confluent_flink_region.one.rest_endpoint
  credentials {
    key    = confluent_api_key.flink.id
    secret = confluent_api_key.flink.secret
  }
  display_name = "terraform"
  type         = "OPENAI"
  endpoint     = "https://api.openai.com/v1/embeddings"
  api_key      = "a key ${var.step}"
}
resource "confluent_flink_statement" "table" {
  organization { id = data.confluent_organization.one.id }
  environment { id = confluent_environment.one.id }
  compute_pool { id = confluent_flink_compute_pool.one.id }
  principal { id = confluent_service_account.one.id }
  rest_endpoint = data.confluent_flink_region.one.rest_endpoint
  credentials {
    key    = confluent_api_key.flink.id
    secret = confluent_api_key.flink.secret
  }
  statement  = "CREATE TABLE numbers (ts TIMESTAMP_LTZ(3), n INT);"
  properties = {
    "sql.current-catalog"  = confluent_environment.one.display_name
    "sql.current-database" = confluent_kafka_cluster.one.display_name
  }
}
resource "confluent_flink_statement" "insert" {
  organization { id = data.confluent_organization.one.id }
  environment { id = confluent_environment.one.id }
  compute_pool { id = confluent_flink_compute_pool.one.id }
  principal { id = confluent_service_account.one.id }
  rest_endpoint = data.confluent_flink_region.one.rest_endpoint
  credentials {
    key    = confluent_api_key.flink.id
    secret = confluent_api_key.flink.secret
  }
  statement_name = "terraform-insert"
  statement      = "INSERT INTO numbers SELECT ts, n FROM others;"
  stopped        = var.step != "first"
  properties = {
    "sql.current-catalog"  = confluent_environment.one.display_name
    "sql.current-database" = confluent_kafka_cluster.one.display_name
  }
}
resource "confluent_flink_materialized_table" "one" {
  organization { id = data.confluent_organization.one.id }
  environment { id = confluent_environment.one.id }
  compute_pool { id = confluent_flink_compute_pool.one.id }
  principal { id = confluent_service_account.one.id }
  kafka_cluster { id = confluent_kafka_cluster.one.id }
  rest_endpoint = data.confluent_flink_region.one.rest_endpoint
  credentials {
    key    = confluent_api_key.flink.id
    secret = confluent_api_key.flink.secret
  }
  display_name = "totals"
  query        = "SELECT n, COUNT(*) AS c FROM numbers WHERE n > ${var.step == "first" ? 1 : 2} GROUP BY n;"
}
resource "confluent_flink_materialized_table" "stopped" {
  organization { id = data.confluent_organization.one.id }
  environment { id = confluent_environment.one.id }
  compute_pool { id = confluent_flink_compute_pool.one.id }
  principal { id = confluent_service_account.one.id }
  kafka_cluster { id = confluent_kafka_cluster.one.id }
  rest_endpoint = data.confluent_flink_region.one.rest_endpoint
  credentials {
    key    = confluent_api_key.flink.id
    secret = confluent_api_key.flink.secret
  }
  display_name = "stopped"
  query        = "SELECT n FROM numbers;"
  stopped      = var.step != "first"
}
