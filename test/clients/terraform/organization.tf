resource "confluent_environment" "one" {
  display_name = "terraform ${var.step}"
  stream_governance { package = var.step == "first" ? "ESSENTIALS" : "ADVANCED" }
}
resource "confluent_service_account" "one" {
  display_name = "terraform"
  description  = var.step
}
resource "confluent_api_key" "cloud" {
  display_name = "terraform"
  description  = var.step
  owner {
    id          = confluent_service_account.one.id
    api_version = confluent_service_account.one.api_version
    kind        = confluent_service_account.one.kind
  }
}
resource "confluent_role_binding" "one" {
  principal   = "User:${confluent_service_account.one.id}"
  role_name   = "EnvironmentAdmin"
  crn_pattern = confluent_environment.one.resource_name
}
resource "confluent_identity_provider" "one" {
  display_name   = "terraform ${var.step}"
  description    = var.step
  identity_claim = "claims.sub"
  issuer         = "https://login.microsoftonline.com/abc/v2.0"
  jwks_uri       = "https://login.microsoftonline.com/common/discovery/v2.0/keys"
}
resource "confluent_identity_pool" "one" {
  identity_provider { id = confluent_identity_provider.one.id }
  display_name   = "terraform ${var.step}"
  description    = var.step
  identity_claim = "claims.sub"
  filter         = "claims.aud == \"${var.step}\""
}
resource "confluent_group_mapping" "one" {
  display_name = "terraform ${var.step}"
  description  = var.step
  filter       = "\"${var.step}\" in groups"
}
resource "confluent_ip_group" "one" {
  group_name  = "terraform ${var.step}"
  cidr_blocks = var.step == "first" ? ["10.0.0.0/8"] : ["10.0.0.0/8", "192.168.0.0/16"]
}
resource "confluent_ip_filter" "one" {
  filter_name    = "terraform ${var.step}"
  resource_group = "management"
  ip_groups      = [confluent_ip_group.one.id]
}
resource "confluent_invitation" "one" {
  email     = "terraform@example.org"
  auth_type = "AUTH_TYPE_LOCAL"
}
resource "confluent_certificate_authority" "one" {
  display_name               = "terraform ${var.step}"
  description                = var.step
  certificate_chain_filename = "chain.pem"
  certificate_chain          = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
}
resource "confluent_certificate_pool" "one" {
  certificate_authority { id = confluent_certificate_authority.one.id }
  display_name        = "terraform ${var.step}"
  description         = var.step
  external_identifier = "UID"
  filter              = "C=='${var.step}'"
}
resource "confluent_byok_key" "one" {
  aws { key_arn = "arn:aws:kms:eu-central-1:000000000000:key/11111111-2222-3333-4444-555555555555" }
}
resource "confluent_provider_integration" "one" {
  display_name = "terraform"
  environment { id = confluent_environment.one.id }
  aws { customer_role_arn = "arn:aws:iam::000000000000:role/terraform" }
}
resource "confluent_provider_integration_setup" "one" {
  display_name = "terraform setup"
  cloud        = "AZURE"
  environment { id = confluent_environment.one.id }
}
resource "confluent_provider_integration_authorization" "one" {
  provider_integration_id = confluent_provider_integration_setup.one.id
  environment { id = confluent_environment.one.id }
  azure { customer_azure_tenant_id = "12345678-1234-1234-1234-123456789abc" }
}
