/** The image of the Prometheus service: the real one where it can be had, else Debian's Prometheus under its name. */
import { fileURLToPath } from 'node:url';
import { run } from './run.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** @throws Error where it can neither be pulled nor built */
export async function ensurePrometheusImage(image: string): Promise<void> {
  for (const attempt of [
    ['image', 'inspect', image],
    ['pull', '--quiet', image],
  ]) {
    const isThere = await run('docker', attempt).then(
      () => true,
      () => false,
    );
    if (isThere) return;
  }
  await run('docker', ['build', '-q', '-t', image, '-f', `${FOLDER}prometheus-stand-in.Dockerfile`, FOLDER]);
}
