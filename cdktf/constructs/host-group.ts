/** Several GPU hosts: as many as the questions in work ask for. State is in S3 and DynamoDB, so any serves any question. */
import { AutoscalingGroup } from '@cdktf/provider-aws/lib/autoscaling-group/index.js';
import { AutoscalingPolicy } from '@cdktf/provider-aws/lib/autoscaling-policy/index.js';
import { LaunchTemplate } from '@cdktf/provider-aws/lib/launch-template/index.js';
import { Fn, TerraformLocal, Token } from 'cdktf';
import { Construct } from 'constructs';
import type { CloudWatchMetricName } from '../../agentcore/cloudwatch-metric-names.ts';
import type { StackConfig } from '../config.ts';
import { NAMES } from '../names.ts';
import type { HostBalancer } from './host-balancer.ts';
import { HostImage, METADATA_OPTIONS, rootVolume } from './host-image.ts';
import type { HostRelease } from './host-release.ts';
import type { HostRole } from './host-role.ts';
import type { Network } from './network.ts';

/** Its hooks are `<name>-launch` and `<name>-terminate` (host/host-settings.ts). */
export const LIFECYCLE_HOOK = 'SynapScribe';

/** Questions and lectures in work on each host, above which there should be one more. */
const TARGET_QUEUE_DEPTH = 6;
const QUEUE_DEPTH: CloudWatchMetricName = 'QueueDepth';
/** From the launch of an instance to its first question: the model is fetched and the images are built. */
const BOOT_SECONDS = 3_600;
/** What a spot instance's notice leaves. */
const DRAIN_SECONDS = 120;

export interface HostGroupProps {
  config: Pick<StackConfig, 'instanceType' | 'purchase' | 'volumeGb' | 'hosts'>;
  network: Network;
  balancer: HostBalancer;
  role: HostRole;
  release: HostRelease;
}

export class HostGroup extends Construct {
  constructor(scope: Construct, id: string, { config, network, balancer, role, release }: HostGroupProps) {
    super(scope, id);
    const tags = { Name: NAMES.host, Project: 'SynapScribe' };
    // A local, since the text of a script cannot stand in a call of Terraform's.
    const userData = new TerraformLocal(this, 'user-data', release.userData);
    const template = new LaunchTemplate(this, 'template', {
      name: NAMES.host,
      imageId: new HostImage(this, 'image').amiId,
      instanceType: config.instanceType,
      iamInstanceProfile: { name: role.profile.name },
      networkInterfaces: [
        { associatePublicIpAddress: 'true', securityGroups: [network.hostGroup.id], deleteOnTermination: 'true' },
      ],
      metadataOptions: { ...METADATA_OPTIONS },
      blockDeviceMappings: [
        {
          deviceName: '/dev/sda1',
          ebs: { ...rootVolume(config.volumeGb), encrypted: 'true', deleteOnTermination: 'true' },
        },
      ],
      monitoring: { enabled: true },
      userData: Fn.base64encode(userData.asString),
      tagSpecifications: ['instance', 'volume', 'network-interface'].map((resourceType) => ({ resourceType, tags })),
      updateDefaultVersion: true,
    });
    const group = new AutoscalingGroup(this, 'group', {
      name: NAMES.host,
      minSize: 1,
      maxSize: config.hosts,
      vpcZoneIdentifier: network.hostSubnetIds,
      targetGroupArns: [balancer.targets.arn],
      healthCheckType: 'ELB',
      healthCheckGracePeriod: BOOT_SECONDS,
      defaultInstanceWarmup: 300,
      capacityRebalance: config.purchase === 'spot',
      mixedInstancesPolicy: {
        instancesDistribution: {
          onDemandBaseCapacity: 0,
          onDemandPercentageAboveBaseCapacity: config.purchase === 'spot' ? 0 : 100,
          spotAllocationStrategy: 'price-capacity-optimized',
        },
        launchTemplate: {
          launchTemplateSpecification: {
            launchTemplateId: template.id,
            version: Token.asString(template.latestVersion),
          },
        },
      },
      initialLifecycleHook: [
        {
          name: `${LIFECYCLE_HOOK}-launch`,
          lifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
          heartbeatTimeout: BOOT_SECONDS,
          defaultResult: 'ABANDON',
        },
        {
          name: `${LIFECYCLE_HOOK}-terminate`,
          lifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
          heartbeatTimeout: DRAIN_SECONDS,
          defaultResult: 'CONTINUE',
        },
      ],
      tag: [{ key: 'Name', value: NAMES.host, propagateAtLaunch: true }],
      // A deploy does not wait for the boot: the alarms tell how it went.
      waitForCapacityTimeout: '0',
      dependsOn: release.prerequisites,
    });
    new AutoscalingPolicy(this, 'scaling', {
      name: 'SynapScribe-QueueDepth',
      autoscalingGroupName: group.name,
      policyType: 'TargetTrackingScaling',
      targetTrackingConfiguration: {
        targetValue: TARGET_QUEUE_DEPTH,
        // Every host writes its own: their average is a host's.
        customizedMetricSpecification: { namespace: NAMES.metrics, metricName: QUEUE_DEPTH, statistic: 'Average' },
      },
    });
  }
}
