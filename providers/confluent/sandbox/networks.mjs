import { DAY, stamp } from './chance.mjs'

const PROD = { id: 'env-p7r2k1' }
const STAGING = { id: 'env-s4t9q6' }
const DEV = { id: 'env-d3v8n5' }
const KAFKA_NET = { id: 'n-6kq3mz' }

/** Networks of the environments, with their peerings, attachments and access points. */
export function networks({ random, now }) {
  const at = days => stamp(now - days * DAY, random)
  const row = (id, days, spec, status = {}) => ({
    at: at(days),
    let: { id },
    body: { spec },
    over: { status: { phase: 'READY', ...status } },
  })
  return { ...own(row, at), ...connected(row), ...links(row), ...gateways(row), ...addresses() }
}

/** Networks of production and of the other environments. */
function own(row, at) {
  return { 'confluent.networking.networks': [...productionNetworks(row), ...otherNetworks(row, at)] }
}

function productionNetworks(row) {
  return [
    row(
      'n-6kq3mz',
      1180,
      {
        display_name: 'prod-frankfurt',
        cloud: 'AWS',
        region: 'eu-central-1',
        connection_types: ['PEERING', 'TRANSITGATEWAY'],
        cidr: '10.20.0.0/16',
        zones: ['euc1-az1', 'euc1-az2', 'euc1-az3'],
        zones_info: [{ zone_id: 'euc1-az1', cidr: '10.20.0.0/27' }],
        environment: PROD,
      },
      {
        active_connection_types: ['PEERING', 'TRANSITGATEWAY'],
        dns_domain: 'n-6kq3mz.eu-central-1.aws.example.com',
        cloud: { kind: 'AwsNetwork', vpc: 'vpc-0a1b2c3d4e5f60718', account: '000000000002' },
      },
    ),
    row(
      'n-9tb4ys',
      700,
      {
        display_name: 'prod-virginia',
        cloud: 'AWS',
        region: 'us-east-1',
        connection_types: ['PRIVATELINK'],
        zones: ['use1-az1', 'use1-az4', 'use1-az6'],
        dns_config: { resolution: 'PRIVATE' },
        environment: PROD,
      },
      {
        active_connection_types: ['PRIVATELINK'],
        dns_domain: 'n-9tb4ys.us-east-1.aws.example.com',
        zonal_subdomains: { 'use1-az1': 'use1-az1.n-9tb4ys.us-east-1.aws.example.com' },
        cloud: {
          kind: 'AwsNetwork',
          vpc: 'vpc-1b2c3d4e5f6071829',
          account: '000000000002',
          private_link_endpoint_service: 'com.amazonaws.vpce.us-east-1.vpce-svc-0a1b2c3d',
        },
      },
    ),
  ]
}

function otherNetworks(row, at) {
  return [
    row(
      'n-4xw1rc',
      420,
      {
        display_name: 'staging, unused',
        cloud: 'AZURE',
        region: 'westeurope',
        connection_types: ['PRIVATELINK'],
        environment: STAGING,
      },
      {
        active_connection_types: [],
        idle_since: at(200),
        cloud: {
          kind: 'AzureNetwork',
          vnet: '/subscriptions/0/vnets/staging',
          subscription: '00000000-0000-0000-0000-000000000003',
        },
      },
    ),
    row(
      'n-2hd8wp',
      0.02,
      {
        display_name: 'load-test',
        cloud: 'AWS',
        region: 'eu-central-1',
        connection_types: ['PEERING'],
        cidr: '10.99.0.0/16',
        environment: DEV,
      },
      { phase: 'PROVISIONING' },
    ),
    row(
      'n-7jf5vd',
      30,
      {
        display_name: 'failed',
        cloud: 'GCP',
        region: 'europe-west1',
        connection_types: ['PEERING'],
        cidr: '10.98.0.0/16',
        environment: DEV,
      },
      { phase: 'FAILED', error_code: 'CIDR_OVERLAP', error_message: 'The range 10.98.0.0/16 is in use' },
    ),
  ]
}

function connected(row) {
  return { ...peeringsRows(row), ...privateLinkAccessesRows(row) }
}

