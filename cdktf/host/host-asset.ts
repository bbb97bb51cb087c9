/**
 * The release that a host runs: the sources that its images are built from, the compose files and the boot scripts, in
 * one archive. The same sources give the same bytes on any machine.
 */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';

/** Neither the Lambdas nor what runs only off AWS: a host builds AgentCore, the voice and vLLM. */
const CONTENT = [
  '.dockerignore',
  '.npmrc',
  'agentcore',
  'audio',
  'cdktf/host',
  'compose',
  'compose.yaml',
  'containers/agentcore',
  'containers/gtts-proxy',
  'containers/vllm',
  'gtts-proxy',
  'package-lock.json',
  'package.json',
  'protocol',
  'scripts/build.ts',
  'scripts/copy-packages.ts',
  'service-kit',
];
/** Whatever else lies about in a working tree stays there. */
const EXTENSIONS = new Set(['.conf', '.json', '.py', '.service', '.sh', '.ts', '.yaml', '.yml']);
const NAMES = new Set(['.dockerignore', '.npmrc', 'Dockerfile']);
const LEFT_OUT_FOLDERS = new Set(['node_modules', 'dist', 'test-support']);
/** What makes the stack, and runs on no host. */
const STACK_FILE = /^cdktf\/host\/(?:.*\.ts|user-data\.sh)$/;

const BLOCK_BYTES = 512;
const MTIME = new Date('2000-01-01T00:00:00Z');
/** Where RFC 1952 keeps the operating system in a gzip header, and its number for "unknown". */
const GZIP_OS_OFFSET = 9;
const GZIP_OS_UNKNOWN = 255;

const byCodePoint = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function belongs(path: string): boolean {
  const name = basename(path);
  const isKnown = NAMES.has(name) || (EXTENSIONS.has(extname(name)) && !name.startsWith('.'));
  return isKnown && !/\.test\.\w+$/.test(name) && !STACK_FILE.test(path);
}

async function filesUnder(root: string, path: string): Promise<string[]> {
  if ((await stat(join(root, path))).isFile()) return belongs(path) ? [path] : [];
  const entries = await readdir(join(root, path), { withFileTypes: true });
  const kept = entries.filter((e) => e.isFile() || (e.isDirectory() && !LEFT_OUT_FOLDERS.has(e.name)));
  return (await Promise.all(kept.map((entry) => filesUnder(root, `${path}/${entry.name}`)))).flat();
}

/** @returns what the asset holds, as paths from the root, in the archive's order */
export async function listHostFiles(root: string): Promise<string[]> {
  return (await Promise.all(CONTENT.map((path) => filesUnder(root, path)))).flat().sort(byCodePoint);
}

function entry(path: string, body: Buffer): Buffer[] {
  const header = new Header({
    path,
    type: 'File',
    mode: path.endsWith('.sh') ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    size: body.length,
    mtime: MTIME,
  });
  const block = Buffer.alloc(BLOCK_BYTES);
  if (header.encode(block)) throw new Error(`${path} is too long a path for the host's archive.`);
  return [block, body, Buffer.alloc(-body.length & (BLOCK_BYTES - 1))];
}

export interface HostAssetOptions {
  /** The repository. */
  root: string;
  /** The `.tar.gz` to write. */
  outFile: string;
}

export async function buildHostAsset({ root, outFile }: HostAssetOptions): Promise<void> {
  const paths = await listHostFiles(root);
  const entries = await Promise.all(paths.map(async (path) => entry(path, await readFile(join(root, path)))));
  const end = Buffer.alloc(2 * BLOCK_BYTES);
  // Stored, not compressed: what deflate makes of it differs between versions of Node and between processors.
  const archive = gzipSync(Buffer.concat([...entries.flat(), end]), { level: 0 });
  archive[GZIP_OS_OFFSET] = GZIP_OS_UNKNOWN;
  await writeFile(outFile, archive);
}
