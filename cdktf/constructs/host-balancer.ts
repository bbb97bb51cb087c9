/** Where the Lambdas find several hosts: an internal load balancer, which asks each whether it is ready. */
import { LbListener } from '@cdktf/provider-aws/lib/lb-listener/index.js';
import { LbTargetGroup } from '@cdktf/provider-aws/lib/lb-target-group/index.js';
import { Lb } from '@cdktf/provider-aws/lib/lb/index.js';
import type { SecurityGroup } from '@cdktf/provider-aws/lib/security-group/index.js';
import { Construct } from 'constructs';
import { NAMES, PORTS } from '../names.ts';
import type { Network } from './network.ts';

export interface HostBalancerProps {
  network: Network;
  group: SecurityGroup;
}

export class HostBalancer extends Construct {
  readonly balancer: Lb;
  readonly targets: LbTargetGroup;
  readonly agentCoreEndpoint: string;

  constructor(scope: Construct, id: string, { network, group }: HostBalancerProps) {
    super(scope, id);
    this.balancer = new Lb(this, 'balancer', {
      name: NAMES.host,
      loadBalancerType: 'network',
      internal: true,
      subnets: network.hostSubnetIds,
      securityGroups: [group.id],
      // There may be fewer hosts than zones.
      enableCrossZoneLoadBalancing: true,
    });
    this.targets = new LbTargetGroup(this, 'targets', {
      name: NAMES.host,
      port: PORTS.agentCore,
      protocol: 'TCP',
      targetType: 'instance',
      vpcId: network.vpcId,
      // The grace that AgentCore gives its answers.
      deregistrationDelay: '30',
      healthCheck: { protocol: 'HTTP', path: '/ready', interval: 10, healthyThreshold: 2, unhealthyThreshold: 3 },
    });
    new LbListener(this, 'listener', {
      loadBalancerArn: this.balancer.arn,
      port: PORTS.agentCore,
      protocol: 'TCP',
      defaultAction: [{ type: 'forward', targetGroupArn: this.targets.arn }],
    });
    this.agentCoreEndpoint = `http://${this.balancer.dnsName}:${PORTS.agentCore}`;
  }
}