function peeringsRows(row) {
  return {
    'confluent.networking.peerings': [
      row('peer-2m8x4k', 1170, {
        display_name: 'warehouse',
        cloud: {
          kind: 'AwsPeering',
          account: '000000000004',
          vpc: 'vpc-2c3d4e5f607182930',
          routes: ['172.31.0.0/16'],
          customer_region: 'eu-central-1',
        },
        environment: PROD,
        network: KAFKA_NET,
      }),
      row(
        'peer-6q1z9w',
        2,
        {
          display_name: 'old "partner"',
          cloud: {
            kind: 'AwsPeering',
            account: '000000000005',
            vpc: 'vpc-3d4e5f60718293041',
            routes: ['172.30.0.0/16'],
            customer_region: 'eu-central-1',
          },
          environment: PROD,
          network: KAFKA_NET,
        },
        { phase: 'PENDING_ACCEPT' },
      ),
    ],
    'confluent.networking.transit_gateway_attachments': [
      row(
        'tgwa-8v3n1s',
        800,
        {
          display_name: 'hub',
          cloud: {
            kind: 'AwsTransitGatewayAttachment',
            ram_share_arn: 'arn:aws:ram:eu-central-1:000000000004:resource-share/hub',
            transit_gateway_id: 'tgw-0a1b2c3d',
            routes: ['192.168.0.0/16'],
          },
          environment: PROD,
          network: KAFKA_NET,
        },
        {
          cloud: {
            kind: 'AwsTransitGatewayAttachmentStatus',
            transit_gateway_attachment_id: 'tgw-attach-0a1b2c3d',
          },
        },
      ),
    ],
  }
}

function privateLinkAccessesRows(row) {
  return {
    'confluent.networking.private_link_accesses': [
      row('pla-5w7d2h', 690, {
        display_name: 'payments account',
        cloud: { kind: 'AwsPrivateLinkAccess', account: '000000000006' },
        environment: PROD,
        network: { id: 'n-9tb4ys' },
      }),
      row('pla-1t6c4j', 410, {
        display_name: 'staging account',
        cloud: { kind: 'AzurePrivateLinkAccess', subscription: '00000000-0000-0000-0000-000000000003' },
        environment: STAGING,
        network: { id: 'n-4xw1rc' },
      }),
    ],
  }
}

function links(row) {
  return { ...networkLinkServicesRows(row), ...privateLinkAttachmentsRows(row) }
}

function networkLinkServicesRows(row) {
  return {
    'confluent.networking.network_link_services': [
      row('nls-3y9b7f', 300, {
        display_name: 'orders for others',
        description: 'Mirrors read from here',
        accept: { environments: ['env-s4t9q6'], networks: ['n-4xw1rc'] },
        environment: PROD,
        network: KAFKA_NET,
      }),
    ],
    'confluent.networking.network_link_endpoints': [
      row('nle-7k2p6x', 290, {
        display_name: 'to production',
        description: '',
        environment: STAGING,
        network: { id: 'n-4xw1rc' },
        network_link_service: { id: 'nls-3y9b7f' },
      }),
    ],
    'confluent.networking.network_link_service_associations': [
      row('nlsa-9d4s1m', 290, {
        display_name: 'to production',
        description: '',
        network_link_endpoint: 'nle-7k2p6x',
        network_link_service: { id: 'nls-3y9b7f' },
        environment: PROD,
      }),
    ],
  }
}

function privateLinkAttachmentsRows(row) {
  return {
    'confluent.networking.private_link_attachments': [
      row(
        'platt-4f8r2c',
        600,
        { display_name: 'payments', cloud: 'AWS', region: 'us-east-1', environment: PROD },
        {
          dns_domain: 'us-east-1.aws.private.example.com',
          cloud: {
            kind: 'AwsPrivateLinkAttachmentStatus',
            vpc_endpoint_service: {
              vpc_endpoint_service_name: 'com.amazonaws.vpce.us-east-1.vpce-svc-1b2c3d4e',
            },
          },
        },
      ),
      row(
        'platt-0h6w3v',
        12,
        { display_name: 'waiting', cloud: 'AWS', region: 'eu-central-1', environment: DEV },
        {
          phase: 'WAITING_FOR_CONNECTIONS',
          dns_domain: 'eu-central-1.aws.private.example.com',
          cloud: {
            kind: 'AwsPrivateLinkAttachmentStatus',
            vpc_endpoint_service: {
              vpc_endpoint_service_name: 'com.amazonaws.vpce.eu-central-1.vpce-svc-2c3d4e5f',
            },
          },
        },
      ),
    ],
    'confluent.networking.private_link_attachment_connections': [
      row(
        'plattc-6n1x8q',
        598,
        {
          display_name: 'payments endpoint',
          cloud: { kind: 'AwsPrivateLinkAttachmentConnection', vpc_endpoint_id: 'vpce-0a1b2c3d' },
          environment: PROD,
          private_link_attachment: { id: 'platt-4f8r2c' },
        },
        {
          cloud: {
            kind: 'AwsPrivateLinkAttachmentConnectionStatus',
            vpc_endpoint_service_name: 'com.amazonaws.vpce.us-east-1.vpce-svc-1b2c3d4e',
            vpc_endpoint_id: 'vpce-0a1b2c3d',
          },
        },
      ),
    ],
  }
}

