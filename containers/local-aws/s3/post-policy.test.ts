import { describe, expect, it } from '@jest/globals';
import { checkPolicy } from './post-policy.ts';

const now = Date.UTC(2026, 10, 22);
const expiration = new Date(now + 60_000).toISOString();
const encode = (policy: unknown) => Buffer.from(JSON.stringify(policy)).toString('base64');

const check =
  (conditions: unknown[], fields: Record<string, string>, policy: object = {}) =>
  () =>
    checkPolicy(
      encode({ expiration, conditions, ...policy }),
      { bucket: 'bucket', fields: new Map(Object.entries(fields)) },
      now,
    );

describe('checkPolicy', () => {
  it('gives the narrowest of several size ranges', () => {
    const ranges = [
      ['content-length-range', 0, 100],
      ['content-length-range', '5', '50'],
    ];
    expect(check(ranges, {})()).toEqual({ minBytes: 5, maxBytes: 50 });
  });

  it('accepts what every condition allows', () => {
    const conditions = [
      { bucket: 'bucket' },
      ['eq', '$key', 'lectures/a.mp3'],
      ['starts-with', '$Content-Type', 'audio/'],
      ['starts-with', '$x-amz-meta-title', ''],
    ];
    const fields = {
      key: 'lectures/a.mp3',
      'content-type': 'audio/mpeg',
      'x-amz-meta-title': 'any',
      policy: 'p',
      'x-amz-signature': 's',
      'x-ignore-me': 'x',
    };
    expect(check(conditions, fields)).not.toThrow();
  });

  it.each([
    ['a key that differs', [['eq', '$key', 'a']], { key: 'b' }, /\["eq", "\$key", "a"\]/],
    ['a key that is missing', [{ key: 'a' }], {}, /Policy Condition failed/],
    ['a beginning that differs', [['starts-with', '$key', 'lectures/']], { key: 'queries/a' }, /starts-with/],
    [
      'one type of several',
      [['starts-with', '$Content-Type', 'audio/']],
      { 'content-type': 'audio/mpeg, text/html' },
      /Policy Condition failed/,
    ],
    ['another bucket', [{ bucket: 'else' }], {}, /Policy Condition failed/],
    ['a field that nothing names', [], { acl: 'public-read' }, /Extra input fields: acl/],
  ])('refuses %s', (_what, conditions, fields, message) => {
    expect(check(conditions, fields as Record<string, string>)).toThrow(message);
  });

  it('refuses a policy that has ended', () => {
    expect(check([], {}, { expiration: new Date(now).toISOString() })).toThrow('Policy expired');
  });

  it.each([
    ['no JSON', 'x'],
    ['no expiration', encode({ conditions: [] })],
    ['an unknown operator', encode({ expiration, conditions: [['matches', '$key', 'a']] })],
    ['a condition that is no list', encode({ expiration, conditions: 'all' })],
  ])('refuses a policy with %s', (_what, encoded) => {
    expect(() => checkPolicy(encoded, { bucket: 'bucket', fields: new Map() }, now)).toThrow(
      expect.objectContaining({ code: 'InvalidPolicyDocument' }),
    );
  });
});
