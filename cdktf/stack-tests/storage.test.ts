/** Rows of the inventory (docs/AWS_RESOURCES.md), as the synthesized JSON has them. Buckets, the table, the queue, and the state. */
import { describe, expect, it } from '@jest/globals';
import { ACCOUNT, one, several, ref, values } from '../test-support/stacks.ts';
import { synthesizeForTest, type Block } from '../test-support/synthesized.ts';

describe('S3 synapscribe-audio-<account>', () => {
  const bucket = one.address('aws_s3_bucket', 'audio');

  it("has the account's name, given or found out", () => {
    expect(one.one('aws_s3_bucket', 'audio')).toMatchObject({
      bucket: `synapscribe-audio-${ACCOUNT}`,
      force_destroy: false,
    });
    expect(one.json.provider['aws']).toMatchObject([{ allowed_account_ids: [ACCOUNT], region: 'us-east-1' }]);
    const anywhere = synthesizeForTest();
    expect(anywhere.one('aws_s3_bucket', 'audio')['bucket']).toMatch(
      /^synapscribe-audio-\$\{data\.aws_caller_identity\..*\.account_id\}$/,
    );
  });

  it('lets questions and answers go after seven days, and uploads that nobody completes', () => {
    const [queries, responses, uploads, ...more] = one.one('aws_s3_bucket_lifecycle_configuration')['rule'] as Block[];
    expect(queries).toMatchObject({ status: 'Enabled', filter: [{ prefix: 'queries/' }], expiration: [{ days: 7 }] });
    expect(responses).toMatchObject({
      status: 'Enabled',
      filter: [{ prefix: 'responses/' }],
      expiration: [{ days: 7 }],
    });
    expect(uploads).toMatchObject({ abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }] });
    expect(uploads).not.toHaveProperty('expiration');
    expect(more).toEqual([]);
  });

  it("takes uploads from the stack's page and from those allowed", () => {
    const page = `https://${ref(one.address('aws_cloudfront_distribution'), 'domain_name')}`;
    const cors = (stack: typeof one): unknown => stack.one('aws_s3_bucket_cors_configuration')['cors_rule'];
    expect(cors(one)).toMatchObject([{ allowed_origins: [page], allowed_methods: ['GET', 'HEAD', 'PUT', 'POST'] }]);
    const more = synthesizeForTest({ account: ACCOUNT, allowedOrigins: ['https://x.edu'] });
    expect(cors(more)).toMatchObject([{ allowed_origins: [page, 'https://x.edu'] }]);
  });

  it('tells ValidateLectureFunction of what arrives under lectures/', () => {
    const permission = one.address('aws_lambda_permission', 'validate-lecture');
    expect(one.one('aws_s3_bucket_notification')).toMatchObject({
      lambda_function: [
        {
          lambda_function_arn: ref(one.address('aws_lambda_function', 'validate-lecture'), 'arn'),
          events: ['s3:ObjectCreated:*'],
          filter_prefix: 'lectures/',
        },
      ],
      depends_on: [permission],
    });
    expect(one.one('aws_lambda_permission', 'validate-lecture')).toMatchObject({
      principal: 's3.amazonaws.com',
      source_arn: ref(bucket, 'arn'),
      source_account: ACCOUNT,
    });
  });
});

describe('every store', () => {
  it("of objects is encrypted, private, and the account's alone", () => {
    const buckets = Object.keys(one.all('aws_s3_bucket')).map((name) => ref(`aws_s3_bucket.${name}`, 'id'));
    expect(buckets).toHaveLength(3);
    const of = (type: string): unknown[] => values(one.all(type)).map((block) => block['bucket']);
    for (const type of [
      'aws_s3_bucket_public_access_block',
      'aws_s3_bucket_ownership_controls',
      'aws_s3_bucket_server_side_encryption_configuration',
      'aws_s3_bucket_policy',
    ]) {
      expect(of(type)).toEqual(buckets);
    }
    for (const block of values(one.all('aws_s3_bucket_public_access_block'))) {
      expect(block).toMatchObject({
        block_public_acls: true,
        block_public_policy: true,
        ignore_public_acls: true,
        restrict_public_buckets: true,
      });
    }
    for (const encryption of values(one.all('aws_s3_bucket_server_side_encryption_configuration'))) {
      expect(encryption).toMatchObject({
        rule: [{ apply_server_side_encryption_by_default: { sse_algorithm: 'AES256' } }],
      });
    }
  });

  it('of messages is encrypted', () => {
    expect(one.one('aws_sqs_queue')).toMatchObject({
      sqs_managed_sse_enabled: true,
      message_retention_seconds: 1_209_600,
    });
  });

  it('is none of a kind that this test does not know', () => {
    const stores = [...new Set([...one.types(), ...several.types()])].filter((type) =>
      /^aws_(?:s3_bucket|dynamodb_table|ebs|efs|rds|db|elasticache|sqs_queue|kinesis|opensearch|redshift|ecr)/.test(
        type,
      ),
    );
    expect(stores.filter((type) => !type.startsWith('aws_s3_bucket'))).toEqual([
      'aws_dynamodb_table',
      'aws_sqs_queue',
      'aws_sqs_queue_policy',
    ]);
  });
});

describe('DynamoDB SynapScribe-Sessions', () => {
  it("has the inventory's keys, billing, TTL, and recovery to any second", () => {
    const table = one.one('aws_dynamodb_table');
    expect(table).toMatchObject({
      name: 'SynapScribe-Sessions',
      billing_mode: 'PAY_PER_REQUEST',
      hash_key: 'sessionId',
      range_key: 'lectureId',
      attribute: [
        { name: 'sessionId', type: 'S' },
        { name: 'lectureId', type: 'S' },
      ],
      ttl: { attribute_name: 'expiresAt', enabled: true },
      point_in_time_recovery: { enabled: true },
    });
    // The default is encryption with DynamoDB's own key (sessions-table.ts says why it stays).
    expect(table).not.toHaveProperty('server_side_encryption');
  });
});

describe('the state', () => {
  it('is a file in the project unless a bucket is named, and there it is encrypted and locked', () => {
    expect(one.json.terraform['backend']).toEqual({ local: { path: '../../../terraform.synapscribe.tfstate' } });
    expect(synthesizeForTest({ stateBucket: 'my-state' }).json.terraform['backend']).toEqual({
      s3: {
        bucket: 'my-state',
        key: 'synapscribe/terraform.tfstate',
        region: 'us-east-1',
        encrypt: true,
        use_lockfile: true,
      },
    });
  });
});
