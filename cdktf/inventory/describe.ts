/** What a resource is, in a line, from what the stack says of it. No policy, no script, no address of a person. */
import type { Block, PlannedResource } from './plan.ts';

const REFERENCE = /\$\{(?:data\.)?[a-z0-9_]+\.([\w-]+?)(?:_[0-9A-F]{8})?\.(\w+)[^}]*\}/g;

/** A setting as text; references become what they refer to, as far as that is known before a deploy. */
export function plain(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return '';
  return value.replace(REFERENCE, (_, name: string, attribute: string) =>
    attribute === 'account_id' ? '<account>' : name.replaceAll('_', '/'),
  );
}

const join = (...parts: (string | false)[]): string => parts.filter((part) => part !== false && part !== '').join(', ');
/** The first of a list, or the block itself. */
export function inner(block: Block, ...keys: string[]): Block {
  let current: unknown = block;
  for (const key of keys) {
    if (Array.isArray(current)) current = (current as unknown[])[0];
    if (!isBlock(current)) return {};
    current = current[key];
  }
  if (Array.isArray(current)) current = (current as unknown[])[0];
  return isBlock(current) ? current : {};
}
const isBlock = (value: unknown): value is Block =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const rule =
  (direction: string) =>
  (block: Block): string => {
    const [from, to] = [plain(block['from_port']), plain(block['to_port'])];
    const ports = from === '' ? 'all ports' : from === to || to === '' ? `port ${from}` : `ports ${from} to ${to}`;
    const peer = peerOf(block);
    return join(`${plain(block['security_group_id'])}: ${direction} ${peer} on ${ports}`, plain(block['description']));
  };

export function peerOf(block: Block): string {
  const group = plain(block['referenced_security_group_id']);
  if (group !== '') return group;
  const list = plain(block['prefix_list_id']);
  if (list !== '') return list;
  const range = plain(block['cidr_ipv4']);
  // Whose address an operator's is, is not for a page in the repository.
  return range === '0.0.0.0/0' ? 'anywhere' : range.startsWith('network/') ? 'the VPC' : 'the configured range';
}

/** `gp3` and so on, of an instance or a launch template. */
export function rootVolume(block: Block): string {
  const own = inner(block, 'root_block_device');
  const volume = own['volume_size'] === undefined ? inner(block, 'block_device_mappings', 'ebs') : own;
  return join(
    `${plain(volume['volume_size'])} GB ${plain(volume['volume_type'])}`,
    `${plain(volume['iops'])} IOPS`,
    plain(volume['encrypted']) === 'true' && 'encrypted',
  );
}

const DESCRIPTIONS: Record<string, (block: Block) => string> = {
  aws_api_gateway_account: () => 'Lets API Gateway write logs, for the whole account',
  aws_apigatewayv2_integration: (block) => `Every route to ${plain(block['integration_uri'])}`,
  aws_apigatewayv2_route: (block) =>
    join(
      `Route ${plain(block['route_key'])}`,
      plain(block['authorization_type']) === 'AWS_IAM' && 'signed by the guest',
    ),
  aws_apigatewayv2_route_response: (block) => `The answer of ${plain(block['route_id'])}`,
  aws_apigatewayv2_stage: (block) => `Stage ${plain(block['name'])}`,
  aws_autoscaling_group: (block) =>
    `${plain(block['name'])}, ${plain(block['min_size'])} to ${plain(block['max_size'])} hosts`,
  aws_caller_identity: () => 'The account',
  aws_cloudwatch_log_group: (block) => join(plain(block['name']), `kept ${plain(block['retention_in_days'])} days`),
  aws_cloudwatch_metric_alarm: (block) => join(plain(block['alarm_name']), plain(block['alarm_description'])),
  aws_cognito_identity_pool_roles_attachment: () => 'What a guest may do',
  aws_dynamodb_table: (block) =>
    join(
      plain(block['name']),
      `keys ${plain(block['hash_key'])} and ${plain(block['range_key'])}`,
      plain(block['billing_mode']),
      `TTL on ${plain(inner(block, 'ttl')['attribute_name'])}`,
    ),
  aws_ec2_instance_type_offerings: () => 'The zones that have the instance type',
  aws_eip: () => 'The host’s public address: its way out',
  aws_instance: (block) =>
    join(
      plain(block['instance_type']),
      plain(inner(block, 'instance_market_options')['market_type']) === 'spot' ? 'spot' : 'on demand',
      `root volume ${rootVolume(block)}`,
    ),
  aws_lambda_function: (block) =>
    join(
      plain(block['function_name']),
      plain(block['description']),
      `${plain(block['memory_size'])} MB`,
      `${plain(block['timeout'])} s`,
      plain(block['runtime']),
    ),
  aws_lambda_permission: (block) => `${plain(block['principal'])} may invoke ${plain(block['function_name'])}`,
  aws_launch_template: (block) => join(plain(block['instance_type']), `root volume ${rootVolume(block)}`),
  aws_route_tables: () => 'Where the gateway endpoints are entered',
  aws_s3_object: (block) =>
    plain(block['key']).startsWith('host/') ? 'The release for the hosts' : plain(block['key']),
  // Not its endpoint, which is a person's.
  aws_sns_topic_subscription: () => 'The alarms’ e-mail',
  aws_sqs_queue_policy: (block) => plain(block['queue_url']),
  aws_subnets: () => 'The subnets of the hosts and the Lambdas',
  aws_vpc: (block) => (plain(block['default']) === 'true' ? 'The default VPC' : plain(block['id'])),
  aws_vpc_endpoint: (block) => plain(block['service_name']),
  aws_vpc_security_group_egress_rule: rule('to'),
  aws_vpc_security_group_ingress_rule: rule('from'),
  terraform_data: () => 'Replaces the instance when its type or purchase changes',
};

/** Names, in the order in which they are looked for. Nothing else of a block is shown. */
const NAMES = [
  'name',
  'bucket',
  'identity_pool_name',
  'dashboard_name',
  'association_name',
  'function_name',
  'policy_arn',
  'role',
] as const;

export function describe({ type, block }: PlannedResource): string {
  const specific = DESCRIPTIONS[type];
  if (specific !== undefined) return specific(block);
  const name = NAMES.map((key) => plain(block[key])).find((text) => text !== '') ?? '';
  return join(name, plain(block['description'] ?? block['comment']));
}
