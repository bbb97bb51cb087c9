/**
 * A Lambda's code as a zip that depends on nothing but the sources: constant times, and a deflate in JavaScript, whose
 * output does not change with Node's zlib.
 */
import { build } from 'esbuild';
import { zipSync } from 'fflate';

/** DOS times have no zone and begin here; fflate reads the date in local time. */
const MTIME = new Date(1980, 0, 1);

/**
 * @param root the project's folder
 * @param entryPoint a handler's module, relative to `root`; it exports `handler`
 * @returns a zip with one file, `index.mjs`
 */
export async function bundleLambda(root: string, entryPoint: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entryPoint],
    bundle: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    write: false,
    legalComments: 'none',
    logLevel: 'warning',
    // A format that is not read here, and that npm does not install.
    external: ['@audio/decode-ape'],
    banner: {
      js: "import { createRequire as __bundleRequire } from 'node:module'; const require = __bundleRequire(import.meta.url);",
    },
  });
  const [bundle] = outputFiles;
  if (bundle === undefined) throw new Error(`esbuild made nothing of ${entryPoint}`);
  return zipSync({ 'index.mjs': [bundle.contents, { mtime: MTIME, level: 9, os: 3, attrs: 0o644 << 16 }] });
}
