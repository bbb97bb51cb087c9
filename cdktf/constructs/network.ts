/** The VPC, looked up and never made; who may reach whom; the free ways to S3 and DynamoDB. */
import { DataAwsEc2InstanceTypeOfferings } from '@cdktf/provider-aws/lib/data-aws-ec2-instance-type-offerings/index.js';
import { DataAwsRouteTables } from '@cdktf/provider-aws/lib/data-aws-route-tables/index.js';
import { DataAwsSubnets } from '@cdktf/provider-aws/lib/data-aws-subnets/index.js';
import { DataAwsVpc } from '@cdktf/provider-aws/lib/data-aws-vpc/index.js';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group/index.js';
import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint/index.js';
import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule/index.js';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule/index.js';
import { DataAwsPrefixList } from '@cdktf/provider-aws/lib/data-aws-prefix-list/index.js';
import { Construct } from 'constructs';
import type { StackConfig } from '../config.ts';
import { PORTS } from '../names.ts';

export interface NetworkProps {
  config: Pick<
    StackConfig,
    'region' | 'vpcId' | 'subnetIds' | 'gatewayEndpoints' | 'operatorCidr' | 'openModelPorts' | 'hosts' | 'instanceType'
  >;
}

export class Network extends Construct {
  readonly vpcId: string;
  /** Subnets in zones that have the instance type. A Terraform list. */
  readonly hostSubnetIds: string[];
  readonly hostGroup: SecurityGroup;
  readonly lambdaGroup: SecurityGroup;
  /** Of the load balancer, which there is for several hosts. */
  readonly balancerGroup: SecurityGroup | undefined;

  constructor(scope: Construct, id: string, { config }: NetworkProps) {
    super(scope, id);
    const vpc = new DataAwsVpc(this, 'vpc', config.vpcId === undefined ? { default: true } : { id: config.vpcId });
    this.vpcId = vpc.id;
    this.hostSubnetIds = this.#findSubnets(config);

    this.hostGroup = this.#group('host', 'SynapScribe-Host', 'The GPU host: AgentCore, from the Lambdas alone');
    this.lambdaGroup = this.#group('lambda', 'SynapScribe-Lambda', 'The Lambdas: AgentCore, S3 and DynamoDB');
    this.balancerGroup =
      config.hosts > 1
        ? this.#group('balancer', 'SynapScribe-Balancer', 'The load balancer before the GPU hosts')
        : undefined;
    this.#allowAgentCore();
    new VpcSecurityGroupEgressRule(this, 'host-egress', {
      securityGroupId: this.hostGroup.id,
      description: 'Models, packages, Google, AWS',
      ipProtocol: '-1',
      cidrIpv4: '0.0.0.0/0',
    });
    if (config.operatorCidr !== undefined) {
      this.#allowIn('host-ssh', this.hostGroup, PORTS.ssh, 'The operator', { cidrIpv4: config.operatorCidr });
    }
    if (config.openModelPorts) {
      const from = { cidrIpv4: vpc.cidrBlock };
      this.#allowIn('host-vllm', this.hostGroup, PORTS.vllm, 'vLLM, from the VPC', from);
      this.#allowIn('host-speech', this.hostGroup, PORTS.speech, 'gTTS, from the VPC', from);
    }
    this.#allowStorage(config);
  }

  #findSubnets({ vpcId, subnetIds, instanceType }: NetworkProps['config']): string[] {
    const offerings = new DataAwsEc2InstanceTypeOfferings(this, 'offerings', {
      locationType: 'availability-zone',
      filter: [{ name: 'instance-type', values: [instanceType] }],
    });
    const own =
      subnetIds.length > 0
        ? [{ name: 'subnet-id', values: subnetIds }]
        : // Public ones, as far as that can be seen: the host has to reach the internet.
          [{ name: 'map-public-ip-on-launch', values: ['true'] }];
    return new DataAwsSubnets(this, 'host-subnets', {
      filter: [
        { name: 'vpc-id', values: [this.vpcId] },
        { name: 'availability-zone', values: offerings.locations },
        ...(vpcId === undefined ? [{ name: 'default-for-az', values: ['true'] }] : own),
      ],
    }).ids;
  }

  #group(id: string, name: string, description: string): SecurityGroup {
    return new SecurityGroup(this, `${id}-group`, {
      name,
      description,
      vpcId: this.vpcId,
      tags: { Name: name },
      // A Lambda's network interfaces outlive it by up to 40 minutes.
      timeouts: { delete: '60m' },
    });
  }

  /** From the Lambdas to AgentCore, through the load balancer where there is one. */
  #allowAgentCore(): void {
    const { hostGroup, lambdaGroup, balancerGroup } = this;
    const port = PORTS.agentCore;
    const hops =
      balancerGroup === undefined
        ? ([['agentcore', lambdaGroup, hostGroup]] as const)
        : ([
            ['agentcore', lambdaGroup, balancerGroup],
            ['balanced', balancerGroup, hostGroup],
          ] as const);
    for (const [id, from, to] of hops) {
      this.#allowIn(`${id}-in`, to, port, 'AgentCore', { referencedSecurityGroupId: from.id });
      this.#allowOut(`${id}-out`, from, port, 'AgentCore', { referencedSecurityGroupId: to.id });
    }
  }

  #allowStorage({ region, gatewayEndpoints }: NetworkProps['config']): void {
    const tables = gatewayEndpoints
      ? new DataAwsRouteTables(this, 'route-tables', { vpcId: this.vpcId }).ids
      : undefined;
    for (const service of ['s3', 'dynamodb'] as const) {
      const serviceName = `com.amazonaws.${region}.${service}`;
      const prefixListId =
        tables === undefined
          ? new DataAwsPrefixList(this, `${service}-prefixes`, { name: serviceName }).id
          : new VpcEndpoint(this, `${service}-endpoint`, {
              vpcId: this.vpcId,
              serviceName,
              vpcEndpointType: 'Gateway',
              routeTableIds: tables,
              tags: { Name: `SynapScribe-${service}` },
            }).prefixListId;
      this.#allowOut(`lambda-${service}`, this.lambdaGroup, 443, serviceName, { prefixListId });
    }
  }

  #allowIn(
    id: string,
    group: SecurityGroup,
    port: number,
    description: string,
    from: { cidrIpv4: string } | { referencedSecurityGroupId: string },
  ): void {
    new VpcSecurityGroupIngressRule(this, id, { ...tcp(group, port, description), ...from });
  }

  #allowOut(
    id: string,
    group: SecurityGroup,
    port: number,
    description: string,
    to: { prefixListId: string } | { referencedSecurityGroupId: string },
  ): void {
    new VpcSecurityGroupEgressRule(this, id, { ...tcp(group, port, description), ...to });
  }
}

const tcp = (group: SecurityGroup, port: number, description: string) => ({
  securityGroupId: group.id,
  description,
  ipProtocol: 'tcp',
  fromPort: port,
  toPort: port,
});
