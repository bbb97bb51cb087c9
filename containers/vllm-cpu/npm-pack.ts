/** `npm pack` through the user's own npm: its registry, proxy and certificates count, and none is named here. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const POLL_MS = 100;

export interface PackOptions {
  /** `name@version`. */
  spec: string;
  /** An empty folder for npm's cache and the tarball. */
  dir: string;
  /** Bytes on disk so far: the tarball's, and a little more. */
  onBytes: (bytes: number) => void;
  signal: AbortSignal | undefined;
}

/** npm ended with an error; `code` is npm's own, such as ENOTFOUND, E404 or EINTEGRITY. */
export class NpmError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'NpmError';
    this.code = code;
  }
}

/**
 * Downloads a package's tarball.
 * @returns the tarball's path
 * @throws NpmError; AbortError when `signal` is aborted
 */
export async function npmPack({ spec, dir, onBytes, signal }: PackOptions): Promise<string> {
  // A cache of its own: its growth on disk is the progress, and a broken one is thrown away with it.
  const cache = join(dir, 'cache');
  const [command, ...args] = npmCommand();
  const child = spawn(
    command,
    [
      ...args,
      ...['pack', spec, '--cache', cache, '--pack-destination', dir],
      ...['--ignore-scripts', '--no-update-notifier', '--loglevel', 'error'],
      // npm's own pauses between retries are 10 s and 60 s: too long to learn that one is offline.
      ...['--fetch-retries', '2', '--fetch-retry-mintimeout', '1000', '--fetch-retry-maxtimeout', '5000'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], signal },
  );
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-20_000);
  });
  const timer = setInterval(() => {
    folderBytes(cache).then(onBytes, () => undefined);
  }, POLL_MS);
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) => {
        reject(error.name === 'AbortError' ? error : new NpmError('ENPM', `npm could not be run: ${error.message}`));
      });
      child.once('close', resolve);
    });
    if (status !== 0) throw npmError(stderr);
  } finally {
    clearInterval(timer);
  }
  const tarball = (await readdir(dir)).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new NpmError('ENPM', 'npm gave no tarball.');
  return join(dir, tarball);
}

/** npm as a program: the one that runs this script if one does, else the one beside node, else the PATH's. */
function npmCommand(): [string, ...string[]] {
  const { npm_execpath: running } = process.env;
  const beside = dirname(process.execPath);
  const scripts = [
    ...(running !== undefined && basename(running) === 'npm-cli.js' ? [running] : []),
    join(beside, 'node_modules/npm/bin/npm-cli.js'),
    join(beside, '../lib/node_modules/npm/bin/npm-cli.js'),
  ];
  const script = scripts.find((path) => existsSync(path));
  return script === undefined ? ['npm'] : [process.execPath, script];
}

function npmError(stderr: string): NpmError {
  const code = /^npm (?:error|ERR!) code (\S+)/m.exec(stderr)?.[1] ?? 'UNKNOWN';
  const lines = [...stderr.matchAll(/^npm (?:error|ERR!) (?!code |errno |A complete log)(.+)$/gm)];
  return new NpmError(code, lines[0]?.[1] ?? 'npm gave no reason.');
}

async function folderBytes(dir: string): Promise<number> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
