/** What `cdktf.json` says of this stack: `context.synapscribe`, for `readConfig`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const fileSchema = z.object({ context: z.object({ synapscribe: z.unknown() }).optional() });

/** @param root the folder of `cdktf.json` */
export async function readContext(root: string): Promise<unknown> {
  const file = fileSchema.parse(JSON.parse(await readFile(join(root, 'cdktf.json'), 'utf8')));
  return file.context?.synapscribe;
}
