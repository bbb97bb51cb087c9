/**
 * What an operator may choose, from `cdktf.json` (`context.synapscribe`) and the environment, which wins. One typed
 * object comes out, or one sentence that names every wrong value.
 */
import { z } from 'zod';

export const PREFIX = 'SYNAPSCRIBE_';

/** Variables of the same prefix that `docker compose` reads; the stack leaves them alone. */
const COMPOSE_VARIABLES = new Set(
  ['PORT', 'AWS_PORT', 'IMAGES', 'TAG', 'VERSION', 'REVISION', 'LOG_LEVEL', 'VLLM_API_KEY'].map(
    (name) => PREFIX + name,
  ),
);

/** GPU instances that the model is known to fit on, and what its container is given there. */
export const INSTANCE_TYPES = {
  /** 24 GB of GPU memory, 32 GB of memory. */
  'g5.2xlarge': { vllmDtype: 'auto', vllmMemory: '28g' },
  /** 16 GB of GPU memory, 16 GB of memory; its T4 has no bfloat16. */
  'g4dn.xlarge': { vllmDtype: 'half', vllmMemory: '13g' },
} as const;
export type InstanceType = keyof typeof INSTANCE_TYPES;

const list = (value: unknown): unknown =>
  typeof value === 'string' ? value.split(',').flatMap((part) => part.trim() || []) : value;
const number = (min: number, max: number) =>
  z.coerce
    .number(`must be a number`)
    .int('must be a whole number')
    .min(min, `must be ${min} or more`)
    .max(max, `must be ${max} or less`);
const flag = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean('must be true or false'),
);

/** Whether the bits past the prefix are zero: AWS refuses a range that is no network's. */
function isNetwork(cidr: string): boolean {
  const [address = '', prefix = ''] = cidr.split('/');
  const bits = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return bits % 2 ** (32 - Number(prefix)) === 0;
}

const octet = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const cidrSchema = z
  .string()
  .regex(
    new RegExp(`^(?:${octet}\\.){3}${octet}/(?:[89]|[12]\\d|3[0-2])$`),
    'must be an IPv4 range such as 203.0.113.7/32',
  )
  .refine(isNetwork, 'must be an IPv4 range without host bits, such as 203.0.113.0/24');

/** One origin, as a browser sends it: scheme, host and port alone. */
const originSchema = z
  .string()
  .refine(
    (value) => URL.canParse(value) && new URL(value).origin === value && /^https?:/.test(value),
    'must be an origin such as https://lectures.example.edu',
  );

export const configSchema = z.strictObject({
  /** An AWS region with G instances. */
  region: z
    .string()
    .regex(/^[a-z]{2}(?:-[a-z]+){1,3}-\d$/, 'must be a region such as us-east-1')
    .refine(
      (region) => !/^(?:cn|us-gov|us-iso)/.test(region),
      'must be of the partition aws: others have other addresses',
    )
    .default('us-east-1'),
  /** Twelve digits. Where it is given, a deploy with another account's credentials is refused. */
  account: z
    .string()
    .regex(/^\d{12}$/, 'must be twelve digits')
    .optional(),
  /** The default VPC where it is not given. */
  vpcId: z
    .string()
    .regex(/^vpc-[0-9a-f]{8,17}$/, 'must be a VPC id')
    .optional(),
  /** Public subnets of an own VPC; all of its subnets where none is given. */
  subnetIds: z.preprocess(list, z.array(z.string().regex(/^subnet-[0-9a-f]{8,17}$/, 'must be subnet ids'))).default([]),
  /** Makes the free S3 and DynamoDB endpoints. False for a VPC that has them. */
  gatewayEndpoints: flag.default(true),
  instanceType: z
    .enum(Object.keys(INSTANCE_TYPES) as [InstanceType, ...InstanceType[]], 'must be g5.2xlarge or g4dn.xlarge')
    .default('g5.2xlarge'),
  purchase: z.enum(['spot', 'on-demand'], 'must be spot or on-demand').default('spot'),
  /** Where SSH may come from. Closed where it is not given: Session Manager needs no port. */
  operatorCidr: cidrSchema.optional(),
  /** GPU hosts: one with a fixed address, or up to so many behind a load balancer. */
  hosts: number(1, 10).default(1),
  /** Opens 8000 (vLLM) and 8001 (gTTS) to the VPC. */
  openModelPorts: flag.default(false),
  /** GB of the root volume. */
  volumeGb: number(100, 2_000).default(100),
  /** Pages, beside the stack's own, that may use the bucket and the API. */
  allowedOrigins: z.preprocess(list, z.array(originSchema).max(20, 'must be 20 origins at most')).default([]),
  alarmEmail: z.email('must be an e-mail address').optional(),
  /** Days that logs are kept: one of CloudWatch's own steps. */
  logRetentionDays: z.coerce
    .number()
    .refine((days) => [7, 14, 30, 60, 90, 180, 365].includes(days), 'must be 7, 14, 30, 60, 90, 180 or 365')
    .default(30),
  /** An S3 bucket for Terraform's state. A local file where it is not given. */
  stateBucket: z
    .string()
    .regex(/^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be a bucket name')
    .optional(),
  /** A commit of the model's repository; `main` is whatever is newest at the first boot. */
  modelRevision: z
    .string()
    .regex(/^(?:main|[0-9a-f]{40})$/, 'must be main or a commit of 40 hex digits')
    .default('main'),
  /** The digest that the first boot printed: another model is refused from then on. */
  modelSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits')
    .optional(),
});

export type StackConfig = z.infer<typeof configSchema>;

/** Thrown where a setting is wrong; `message` names each. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

const KEYS = Object.keys(configSchema.shape);
const variableOf = (key: string): string => PREFIX + key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
const KEY_OF_VARIABLE = new Map(KEYS.map((key) => [variableOf(key), key]));

/**
 * @param context `context.synapscribe` of cdktf.json
 * @throws ConfigError naming every wrong or unknown setting
 */
export function readConfig(context: unknown, env: NodeJS.ProcessEnv = process.env): StackConfig {
  const problems: string[] = [];
  const given = new Map<string, { value: unknown; name: string }>();
  const object = z.record(z.string(), z.unknown()).safeParse(context ?? {});
  if (!object.success) throw new ConfigError('context.synapscribe in cdktf.json must be an object.');
  for (const [key, value] of Object.entries(object.data)) given.set(key, { value, name: `context.synapscribe.${key}` });
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || COMPOSE_VARIABLES.has(name) || value === undefined || value === '') continue;
    const key = KEY_OF_VARIABLE.get(name);
    if (key === undefined) problems.push(`${name} is not known; there are ${[...KEY_OF_VARIABLE.keys()].join(', ')}`);
    else given.set(key, { value, name });
  }
  const result = configSchema.safeParse(Object.fromEntries([...given].map(([key, { value }]) => [key, value])));
  if (!result.success) {
    for (const issue of result.error.issues) {
      if (issue.code === 'unrecognized_keys') {
        for (const key of issue.keys)
          problems.push(`context.synapscribe.${key} is not known; there are ${KEYS.join(', ')}`);
      } else {
        const key = String(issue.path[0]);
        problems.push(`${given.get(key)?.name ?? key} ${issue.message}`);
      }
    }
  }
  const config = result.data;
  if (config !== undefined && config.vpcId === undefined && config.subnetIds.length > 0) {
    problems.push('subnetIds go with a vpcId of yours');
  }
  if (config === undefined || problems.length > 0) throw new ConfigError(`Wrong settings: ${problems.join('; ')}.`);
  return config;
}
