/**
 * The stack's rights as IAM would judge them: every policy of the synthesized JSON, its references resolved, put to a
 * simulator. What the stack does not grant is denied, as in AWS.
 */
import { anonymousPrincipal, runSimulation, runUnsafeSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import { z } from 'zod';
import { References } from './iam-references.ts';
import type { Block, Synthesized } from './synthesized.ts';

const oneOrMore = z.union([z.string().transform((one) => [one]), z.array(z.string()).min(1)]);
/** Strict: `NotAction` and its like are not judged here, so they must not pass unseen. */
const statementSchema = z.strictObject({
  Sid: z.string().min(1),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.union([z.literal('*'), z.record(z.string(), z.string())]).optional(),
  Action: oneOrMore,
  Resource: oneOrMore.optional(),
  Condition: z.record(z.string(), z.record(z.string(), oneOrMore)).optional(),
});
const policySchema = z.strictObject({ Version: z.literal('2012-10-17'), Statement: z.array(statementSchema).min(1) });

export type PolicyStatement = z.output<typeof statementSchema>;
export type Policy = z.output<typeof policySchema>;

/** The keys that the stack's conditions ask for: with a type, so that a test cannot misspell one. */
export type ContextKey =
  | 'aws:SecureTransport'
  | 'aws:SourceAccount'
  | 'aws:SourceArn'
  | 'cloudwatch:namespace'
  | 'cognito-identity.amazonaws.com:amr'
  | 'cognito-identity.amazonaws.com:aud'
  | 'cognito-identity.amazonaws.com:sub'
  | 'dynamodb:LeadingKeys'
  | 'lambda:SourceFunctionArn';
export type RequestContext = Partial<Record<ContextKey, string | string[]>>;

export interface IamRequest {
  action: string;
  /** Its ARN; `*` where the action knows none. */
  resource: string;
  context?: RequestContext;
}

export type Decision = 'Allowed' | 'ExplicitlyDenied' | 'ImplicitlyDenied';

export interface Role {
  name: string;
  arn: string;
  trust: Policy;
  policies: Policy[];
  /** ARNs of policies that are attached, not written here. */
  managed: string[];
}

/** IAM resources that are read here. Another one might grant what no test sees. */
const KNOWN_IAM_TYPES = [
  'aws_iam_instance_profile',
  'aws_iam_role',
  'aws_iam_role_policy',
  'aws_iam_role_policy_attachment',
];
/** Resource types with a `policy` of their own, and the field that tells whose it is. */
const RESOURCE_POLICIES = { aws_s3_bucket_policy: 'bucket', aws_sqs_queue_policy: 'queue_url' } as const;

export class StackPolicies {
  readonly references: References;
  readonly roles: readonly Role[];
  /** Of buckets, queues and functions, by their ARNs. */
  readonly resourcePolicies: ReadonlyMap<string, Policy>;

  private constructor(references: References, roles: readonly Role[], resourcePolicies: ReadonlyMap<string, Policy>) {
    this.references = references;
    this.roles = roles;
    this.resourcePolicies = resourcePolicies;
  }

  /** @throws Error for an IAM resource, a reference or a part of a policy that is not known here */
  static of(synthesized: Synthesized): StackPolicies {
    const unknown = synthesized
      .types()
      .filter((type) => type.startsWith('aws_iam_') && !KNOWN_IAM_TYPES.includes(type));
    if (unknown.length > 0) throw new Error(`What do these grant? ${unknown.join(', ')}`);
    const references = new References(synthesized);
    return new StackPolicies(
      references,
      Object.values(synthesized.all('aws_iam_role')).map((block) => readRole(block, synthesized, references)),
      new Map([...resourcePolicies(synthesized, references), ...functionPolicies(synthesized, references)]),
    );
  }

  /** The same stack with another policy for a role. */
  with(roleName: string, change: (statements: PolicyStatement[]) => PolicyStatement[]): StackPolicies {
    const roles = this.roles.map((role) =>
      role.name === roleName
        ? { ...role, policies: role.policies.map((policy) => ({ ...policy, Statement: change(policy.Statement) })) }
        : role,
    );
    return new StackPolicies(this.references, roles, this.resourcePolicies);
  }

  /** @throws Error where there is none of that name */
  role(name: string): Role {
    const role = this.roles.find((one) => one.name === name);
    if (role === undefined) throw new Error(`There is no role ${name}`);
    return role;
  }

  /** Every statement, with the name of what it belongs to. */
  statements(): { of: string; statement: PolicyStatement }[] {
    const policies = [
      ...this.roles.flatMap(({ name, trust, policies }) =>
        [trust, ...policies].map((policy) => ({ of: name, policy })),
      ),
      ...[...this.resourcePolicies].map(([of, policy]) => ({ of, policy })),
    ];
    return policies.flatMap(({ of, policy }) => policy.Statement.map((statement) => ({ of, statement })));
  }

  /** What IAM says to a request that is signed with a role's credentials, over TLS unless told. */
  decide(roleName: string, request: IamRequest): Decision {
    const { name, policies } = this.role(roleName);
    const principal = `arn:aws:sts::${this.references.account}:assumed-role/${name}/session`;
    return this.#run(principal, request, policies, this.#resourcePolicy(request.resource));
  }

  /** What it says to a service of AWS. */
  decideForService(service: string, request: IamRequest): Decision {
    return this.#run(service, request, [], this.#resourcePolicy(request.resource));
  }

  /** What it says to a request without a signature. */
  decideForAnyone(request: IamRequest): Decision {
    return this.#run(anonymousPrincipal, request, [], this.#resourcePolicy(request.resource));
  }

  /** Whether a role may be taken by a service, an identity provider, or someone's ARN. */
  decideTrust(roleName: string, principal: string, context: RequestContext = {}): Decision {
    const { arn, trust } = this.role(roleName);
    const action = principal.startsWith('cognito-identity.') ? 'sts:AssumeRoleWithWebIdentity' : 'sts:AssumeRole';
    return this.#run(principal, { action, resource: arn, context }, [], trust);
  }

  /** What IAM would refuse to store, by role or resource; nothing where all is well. */
  async refused(): Promise<Record<string, unknown>> {
    const { account } = this.references;
    const errors = await Promise.all([
      ...this.roles.map(async ({ name, policies, arn, trust }) => {
        const own = policies.map((policy, i) => ({ name: `${name} ${i}`, policy }));
        const request = { action: 'sts:AssumeRole', resource: { resource: arn, accountId: account } };
        return [name, await errorsOf({ ...request, principal: 'ec2.amazonaws.com' }, own, trust)] as const;
      }),
      ...[...this.resourcePolicies].map(async ([arn, policy]) => {
        const request = { action: 'sts:GetCallerIdentity', resource: { resource: '*', accountId: account } };
        return [arn, await errorsOf({ ...request, principal: 'ec2.amazonaws.com' }, [], policy)] as const;
      }),
    ]);
    return Object.fromEntries(errors.filter(([, error]) => error !== undefined));
  }

  #resourcePolicy(resource: string): Policy | undefined {
    // An object's bucket; everything else has a policy of its own or none.
    return this.resourcePolicies.get(resource.startsWith('arn:aws:s3:::') ? (resource.split('/')[0] ?? '') : resource);
  }

  #run(
    principal: Simulation['request']['principal'],
    { action, resource, context = {} }: IamRequest,
    policies: readonly Policy[],
    resourcePolicy: Policy | undefined,
  ): Decision {
    const contextVariables: Record<string, string | string[]> = { 'aws:SecureTransport': 'true', ...context };
    // Without the library's check of the request, which drops Cognito's keys and knows no `$connect`.
    return runUnsafeSimulation(
      {
        request: { principal, action, resource: { resource, accountId: this.references.account }, contextVariables },
        identityPolicies: policies.map((policy, i) => ({ name: String(i), policy })),
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        resourcePolicy: resourcePolicy && named(resourcePolicy),
      },
      { simulationMode: 'Strict' },
    );
  }
}

