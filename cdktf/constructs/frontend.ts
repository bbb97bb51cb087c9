/** The page: a private bucket behind CloudFront, and the settings that it reads when it starts. */
import { CloudfrontDistribution } from '@cdktf/provider-aws/lib/cloudfront-distribution/index.js';
import { CloudfrontOriginAccessControl } from '@cdktf/provider-aws/lib/cloudfront-origin-access-control/index.js';
import { CloudfrontResponseHeadersPolicy } from '@cdktf/provider-aws/lib/cloudfront-response-headers-policy/index.js';
import { S3Object } from '@cdktf/provider-aws/lib/s3-object/index.js';
import { AssetType, Fn, TerraformAsset } from 'cdktf';
import { Construct } from 'constructs';
import { contentSecurityPolicy, type PageOrigins, type PageSettings } from '../../protocol/page-settings.ts';
import type { PageFile } from '../assets/page-files.ts';
import { PrivateBucket } from './private-bucket.ts';

/** CloudFront's own cache policies, by their ids. */
const CACHING_OPTIMIZED = '658327ea-f89d-4fab-a63d-7e88639e58f6';
const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ORIGIN = 'web';
const YEAR_SECONDS = 31_536_000;
const SETTINGS_KEY = 'settings.json';

export interface FrontendProps {
  bucketName: string;
  origins: PageOrigins;
  settings: PageSettings;
  files: readonly PageFile[];
}

export class Frontend extends Construct {
  readonly url: string;
  readonly distribution: CloudfrontDistribution;

  constructor(scope: Construct, id: string, { bucketName, origins, settings, files }: FrontendProps) {
    super(scope, id);
    const store = new PrivateBucket(this, 'store', { name: bucketName, forceDestroy: true });
    const { bucket } = store;
    this.distribution = this.#distribute(bucket.bucketRegionalDomainName, this.#secureHeaders(origins));
    this.url = `https://${this.distribution.domainName}`;
    const read = (Sid: string, Action: string[], Resource: string) => ({
      Sid,
      Effect: 'Allow' as const,
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Action,
      Resource,
      Condition: { StringEquals: { 'AWS:SourceArn': this.distribution.arn } },
    });
    store.setPolicy([
      read('CloudFrontReads', ['s3:GetObject'], `${bucket.arn}/*`),
      // A file that is not there is a 404, not a 403.
      read('CloudFrontSeesWhatIsNot', ['s3:ListBucket'], bucket.arn),
    ]);
    new S3Object(this, 'settings', {
      bucket: bucket.id,
      key: SETTINGS_KEY,
      content: JSON.stringify(settings),
      contentType: 'application/json',
      cacheControl: 'no-store',
    });
    for (const { key, path, contentType, cacheControl } of files) {
      const asset = new TerraformAsset(this, `file-${key.replaceAll('/', '-')}`, { path, type: AssetType.FILE });
      new S3Object(this, `object-${key.replaceAll('/', '-')}`, {
        bucket: bucket.id,
        key,
        source: asset.path,
        sourceHash: Fn.filemd5(asset.path),
        contentType,
        cacheControl,
      });
    }
  }

  #secureHeaders(origins: PageOrigins): CloudfrontResponseHeadersPolicy {
    return new CloudfrontResponseHeadersPolicy(this, 'headers', {
      name: 'SynapScribe-Page',
      securityHeadersConfig: {
        contentSecurityPolicy: { contentSecurityPolicy: contentSecurityPolicy(origins), override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: 'DENY', override: true },
        referrerPolicy: { referrerPolicy: 'no-referrer', override: true },
        strictTransportSecurity: {
          accessControlMaxAgeSec: YEAR_SECONDS,
          includeSubdomains: true,
          override: true,
        },
      },
      customHeadersConfig: {
        items: [
          { header: 'Permissions-Policy', value: 'microphone=(self), camera=(), geolocation=()', override: true },
        ],
      },
    });
  }

  #distribute(originDomain: string, headers: CloudfrontResponseHeadersPolicy): CloudfrontDistribution {
    const access = new CloudfrontOriginAccessControl(this, 'access', {
      name: 'SynapScribe-Page',
      originAccessControlOriginType: 's3',
      signingBehavior: 'always',
      signingProtocol: 'sigv4',
    });
    const behavior = {
      targetOriginId: ORIGIN,
      viewerProtocolPolicy: 'redirect-to-https',
      allowedMethods: ['GET', 'HEAD', 'OPTIONS'],
      cachedMethods: ['GET', 'HEAD'],
      compress: true,
      responseHeadersPolicyId: headers.id,
    };
    return new CloudfrontDistribution(this, 'distribution', {
      comment: 'SynapScribe',
      enabled: true,
      isIpv6Enabled: true,
      httpVersion: 'http2and3',
      priceClass: 'PriceClass_100',
      defaultRootObject: 'index.html',
      origin: [{ originId: ORIGIN, domainName: originDomain, originAccessControlId: access.id }],
      defaultCacheBehavior: { ...behavior, cachePolicyId: CACHING_OPTIMIZED },
      orderedCacheBehavior: [{ ...behavior, pathPattern: SETTINGS_KEY, cachePolicyId: CACHING_DISABLED }],
      // The page has its own paths: what S3 does not know is for it to show.
      customErrorResponse: [
        { errorCode: 404, responseCode: 200, responsePagePath: '/index.html', errorCachingMinTtl: 10 },
      ],
      restrictions: { geoRestriction: { restrictionType: 'none' } },
      viewerCertificate: { cloudfrontDefaultCertificate: true, minimumProtocolVersion: 'TLSv1' },
    });
  }
}
