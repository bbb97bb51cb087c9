/** A command of the package, run as a person runs it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const COMMAND_MS = 60_000;

export interface EndedCommand {
  code: number;
  stdout: string;
  stderr: string;
}

/** @param dataDir where it keeps which guest it is */
export async function runCommand(
  command: 'ask' | 'delete' | 'export',
  args: readonly string[],
  dataDir: string,
): Promise<EndedCommand> {
  const options = { cwd: ROOT, env: { ...process.env, DATA_DIR: dataDir }, timeout: COMMAND_MS };
  const node = ['--import', 'tsx', join(ROOT, `cli/${command}.ts`), ...args];
  return await new Promise((resolve) => {
    const child = execFile(process.execPath, node, options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}
