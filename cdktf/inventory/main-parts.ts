/** The inventory's own table: the parts by which people speak of the system, each with what stands for it. */
import { INSTANCE_TYPES, type StackConfig } from '../config.ts';
import { PORTS } from '../names.ts';
import { dollars, type Estimate } from './cost.ts';
import { inner, peerOf, plain, rootVolume } from './describe.ts';
import { KNOWN_AFTER_APPLY, type Row } from './inventory.ts';
import { compare, type Block } from './plan.ts';

/** type, id, description, status, notes */
export type MainPart = [type: string, id: string, description: string, status: string, notes: string];
export const MAIN_HEAD = ['Type', 'Id', 'Description', 'Status', 'Notes'] as const;

export interface MainContext {
  config: StackConfig;
  rows: readonly Row[];
  estimate: Estimate;
  /** Where the ids are from, as the page says it. */
  source: string;
}

export function mainParts(context: MainContext): MainPart[] {
  const { rows } = context;
  const all = (type: string, place = ''): Row[] =>
    rows.filter((row) => row.planned !== undefined && row.type === type && row.path.startsWith(place));
  return [
    ...all('aws_vpc').map((row) =>
      part('VPC', row, row.description, 'Looked up, not created; public subnets that have the instance type'),
    ),
    ...all('aws_security_group').map((row) => part('Security group', row, row.description, rulesOf(row, rows))),
    ...hostParts(context, all),
    ...all('aws_apigatewayv2_api').map((row) =>
      part('WebSocket API', row, `${row.description}, ${list(all('aws_apigatewayv2_stage'))}`, routes(all)),
    ),
    ...all('aws_lambda_function').map((row) => part('Lambda', row, row.description, functionNotes(row))),
    ...all('aws_s3_bucket', 'audio/').map((row) => part('S3 bucket', row, row.description, bucketNotes(all))),
    ...all('aws_dynamodb_table').map((row) =>
      part('DynamoDB table', row, row.description, 'Items live 7 days after the last turn; point-in-time recovery'),
    ),
    ...all('aws_cognito_identity_pool').map((row) =>
      part('Cognito identity pool', row, row.description, 'Unauthenticated guests, each only under its own identity'),
    ),
    ...all('aws_iam_role').map((row) => part('IAM role', row, row.description, `Assumed by ${assumedBy(row)}`)),
    ...containerParts(context, all),
    summary(
      'Logs',
      all('aws_cloudwatch_log_group'),
      'CloudWatch log groups',
      `Kept ${context.config.logRetentionDays} days`,
    ),
    summary('Alarms', all('aws_cloudwatch_metric_alarm'), 'CloudWatch alarms, and a dashboard', 'Told to an SNS topic'),
    ...all('aws_cloudfront_distribution').map((row) =>
      part('Frontend', row, 'CloudFront distribution of the page', 'Security headers; the bucket is private'),
    ),
    ...all('aws_s3_bucket', 'frontend/').map((row) =>
      part('Frontend', row, row.description, 'The page’s files, and settings.json from the outputs'),
    ),
    ...all('aws_s3_bucket', 'release/').map((row) => part('Release', row, row.description, 'What the hosts run')),
    costPart(context),
    ['Inventory', 'docs/AWS_RESOURCES.md', 'This page', 'written', context.source],
  ];
}

type Find = (type: string, place?: string) => Row[];

const part = (type: string, row: Row, description: string, notes: string): MainPart => [
  type,
  row.id,
  description,
  row.status,
  [notes, row.notes].filter((note) => note !== '').join('; '),
];
const list = (rows: readonly Row[]): string => rows.map(({ description }) => description).join(', ');
const blockOf = (row: Row): Block => row.planned?.block ?? {};
const together = (rows: readonly Row[]): string =>
  [...new Set(rows.map(({ status }) => status))].sort(compare).join(', ');

function hostParts({ config }: MainContext, all: Find): MainPart[] {
  const gpu = config.instanceType === 'g5.2xlarge' ? '24 GB GPU' : '16 GB GPU';
  const kind = `${config.instanceType} (${gpu}), Ubuntu 24.04, ${config.purchase === 'spot' ? 'spot' : 'on demand'}`;
  const runs = 'Runs vLLM, gTTS and AgentCore by docker compose under systemd; IMDSv2; Session Manager';
  const [instance] = all('aws_instance');
  const [group] = all('aws_autoscaling_group');
  const [template] = all('aws_launch_template');
  const host = instance ?? group;
  if (host === undefined) return [];
  const volume = rootVolume(blockOf(instance ?? template ?? host));
  const volumeId = instance === undefined ? '(one an instance)' : instance.rootVolumeId;
  return [
    part('EC2 host', host, instance === undefined ? `${kind}, 1 to ${config.hosts} of them` : kind, runs),
    [
      'EBS volume',
      volumeId ?? (host.status === 'planned' ? KNOWN_AFTER_APPLY : '—'),
      `Root volume, ${volume}`,
      host.status,
      '',
    ],
    ...all('aws_network_interface').map((row) =>
      part('Network interface', row, 'The host’s fixed private address', 'Outlives the instance'),
    ),
    ...all('aws_lb').map((row) =>
      part('Load balancer', row, `${row.description}, internal`, 'Asks each host for /ready'),
    ),
  ];
}

