/** The arguments of `npm run ask`, checked before anything is started. */
import { basename, extname, resolve } from 'node:path';
import { askedLectureSchema } from '../../protocol/keys.ts';
import { languageSchema } from '../../protocol/languages.ts';
import { MAX_QUESTION_CHARS } from '../../protocol/messages.ts';
import { parseCommandLine } from '../command-line.ts';
import { isFile, parseOutPath } from '../file-arguments.ts';
import { DEFAULT_SERVER_URL, parseServerUrl } from '../server-url.ts';
import { UsageError } from './usage-error.ts';

export const USAGE =
  'Usage: npm run ask -- <lecture-audio> <question-audio or "text"> [--url ws://…] [--out answer.mp3] [--language de] [--json]. ' +
  'In place of the recording: the id of a lecture that was uploaded before, or "*" for all of them.';

export interface AskArguments {
  /** A recording to upload; or one that was, whose id is known. */
  lecture: { path: string } | { lectureId: string };
  question: { path: string } | { text: string };
  /** The WebSocket of a running SynapScribe; the embedded stack without it, which has no lectures of before. */
  url: string | undefined;
  outPath: string;
  /** Of lecture, question and answer; the models find out without it. */
  language: string | undefined;
  json: boolean;
}

/** A question with such an ending is a file that was mistyped, not a text. */
const AUDIO_EXTENSIONS = ['.wav', '.mp3', '.m4a', '.mp4', '.aac', '.webm', '.ogg', '.oga', '.opus', '.flac', '.mkv'];

const OPTIONS = {
  url: { type: 'string' },
  out: { type: 'string' },
  language: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** @returns nothing where help is asked for @throws UsageError */
export async function parseAskArguments(argv: string[]): Promise<AskArguments | undefined> {
  const { values, positionals } = parseCommandLine(argv, OPTIONS, USAGE);
  if (values.help === true) return undefined;
  const [lecture, question] = positionals;
  if (lecture === undefined || question === undefined || positionals.length > 2) throw new UsageError(USAGE);
  const url = values.url === undefined ? undefined : parseServerUrl(values.url);
  const outPath = await parseOutPath(values.out ?? 'answer.mp3');
  // The voice speaks MP3 only; under another name programs would not play it.
  if (extname(outPath).toLowerCase() !== '.mp3') {
    throw new UsageError(`--out is an MP3: its name must end in .mp3, which ${basename(outPath)} does not.`);
  }
  const described = await parseLecture(lecture);
  return {
    lecture: described,
    question: await parseQuestion(question),
    url: url ?? ('lectureId' in described ? DEFAULT_SERVER_URL : undefined),
    outPath,
    language: parseLanguage(values.language),
    json: values.json === true,
  };
}

async function parseLecture(lecture: string): Promise<AskArguments['lecture']> {
  if (await isFile(lecture)) return { path: resolve(lecture) };
  if (askedLectureSchema.safeParse(lecture).success) return { lectureId: lecture };
  throw new UsageError(`There is no file ${lecture}.`);
}

function parseLanguage(language: string | undefined): string | undefined {
  if (language === undefined || languageSchema.safeParse(language).success) return language;
  throw new UsageError(`${language} is no language tag, such as de or pt-BR.`);
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
