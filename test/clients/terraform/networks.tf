resource "confluent_environment" "one" {
  display_name = "terraform networks"
}
resource "confluent_network" "peered" {
  display_name     = "terraform ${var.step}"
  cloud            = "AWS"
  region           = "eu-central-1"
  cidr             = "10.1.0.0/16"
  connection_types = ["PEERING"]
  environment { id = confluent_environment.one.id }
}
resource "confluent_network" "attached" {
  display_name     = "terraform transit"
  cloud            = "AWS"
  region           = "eu-central-1"
  cidr             = "10.2.0.0/16"
  connection_types = ["TRANSITGATEWAY"]
  environment { id = confluent_environment.one.id }
}
resource "confluent_network" "linked" {
  display_name     = "terraform private link"
  cloud            = "AWS"
  region           = "eu-central-1"
  connection_types = ["PRIVATELINK"]
  environment { id = confluent_environment.one.id }
}
resource "confluent_peering" "one" {
  display_name = "terraform ${var.step}"
  aws {
    account         = "000000000000"
    vpc             = "vpc-abcdef0123456789a"
    routes          = ["172.31.0.0/16"]
    customer_region = "eu-central-1"
  }
  environment { id = confluent_environment.one.id }
  network { id = confluent_network.peered.id }
}
resource "confluent_transit_gateway_attachment" "one" {
  display_name = "terraform ${var.step}"
  aws {
    ram_resource_share_arn = "arn:aws:ram:eu-central-1:000000000000:resource-share/00000000-0000-0000-0000-000000000000"
    transit_gateway_id     = "tgw-0123456789abcdef0"
    routes                 = ["192.168.0.0/16", "172.16.0.0/12"]
  }
  environment { id = confluent_environment.one.id }
  network { id = confluent_network.attached.id }
}
resource "confluent_private_link_access" "one" {
  display_name = "terraform ${var.step}"
  aws { account = "000000000000" }
  environment { id = confluent_environment.one.id }
  network { id = confluent_network.linked.id }
}
resource "confluent_network_link_service" "one" {
  display_name = "terraform ${var.step}"
  description  = var.step
  accept {
    environments = []
    networks     = var.step == "first" ? [confluent_network.attached.id] : [confluent_network.attached.id, confluent_network.peered.id]
  }
  environment { id = confluent_environment.one.id }
  network { id = confluent_network.linked.id }
}
resource "confluent_network_link_endpoint" "one" {
  display_name = "terraform ${var.step}"
  description  = var.step
  environment { id = confluent_environment.one.id }
  network { id = confluent_network.attached.id }
  network_link_service { id = confluent_network_link_service.one.id }
}
resource "confluent_private_link_attachment" "one" {
  display_name = "terraform ${var.step}"
  cloud        = "AWS"
  region       = "eu-central-1"
  environment { id = confluent_environment.one.id }
}
resource "confluent_private_link_attachment_connection" "one" {
  display_name = "terraform ${var.step}"
  aws { vpc_endpoint_id = "vpce-0ed4d51f5d6ef9b6d" }
  environment { id = confluent_environment.one.id }
  private_link_attachment { id = confluent_private_link_attachment.one.id }
}
resource "confluent_gateway" "egress" {
  display_name = "terraform ${var.step}"
  aws_egress_private_link_gateway { region = "eu-central-1" }
  environment { id = confluent_environment.one.id }
}
resource "confluent_gateway" "ingress" {
  display_name = "terraform ingress"
  azure_ingress_private_link_gateway { region = "westeurope" }
  environment { id = confluent_environment.one.id }
}
resource "confluent_access_point" "egress" {
  display_name = "terraform ${var.step}"
  aws_egress_private_link_endpoint {
    vpc_endpoint_service_name = "com.amazonaws.vpce.eu-central-1.vpce-svc-00000000000000000"
    enable_high_availability  = false
  }
  environment { id = confluent_environment.one.id }
  gateway { id = confluent_gateway.egress.id }
}
resource "confluent_access_point" "ingress" {
  display_name = "terraform ${var.step}"
  azure_ingress_private_link_endpoint {
    private_endpoint_resource_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/a/providers/Microsoft.Network/privateEndpoints/b"
  }
  environment { id = confluent_environment.one.id }
  gateway { id = confluent_gateway.ingress.id }
}
resource "confluent_dns_record" "one" {
  display_name = "terraform ${var.step}"
  domain       = "example.com"
  private_link_access_point { id = confluent_access_point.egress.id }
  environment { id = confluent_environment.one.id }
  gateway { id = confluent_gateway.egress.id }
}
resource "confluent_dns_forwarder" "one" {
  display_name = "terraform ${var.step}"
  domains      = ["a.example.com", "b.example.com"]
  forward_via_ip { dns_server_ips = ["10.200.0.0", "10.200.0.1"] }
  environment { id = confluent_environment.one.id }
  gateway { id = confluent_network.peered.gateway[0].id }
}