/** As a validated policy, which has a name: the library's unchecked simulation fails at resource policies without one. */
const named = (policyDocument: Policy) => ({
  __validated: true,
  policyDocument,
  metadata: { name: 'resource' },
  errors: [],
});

async function errorsOf(
  request: Omit<Simulation['request'], 'contextVariables'>,
  identityPolicies: Simulation['identityPolicies'],
  resourcePolicy: Policy,
): Promise<unknown> {
  const noOthers = { serviceControlPolicies: [], resourceControlPolicies: [] };
  const simulation = { request: { ...request, contextVariables: {} }, identityPolicies, resourcePolicy, ...noOthers };
  const result = await runSimulation(simulation, { simulationMode: 'Strict' });
  return result.resultType === 'error' ? result.errors : undefined;
}

function readRole(block: Block, synthesized: Synthesized, references: References): Role {
  const name = references.text(block, 'name');
  for (const field of ['inline_policy', 'managed_policy_arns', 'permissions_boundary']) {
    if (field in block) throw new Error(`${name} has a ${field}, which is not judged here`);
  }
  const isOurs = (other: Block): boolean => references.text(other, 'role') === name;
  return {
    name,
    arn: `arn:aws:iam::${references.account}:role/${name}`,
    trust: readPolicy(references.text(block, 'assume_role_policy')),
    policies: Object.values(synthesized.all('aws_iam_role_policy'))
      .filter(isOurs)
      .map((policy) => readPolicy(references.text(policy, 'policy'))),
    managed: Object.values(synthesized.all('aws_iam_role_policy_attachment'))
      .filter(isOurs)
      .map((attachment) => references.text(attachment, 'policy_arn')),
  };
}

const readPolicy = (text: string): Policy => policySchema.parse(JSON.parse(text));

function resourcePolicies(synthesized: Synthesized, references: References): [string, Policy][] {
  return Object.entries(RESOURCE_POLICIES).flatMap(([type, field]) =>
    Object.values(synthesized.all(type)).map((block): [string, Policy] => {
      const owner = references.text(block, field).split('/').at(-1) ?? '';
      const service = type === 'aws_s3_bucket_policy' ? 's3:::' : `sqs:${references.region}:${references.account}:`;
      return [`arn:aws:${service}${owner}`, readPolicy(references.text(block, 'policy'))];
    }),
  );
}

/** The policies that Lambda makes of its permissions. */
function functionPolicies(synthesized: Synthesized, references: References): Map<string, Policy> {
  const policies = new Map<string, Policy>();
  for (const block of Object.values(synthesized.all('aws_lambda_permission'))) {
    const resource = references.text(block, 'function_name');
    const policy = policies.get(resource) ?? { Version: '2012-10-17', Statement: [] };
    policy.Statement.push({
      Sid: references.text(block, 'statement_id'),
      Effect: 'Allow',
      Principal: { Service: references.text(block, 'principal') },
      Action: [references.text(block, 'action')],
      Resource: [resource],
      Condition: {
        ArnLike: { 'aws:SourceArn': [references.text(block, 'source_arn')] },
        ...('source_account' in block && {
          StringEquals: { 'aws:SourceAccount': [references.text(block, 'source_account')] },
        }),
      },
    });
    policies.set(resource, policy);
  }
  return policies;
}
