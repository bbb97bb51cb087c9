/** Options and arguments of a command, told apart; what is wrong with them comes with the command's usage. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from './ask/usage-error.ts';

/** @throws UsageError */
export function parseCommandLine<T extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: T,
  usage: string,
) {
  try {
    return parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new UsageError(`${reason}. ${usage}`, { cause: error });
  }
}
