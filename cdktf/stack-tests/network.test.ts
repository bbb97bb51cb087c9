/** Rows of the inventory (docs/AWS_RESOURCES.md), as the synthesized JSON has them. Who may reach whom. */
import { describe, expect, it } from '@jest/globals';
import { one, several, ref, values } from '../test-support/stacks.ts';
import { synthesizeForTest } from '../test-support/synthesized.ts';

/** Strings anywhere below a value. */
const strings = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : value !== null && typeof value === 'object'
      ? Object.values(value).flatMap(strings)
      : [];

describe('VPC', () => {
  it('is the default one, looked up and not created', () => {
    expect(one.data('aws_vpc')).toMatchObject({ default: true });
    expect(one.types()).not.toContain('aws_vpc');
    expect(one.types()).not.toContain('aws_nat_gateway');
  });

  it('may be an own one, with its subnets', () => {
    const own = synthesizeForTest({ vpcId: 'vpc-0123456789abcdef0', subnetIds: ['subnet-0123456789abcdef0'] });
    expect(own.data('aws_vpc')).toMatchObject({ id: 'vpc-0123456789abcdef0' });
    expect(own.data('aws_subnets')).toMatchObject({
      filter: expect.arrayContaining([{ name: 'subnet-id', values: ['subnet-0123456789abcdef0'] }]),
    });
  });

  it('gives hosts a zone that has their instance type', () => {
    expect(one.data('aws_ec2_instance_type_offerings')).toMatchObject({
      location_type: 'availability-zone',
      filter: [{ name: 'instance-type', values: ['g5.2xlarge'] }],
    });
    expect(JSON.stringify(one.data('aws_subnets'))).toContain('data.aws_ec2_instance_type_offerings.');
  });

  it('has free ways to S3 and DynamoDB, in every route table, unless it has them already', () => {
    const endpoints = values(one.all('aws_vpc_endpoint'));
    expect(endpoints.map((endpoint) => endpoint['service_name']).sort()).toEqual([
      'com.amazonaws.us-east-1.dynamodb',
      'com.amazonaws.us-east-1.s3',
    ]);
    for (const endpoint of endpoints) {
      expect(endpoint).toMatchObject({
        vpc_endpoint_type: 'Gateway',
        route_table_ids: expect.stringContaining('aws_route_tables'),
      });
    }
    const without = synthesizeForTest({ gatewayEndpoints: false });
    expect(without.types()).not.toContain('aws_vpc_endpoint');
    expect(Object.keys(without.json.data)).toContain('aws_prefix_list');
  });
});

describe('Security group', () => {
  const rules = (stack: typeof one, type: string) =>
    values(stack.all(type)).map((rule) => ({
      group: rule['security_group_id'],
      from: rule['cidr_ipv4'] ?? rule['referenced_security_group_id'] ?? rule['prefix_list_id'],
      port: rule['from_port'],
    }));
  const group = (name: string): string => ref(one.address('aws_security_group', `network_${name}`), 'id');

  it('lets only the Lambdas in, to AgentCore alone', () => {
    expect(rules(one, 'aws_vpc_security_group_ingress_rule')).toEqual([
      { group: group('host'), from: group('lambda'), port: 5000 },
    ]);
  });

  it('opens 22 to the operator, and 8000 and 8001 to the VPC, only where that is asked for', () => {
    const open = synthesizeForTest({ operatorCidr: '203.0.113.7/32', openModelPorts: true });
    const vpc = expect.stringMatching(/^\$\{data\.aws_vpc\..*\.cidr_block\}$/);
    expect(rules(open, 'aws_vpc_security_group_ingress_rule')).toEqual(
      expect.arrayContaining([
        { group: group('host'), from: '203.0.113.7/32', port: 22 },
        { group: group('host'), from: vpc, port: 8000 },
        { group: group('host'), from: vpc, port: 8001 },
      ]),
    );
    expect(rules(open, 'aws_vpc_security_group_ingress_rule')).toHaveLength(4);
  });

  it('lets the host out everywhere, and the Lambdas to AgentCore, S3 and DynamoDB', () => {
    const out = rules(one, 'aws_vpc_security_group_egress_rule');
    expect(out.filter((rule) => rule.group === group('host'))).toEqual([
      { group: group('host'), from: '0.0.0.0/0', port: undefined },
    ]);
    const lambda = out.filter((rule) => rule.group === group('lambda'));
    expect(lambda.map(({ port }) => port).sort()).toEqual([443, 443, 5000]);
    expect(strings(lambda)).not.toContain('0.0.0.0/0');
  });

  it('lets several hosts be reached through the balancer alone', () => {
    const balancer = ref(several.address('aws_security_group', 'network_balancer'), 'id');
    expect(rules(several, 'aws_vpc_security_group_ingress_rule')).toEqual([
      { group: balancer, from: group('lambda'), port: 5000 },
      { group: group('host'), from: balancer, port: 5000 },
    ]);
  });
});

describe('what is public', () => {
  it('is CloudFront and the API, and nothing else', () => {
    for (const stack of [one, several]) {
      const open = stack.entries().filter(({ block }) => {
        const text = JSON.stringify(block);
        return /"cidr_ipv4":"0\.0\.0\.0\/0"|"internal":false|"acl":"public/.test(text);
      });
      expect(open.map(({ name }) => name)).toEqual([expect.stringMatching(/^network_host-egress/)]);
      expect(stack.types()).not.toContain('aws_lambda_function_url');
      expect(stack.types()).not.toContain('aws_apigatewayv2_domain_name');
    }
  });
});
