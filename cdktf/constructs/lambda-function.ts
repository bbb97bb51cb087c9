/** A Lambda in the VPC with a role, a log group and nothing that calls it until that is allowed. */
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { LambdaFunctionEventInvokeConfig } from '@cdktf/provider-aws/lib/lambda-function-event-invoke-config/index.js';
import { LambdaFunction as AwsLambdaFunction } from '@cdktf/provider-aws/lib/lambda-function/index.js';
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission/index.js';
import { AssetType, Fn, TerraformAsset } from 'cdktf';
import { Construct } from 'constructs';
import type { Account } from './account.ts';
import type { Network } from './network.ts';
import { allow, assumedBy, policyDocument, type Statement } from './policy.ts';

export interface LambdaFunctionProps {
  account: Account;
  network: Network;
  name: string;
  description: string;
  /** Absolute path of a zip with `index.mjs`. */
  zip: string;
  timeoutSeconds: number;
  environment: Record<string, string>;
  /** Beside its logs and its place in the VPC. */
  rights: readonly Statement[];
  logRetentionDays: number;
  /** Of asynchronous invocations: how often one is tried again, and the queue that keeps what failed every time. */
  retries: { attempts: 0 | 1 | 2; deadLetterQueueArn?: string };
}

export interface Invoker {
  principal: string;
  sourceArn: string;
  sourceAccount?: string;
}

/** What Lambda does with the role to put the function into the VPC, and the function itself must not. */
const INTERFACE_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];
/**
 * IAM does not promise that a `*` in the place of a resource's kind matches all kinds, so they are named; what Lambda is
 * known to ask before it makes a function is about `*` of all kinds.
 */
const INTERFACE_RESOURCES = ['network-interface/*', 'security-group/*', 'subnet/*', '*/*'];
/** AWS knows no resource for these. */
const DESCRIBE_ACTIONS = ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'];

export class LambdaFunction extends Construct {
  readonly name: string;
  readonly arn: string;
  readonly invokeArn: string;
  readonly logGroup: CloudwatchLogGroup;

  constructor(scope: Construct, id: string, props: LambdaFunctionProps) {
    super(scope, id);
    const { account, network, name, zip } = props;
    const { attempts, deadLetterQueueArn } = props.retries;
    this.name = name;
    this.logGroup = new CloudwatchLogGroup(this, 'logs', {
      name: `/aws/lambda/${name}`,
      retentionInDays: props.logRetentionDays,
    });
    const role = new IamRole(this, 'role', {
      name: `SynapScribe-${name}`,
      description: `Lambda ${name}`,
      assumeRolePolicy: assumedBy('lambda.amazonaws.com'),
    });
    const policy = new IamRolePolicy(this, 'policy', {
      name: 'function',
      role: role.id,
      policy: policyDocument([
        allow('WriteLogs', ['logs:CreateLogStream', 'logs:PutLogEvents'], `${this.logGroup.arn}:*`),
        ...vpcStatements(account, name),
        ...props.rights,
        ...(deadLetterQueueArn === undefined ? [] : [allow('KeepFailures', ['sqs:SendMessage'], deadLetterQueueArn)]),
      ]),
    });
    const asset = new TerraformAsset(this, 'code', { path: zip, type: AssetType.FILE });
    const fn = new AwsLambdaFunction(this, 'function', {
      functionName: name,
      description: props.description,
      runtime: 'nodejs24.x',
      architectures: ['arm64'],
      handler: 'index.handler',
      filename: asset.path,
      // Not the asset's own hash, which Lambda does not know (terraform-cdk #883).
      sourceCodeHash: Fn.filebase64sha256(asset.path),
      role: role.arn,
      memorySize: 512,
      timeout: props.timeoutSeconds,
      environment: { variables: props.environment },
      loggingConfig: { logFormat: 'Text', logGroup: this.logGroup.name },
      vpcConfig: { subnetIds: network.hostSubnetIds, securityGroupIds: [network.lambdaGroup.id] },
      // Its interfaces let go of the group at once, so that a destroy does not wait for them.
      replaceSecurityGroupsOnDestroy: true,
      // Lambda tries the role's rights when the function is made.
      dependsOn: [policy],
    });
    this.arn = fn.arn;
    this.invokeArn = fn.invokeArn;
    new LambdaFunctionEventInvokeConfig(this, 'retries', {
      functionName: fn.functionName,
      maximumRetryAttempts: attempts,
      ...(deadLetterQueueArn !== undefined && {
        destinationConfig: { onFailure: { destination: deadLetterQueueArn } },
      }),
    });
  }

  allowInvocation(id: string, invoker: Invoker): LambdaPermission {
    return new LambdaPermission(this, id, {
      statementId: id,
      action: 'lambda:InvokeFunction',
      // By its ARN, which there is only when the function is made.
      functionName: this.arn,
      ...invoker,
    });
  }
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
function vpcStatements(account: Account, functionName: string): Statement[] {
  return [
    allow(
      'JoinVpc',
      INTERFACE_ACTIONS,
      INTERFACE_RESOURCES.map((resource) => account.arn('ec2', resource)),
    ),
    allow('SeeVpc', DESCRIBE_ACTIONS, '*'),
    {
      Sid: 'LeaveVpcToLambda',
      Effect: 'Deny',
      Action: [...INTERFACE_ACTIONS, ...DESCRIBE_ACTIONS],
      Resource: '*',
      Condition: { ArnEquals: { 'lambda:SourceFunctionArn': account.arn('lambda', `function:${functionName}`) } },
    },
  ];
}
