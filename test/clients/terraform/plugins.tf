resource "confluent_environment" "one" {
  display_name = "terraform plugins"
}
resource "confluent_connect_artifact" "one" {
  display_name   = "terraform"
  cloud          = "AWS"
  content_format = "JAR"
  description    = "a description"
  artifact_file  = "artifact.jar"
  environment { id = confluent_environment.one.id }
}
resource "confluent_custom_connector_plugin" "one" {
  display_name                = "terraform ${var.step}"
  description                 = var.step
  documentation_link          = "https://example.com/${var.step}"
  connector_class             = "io.example.Connector"
  connector_type              = "SOURCE"
  sensitive_config_properties = var.step == "first" ? ["passwords"] : ["passwords", "keys"]
  filename                    = "plugin.zip"
}
resource "confluent_plugin" "one" {
  display_name = "terraform ${var.step}"
  description  = var.step
  cloud        = "AWS"
  environment { id = confluent_environment.one.id }
}
resource "confluent_custom_connector_plugin_version" "one" {
  version                     = "v1.2.4"
  cloud                       = "AWS"
  documentation_link          = "https://example.com/plugin"
  sensitive_config_properties = ["passwords"]
  filename                    = "plugin.zip"
  plugin_id                   = confluent_plugin.one.id
  connector_class {
    connector_class_name = "io.example.Connector"
    connector_type       = "SOURCE"
  }
  environment { id = confluent_environment.one.id }
}
