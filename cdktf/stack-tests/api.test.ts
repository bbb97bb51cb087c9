/** Rows of the inventory (docs/AWS_RESOURCES.md), as the synthesized JSON has them. The WebSocket API and the Lambdas. */
import { describe, expect, it } from '@jest/globals';
import { one, ref, values } from '../test-support/stacks.ts';

describe('WebSocket API', () => {
  const routes = values(one.all('aws_apigatewayv2_route'));

  it("has the six routes, all of them the handler's", () => {
    expect(routes.map((route) => route['route_key']).sort()).toEqual([
      '$connect',
      '$default',
      '$disconnect',
      'cancel',
      'query',
      'upload',
    ]);
    const target = `integrations/${ref(one.address('aws_apigatewayv2_integration'), 'id')}`;
    for (const route of routes) expect(route['target']).toBe(target);
    expect(one.one('aws_apigatewayv2_api')).toMatchObject({
      protocol_type: 'WEBSOCKET',
      route_selection_expression: '$request.body.action',
    });
    expect(one.one('aws_apigatewayv2_integration')).toMatchObject({
      integration_type: 'AWS_PROXY',
      integration_uri: ref(one.address('aws_lambda_function', 'websocket-handler'), 'invoke_arn'),
    });
  });

  it('takes only signed connections', () => {
    const authorizations = new Map(routes.map((route) => [route['route_key'], route['authorization_type']]));
    expect(authorizations.get('$connect')).toBe('AWS_IAM');
  });

  it('gives back what the handler says', () => {
    const answered = routes.filter((route) => route['route_response_selection_expression'] === '$default');
    expect(answered.map((route) => route['route_key']).sort()).toEqual(['$default', 'cancel', 'query', 'upload']);
    expect(values(one.all('aws_apigatewayv2_route_response'))).toHaveLength(4);
  });

  it('is deployed anew when its routes change, after them, before the old one goes', () => {
    const deployment = one.one('aws_apigatewayv2_deployment');
    expect(deployment).toMatchObject({
      triggers: { routes: expect.stringMatching(/^[0-9a-f]{64}$/) },
      lifecycle: { create_before_destroy: true },
    });
    const addresses = ['aws_apigatewayv2_route', 'aws_apigatewayv2_route_response'].flatMap((type) =>
      Object.keys(one.all(type)).map((name) => `${type}.${name}`),
    );
    expect(deployment['depends_on']).toEqual(expect.arrayContaining(addresses));
  });

  it('has the stage Prod, throttled and logged', () => {
    const stage = one.one('aws_apigatewayv2_stage');
    expect(stage).toMatchObject({
      name: 'Prod',
      deployment_id: ref(one.address('aws_apigatewayv2_deployment'), 'id'),
      default_route_settings: { throttling_burst_limit: 200, throttling_rate_limit: 100 },
      depends_on: [one.address('aws_api_gateway_account')],
    });
    expect(stage).toHaveProperty(
      'access_log_settings.destination_arn',
      ref(one.address('aws_cloudwatch_log_group', 'api_'), 'arn'),
    );
    expect(JSON.stringify(stage)).not.toMatch(/context\.(?:requestBody|authorizer|message)/);
  });

  it('alone may call the handler', () => {
    expect(one.one('aws_lambda_permission', 'websocket-handler')).toMatchObject({
      principal: 'apigateway.amazonaws.com',
      source_arn: `${ref(one.address('aws_apigatewayv2_api'), 'execution_arn')}/Prod/*`,
    });
  });
});

describe.each([
  ['Lambda WebSocketHandler', 'websocket-handler', { function_name: 'WebSocketHandler', timeout: 900 }, 0],
  ['Lambda ValidateLectureFunction', 'validate-lecture', { function_name: 'ValidateLectureFunction', timeout: 300 }, 2],
])('%s', (_row, id, expected, retries) => {
  const fn = one.one('aws_lambda_function', id);

  it('has 512 MB, its time, nodejs24.x on arm64', () => {
    expect(fn).toMatchObject({
      ...expected,
      memory_size: 512,
      runtime: 'nodejs24.x',
      architectures: ['arm64'],
      handler: 'index.handler',
    });
  });

  it('is in the VPC, and knows bucket, table and AgentCore', () => {
    expect(fn).toMatchObject({
      vpc_config: { security_group_ids: [ref(one.address('aws_security_group', 'network_lambda'), 'id')] },
      environment: {
        variables: {
          AGENTCORE_ENDPOINT: expect.stringMatching(/^http:\/\/.*:5000$/),
          AUDIO_BUCKET: ref(one.address('aws_s3_bucket', 'audio'), 'bucket'),
          SESSIONS_TABLE: ref(one.address('aws_dynamodb_table'), 'name'),
        },
      },
      replace_security_groups_on_destroy: true,
    });
  });

  it("changes with its zip's content", () => {
    expect(fn['source_code_hash']).toBe(`\${filebase64sha256("${String(fn['filename'])}")}`);
  });

  it('writes into a log group that ends', () => {
    const logs = one.address('aws_cloudwatch_log_group', id);
    expect(one.one('aws_cloudwatch_log_group', id)).toMatchObject({
      name: `/aws/lambda/${expected.function_name}`,
      retention_in_days: 30,
    });
    expect(fn).toHaveProperty('logging_config.log_group', ref(logs, 'name'));
  });

  it('is tried again only where a second time does no harm', () => {
    expect(one.one('aws_lambda_function_event_invoke_config', id)).toMatchObject({ maximum_retry_attempts: retries });
  });
});
