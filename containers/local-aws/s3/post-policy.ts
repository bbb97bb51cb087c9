/**
 * The policy of a presigned POST and whether a form satisfies it.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
import { z } from 'zod';
import { s3Failure } from './s3-failure.ts';

const conditionSchema = z.union([
  z.tuple([z.literal('content-length-range'), z.coerce.number().int().min(0), z.coerce.number().int().min(0)]),
  z.tuple([z.enum(['eq', 'starts-with']), z.string().startsWith('$'), z.string()]),
  z.record(z.string(), z.string()),
]);

const policySchema = z.object({
  expiration: z.iso.datetime().transform((text) => new Date(text)),
  conditions: z.array(conditionSchema).max(100),
});

export interface PostForm {
  bucket: string;
  /** Names in lower case. */
  fields: ReadonlyMap<string, string>;
}

export interface SizeLimits {
  minBytes: number;
  maxBytes: number;
}

/** Fields that no condition needs to name. */
const FREE_FIELDS = new Set(['policy', 'x-amz-signature', 'file']);
const S3_MAX_BYTES = 5 * 1024 ** 3;

const refuse = (reason: string) => s3Failure('AccessDenied', 403, `Invalid according to Policy: ${reason}`);

/**
 * Checks everything but the file's length, for which it returns the limits.
 * @param encoded the form's `policy` field, base64
 * @param now epoch milliseconds
 * @throws S3Error 403 AccessDenied, or 400 InvalidPolicyDocument
 */
export function checkPolicy(encoded: string, form: PostForm, now: number): SizeLimits {
  const { expiration, conditions } = readPolicy(encoded);
  if (expiration.getTime() <= now) throw refuse('Policy expired.');
  if ((form.fields.get('bucket') ?? form.bucket) !== form.bucket) {
    throw refuse('The bucket in the form is another one than in the address.');
  }
  const named = new Set<string>(['bucket']);
  const limits = { minBytes: 0, maxBytes: S3_MAX_BYTES };
  for (const condition of conditions) {
    if (Array.isArray(condition) && condition[0] === 'content-length-range') {
      limits.minBytes = Math.max(limits.minBytes, condition[1]);
      limits.maxBytes = Math.min(limits.maxBytes, condition[2]);
      continue;
    }
    const matches: [operator: string, name: string, value: string][] = Array.isArray(condition)
      ? [[condition[0], condition[1].slice(1), condition[2]]]
      : Object.entries(condition).map(([name, value]) => ['eq', name, value]);
    for (const [operator, rawName, value] of matches) {
      const name = rawName.toLowerCase();
      named.add(name);
      const actual = name === 'bucket' ? form.bucket : (form.fields.get(name) ?? '');
      const holds = operator === 'eq' ? actual === value : startsWith(name, actual, value);
      if (!holds) {
        throw refuse(`Policy Condition failed: ["${operator}", "$${rawName}", "${value}"]`);
      }
    }
  }
  for (const name of form.fields.keys()) {
    if (FREE_FIELDS.has(name) || name.startsWith('x-ignore-') || named.has(name)) continue;
    throw refuse(`Extra input fields: ${name}`);
  }
  return limits;
}

/** A Content-Type may be a list, of which every member must begin so. */
function startsWith(name: string, actual: string, prefix: string): boolean {
  if (name !== 'content-type') return actual.startsWith(prefix);
  return actual.split(',').every((type) => type.trim().startsWith(prefix));
}

function readPolicy(encoded: string): z.infer<typeof policySchema> {
  try {
    return policySchema.parse(JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')));
  } catch {
    throw s3Failure('InvalidPolicyDocument', 400, 'The content of the form does not meet the conditions of a policy.');
  }
}
