/** The files that a deploy carries: the Lambdas' zips, what the host runs, the page. */
import { existsSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
 * @throws Error where the page has not been built
 */
export async function buildStackAssets(root: string, outdir: string): Promise<StackAssets> {
  await mkdir(outdir, { recursive: true });
  const zip = async (name: keyof typeof HANDLERS): Promise<string> => {
    const path = join(outdir, `${name}.zip`);
    await writeFile(path, await bundleLambda(root, HANDLERS[name]));
    return path;
  };
  const hostPath = join(outdir, 'host.tar.gz');
  const [webSocketHandler, validateLecture] = await Promise.all([
    zip('webSocketHandler'),
    zip('validateLecture'),
    buildHostAsset({ root, outFile: hostPath }),
  ]);
  const sha256 = createHash('sha256')
    .update(await readFile(hostPath))
    .digest('hex');
  return { lambdas: { webSocketHandler, validateLecture }, host: { path: hostPath, sha256 }, page: findPage(root) };
}

function findPage(root: string): PageFile[] {
  const folder = join(root, 'web/dist');
  if (existsSync(join(folder, 'index.html'))) return listPageFiles(folder);
  if (existsSync(join(root, 'web'))) throw new Error('The page has not been built: web/dist/index.html is missing.');
  return [];
}