function gateways(row) {
  return { ...gatewaysRows(row), ...accessPointsRows(row), ...dnsRecordsRows(row) }
}

function gatewaysRows(row) {
  return {
    'confluent.networking.gateways': [
      row(
        'gw-3c7n5t',
        500,
        {
          display_name: 'payments ingress',
          config: { kind: 'AwsIngressPrivateLinkGatewaySpec', region: 'us-east-1' },
          environment: PROD,
        },
        {
          cloud_gateway: {
            kind: 'AwsIngressPrivateLinkGatewayStatus',
            vpc_endpoint_service_name: 'com.amazonaws.vpce.us-east-1.vpce-svc-3d4e5f60',
          },
        },
      ),
      row(
        'gw-8b2j6y',
        480,
        {
          display_name: 'egress',
          config: { kind: 'AwsEgressPrivateLinkGatewaySpec', region: 'eu-central-1' },
          environment: PROD,
        },
        {
          cloud_gateway: {
            kind: 'AwsEgressPrivateLinkGatewayStatus',
            principal_arn: 'arn:aws:iam::000000000002:role/egress',
          },
        },
      ),
    ],
  }
}

function accessPointsRows(row) {
  return {
    'confluent.networking.access_points': [
      row(
        'ap-5q2k8d',
        499,
        {
          display_name: 'payments',
          config: { kind: 'AwsIngressPrivateLinkEndpoint', vpc_endpoint_id: 'vpce-1b2c3d4e' },
          environment: PROD,
          gateway: { id: 'gw-3c7n5t' },
        },
        {
          config: {
            kind: 'AwsIngressPrivateLinkEndpointStatus',
            vpc_endpoint_id: 'vpce-1b2c3d4e',
            vpc_endpoint_service_name: 'com.amazonaws.vpce.us-east-1.vpce-svc-3d4e5f60',
            dns_domain: 'ap-5q2k8d.us-east-1.aws.accesspoint.example.com',
          },
        },
      ),
      row(
        'ap-1s7f3m',
        470,
        {
          display_name: 'database',
          config: {
            kind: 'AwsEgressPrivateLinkEndpoint',
            vpc_endpoint_service_name: 'com.amazonaws.vpce.eu-central-1.vpce-svc-4e5f6071',
            enable_high_availability: true,
          },
          environment: PROD,
          gateway: { id: 'gw-8b2j6y' },
        },
        {
          phase: 'DEGRADED',
          error_message: 'One zone is not reachable',
          config: {
            kind: 'AwsEgressPrivateLinkEndpointStatus',
            vpc_endpoint_id: 'vpce-2c3d4e5f',
            vpc_endpoint_dns_name: 'vpce-2c3d4e5f.example.com',
          },
        },
      ),
    ],
    'confluent.networking.dns_forwarders': [
      row('dnsf-2z9v4t', 460, {
        display_name: 'corporate',
        domains: ['corp.example.com', 'db.example.org'],
        config: { kind: 'ForwardViaIp', dns_server_ips: ['10.20.0.2', '10.20.0.3'] },
        environment: PROD,
        gateway: { id: 'gw-8b2j6y' },
      }),
    ],
  }
}

function dnsRecordsRows(row) {
  return {
    'confluent.networking.dns_records': [
      row('dnsrec-7g3h1p', 465, {
        display_name: 'database',
        domain: 'db.example.com',
        config: { kind: 'PrivateLinkAccessPoint', resource_id: 'ap-1s7f3m' },
        environment: PROD,
        gateway: { id: 'gw-8b2j6y' },
      }),
    ],
  }
}

function addresses() {
  return {
    'confluent.networking.ip_addresses': ['AWS', 'GCP', 'AZURE'].flatMap((cloud, index) =>
      [0, 1, 2, 3].map(n => ({
        body: {
          cloud,
          region: ['eu-central-1', 'europe-west1', 'westeurope'][index],
          ip_prefix: `203.0.113.${index * 16 + n}/32`,
          services: n === 3 ? ['EXTERNAL_OAUTH'] : ['KAFKA', 'CONNECT'],
          address_type: n < 3 ? 'EGRESS' : 'INGRESS',
        },
      })),
    ),
  }
}
