/** Where the Lambdas find the one host: an interface of its own, whose private address outlives the instance. */
import { Eip } from '@cdktf/provider-aws/lib/eip/index.js';
import { NetworkInterface } from '@cdktf/provider-aws/lib/network-interface/index.js';
import { Fn } from 'cdktf';
import { Construct } from 'constructs';
import { NAMES, PORTS } from '../names.ts';
import type { Network } from './network.ts';

export class HostAddress extends Construct {
  readonly interface: NetworkInterface;
  /** The way out. An interface of one's own gets no public address by itself. */
  readonly publicAddress: Eip;
  readonly agentCoreEndpoint: string;

  constructor(scope: Construct, id: string, { network }: { network: Network }) {
    super(scope, id);
    this.interface = new NetworkInterface(this, 'interface', {
      description: 'The GPU host',
      subnetId: Fn.element(Fn.sort(network.hostSubnetIds), 0) as string,
      securityGroups: [network.hostGroup.id],
      tags: { Name: NAMES.host },
      // A subnet more in the VPC, or a zone more that has the instance type, does not move the host.
      lifecycle: { ignoreChanges: ['subnet_id'] },
    });
    this.publicAddress = new Eip(this, 'public-address', {
      domain: 'vpc',
      networkInterface: this.interface.id,
      tags: { Name: NAMES.host },
    });
    this.agentCoreEndpoint = `http://${this.interface.privateIp}:${PORTS.agentCore}`;
  }
}
