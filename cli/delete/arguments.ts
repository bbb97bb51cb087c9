/** The arguments of `npm run delete`, checked before anything is asked for. */
import { idSchema } from '../../protocol/keys.ts';
import { UsageError } from '../ask/usage-error.ts';
import { parseCommandLine } from '../command-line.ts';
import { DEFAULT_SERVER_URL, parseServerUrl } from '../server-url.ts';

export const USAGE = 'Usage: npm run delete -- <lectureId> [--url ws://…]';

export interface DeleteArguments {
  lectureId: string;
  /** The WebSocket of a running SynapScribe. */
  url: string;
}

const OPTIONS = { url: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;

/** @returns nothing where help is asked for @throws UsageError */
export function parseDeleteArguments(argv: string[]): DeleteArguments | undefined {
  const { values, positionals } = parseCommandLine(argv, OPTIONS, USAGE);
  if (values.help === true) return undefined;
  const [lectureId] = positionals;
  if (lectureId === undefined || positionals.length > 1) throw new UsageError(USAGE);
  if (!idSchema.safeParse(lectureId).success) {
    throw new UsageError('The lecture is named by its id, which npm run ask tells when the lecture is ready.');
  }
  return { lectureId, url: values.url === undefined ? DEFAULT_SERVER_URL : parseServerUrl(values.url) };
}
