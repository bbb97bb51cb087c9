/** One question about one lecture, from the upload to the answer on disk. */
import { writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { measureAudio } from '../../audio/probe.ts';
import { ALL_LECTURES } from '../../protocol/keys.ts';
import type { Answer, AskEvent, SynapscribeClient } from '../client.ts';
import { requireOwnLecture } from '../kept-guest.ts';
import type { AskArguments } from './arguments.ts';
import { describeLecture, readQuestion } from './lecture-file.ts';
import { printable, type Progress } from '../progress.ts';
import type { AskResult } from './result.ts';
import { UsageError } from './usage-error.ts';

const WORK: Readonly<Record<string, string>> = {
  uploaded: 'Waiting for the lecture to be checked',
  validating: 'Checking the lecture',
  transcribing: 'Transcribing the lecture',
};

/** Closes the client in the end. @throws SynapscribeError, UsageError; the signal's reason, after what ran has been cancelled */
export async function runAsk(
  args: AskArguments,
  client: SynapscribeClient,
  progress: Progress,
  signal: AbortSignal,
): Promise<AskResult> {
  try {
    await client.connect();
    const lectureId = await provideLecture(args, client, progress, signal);
    progress.step('Asking');
    const asked = 'path' in args.question ? { audio: await readQuestion(args.question.path) } : args.question;
    const onEvent = reportTo(progress);
    const answer = await client.ask(
      { lectureId, queryId: randomUUID(), language: args.language, ...asked },
      { signal, onEvent },
    );
    progress.clear();
    return { lectureId, ...(await saveAnswer(answer, args.outPath, progress)) };
  } finally {
    await client.close();
  }
}

/** Uploads it, or finds it there, and waits until it can be asked about. @returns its id */
async function provideLecture(
  { lecture, language, url }: AskArguments,
  client: SynapscribeClient,
  progress: Progress,
  signal: AbortSignal,
): Promise<string> {
  if ('lectureId' in lecture && lecture.lectureId === ALL_LECTURES) return ALL_LECTURES;
  const lectureId =
    'path' in lecture ? await upload(lecture.path, language, client, progress, signal) : lecture.lectureId;
  if ('lectureId' in lecture) await requireOwnLecture(client, lectureId, signal);
  await client.waitUntilReady(lectureId, {
    onProgress: ({ status, progress: share }) => {
      const what = WORK[status];
      if (what !== undefined) progress.step(what, status === 'transcribing' ? share : undefined);
    },
    signal,
  });
  // An embedded stack's lecture is gone with it.
  if (url !== undefined) progress.line(`The lecture is ready: ${lectureId}`);
  return lectureId;
}

async function upload(
  path: string,
  language: string | undefined,
  client: SynapscribeClient,
  progress: Progress,
  signal: AbortSignal,
): Promise<string> {
  progress.step('Uploading the lecture', 0);
  return await client.uploadLecture(
    path,
    { ...describeLecture(path), language },
    { onProgress: (sent, total) => progress.step('Uploading the lecture', sent / total), signal },
  );
}

function reportTo(progress: Progress): (event: AskEvent) => void {
  let answer = '';
  return (event) => {
    if (event.type === 'question') progress.line(`Question: ${printable(event.text)}`);
    if (event.type !== 'answer') return;
    if (answer === '') progress.step('Answering');
    answer += event.delta;
    progress.growing(answer);
  };
}

async function saveAnswer(answer: Answer, path: string, progress: Progress): Promise<Omit<AskResult, 'lectureId'>> {
  const { queryId, question, citations, timings, audio } = answer;
  const result = { queryId, question, answer: answer.answer, citations, timings };
  if (audio === null) {
    progress.line('The answer could not be spoken; here is its text.');
    return { ...result, audio: null };
  }
  await writeFile(path, audio.bytes).catch((error: unknown) => {
    throw new UsageError(`The answer cannot be written to ${path}.`, { cause: error });
  });
  const { bytes, mime } = audio;
  const source = {
    size: bytes.length,
    read: (start: number, endInclusive: number) => Promise.resolve(bytes.subarray(start, endInclusive + 1)),
  };
  const { durationSeconds } = await measureAudio(source);
  return { ...result, audio: { path, mime, seconds: Math.round(durationSeconds * 1000) / 1000 } };
}
