/** Rows of the inventory (docs/AWS_RESOURCES.md), as the synthesized JSON has them. The GPU host, its disk, its services, and several of it. */
import { describe, expect, it } from '@jest/globals';
import { CLOUDWATCH_METRICS } from '../../agentcore/cloudwatch-metric-names.ts';
import { one, several, ref, parse, values } from '../test-support/stacks.ts';
import { synthesizeForTest } from '../test-support/synthesized.ts';

describe('EC2 host', () => {
  const instance = one.one('aws_instance');

  it('is a g5.2xlarge, spot, that is stopped and started again rather than lost', () => {
    expect(instance).toMatchObject({
      instance_type: 'g5.2xlarge',
      instance_market_options: {
        market_type: 'spot',
        spot_options: { spot_instance_type: 'persistent', instance_interruption_behavior: 'stop' },
      },
    });
  });

  it('may be a g4dn.xlarge on demand, with the number format and memory that it has', () => {
    const g4dn = synthesizeForTest({ instanceType: 'g4dn.xlarge', purchase: 'on-demand' });
    expect(g4dn.one('aws_instance')).toMatchObject({ instance_type: 'g4dn.xlarge' });
    expect(g4dn.one('aws_instance')).not.toHaveProperty('instance_market_options');
    const settings = g4dn.one('aws_ssm_parameter')['insecure_value'];
    expect(settings).toMatch(/^VLLM_DTYPE=half$/m);
    expect(settings).toMatch(/^VLLM_MEMORY=13g$/m);
    expect(settings).toMatch(/^PURCHASE=on-demand$/m);
  });

  it('runs the Ubuntu 24.04 image with NVIDIA driver that AWS names', () => {
    const name = '/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-24.04/latest/ami-id';
    expect(one.data('aws_ssm_parameter')).toMatchObject({ name });
    expect(instance['ami']).toContain('data.aws_ssm_parameter.');
  });

  it('is asked for its metadata with a token, from no farther than a container', () => {
    const options = { http_endpoint: 'enabled', http_tokens: 'required', http_put_response_hop_limit: 2 };
    expect(instance).toMatchObject({ metadata_options: options });
    expect(several.one('aws_launch_template')).toMatchObject({ metadata_options: options });
  });

  it('keeps its private address when it is stopped or replaced', () => {
    const nic = one.address('aws_network_interface');
    expect(instance).toMatchObject({ primary_network_interface: { network_interface_id: ref(nic, 'id') } });
    expect(one.one('aws_eip')).toMatchObject({ network_interface: ref(nic, 'id') });
    for (const fn of values(one.all('aws_lambda_function'))) {
      expect(fn).toHaveProperty('environment.variables.AGENTCORE_ENDPOINT', `http://${ref(nic, 'private_ip')}:5000`);
    }
  });

  it('is replaced by another type or way of buying, and by no other image or script', () => {
    expect(instance['lifecycle']).toEqual({
      ignore_changes: ['ami', 'user_data'],
      // Terraform takes addresses here, not expressions.
      replace_triggered_by: [one.address('terraform_data')],
    });
  });

  it('boots only when what it needs stands', () => {
    const needs = [
      one.address('aws_ssm_parameter'),
      one.address('aws_eip'),
      ...['agentcore', 'gtts', 'vllm', 'host'].map((name) =>
        one.address('aws_cloudwatch_log_group', `release_logs-${name}`),
      ),
    ];
    expect(instance['depends_on']).toEqual(expect.arrayContaining(needs));
    expect(one.one('aws_ssm_parameter')['depends_on']).toEqual([one.address('aws_s3_object', 'release_object')]);
    expect(several.one('aws_autoscaling_group')['depends_on']).toHaveLength(5);
  });

  it('gets a new release without being replaced: the parameter names it, an association has it applied', () => {
    const object = one.one('aws_s3_object', 'release_object');
    const settings = String(one.one('aws_ssm_parameter')['insecure_value']);
    expect(settings).toContain(`ASSET_KEY=${String(object['key'])}\n`);
    expect(object['key']).toMatch(/^host\/[0-9a-f]{64}\.tar\.gz$/);
    expect(instance['user_data']).not.toContain('ASSET_SHA256=');
    expect(one.one('aws_ssm_association')).toMatchObject({
      targets: [{ key: 'tag:Name', values: ['SynapScribe-Host'] }],
      max_concurrency: '1',
      max_errors: '0',
      parameters: { Settings: `\${sha256(${one.address('aws_ssm_parameter')}.insecure_value)}` },
    });
    const document = parse(one.one('aws_ssm_document')['content']);
    expect(document).toMatchObject({ schemaVersion: '2.2', mainSteps: [{ action: 'aws:runShellScript' }] });
    expect(JSON.stringify(document)).toContain('/synapscribe/host/settings');
    // Systems Manager puts parameters into the script: this one can be nothing but a digest, and no line has others.
    expect(JSON.stringify(document).match(/\{\{[^}]*\}\}/g)).toEqual(['{{ Settings }}']);
    expect(document).toHaveProperty('parameters.Settings.allowedPattern', '^[0-9a-f]{64}$');
  });

  it('is reached by Session Manager', () => {
    expect(JSON.stringify(one.one('aws_iam_role_policy', 'host-role'))).toContain('ssmmessages:OpenDataChannel');
    expect(instance).not.toHaveProperty('key_name');
  });
});

