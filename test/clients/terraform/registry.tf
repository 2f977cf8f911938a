# The seeded Schema Registry, which the provider knows from variables of the environment
locals {
  topic = "lkc-7p2v9d:orders.events"
}
resource "confluent_schema" "avro" {
  subject_name = "terraform-value"
  format       = "AVRO"
  schema = jsonencode({ type = "record", name = "A", fields = concat(
    [{ name = "a", type = "string" }],
    var.step == "first" ? [] : [{ name = "b", type = "int", default = 0 }],
  ) })
  hard_delete = true
}
resource "confluent_schema" "protobuf" {
  subject_name = "terraform-protobuf"
  format       = "PROTOBUF"
  schema       = "syntax = \"proto3\";\npackage p;\n\nmessage O {\n  int32 x = 1;\n}\n"
  hard_delete  = true
}
resource "confluent_schema" "json" {
  subject_name = "terraform-json"
  format       = "JSON"
  schema       = jsonencode({ type = "object", properties = { a = { type = "string" } } })
  metadata {
    properties = { owner = "terraform" }
    sensitive  = ["owner"]
  }
  hard_delete = true
}
resource "confluent_schema" "referring" {
  skip_validation_during_plan = true
  subject_name = "terraform-referring"
  format       = "AVRO"
  schema       = jsonencode({ type = "record", name = "B", fields = [{ name = "a", type = "A" }] })
  schema_reference {
    name         = "A"
    subject_name = confluent_schema.avro.subject_name
    version      = 1
  }
  hard_delete = true
}
resource "confluent_subject_config" "one" {
  subject_name        = confluent_schema.avro.subject_name
  compatibility_level = var.step == "first" ? "FULL" : "BACKWARD"
  compatibility_group = "group"
}
resource "confluent_subject_mode" "one" {
  subject_name = "terraform-mode"
  mode         = var.step == "first" ? "READONLY" : "READWRITE"
  force        = true
}
resource "confluent_schema_registry_cluster_config" "one" {
  compatibility_level = var.step == "first" ? "FULL" : "BACKWARD"
}
resource "confluent_tag" "one" {
  name        = "Terraform"
  description = var.step
}
resource "confluent_business_metadata" "one" {
  name        = "TerraformData"
  description = var.step
  attribute_definition { name = "team" }
  dynamic "attribute_definition" {
    for_each = var.step == "first" ? [] : ["email"]
    content { name = attribute_definition.value }
  }
}
resource "confluent_tag_binding" "one" {
  tag_name    = confluent_tag.one.name
  entity_name = local.topic
  entity_type = "kafka_topic"
}
resource "confluent_business_metadata_binding" "one" {
  business_metadata_name = confluent_business_metadata.one.name
  entity_name            = local.topic
  entity_type            = "kafka_topic"
  attributes             = { team = var.step }
}
resource "confluent_catalog_entity_attributes" "one" {
  entity_name = local.topic
  entity_type = "kafka_topic"
  attributes  = { description = var.step, owner = "terraform" }
}
resource "confluent_schema_registry_kek" "one" {
  name        = "terraform"
  kms_type    = "aws-kms"
  kms_key_id  = "arn:aws:kms:eu-central-1:000000000000:key/11111111-2222-3333-4444-555555555555"
  doc         = var.step
  shared      = false
  properties  = var.step == "first" ? { KeyUsage = "ENCRYPT_DECRYPT" } : { KeyUsage = "SIGN_VERIFY" }
  hard_delete = true
}
resource "confluent_schema_registry_dek" "one" {
  kek_name               = confluent_schema_registry_kek.one.name
  subject_name           = confluent_schema.avro.subject_name
  encrypted_key_material = "AAAA"
  hard_delete            = true
}
resource "confluent_schema_exporter" "one" {
  name         = "terraform"
  context      = "a-context"
  context_type = var.step == "first" ? "CUSTOM" : "NONE"
  subjects     = [confluent_schema.avro.subject_name]
  destination_schema_registry_cluster {
    rest_endpoint = "http://127.0.0.1:1"
    credentials {
      key    = "a key"
      secret = "a secret"
    }
  }
  reset_on_update = true
}
