/** The data folder's secret: what identities and temporary credentials are made from. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../support/write-file.ts';

const BYTES = 32;

/** Reads the secret, or makes one at the first start. */
export async function readOrCreateSecret(dataDir: string): Promise<Buffer> {
  const path = join(dataDir, 'identity-secret');
  const stored = await readFile(path).catch(() => undefined);
  if (stored?.length === BYTES) return stored;
  const secret = randomBytes(BYTES);
  await writeFileAtomically(path, secret);
  return secret;
}
