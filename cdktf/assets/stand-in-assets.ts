/** Assets with nothing in them: what is synthesized is the same but for their digests. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StackAssets } from './stack-assets.ts';

/** Writes them into `folder`, for tests and for the planned inventory, which do not wait for bundles. */
export function standInAssets(folder: string, page: StackAssets['page'] = []): StackAssets {
  mkdirSync(folder, { recursive: true });
  const file = (name: string): string => {
    const path = join(folder, name);
    writeFileSync(path, name);
    return path;
  };
  return {
    lambdas: { webSocketHandler: file('webSocketHandler.zip'), validateLecture: file('validateLecture.zip') },
    host: { path: file('host.tar.gz'), sha256: createHash('sha256').update('host.tar.gz').digest('hex') },
    page,
  };
}
