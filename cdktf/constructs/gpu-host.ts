/** The one GPU host, at its fixed address. */
import { Instance } from '@cdktf/provider-aws/lib/instance/index.js';
import { DataResource, type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { StackConfig } from '../config.ts';
import { NAMES } from '../names.ts';
import type { HostAddress } from './host-address.ts';
import { HostImage, METADATA_OPTIONS, rootVolume } from './host-image.ts';
import type { HostRelease } from './host-release.ts';
import type { HostRole } from './host-role.ts';

export interface GpuHostProps {
  config: Pick<StackConfig, 'instanceType' | 'purchase' | 'volumeGb'>;
  address: HostAddress;
  role: HostRole;
  release: HostRelease;
}

export class GpuHost extends Construct {
  readonly instance: Instance;

  constructor(scope: Construct, id: string, { config, address, role, release }: GpuHostProps) {
    super(scope, id);
    const prerequisites: ITerraformDependable[] = [...release.prerequisites, address.publicAddress];
    const image = new HostImage(this, 'image');
    const kind = new DataResource(this, 'kind', {
      input: { instanceType: config.instanceType, purchase: config.purchase },
    });
    this.instance = new Instance(this, 'instance', {
      ami: image.amiId,
      instanceType: config.instanceType,
      iamInstanceProfile: role.profile.name,
      primaryNetworkInterface: { networkInterfaceId: address.interface.id },
      // A spot instance that is taken back is stopped: its disk stays, and it starts again when there is room.
      ...(config.purchase === 'spot'
        ? {
            instanceMarketOptions: {
              marketType: 'spot',
              spotOptions: { spotInstanceType: 'persistent', instanceInterruptionBehavior: 'stop' },
            },
          }
        : { instanceInitiatedShutdownBehavior: 'stop' }),
      metadataOptions: { ...METADATA_OPTIONS },
      rootBlockDevice: {
        ...rootVolume(config.volumeGb),
        encrypted: true,
        deleteOnTermination: true,
        tags: { Name: NAMES.host },
      },
      monitoring: true,
      userData: release.userData,
      tags: { Name: NAMES.host },
      // A newer image, or another boot script, is for the next instance: a running one takes releases as they come.
      lifecycle: { ignoreChanges: ['ami', 'user_data'] },
      dependsOn: prerequisites,
    });
    // A spot request can be changed in neither. As plain text: cdktf would write a form that Terraform refuses.
    this.instance.addOverride('lifecycle.replace_triggered_by', [
      `${kind.terraformResourceType}.${kind.friendlyUniqueId}`,
    ]);
  }
}
