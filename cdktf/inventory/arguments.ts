/** The command's options. */
import { parseArgs } from 'node:util';
import { InventoryError } from './errors.ts';

export const USAGE = 'npm run inventory [-- --state terraform.tfstate] [--out docs/AWS_RESOURCES.md]';

export interface InventoryArguments {
  /** A Terraform state. Where it is not given, the local one, if there is one. */
  state: string | undefined;
  /** Where the page goes. Its place in the repository where it is not given. */
  out: string | undefined;
  help: boolean;
}

/** @throws InventoryError for what is not an option */
export function parseArguments(args: string[]): InventoryArguments {
  const values = read(args);
  for (const name of ['state', 'out'] as const) {
    if (values[name] === '') throw new InventoryError(`--${name} needs a path: ${USAGE}`);
  }
  return { state: values.state, out: values.out, help: values.help === true };
}

function read(args: string[]) {
  try {
    const options = {
      state: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    } as const;
    return parseArgs({ args, options }).values;
  } catch (error) {
    const [sentence] = (error instanceof Error ? error.message : String(error)).split(/[.\n]/);
    throw new InventoryError(`${sentence ?? 'Wrong options'}: ${USAGE}`, { cause: error });
  }
}
