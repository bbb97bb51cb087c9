/** ListObjectsV2, since s3rver's paging needs a cipher that OpenSSL 3 no longer has. */
import { queryValue, type Query } from '../support/request-target.ts';
import { renderXml, type XmlElement } from '../support/xml.ts';
import { encodeEventKey } from './s3-event.ts';
import { listKeys } from './list-keys.ts';
import type { ObjectStore } from './object-store.ts';
import { s3Failure } from './s3-failure.ts';

const MAX_KEYS = 1_000;

/** @returns the answer's XML @throws S3Error */
export async function listObjectsV2(store: ObjectStore, bucket: string, query: Query): Promise<string> {
  const asked = queryValue(query, 'max-keys') ?? String(MAX_KEYS);
  if (!/^\d{1,10}$/.test(asked)) {
    throw s3Failure('InvalidArgument', 400, 'Provided max-keys not an integer or within integer range');
  }
  const limit = Math.min(MAX_KEYS, Number(asked));
  const prefix = queryValue(query, 'prefix') ?? '';
  const delimiter = queryValue(query, 'delimiter');
  const token = queryValue(query, 'continuation-token');
  const startAfter =
    token === undefined ? queryValue(query, 'start-after') : Buffer.from(token, 'base64url').toString();
  const encoding = queryValue(query, 'encoding-type');
  const encode = (key: string): string => (encoding === 'url' ? encodeEventKey(key) : key);

  const page = await listKeys(store, bucket, { prefix, delimiter, startAfter, limit });
  const contents: XmlElement[] = [];
  for (const key of page.keys) {
    const stored = await store.head(bucket, key);
    if (stored === undefined) continue;
    const { lastModified, etag, size } = stored;
    const object: XmlElement[] = [
      ['Key', encode(key)],
      ['LastModified', lastModified.toISOString()],
      ['ETag', `"${etag}"`],
      ['Size', size],
      ['StorageClass', 'STANDARD'],
    ];
    contents.push(['Contents', object]);
  }
  return renderXml('ListBucketResult', [
    ['Name', bucket],
    ['Prefix', encode(prefix)],
    ['Delimiter', delimiter],
    ['EncodingType', encoding],
    ['ContinuationToken', token],
    ['NextContinuationToken', page.last === undefined ? undefined : Buffer.from(page.last).toString('base64url')],
    ['KeyCount', contents.length + page.commonPrefixes.length],
    ['MaxKeys', limit],
    ['IsTruncated', page.last !== undefined],
    ...contents,
    ...page.commonPrefixes.map((common): XmlElement => ['CommonPrefixes', [['Prefix', encode(common)]]]),
  ]);
}
