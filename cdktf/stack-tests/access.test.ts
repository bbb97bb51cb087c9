/** Rows of the inventory (docs/AWS_RESOURCES.md), as the synthesized JSON has them. Who may be what; what each may do is isolation.test.ts. */
import { describe, expect, it } from '@jest/globals';
import { one, ref, values } from '../test-support/stacks.ts';

describe('Cognito identity pool SynapScribe-IdentityPool', () => {
  it('knows guests alone, by the enhanced flow', () => {
    expect(one.one('aws_cognito_identity_pool')).toMatchObject({
      identity_pool_name: 'SynapScribe-IdentityPool',
      allow_unauthenticated_identities: true,
      allow_classic_flow: false,
    });
    expect(one.one('aws_cognito_identity_pool_roles_attachment')['roles']).toEqual({
      unauthenticated: ref(one.address('aws_iam_role', 'guests'), 'arn'),
    });
  });
});

describe('IAM', () => {
  it("has a role for guests, for each Lambda, for the host and for API Gateway's logs", () => {
    expect(
      values(one.all('aws_iam_role'))
        .map((role) => role['name'])
        .sort(),
    ).toEqual([
      'SynapScribe-ApiGatewayLogs',
      'SynapScribe-Guest',
      'SynapScribe-Host',
      'SynapScribe-ValidateLectureFunction',
      'SynapScribe-WebSocketHandler',
    ]);
    expect(one.one('aws_instance')['iam_instance_profile']).toContain('aws_iam_instance_profile.');
  });
});