/** What the host runs has no id of AWS's: it is there when the host is. */
function containerParts({ config }: MainContext, all: Find): MainPart[] {
  const host = all('aws_instance')[0] ?? all('aws_autoscaling_group')[0];
  const status = host?.status ?? 'missing';
  const { vllmMemory } = INSTANCE_TYPES[config.instanceType];
  const open = config.openModelPorts ? 'open to the VPC' : 'within the host’s compose network';
  const restarts = 'restarted on failure';
  const container = (service: string, port: number, description: string, notes: string): MainPart => [
    'Container',
    `${service}:${port}`,
    description,
    status,
    `${notes}; ${restarts}; /health`,
  ];
  return [
    container('vllm', PORTS.vllm, `vLLM: Qwen2.5-Omni-3B from /opt/models/qwen-omni, ${vllmMemory} of memory`, open),
    container('gtts-proxy', PORTS.speech, 'gTTS: OpenAI-compatible /v1/audio/speech', open),
    container(
      'agentcore',
      PORTS.agentCore,
      'AgentCore: ASR (vLLM), Q&A (vLLM), TTS (gTTS)',
      'reached by the Lambdas alone',
    ),
  ];
}

function rulesOf(group: Row, rows: readonly Row[]): string {
  const name = group.address.split('.').slice(1).join('.');
  const rules = rows.filter(({ planned, type }) => {
    const isRule = type === 'aws_vpc_security_group_ingress_rule' || type === 'aws_vpc_security_group_egress_rule';
    return isRule && String(planned?.block['security_group_id']).includes(`.${name}.`);
  });
  const tell = (row: Row): string => {
    const port = plain(blockOf(row)['from_port']);
    const way = row.type.includes('ingress') ? 'from' : 'to';
    return `${port === '' ? 'all' : port} ${way} ${peerOf(blockOf(row))}`;
  };
  return rules.map(tell).sort(compare).join('; ');
}

function routes(all: Find): string {
  const keys = all('aws_apigatewayv2_route').map((row) => plain(blockOf(row)['route_key']));
  return `Routes ${keys.sort(compare).join(', ')}`;
}

function functionNotes(row: Row): string {
  const variables = Object.keys(inner(blockOf(row), 'environment', 'variables')).sort(compare);
  return `In the VPC, arm64; environment ${variables.join(', ')}`;
}

function bucketNotes(all: Find): string {
  const rules = all('aws_s3_bucket_lifecycle_configuration', 'audio/').flatMap((row) => {
    const blocks = blockOf(row)['rule'];
    return Array.isArray(blocks) ? (blocks as unknown[]) : [];
  });
  const expiries = rules.flatMap((rule) => {
    const wrapped = { rule };
    const days = plain(inner(wrapped, 'rule', 'expiration')['days']);
    const prefix = plain(inner(wrapped, 'rule', 'filter')['prefix']);
    return days === '' || prefix === '' ? [] : [`${prefix} deleted after ${days} days`];
  });
  return [
    'lectures/ and transcripts/ kept',
    ...expiries,
    'lectures/ told to ValidateLectureFunction; CORS; private',
  ].join('; ');
}

function assumedBy(row: Row): string {
  const services = [...plain(blockOf(row)['assume_role_policy']).matchAll(/"([a-z0-9-]+)\.amazonaws\.com"/g)];
  return [...new Set(services.map(([, service]) => service ?? ''))].sort(compare).join(', ');
}

const summary = (type: string, rows: readonly Row[], what: string, notes: string): MainPart => [
  type,
  `${rows.length} of them, below`,
  what,
  together(rows),
  notes,
];

function costPart({ estimate, config }: MainContext): MainPart {
  const { low, high } = estimate;
  const total = low === high ? dollars(low) : `${dollars(low)} to ${dollars(high)}`;
  return [
    'Cost',
    '—',
    `About ${total} a month`,
    'estimated',
    `${config.instanceType}, ${config.purchase}; see Monthly cost`,
  ];
}
