/** The files that a deploy carries: the Lambdas' zips, what the host runs, the page. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildPage } from '../../scripts/build-page.ts';
import { buildHostAsset } from '../host/host-asset.ts';
import { bundleLambda } from './lambda-bundle.ts';
import { listPageFiles, type PageFile } from './page-files.ts';

export interface StackAssets {
  /** Absolute paths of zips. */
  lambdas: { webSocketHandler: string; validateLecture: string };
  host: { path: string; sha256: string };
  page: PageFile[];
}

const HANDLERS = {
  webSocketHandler: 'cdktf/lambda/websocket-handler.ts',
  validateLecture: 'cdktf/lambda/validate-lecture.ts',
} as const;

/**
 * Builds everything into `outdir`.
 * @param root the project's folder
 * @throws Error where one of them does not build
 */
export async function buildStackAssets(root: string, outdir: string): Promise<StackAssets> {
  await mkdir(outdir, { recursive: true });
  const zip = async (name: keyof typeof HANDLERS): Promise<string> => {
    const path = join(outdir, `${name}.zip`);
    await writeFile(path, await bundleLambda(root, HANDLERS[name]));
    return path;
  };
  const pageDir = join(outdir, 'page');
  const hostPath = join(outdir, 'host.tar.gz');
  const [webSocketHandler, validateLecture] = await Promise.all([
    zip('webSocketHandler'),
    zip('validateLecture'),
    buildHostAsset({ root, outFile: hostPath }),
    // Always from the sources: no page of last week is deployed.
    buildPage(pageDir, root),
  ]);
  const sha256 = createHash('sha256')
    .update(await readFile(hostPath))
    .digest('hex');
  return {
    lambdas: { webSocketHandler, validateLecture },
    host: { path: hostPath, sha256 },
    page: listPageFiles(pageDir),
  };
}
