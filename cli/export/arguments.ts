/** The arguments of `npm run export`, checked before anything is asked for. */
import { extname } from 'node:path';
import { exportFormatSchema, exportWhatSchema, type ExportFormat, type ExportWhat } from '../../protocol/exports.ts';
import { ALL_LECTURES, askedLectureSchema } from '../../protocol/keys.ts';
import { UsageError } from '../ask/usage-error.ts';
import { parseCommandLine } from '../command-line.ts';
import { parseOutPath } from '../file-arguments.ts';
import { DEFAULT_SERVER_URL, parseServerUrl } from '../server-url.ts';

export const USAGE =
  "Usage: npm run export -- <lectureId or '*'> [--what transcript|conversation] [--format vtt|srt|md|json] " +
  '[--out FILE] [--url ws://…]';

export interface ExportArguments {
  /** Or `*`. */
  lectureId: string;
  what: ExportWhat;
  format: ExportFormat;
  /** To stdout without it. */
  outPath: string | undefined;
  /** The WebSocket of a running SynapScribe. */
  url: string;
}

const OPTIONS = {
  what: { type: 'string' },
  format: { type: 'string' },
  out: { type: 'string' },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** @returns nothing where help is asked for @throws UsageError */
export async function parseExportArguments(argv: string[]): Promise<ExportArguments | undefined> {
  const { values, positionals } = parseCommandLine(argv, OPTIONS, USAGE);
  if (values.help === true) return undefined;
  const [lectureId] = positionals;
  if (lectureId === undefined || positionals.length > 1) throw new UsageError(USAGE);
  if (!askedLectureSchema.safeParse(lectureId).success) {
    throw new UsageError(
      "The lecture is named by its id, which npm run ask tells when the lecture is ready, or '*' for the conversation about all.",
    );
  }
  const all = lectureId === ALL_LECTURES;
  const what = exportWhatSchema.safeParse(values.what ?? (all ? 'conversation' : 'transcript'));
  if (!what.success) throw new UsageError('--what must be transcript or conversation.');
  const format = exportFormatSchema.safeParse(values.format ?? formatOf(values.out) ?? (all ? 'md' : 'vtt'));
  if (!format.success) throw new UsageError('--format must be vtt, srt, md or json.');
  // Another format than the name seems to tell would be written without a word.
  if (values.out !== undefined && values.format === undefined && formatOf(values.out) === undefined) {
    throw new UsageError(
      'The ending of --out tells the format: it must be .vtt, .srt, .md or .json, or --format be given.',
    );
  }
  return {
    lectureId,
    what: what.data,
    format: format.data,
    outPath: values.out === undefined ? undefined : await parseOutPath(values.out),
    url: values.url === undefined ? DEFAULT_SERVER_URL : parseServerUrl(values.url),
  };
}

/** As the file's name ends. */
const formatOf = (path = ''): ExportFormat | undefined =>
  exportFormatSchema.safeParse(extname(path).slice(1).toLowerCase()).data;
