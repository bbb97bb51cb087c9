/** What Terraform makes of the references in the stack's policies: ARNs and ids as AWS would give them. */
import { z } from 'zod';
import type { Block, Synthesized } from './synthesized.ts';

/** As AWS would give them; any will do, as long as each is told apart from what a request names otherwise. */
export const API_ID = 'a1b2c3d4e5';
export const POOL_ID = 'us-east-1:0a0a0a0a-1b1b-4c4c-8d8d-2e2e2e2e2e2e';
export const DISTRIBUTION_ID = 'E1SYNAPSCRIBE';

/** `$${` is Terraform's spelling of a `${` that is not its own. */
const REFERENCE = /\$\$\{|\$\{([^}]*)\}/g;

const providerSchema = z.object({ region: z.string(), allowed_account_ids: z.tuple([z.string()]) });

type Attribute = (own: (field: string) => string, at: Place) => string;

interface Place {
  region: string;
  account: string;
}

const arn =
  (service: string, resource: (own: (field: string) => string) => string): Attribute =>
  (own, { region, account }) =>
    `arn:aws:${service}:${region}:${account}:${resource(own)}`;
const field =
  (name: string): Attribute =>
  (own) =>
    own(name);

/** By resource type and attribute: all that policies refer to. */
const ATTRIBUTES: Readonly<Record<string, Attribute>> = {
  'aws_apigatewayv2_api.execution_arn': arn('execute-api', () => API_ID),
  'aws_apigatewayv2_api.id': () => API_ID,
  'aws_cloudfront_distribution.arn': (_, { account }) =>
    `arn:aws:cloudfront::${account}:distribution/${DISTRIBUTION_ID}`,
  'aws_cloudwatch_log_group.arn': arn('logs', (own) => `log-group:${own('name')}`),
  'aws_cognito_identity_pool.id': () => POOL_ID,
  'aws_dynamodb_table.arn': arn('dynamodb', (own) => `table/${own('name')}`),
  'aws_iam_role.arn': (own, { account }) => `arn:aws:iam::${account}:role/${own('name')}`,
  'aws_iam_role.id': field('name'),
  'aws_iam_role.name': field('name'),
  'aws_lambda_function.arn': arn('lambda', (own) => `function:${own('function_name')}`),
  'aws_s3_bucket.arn': (own) => `arn:aws:s3:::${own('bucket')}`,
  'aws_s3_bucket.bucket': field('bucket'),
  'aws_s3_bucket.id': field('bucket'),
  'aws_sqs_queue.arn': arn('sqs', (own) => own('name')),
  'aws_sqs_queue.url': (own, { region, account }) => `https://sqs.${region}.amazonaws.com/${account}/${own('name')}`,
  'aws_ssm_parameter.arn': arn('ssm', (own) => `parameter${own('name')}`),
};

export class References implements Place {
  readonly region: string;
  readonly account: string;
  readonly #synthesized: Synthesized;

  /** @param synthesized a stack whose account is given */
  constructor(synthesized: Synthesized) {
    const provider = providerSchema.parse(synthesized.json.provider['aws']?.[0]);
    this.region = provider.region;
    this.account = provider.allowed_account_ids[0];
    this.#synthesized = synthesized;
  }

  /** @throws Error for a reference whose value is not known here */
  resolve(text: string): string {
    return text.replaceAll(REFERENCE, (_, reference?: string) =>
      reference === undefined ? '${' : this.#valueOf(reference),
    );
  }

  /** A field of a resource. @throws Error where it is no text */
  text(block: Block, name: string): string {
    const value = block[name];
    if (typeof value !== 'string') throw new Error(`${name} is ${JSON.stringify(value)}, not a text`);
    return this.resolve(value);
  }

  #valueOf(reference: string): string {
    const [type = '', name = '', attribute = '', ...rest] = reference.split('.');
    const block = this.#synthesized.all(type)[name];
    const value = ATTRIBUTES[`${type}.${attribute}`];
    if (block === undefined || value === undefined || rest.length > 0) {
      throw new Error(`It is not known here what Terraform makes of \${${reference}}`);
    }
    return value((own) => this.text(block, own), this);
  }
}
