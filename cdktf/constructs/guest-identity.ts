/** Students without an account: an identity each, and what one may do, which is under its own name alone. */
import { CognitoIdentityPoolRolesAttachment } from '@cdktf/provider-aws/lib/cognito-identity-pool-roles-attachment/index.js';
import { CognitoIdentityPool } from '@cdktf/provider-aws/lib/cognito-identity-pool/index.js';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { Construct } from 'constructs';
import { allow, leadingKeys, policyDocument } from './policy.ts';

/** The guest's identity id. Doubled, since Terraform would read `${…}` as its own. */
const GUEST = '$${cognito-identity.amazonaws.com:sub}';

export interface GuestIdentityProps {
  poolName: string;
  audioBucketArn: string;
  sessionsTableArn: string;
  /** `arn:aws:execute-api:…:<api>/<stage>/$connect` */
  connectRouteArn: string;
}

export class GuestIdentity extends Construct {
  readonly poolId: string;

  constructor(scope: Construct, id: string, props: GuestIdentityProps) {
    super(scope, id);
    const pool = new CognitoIdentityPool(this, 'pool', {
      identityPoolName: props.poolName,
      allowUnauthenticatedIdentities: true,
      allowClassicFlow: false,
    });
    this.poolId = pool.id;
    const role = new IamRole(this, 'role', {
      name: 'SynapScribe-Guest',
      description: 'Guests of the identity pool',
      assumeRolePolicy: policyDocument([
        {
          Sid: 'Guests',
          Effect: 'Allow',
          Principal: { Federated: 'cognito-identity.amazonaws.com' },
          Action: ['sts:AssumeRoleWithWebIdentity'],
          Condition: {
            StringEquals: { 'cognito-identity.amazonaws.com:aud': pool.id },
            'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'unauthenticated' },
          },
        },
      ]),
    });
    const policy = new IamRolePolicy(this, 'policy', {
      name: 'guest',
      role: role.id,
      policy: policyDocument([
        allow('PutOwnQuestions', ['s3:PutObject'], `${props.audioBucketArn}/queries/${GUEST}/*`),
        allow(
          'UseOwnSessions',
          ['dynamodb:GetItem', 'dynamodb:PutItem'],
          props.sessionsTableArn,
          leadingKeys('StringEquals', [GUEST]),
        ),
        allow('Connect', ['execute-api:Invoke'], props.connectRouteArn),
      ]),
    });
    new CognitoIdentityPoolRolesAttachment(this, 'roles', {
      identityPoolId: pool.id,
      roles: { unauthenticated: role.arn },
      dependsOn: [policy],
    });
  }
}
