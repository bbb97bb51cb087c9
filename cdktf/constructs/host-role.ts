/** What the GPU host may do: serve students' questions, be managed, and write its logs. */
import { IamInstanceProfile } from '@cdktf/provider-aws/lib/iam-instance-profile/index.js';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { Construct } from 'constructs';
import { NAMES } from '../names.ts';
import type { Account } from './account.ts';
import { sessionKeys, type DataStores } from './lambda-policies.ts';
import { allow, assumedBy, leadingKeys, policyDocument, type Statement } from './policy.ts';

export interface HostRoleProps extends DataStores {
  /** `arn:aws:execute-api:…:<api>/<stage>/POST/@connections/*` */
  connectionsArn: string;
  deployBucketArn: string;
  /** Of the SSM parameter with the host's settings. */
  settingsArn: string;
  logGroupArns: string[];
  /** Several hosts: their group, which waits for them to be ready and to have drained. */
  groupArn: string | undefined;
}

export class HostRole extends Construct {
  readonly profile: IamInstanceProfile;

  constructor(scope: Construct, id: string, props: HostRoleProps) {
    super(scope, id);
    const role = new IamRole(this, 'role', {
      name: NAMES.host,
      description: 'The GPU host',
      assumeRolePolicy: assumedBy('ec2.amazonaws.com'),
    });
    const policy = new IamRolePolicy(this, 'policy', {
      name: 'host',
      role: role.id,
      policy: policyDocument([
        ...agentCoreRights(props),
        allow('Deploy', ['s3:GetObject'], `${props.deployBucketArn}/host/*`),
        allow('ReadSettings', ['ssm:GetParameter'], props.settingsArn),
        allow(
          'WriteLogs',
          ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
          props.logGroupArns.map((arn) => `${arn}:*`),
        ),
        // The namespace is all that AWS lets one bound here.
        allow('WriteMetrics', ['cloudwatch:PutMetricData'], '*', {
          StringEquals: { 'cloudwatch:namespace': NAMES.hostMetrics },
        }),
        ...managementRights(props.account),
        ...(props.groupArn === undefined
          ? []
          : [
              allow('ReportToGroup', ['autoscaling:CompleteLifecycleAction'], props.groupArn),
              // AWS knows no resource for it.
              allow('SeeGroup', ['autoscaling:DescribeAutoScalingInstances'], '*'),
            ]),
      ]),
    });
    this.profile = new IamInstanceProfile(this, 'profile', { name: NAMES.host, role: role.name, dependsOn: [policy] });
  }
}

function agentCoreRights({ account, audioBucketArn, sessionsTableArn, connectionsArn }: HostRoleProps): Statement[] {
  const objects = (folders: string[]): string[] => folders.map((folder) => `${audioBucketArn}/${folder}/*`);
  const all = objects(['lectures', 'transcripts', 'queries', 'responses']);
  return [
    // Answers too: a link to one carries the signer's right to get it.
    allow('ReadAudio', ['s3:GetObject'], all),
    allow('WriteResults', ['s3:PutObject'], objects(['transcripts', 'responses'])),
    // A lecture that its student takes away goes with all that came of it.
    allow('DeleteLectures', ['s3:DeleteObject'], all),
    // Readiness, what a lecture has left, and that S3 tells what is not there from what is forbidden.
    allow('SeeBucket', ['s3:ListBucket'], audioBucketArn),
    allow('SeeTable', ['dynamodb:DescribeTable'], sessionsTableArn),
    allow(
      'KeepSessions',
      ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
      sessionsTableArn,
      leadingKeys('StringLike', [sessionKeys(account)]),
    ),
    allow(
      'TellConnections',
      ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      sessionsTableArn,
      leadingKeys('StringLike', ['connections#*']),
    ),
    allow(
      'KeepClaims',
      ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
      sessionsTableArn,
      leadingKeys('StringLike', ['claims#*']),
    ),
    allow(
      'KeepWhatIsHeard',
      ['dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:Query'],
      sessionsTableArn,
      leadingKeys('StringLike', ['pieces#*']),
    ),
    allow(
      'NoteWhatIsDone',
      ['dynamodb:GetItem', 'dynamodb:PutItem'],
      sessionsTableArn,
      leadingKeys('StringLike', ['answered#*', 'transcribed#*']),
    ),
    allow('Answer', ['execute-api:ManageConnections'], connectionsArn),
  ];
}

/**
 * Session Manager and State Manager: what AmazonSSMManagedInstanceCore grants and this host uses, without that policy's
 * rights to read every parameter of the account and to write inventories, which nothing here gathers.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-instance-permissions.html
 */
function managementRights(account: Account): Statement[] {
  const instances = account.arn('ec2', 'instance/*');
  return [
    allow(
      'BeManaged',
      [
        'ssm:ListInstanceAssociations',
        'ssm:PutComplianceItems',
        'ssm:UpdateInstanceAssociationStatus',
        'ssm:UpdateInstanceInformation',
      ],
      [instances, account.arn('ssm', 'association/*'), account.arn('ssm', 'managed-instance/*')],
    ),
    allow(
      'ReadDocuments',
      ['ssm:DescribeAssociation', 'ssm:DescribeDocument', 'ssm:GetDocument', 'ssm:UpdateAssociationStatus'],
      [
        account.arn('ssm', `document/${NAMES.applyDocument}`),
        account.arn('ssm', 'association/*'),
        instances,
        `arn:aws:ssm:${account.region}::document/*`,
      ],
    ),
    // AWS knows no resource for these: they are the instance's own channel.
    allow(
      'Channel',
      [
        'ec2messages:AcknowledgeMessage',
        'ec2messages:DeleteMessage',
        'ec2messages:FailMessage',
        'ec2messages:GetEndpoint',
        'ec2messages:GetMessages',
        'ec2messages:SendReply',
        'ssmmessages:CreateControlChannel',
        'ssmmessages:CreateDataChannel',
        'ssmmessages:OpenControlChannel',
        'ssmmessages:OpenDataChannel',
        'ssm:GetManifest',
      ],
      '*',
    ),
  ];
}
