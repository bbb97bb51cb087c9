/** The keys of a bucket in S3's order, with prefix, delimiter and page length. */
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import FilesystemStore from '@20minutes/s3rver/lib/stores/filesystem.js';

const OBJECT_SUFFIX = '._S3rver_object';

export interface KeyQuery {
  prefix?: string | undefined;
  delimiter?: string | undefined;
  startAfter?: string | undefined;
  limit: number;
}

export interface KeyPage {
  keys: string[];
  commonPrefixes: string[];
  /** Where the page is cut: the next one starts after this; `undefined` at the end. */
  last: string | undefined;
}

export async function listKeys(store: FilesystemStore, bucket: string, query: KeyQuery): Promise<KeyPage> {
  const { prefix = '', delimiter = '', startAfter = '', limit } = query;
  const root = store.getBucketPath(bucket);
  // No key outside the prefix's last whole folder can begin with the prefix.
  const folder = join(root, ...prefix.split('/').slice(0, -1));
  const keys: string[] = [];
  const commonPrefixes = new Set<string>();
  let last: string | undefined;
  const found = (await allKeys(root, folder)).filter((key) => key.startsWith(prefix) && key > startAfter);
  for (const key of found.sort()) {
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const common = cut === -1 ? undefined : key.slice(0, cut + delimiter.length);
    if (common !== undefined && commonPrefixes.has(common)) {
      last = key;
      continue;
    }
    if (keys.length + commonPrefixes.size >= limit) {
      return { keys, commonPrefixes: [...commonPrefixes], last: last ?? startAfter };
    }
    last = key;
    if (common === undefined) keys.push(key);
    else commonPrefixes.add(common);
  }
  return { keys, commonPrefixes: [...commonPrefixes], last: undefined };
}

async function allKeys(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.flatMap((entry) => {
    if (!entry.isFile() || !entry.name.endsWith(OBJECT_SUFFIX)) return [];
    const path = relative(root, join(entry.parentPath, entry.name)).slice(0, -OBJECT_SUFFIX.length);
    return FilesystemStore.decodeKeyPath(path.split(sep).join('/'));
  });
}
