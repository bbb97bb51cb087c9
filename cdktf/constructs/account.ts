/** Where the stack is: AWS's partition, region and account, of which the latter two make ARNs. */
import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity/index.js';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider/index.js';
import { Construct } from 'constructs';

export interface AccountProps {
  region: string;
  /** The credentials' own where it is not given. */
  account?: string | undefined;
}

export class Account extends Construct {
  readonly region: string;
  readonly id: string;

  constructor(scope: Construct, id: string, { region, account }: AccountProps) {
    super(scope, id);
    new AwsProvider(this, 'aws', {
      region,
      defaultTags: [{ tags: { Project: 'SynapScribe', ManagedBy: 'cdktf' } }],
      ...(account !== undefined && { allowedAccountIds: [account] }),
    });
    this.region = region;
    this.id = account ?? new DataAwsCallerIdentity(this, 'caller').accountId;
  }

  /** An ARN of this region and account. */
  arn(service: string, resource: string): string {
    return `arn:aws:${service}:${this.region}:${this.id}:${resource}`;
  }
}
