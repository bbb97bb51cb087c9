/** What every GPU instance has in common: its image, its disk, and how its metadata are reached. */
import { DataAwsSsmParameter } from '@cdktf/provider-aws/lib/data-aws-ssm-parameter/index.js';
import { Construct } from 'constructs';

/** Ubuntu 24.04 with NVIDIA's driver, the container toolkit, Docker and the SSM agent. */
const AMI_PARAMETER = '/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-24.04/latest/ami-id';

export class HostImage extends Construct {
  readonly amiId: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.amiId = new DataAwsSsmParameter(this, 'ami', { name: AMI_PARAMETER }).insecureValue;
  }
}

/** The second hop is the one into a container. */
export const METADATA_OPTIONS = {
  httpEndpoint: 'enabled',
  httpTokens: 'required',
  httpPutResponseHopLimit: 2,
} as const;

export const rootVolume = (volumeGb: number) => ({
  volumeType: 'gp3',
  volumeSize: volumeGb,
  iops: 3_000,
  throughput: 125,
});
