/** Paths that a person names on the command line. */
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from './ask/usage-error.ts';

export async function isFile(path: string): Promise<boolean> {
  // A text may be too long for a path, or hold what no path may.
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** The value of `--out`, as a file that can be there. @throws UsageError */
export async function parseOutPath(path: string): Promise<string> {
  const outPath = resolve(path);
  if (!(await isFolder(dirname(outPath))))
    throw new UsageError(`The folder of --out does not exist: ${dirname(outPath)}`);
  if (await isFolder(outPath)) throw new UsageError(`--out is a folder: ${outPath}`);
  return outPath;
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
