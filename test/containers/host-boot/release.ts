/** Releases for a host to fetch: this working tree's, and ones that differ from it. */
import { createHash } from 'node:crypto';
import { appendFile, cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildHostAsset, listHostFiles } from '../../../cdktf/host/host-asset.ts';
import { ROOT } from '../support/compose-project.ts';

export interface Release {
  bytes: Buffer;
  sha256: string;
}

/** @param change stands at the end of the release's compose.yaml, as a comment */
export async function buildRelease(change?: string): Promise<Release> {
  const folder = await mkdtemp(join(tmpdir(), 'host-release-'));
  try {
    const root = join(folder, 'root');
    for (const path of await listHostFiles(ROOT)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await cp(join(ROOT, path), join(root, path));
    }
    if (change !== undefined) await appendFile(join(root, 'compose.yaml'), `# ${change}\n`);
    const outFile = join(folder, 'asset.tar.gz');
    await buildHostAsset({ root, outFile });
    const bytes = await readFile(outFile);
    return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
