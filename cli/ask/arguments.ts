/** The arguments of `npm run ask`, checked before anything is started. */
import { stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { MAX_QUESTION_CHARS } from '../../protocol/messages.ts';
import { UsageError } from './usage-error.ts';

export const USAGE =
  'Usage: npm run ask -- <lecture-audio> <question-audio or "text"> [--url ws://…] [--out answer.mp3] [--json]';

export interface AskArguments {
  lecturePath: string;
  question: { path: string } | { text: string };
  /** The WebSocket of a running SynapScribe; the embedded stack without it. */
  url: string | undefined;
  outPath: string;
  json: boolean;
}

/** A question with such an ending is a file that was mistyped, not a text. */
const AUDIO_EXTENSIONS = ['.wav', '.mp3', '.m4a', '.mp4', '.aac', '.webm', '.ogg', '.oga', '.opus', '.flac', '.mkv'];

/** @returns nothing where help is asked for @throws UsageError */
export async function parseAskArguments(argv: string[]): Promise<AskArguments | undefined> {
  const { values, positionals } = parse(argv);
  if (values.help === true) return undefined;
  const [lecture, question] = positionals;
  if (lecture === undefined || question === undefined || positionals.length > 2) throw new UsageError(USAGE);
  if (values.url !== undefined && !isWebSocketUrl(values.url)) {
    throw new UsageError('--url must be a WebSocket address, such as ws://127.0.0.1:8080/Prod.');
  }
  const outPath = resolve(values.out ?? 'answer.mp3');
  if (!(await isFolder(dirname(outPath))))
    throw new UsageError(`The folder of --out does not exist: ${dirname(outPath)}`);
  if (await isFolder(outPath)) throw new UsageError(`--out is a folder: ${outPath}`);
  if (!(await isFile(lecture))) throw new UsageError(`There is no file ${lecture}.`);
  return {
    lecturePath: resolve(lecture),
    question: await parseQuestion(question),
    url: values.url,
    outPath,
    json: values.json === true,
  };
}

function parse(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        out: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new UsageError(`${reason}. ${USAGE}`, { cause: error });
  }
}

async function parseQuestion(question: string): Promise<AskArguments['question']> {
  if (await isFile(question)) return { path: resolve(question) };
  if (AUDIO_EXTENSIONS.includes(extname(question).toLowerCase())) throw new UsageError(`There is no file ${question}.`);
  if (question.trim() === '') throw new UsageError('The question is empty.');
  if (question.length > MAX_QUESTION_CHARS) {
    throw new UsageError(`The question is longer than ${MAX_QUESTION_CHARS} characters.`);
  }
  return { text: question };
}

function isWebSocketUrl(url: string): boolean {
  return URL.canParse(url) && ['ws:', 'wss:'].includes(new URL(url).protocol);
}

async function isFile(path: string): Promise<boolean> {
  // A text may be too long for a path, or hold what no path may.
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
