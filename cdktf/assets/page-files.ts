/** The page's files as the web bucket gets them: with their types, and how long a browser may keep them. */
import { readdirSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

export interface PageFile {
  /** In the bucket, `/`-separated. */
  key: string;
  /** Absolute. */
  path: string;
  contentType: string;
  cacheControl: string;
}

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mp3': 'audio/mpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/**
 * @param folder the built page
 * @returns its files, by key
 * @throws Error for a file whose type is not known: it would be served as a download
 */
export function listPageFiles(folder: string): PageFile[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const key = relative(folder, path).split(sep).join('/');
      const contentType = TYPES[extname(path)];
      if (contentType === undefined) throw new Error(`The page has a file of a type that is not known: ${key}.`);
      // The build names what is in assets/ after its content.
      const cacheControl = key.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
      return { key, path, contentType, cacheControl };
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}