describe('several hosts', () => {
  it('are a group behind an internal balancer, which one host does without', () => {
    expect(several.one('aws_lb')).toMatchObject({ internal: true, load_balancer_type: 'network' });
    expect(several.one('aws_lb_listener')).toMatchObject({ port: 5000, protocol: 'TCP' });
    expect(several.one('aws_lb_target_group')).toMatchObject({
      port: 5000,
      health_check: { protocol: 'HTTP', path: '/ready' },
    });
    expect(several.one('aws_autoscaling_group')).toMatchObject({ min_size: 1, max_size: 3, health_check_type: 'ELB' });
    for (const type of ['aws_instance', 'aws_network_interface', 'aws_eip'])
      expect(several.types()).not.toContain(type);
    for (const type of ['aws_lb', 'aws_autoscaling_group', 'aws_launch_template'])
      expect(one.types()).not.toContain(type);
  });

  it('are where the Lambdas ask', () => {
    const endpoint = `http://${ref(several.address('aws_lb'), 'dns_name')}:5000`;
    for (const fn of values(several.all('aws_lambda_function'))) {
      expect(fn).toHaveProperty('environment.variables.AGENTCORE_ENDPOINT', endpoint);
    }
  });

  it('boot the same script, from a disk of the same kind', () => {
    expect(Object.values(several.json.locals)).toEqual([one.one('aws_instance')['user_data']]);
    expect(several.one('aws_launch_template')).toMatchObject({
      user_data: expect.stringMatching(/^\$\{base64encode\(local\..*\)\}$/),
      block_device_mappings: [{ ebs: { encrypted: 'true', volume_type: 'gp3', volume_size: 100, iops: 3000 } }],
    });
  });

  it('are scaled by the queue depth that AgentCore publishes', () => {
    expect(CLOUDWATCH_METRICS).toHaveProperty('QueueDepth');
    expect(several.one('aws_autoscaling_policy')).toMatchObject({
      policy_type: 'TargetTrackingScaling',
      target_tracking_configuration: {
        customized_metric_specification: { namespace: 'SynapScribe', metric_name: 'QueueDepth', statistic: 'Average' },
      },
    });
    expect(several.one('aws_ssm_parameter')['insecure_value']).toMatch(/^CLOUDWATCH_METRICS_NAMESPACE=SynapScribe$/m);
  });

  it('say when they are ready and when they have drained', () => {
    expect(several.one('aws_autoscaling_group')['initial_lifecycle_hook']).toMatchObject([
      { name: 'SynapScribe-launch', default_result: 'ABANDON' },
      { name: 'SynapScribe-terminate', default_result: 'CONTINUE' },
    ]);
    expect(several.one('aws_ssm_parameter')['insecure_value']).toMatch(/^LIFECYCLE_HOOK=SynapScribe$/m);
    expect(one.one('aws_ssm_parameter')['insecure_value']).toMatch(/^LIFECYCLE_HOOK=$/m);
  });
});

describe('EBS volume', () => {
  it('is 100 GB gp3 with 3000 IOPS, encrypted', () => {
    expect(one.one('aws_instance')).toMatchObject({
      root_block_device: { volume_type: 'gp3', volume_size: 100, iops: 3000, encrypted: true },
    });
    expect(synthesizeForTest({ volumeGb: 150 }).one('aws_instance')).toHaveProperty(
      'root_block_device.volume_size',
      150,
    );
  });
});

describe.each([
  ['vLLM', 'vllm'],
  ['gTTS', 'gtts'],
  ['AgentCore', 'agentcore'],
])('%s', (_row, name) => {
  it('runs on the host, with a log group that ends', () => {
    expect(one.one('aws_cloudwatch_log_group', `release_logs-${name}`)).toMatchObject({
      name: `/synapscribe/${name}`,
      retention_in_days: 30,
    });
    expect(one.one('aws_ssm_parameter')['insecure_value']).toMatch(/^LOG_GROUP_PREFIX=\/synapscribe$/m);
  });
});

describe("vLLM's model", () => {
  it('is Qwen2.5-Omni-3B with 16,384 tokens', () => {
    const settings = one.one('aws_ssm_parameter')['insecure_value'];
    expect(settings).toMatch(/^MODEL_ID=Qwen\/Qwen2\.5-Omni-3B$/m);
    expect(settings).toMatch(/^LLM_CONTEXT_TOKENS=16384$/m);
  });
});
