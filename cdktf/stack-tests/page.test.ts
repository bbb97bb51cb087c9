/** Rows of the inventory (docs/AWS_RESOURCES.md), as the synthesized JSON has them. The page. */
import { describe, expect, it } from '@jest/globals';
import { ACCOUNT, one, ref, parse } from '../test-support/stacks.ts';
import { synthesizeForTest, type Block } from '../test-support/synthesized.ts';

describe('Frontend', () => {
  const distribution = one.one('aws_cloudfront_distribution');

  it('is a private bucket that CloudFront alone reads', () => {
    expect(one.one('aws_s3_bucket', 'frontend')).toMatchObject({ bucket: `synapscribe-web-${ACCOUNT}` });
    expect(distribution).toMatchObject({
      origin: [{ origin_access_control_id: ref(one.address('aws_cloudfront_origin_access_control'), 'id') }],
      default_root_object: 'index.html',
      default_cache_behavior: { viewer_protocol_policy: 'redirect-to-https', compress: true },
      custom_error_response: [{ error_code: 404, response_code: 200, response_page_path: '/index.html' }],
    });
    expect(one.one('aws_cloudfront_origin_access_control')).toMatchObject({
      signing_behavior: 'always',
      signing_protocol: 'sigv4',
    });
  });

  it('sends security headers that let the page reach this stack and nothing else', () => {
    const headers = one.one('aws_cloudfront_response_headers_policy')['security_headers_config'] as Block;
    expect(Object.keys(headers).sort()).toEqual([
      'content_security_policy',
      'content_type_options',
      'frame_options',
      'referrer_policy',
      'strict_transport_security',
    ]);
    const { content_security_policy: policy } = headers['content_security_policy'] as {
      content_security_policy: string;
    };
    const audio = `https://${ref(one.address('aws_s3_bucket', 'audio'), 'bucket_regional_domain_name')}`;
    expect(policy.split('; ')).toContain(
      [
        "connect-src 'self'",
        ref(one.address('aws_apigatewayv2_api'), 'api_endpoint'),
        audio,
        'https://cognito-identity.us-east-1.amazonaws.com',
        'https://dynamodb.us-east-1.amazonaws.com',
      ].join(' '),
    );
    expect(policy).toContain(`media-src 'self' ${audio}`);
    expect(policy.split('; ')).toEqual(expect.arrayContaining(["default-src 'none'", "script-src 'self'"]));
    expect(policy).not.toMatch(/unsafe-|data:|blob:| \*/);
  });

  it('tells the page its settings from the outputs, never from a cache', () => {
    const settings = one.one('aws_s3_object', 'frontend_settings');
    expect(settings).toMatchObject({
      key: 'settings.json',
      content_type: 'application/json',
      cache_control: 'no-store',
    });
    expect(parse(settings['content'])).toEqual({
      region: 'us-east-1',
      identityPoolId: one.json.output['identityPoolId']?.value,
      webSocketUrl: `${ref(one.address('aws_apigatewayv2_api'), 'api_endpoint')}/Prod`,
      audioBucket: ref(one.address('aws_s3_bucket', 'audio'), 'bucket'),
      sessionsTable: ref(one.address('aws_dynamodb_table'), 'name'),
    });
    expect(distribution['ordered_cache_behavior']).toMatchObject([
      { path_pattern: 'settings.json', cache_policy_id: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad' },
    ]);
  });

  it("uploads the page's files with their types", () => {
    const page = [
      {
        key: 'index.html',
        path: import.meta.filename,
        contentType: 'text/html; charset=utf-8',
        cacheControl: 'no-cache',
      },
    ];
    const object = synthesizeForTest({}, page).one('aws_s3_object', 'frontend_object-index');
    expect(object).toMatchObject({
      key: 'index.html',
      content_type: 'text/html; charset=utf-8',
      cache_control: 'no-cache',
    });
  });
});
