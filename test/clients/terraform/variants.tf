# Other clouds, kinds and states of the same types
resource "confluent_environment" "one" {
  display_name = "terraform variants"
  stream_governance { package = "ADVANCED" }
}
resource "confluent_service_account" "one" {
  display_name = "terraform variants"
}
resource "confluent_kafka_cluster" "azure" {
  display_name = "terraform azure"
  availability = "MULTI_ZONE"
  cloud        = "AZURE"
  region       = "westeurope"
  enterprise {}
  environment { id = confluent_environment.one.id }
}
resource "confluent_kafka_cluster" "gcp" {
  display_name = "terraform gcp"
  availability = "HIGH"
  cloud        = "GCP"
  region       = "europe-west1"
  standard {}
  environment { id = confluent_environment.one.id }
}
resource "confluent_kafka_cluster" "freight" {
  display_name = "terraform freight"
  availability = "HIGH"
  cloud        = "AWS"
  region       = "eu-central-1"
  freight {}
  environment { id = confluent_environment.one.id }
}
data "confluent_schema_registry_cluster" "one" {
  environment { id = confluent_environment.one.id }
  depends_on = [confluent_kafka_cluster.azure]
}
resource "confluent_api_key" "kafka" {
  for_each     = { azure = confluent_kafka_cluster.azure, gcp = confluent_kafka_cluster.gcp }
  display_name = "terraform ${each.key}"
  owner {
    id          = confluent_service_account.one.id
    api_version = confluent_service_account.one.api_version
    kind        = confluent_service_account.one.kind
  }
  managed_resource {
    id          = each.value.id
    api_version = each.value.api_version
    kind        = each.value.kind
    environment { id = confluent_environment.one.id }
  }
}
resource "confluent_api_key" "registry" {
  display_name = "terraform registry"
  owner {
    id          = confluent_service_account.one.id
    api_version = confluent_service_account.one.api_version
    kind        = confluent_service_account.one.kind
  }
  managed_resource {
    id          = data.confluent_schema_registry_cluster.one.id
    api_version = data.confluent_schema_registry_cluster.one.api_version
    kind        = data.confluent_schema_registry_cluster.one.kind
    environment { id = confluent_environment.one.id }
  }
}
resource "confluent_ksql_cluster" "one" {
  display_name = "terraform"
  csu          = 4
  kafka_cluster { id = confluent_kafka_cluster.gcp.id }
  credential_identity { id = confluent_service_account.one.id }
  environment { id = confluent_environment.one.id }
}
resource "confluent_api_key" "ksql" {
  display_name = "terraform ksql"
  owner {
    id          = confluent_service_account.one.id
    api_version = confluent_service_account.one.api_version
    kind        = confluent_service_account.one.kind
  }
  managed_resource {
    id          = confluent_ksql_cluster.one.id
    api_version = confluent_ksql_cluster.one.api_version
    kind        = confluent_ksql_cluster.one.kind
    environment { id = confluent_environment.one.id }
  }
}
# a created key is accepted after some seconds
resource "terraform_data" "accepted" {
  input = confluent_api_key.registry.id
  provisioner "local-exec" { command = "sleep 6" }
}
resource "confluent_schema" "one" {
  subject_name  = "terraform-value"
  format        = "AVRO"
  schema        = jsonencode("string")
  rest_endpoint = data.confluent_schema_registry_cluster.one.rest_endpoint
  schema_registry_cluster { id = data.confluent_schema_registry_cluster.one.id }
  credentials {
    key    = confluent_api_key.registry.id
    secret = confluent_api_key.registry.secret
  }
  ruleset {
    domain_rules {
      name   = "rule"
      kind   = "CONDITION"
      mode   = "WRITE"
      type   = "CEL"
      expr   = "message != ''"
      params = {}
      tags   = ["PII"]
    }
  }
  hard_delete                 = true
  recreate_on_update          = false
  skip_validation_during_plan = true
  depends_on                  = [terraform_data.accepted]
}
resource "confluent_kafka_topic" "one" {
  for_each = toset(["promoted", "failed"])
  kafka_cluster { id = confluent_kafka_cluster.azure.id }
  rest_endpoint = confluent_kafka_cluster.azure.rest_endpoint
  credentials {
    key    = confluent_api_key.kafka["azure"].id
    secret = confluent_api_key.kafka["azure"].secret
  }
  topic_name = each.key
  config     = { "max.compaction.lag.ms" = var.step == "first" ? "604800000" : "704800000" }
}
resource "confluent_cluster_link" "one" {
  link_name       = "terraform"
  link_mode       = "BIDIRECTIONAL"
  connection_mode = "OUTBOUND"
  local_kafka_cluster {
    id            = confluent_kafka_cluster.gcp.id
    rest_endpoint = confluent_kafka_cluster.gcp.rest_endpoint
    credentials {
      key    = confluent_api_key.kafka["gcp"].id
      secret = confluent_api_key.kafka["gcp"].secret
    }
  }
  remote_kafka_cluster {
    id                 = confluent_kafka_cluster.azure.id
    bootstrap_endpoint = confluent_kafka_cluster.azure.bootstrap_endpoint
    credentials {
      key    = confluent_api_key.kafka["azure"].id
      secret = confluent_api_key.kafka["azure"].secret
    }
  }
}
resource "confluent_kafka_mirror_topic" "one" {
  for_each = { promoted = "PROMOTED", failed = "FAILED_OVER" }
  source_kafka_topic { topic_name = confluent_kafka_topic.one[each.key].topic_name }
  mirror_topic_name = "mirror.${each.key}"
  cluster_link { link_name = confluent_cluster_link.one.link_name }
  kafka_cluster {
    id            = confluent_kafka_cluster.gcp.id
    rest_endpoint = confluent_kafka_cluster.gcp.rest_endpoint
    credentials {
      key    = confluent_api_key.kafka["gcp"].id
      secret = confluent_api_key.kafka["gcp"].secret
    }
  }
  status = var.step == "first" ? "ACTIVE" : each.value
  lifecycle { ignore_changes = [status] }
}
resource "confluent_connector" "one" {
  environment { id = confluent_environment.one.id }
  kafka_cluster { id = confluent_kafka_cluster.azure.id }
  status           = var.step == "first" ? "RUNNING" : "PAUSED"
  config_sensitive = { "connection.password" = "a password" }
  config_nonsensitive = {
    "connector.class"          = "PostgresSink"
    "name"                     = "terraform-sink"
    "kafka.auth.mode"          = "SERVICE_ACCOUNT"
    "kafka.service.account.id" = confluent_service_account.one.id
    "topics"                   = "a"
    "connection.host"          = "example.com"
    "tasks.max"                = "1"
  }
}
resource "confluent_network" "one" {
  for_each         = { AZURE = "westeurope", GCP = "europe-west1" }
  display_name     = "terraform ${each.key}"
  cloud            = each.key
  region           = each.value
  connection_types = ["PRIVATELINK"]
  environment { id = confluent_environment.one.id }
}
resource "confluent_network" "peered" {
  for_each         = { AZURE = "westeurope", GCP = "europe-west1" }
  display_name     = "terraform peered ${each.key}"
  cloud            = each.key
  region           = each.value
  cidr             = "10.3.0.0/16"
  connection_types = ["PEERING"]
  environment { id = confluent_environment.one.id }
}
resource "confluent_private_link_access" "azure" {
  display_name = "terraform ${var.step}"
  azure { subscription = "00000000-0000-0000-0000-000000000000" }
  environment { id = confluent_environment.one.id }
  network { id = confluent_network.one["AZURE"].id }
}
resource "confluent_private_link_access" "gcp" {
  display_name = "terraform ${var.step}"
  gcp { project = "a-project" }
  environment { id = confluent_environment.one.id }
  network { id = confluent_network.one["GCP"].id }
}
resource "confluent_peering" "azure" {
  display_name = "terraform ${var.step}"
  azure {
    tenant          = "00000000-0000-0000-0000-000000000000"
    vnet            = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/a/providers/Microsoft.Network/virtualNetworks/b"
    customer_region = "westeurope"
  }
  environment { id = confluent_environment.one.id }
  network { id = confluent_network.peered["AZURE"].id }
}
resource "confluent_peering" "gcp" {
  display_name = "terraform ${var.step}"
  gcp {
    project              = "a-project"
    vpc_network          = "a-network"
    import_custom_routes = true
  }
  environment { id = confluent_environment.one.id }
  network { id = confluent_network.peered["GCP"].id }
}
resource "confluent_private_link_attachment" "one" {
  for_each     = { AZURE = "westeurope", GCP = "europe-west1" }
  display_name = "terraform ${each.key}"
  cloud        = each.key
  region       = each.value
  environment { id = confluent_environment.one.id }
}
resource "confluent_private_link_attachment_connection" "azure" {
  display_name = "terraform azure"
  azure { private_endpoint_resource_id = "/subscriptions/0/resourceGroups/a/providers/Microsoft.Network/privateEndpoints/b" }
  environment { id = confluent_environment.one.id }
  private_link_attachment { id = confluent_private_link_attachment.one["AZURE"].id }
}
resource "confluent_private_link_attachment_connection" "gcp" {
  display_name = "terraform gcp"
  gcp { private_service_connect_connection_id = "0000000000000000" }
  environment { id = confluent_environment.one.id }
  private_link_attachment { id = confluent_private_link_attachment.one["GCP"].id }
}
resource "confluent_gateway" "aws_ingress" {
  display_name = "terraform aws ingress"
  aws_ingress_private_link_gateway { region = "eu-central-1" }
  environment { id = confluent_environment.one.id }
}
resource "confluent_gateway" "aws_interface" {
  display_name = "terraform aws interface"
  aws_private_network_interface_gateway {
    region = "eu-central-1"
    zones  = ["euc1-az1", "euc1-az2"]
  }
  environment { id = confluent_environment.one.id }
}
resource "confluent_gateway" "azure_egress" {
  display_name = "terraform azure egress"
  azure_egress_private_link_gateway { region = "westeurope" }
  environment { id = confluent_environment.one.id }
}
resource "confluent_gateway" "gcp_ingress" {
  display_name = "terraform gcp ingress"
  gcp_ingress_private_service_connect_gateway { region = "europe-west1" }
  environment { id = confluent_environment.one.id }
}
resource "confluent_access_point" "aws_ingress" {
  display_name = "terraform"
  aws_ingress_private_link_endpoint { vpc_endpoint_id = "vpce-00000000000000000" }
  environment { id = confluent_environment.one.id }
  gateway { id = confluent_gateway.aws_ingress.id }
}
resource "confluent_access_point" "aws_interface" {
  display_name = "terraform"
  aws_private_network_interface {
    network_interfaces = ["eni-00000000000000001", "eni-00000000000000002", "eni-00000000000000003", "eni-00000000000000004", "eni-00000000000000005", "eni-00000000000000006"]
    account            = "000000000000"
    routes             = var.step == "first" ? ["172.31.0.0/16"] : ["172.30.0.0/16"]
  }
  environment { id = confluent_environment.one.id }
  gateway { id = confluent_gateway.aws_interface.id }
}
resource "confluent_access_point" "azure_egress" {
  display_name = "terraform"
  azure_egress_private_link_endpoint {
    private_link_service_resource_id = "/subscriptions/0/resourceGroups/a/providers/Microsoft.Sql/servers/b"
    private_link_subresource_name    = "sqlServer"
  }
  environment { id = confluent_environment.one.id }
  gateway { id = confluent_gateway.azure_egress.id }
}
resource "confluent_access_point" "gcp_ingress" {
  display_name = "terraform"
  gcp_ingress_private_service_connect_endpoint { private_service_connect_connection_id = "0000000000000000" }
  environment { id = confluent_environment.one.id }
  gateway { id = confluent_gateway.gcp_ingress.id }
}
resource "confluent_byok_key" "azure" {
  azure {
    tenant_id      = "00000000-0000-0000-0000-000000000000"
    key_vault_id   = "/subscriptions/0/resourceGroups/a/providers/Microsoft.KeyVault/vaults/b"
    key_identifier = "https://b.vault.azure.net/keys/c/d"
  }
}
resource "confluent_byok_key" "gcp" {
  gcp { key_id = "projects/a/locations/europe-west1/keyRings/b/cryptoKeys/c" }
}
resource "confluent_provider_integration_setup" "gcp" {
  display_name = "terraform gcp"
  cloud        = "GCP"
  environment { id = confluent_environment.one.id }
}
resource "confluent_provider_integration_authorization" "gcp" {
  provider_integration_id = confluent_provider_integration_setup.gcp.id
  environment { id = confluent_environment.one.id }
  gcp { customer_google_service_account = "a@b.iam.gserviceaccount.com" }
}
resource "confluent_dns_forwarder" "zones" {
  display_name = "terraform"
  domains      = ["a.example.com"]
  forward_via_gcp_dns_zones { domain_mappings = { "a.example.com" = "zone-1,project-1" } }
  environment { id = confluent_environment.one.id }
  gateway { id = confluent_network.peered["GCP"].gateway[0].id }
}
data "confluent_schema_registry_cluster" "test" {
  environment { id = "env-d3v8n5" }
}
resource "confluent_schema_registry_cluster_mode" "one" {
  mode          = var.step == "first" ? "READWRITE" : "READONLY"
  force         = true
  rest_endpoint = data.confluent_schema_registry_cluster.test.rest_endpoint
  schema_registry_cluster { id = data.confluent_schema_registry_cluster.test.id }
  credentials {
    key    = "sandbox-registry"
    secret = "sandbox-registry"
  }
}
