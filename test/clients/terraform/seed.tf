# Reads what is there from the beginning
locals {
  home    = "env-p7r2k1"
  staging = "env-s4t9q6"
  test    = "env-d3v8n5"
  clusters = {
    lkc-7p2v9d = local.home, lkc-8q3w0f = local.home, lkc-9r4x1g = local.home, lkc-2k5y3h = local.staging
    lkc-3m6z4j = local.staging, lkc-4n7a5k = local.test, lkc-5p8b6m = local.test
  }
  networks = {
    n-6kq3mz = local.home, n-9tb4ys = local.home, n-4xw1rc = local.staging, n-2hd8wp = local.test, n-7jf5vd = local.test
  }
}
data "confluent_organization" "one" {}
data "confluent_environments" "all" {}
data "confluent_environment" "one" {
  for_each = toset(data.confluent_environments.all.ids)
  id       = each.key
}
data "confluent_users" "all" {}
data "confluent_user" "one" {
  for_each = toset(slice(data.confluent_users.all.ids, 0, 5))
  id       = each.key
}
data "confluent_kafka_clusters" "all" {
  for_each = toset(data.confluent_environments.all.ids)
  environment { id = each.key }
}
data "confluent_kafka_cluster" "one" {
  for_each = local.clusters
  id       = each.key
  environment { id = each.value }
}
data "confluent_kafka_cluster" "named" {
  display_name = "payments \"staging\""
  environment { id = local.staging }
}
data "confluent_schema_registry_clusters" "all" {}
data "confluent_schema_registry_cluster" "one" {
  for_each = toset(data.confluent_environments.all.ids)
  environment { id = each.key }
}
data "confluent_network" "one" {
  for_each = local.networks
  id       = each.key
  environment { id = each.value }
}
data "confluent_ip_addresses" "all" {}
data "confluent_ip_addresses" "some" {
  filter {
    clouds        = ["AWS"]
    address_types = ["EGRESS"]
  }
}
data "confluent_gateways" "all" {
  environment { id = local.home }
}
data "confluent_gateways" "active" {
  environment { id = local.home }
  filter { phase = ["READY"] }
}
data "confluent_gateway" "one" {
  for_each = toset(["gw-3c7n5t", "gw-8b2j6y"])
  id       = each.key
  environment { id = local.home }
}
data "confluent_access_point" "one" {
  for_each = toset(["ap-5q2k8d", "ap-1s7f3m"])
  id       = each.key
  environment { id = local.home }
}
data "confluent_dns_record" "one" {
  id = "dnsrec-7g3h1p"
  environment { id = local.home }
}
data "confluent_peering" "one" {
  for_each = toset(["peer-2m8x4k", "peer-6q1z9w"])
  id       = each.key
  environment { id = local.home }
}
data "confluent_transit_gateway_attachment" "one" {
  id = "tgwa-8v3n1s"
  environment { id = local.home }
}
data "confluent_private_link_access" "one" {
  for_each = { pla-5w7d2h = local.home, pla-1t6c4j = local.staging }
  id       = each.key
  environment { id = each.value }
}
data "confluent_private_link_attachment" "one" {
  for_each = { platt-4f8r2c = local.home, platt-0h6w3v = local.test }
  id       = each.key
  environment { id = each.value }
}
data "confluent_private_link_attachment_connection" "one" {
  id = "plattc-6n1x8q"
  environment { id = local.home }
}
data "confluent_network_link_service" "one" {
  id = "nls-3y9b7f"
  environment { id = local.home }
}
data "confluent_network_link_endpoint" "one" {
  id = "nle-7k2p6x"
  environment { id = local.staging }
}
data "confluent_byok_key" "one" {
  for_each = toset(["cck-4d9x1q", "cck-8s2v7w", "cck-1z0y9x"])
  id       = each.key
}
data "confluent_endpoint" "one" {
  for_each = toset(["KAFKA", "SCHEMA_REGISTRY", "FLINK"])
  filter {
    service = each.key
    environment { id = local.home }
  }
}
data "confluent_provider_integration" "one" {
  id = "cspi-4t8r2d"
  environment { id = local.home }
}
data "confluent_provider_integration_setup" "one" {
  for_each = toset(["cspi-7m3k9w", "cspi-1x6n5q"])
  id       = each.key
  environment { id = local.home }
}
data "confluent_kafka_client_quota" "one" {
  for_each = toset(["cq-4m8x2p", "cq-9z1k6t"])
  id       = each.key
}
data "confluent_ksql_cluster" "one" {
  id = "lksqlc-6t1q4z"
  environment { id = local.home }
}
data "confluent_flink_region" "one" {
  cloud  = "GCP"
  region = "europe-west1"
}
data "confluent_flink_compute_pool" "one" {
  id = "lfcp-1a2b3c"
  environment { id = local.home }
}
data "confluent_flink_compute_pool_config" "one" {}
data "confluent_flink_artifact" "one" {
  id     = "cfa-3k9d1m"
  cloud  = "AWS"
  region = "eu-central-1"
  environment { id = local.home }
}
data "confluent_connect_artifact" "one" {
  id    = "cart-4m2x7q"
  cloud = "AWS"
  environment { id = local.home }
}
data "confluent_rtce_topic" "one" {
  topic_name = "orders.events"
  environment { id = local.home }
  kafka_cluster { id = "lkc-7p2v9d" }
}
data "confluent_tableflow_topic" "one" {
  for_each     = toset(["orders.events", "payments.events"])
  display_name = each.key
  environment { id = local.home }
  kafka_cluster { id = "lkc-7p2v9d" }
  credentials {
    key    = "sandbox-tableflow"
    secret = "sandbox-tableflow"
  }
}
data "confluent_catalog_integration" "one" {
  id = "tci-5p8d2s"
  environment { id = local.home }
  kafka_cluster { id = "lkc-7p2v9d" }
  credentials {
    key    = "sandbox-tableflow"
    secret = "sandbox-tableflow"
  }
}
data "confluent_kafka_topic" "one" {
  topic_name    = "orders.events"
  rest_endpoint = data.confluent_kafka_cluster.one["lkc-7p2v9d"].rest_endpoint
  kafka_cluster { id = "lkc-7p2v9d" }
  credentials {
    key    = "sandbox-kafka"
    secret = "sandbox-kafka"
  }
}
data "confluent_cluster_link" "one" {
  for_each      = toset(["from-production", "broken"])
  link_name     = each.key
  rest_endpoint = data.confluent_kafka_cluster.one["lkc-2k5y3h"].rest_endpoint
  kafka_cluster { id = "lkc-2k5y3h" }
  credentials {
    key    = "sandbox-kafka"
    secret = "sandbox-kafka"
  }
}
data "confluent_schemas" "all" {
  rest_endpoint = data.confluent_schema_registry_cluster.one[local.home].rest_endpoint
  schema_registry_cluster { id = "lsrc-1v5d8k" }
  credentials {
    key    = "sandbox-registry"
    secret = "sandbox-registry"
  }
}
data "confluent_tag" "one" {
  name          = "PII"
  rest_endpoint = data.confluent_schema_registry_cluster.one[local.home].rest_endpoint
  schema_registry_cluster { id = "lsrc-1v5d8k" }
  credentials {
    key    = "sandbox-registry"
    secret = "sandbox-registry"
  }
}
data "confluent_business_metadata" "one" {
  name          = "Ownership"
  rest_endpoint = data.confluent_schema_registry_cluster.one[local.home].rest_endpoint
  schema_registry_cluster { id = "lsrc-1v5d8k" }
  credentials {
    key    = "sandbox-registry"
    secret = "sandbox-registry"
  }
}
data "confluent_schema_registry_kek" "one" {
  name          = "customer-data"
  rest_endpoint = data.confluent_schema_registry_cluster.one[local.home].rest_endpoint
  schema_registry_cluster { id = "lsrc-1v5d8k" }
  credentials {
    key    = "sandbox-registry"
    secret = "sandbox-registry"
  }
}
