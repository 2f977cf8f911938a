resource "confluent_environment" "one" {
  display_name = "terraform clusters"
  stream_governance { package = "ESSENTIALS" }
}
resource "confluent_service_account" "one" {
  display_name = "terraform clusters"
}
resource "confluent_kafka_cluster" "basic" {
  display_name = "terraform ${var.step}"
  availability = "SINGLE_ZONE"
  cloud        = "AWS"
  region       = "eu-central-1"
  basic {}
  environment { id = confluent_environment.one.id }
}
resource "confluent_kafka_cluster" "dedicated" {
  display_name = "terraform dedicated"
  availability = "SINGLE_ZONE"
  cloud        = "AWS"
  region       = "eu-central-1"
  dedicated { cku = var.step == "first" ? 1 : 2 }
  environment { id = confluent_environment.one.id }
}
resource "confluent_api_key" "basic" {
  display_name = "terraform basic"
  description  = var.step
  owner {
    id          = confluent_service_account.one.id
    api_version = confluent_service_account.one.api_version
    kind        = confluent_service_account.one.kind
  }
  managed_resource {
    id          = confluent_kafka_cluster.basic.id
    api_version = confluent_kafka_cluster.basic.api_version
    kind        = confluent_kafka_cluster.basic.kind
    environment { id = confluent_environment.one.id }
  }
}
resource "confluent_api_key" "dedicated" {
  display_name = "terraform dedicated"
  owner {
    id          = confluent_service_account.one.id
    api_version = confluent_service_account.one.api_version
    kind        = confluent_service_account.one.kind
  }
  managed_resource {
    id          = confluent_kafka_cluster.dedicated.id
    api_version = confluent_kafka_cluster.dedicated.api_version
    kind        = confluent_kafka_cluster.dedicated.kind
    environment { id = confluent_environment.one.id }
  }
}
resource "confluent_kafka_client_quota" "one" {
  display_name = "terraform ${var.step}"
  description  = var.step
  throughput {
    ingress_byte_rate = var.step == "first" ? "83886080" : "73886080"
    egress_byte_rate  = "83886080"
  }
  principals = [confluent_service_account.one.id]
  kafka_cluster { id = confluent_kafka_cluster.dedicated.id }
  environment { id = confluent_environment.one.id }
}
resource "confluent_kafka_topic" "basic" {
  kafka_cluster { id = confluent_kafka_cluster.basic.id }
  rest_endpoint = confluent_kafka_cluster.basic.rest_endpoint
  credentials {
    key    = confluent_api_key.basic.id
    secret = confluent_api_key.basic.secret
  }
  topic_name       = "terraform"
  partitions_count = var.step == "first" ? 3 : 4
  config           = { "retention.ms" = var.step == "first" ? "60000" : "70000" }
}
resource "confluent_kafka_acl" "one" {
  kafka_cluster { id = confluent_kafka_cluster.basic.id }
  rest_endpoint = confluent_kafka_cluster.basic.rest_endpoint
  credentials {
    key    = confluent_api_key.basic.id
    secret = confluent_api_key.basic.secret
  }
  resource_type = "TOPIC"
  resource_name = confluent_kafka_topic.basic.topic_name
  pattern_type  = "LITERAL"
  principal     = "User:${confluent_service_account.one.id}"
  host          = "*"
  operation     = "READ"
  permission    = "ALLOW"
}
resource "confluent_kafka_cluster_config" "one" {
  kafka_cluster { id = confluent_kafka_cluster.dedicated.id }
  rest_endpoint = confluent_kafka_cluster.dedicated.rest_endpoint
  credentials {
    key    = confluent_api_key.dedicated.id
    secret = confluent_api_key.dedicated.secret
  }
  config = { "auto.create.topics.enable" = var.step == "first" ? "true" : "false" }
}
resource "confluent_cluster_link" "one" {
  link_name = "terraform"
  source_kafka_cluster {
    id                 = confluent_kafka_cluster.basic.id
    bootstrap_endpoint = confluent_kafka_cluster.basic.bootstrap_endpoint
    credentials {
      key    = confluent_api_key.basic.id
      secret = confluent_api_key.basic.secret
    }
  }
  destination_kafka_cluster {
    id            = confluent_kafka_cluster.dedicated.id
    rest_endpoint = confluent_kafka_cluster.dedicated.rest_endpoint
    credentials {
      key    = confluent_api_key.dedicated.id
      secret = confluent_api_key.dedicated.secret
    }
  }
  config = { "acl.sync.ms" = var.step == "first" ? "5100" : "5200" }
}
resource "confluent_kafka_mirror_topic" "one" {
  source_kafka_topic { topic_name = confluent_kafka_topic.basic.topic_name }
  cluster_link { link_name = confluent_cluster_link.one.link_name }
  kafka_cluster {
    id            = confluent_kafka_cluster.dedicated.id
    rest_endpoint = confluent_kafka_cluster.dedicated.rest_endpoint
    credentials {
      key    = confluent_api_key.dedicated.id
      secret = confluent_api_key.dedicated.secret
    }
  }
  status = var.step == "first" ? "ACTIVE" : "PAUSED"
}
resource "confluent_ksql_cluster" "one" {
  display_name = "terraform"
  csu          = 1
  kafka_cluster { id = confluent_kafka_cluster.basic.id }
  credential_identity { id = confluent_service_account.one.id }
  environment { id = confluent_environment.one.id }
}
resource "confluent_connector" "one" {
  environment { id = confluent_environment.one.id }
  kafka_cluster { id = confluent_kafka_cluster.basic.id }
  config_sensitive = {
    "kafka.api.key"    = confluent_api_key.basic.id
    "kafka.api.secret" = confluent_api_key.basic.secret
  }
  config_nonsensitive = {
    "connector.class"    = "DatagenSource"
    "name"               = "terraform"
    "kafka.auth.mode"    = "KAFKA_API_KEY"
    "kafka.topic"        = confluent_kafka_topic.basic.topic_name
    "output.data.format" = "JSON"
    "quickstart"         = "ORDERS"
    "tasks.max"          = var.step == "first" ? "1" : "2"
  }
}
