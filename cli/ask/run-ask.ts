/** One question about one lecture file, from the upload to the answer on disk. */
import { writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { measureAudio } from '../../audio/probe.ts';
import { SynapscribeClient, type Answer, type AskEvent } from '../client.ts';
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

/** @throws SynapscribeError, UsageError; the signal's reason, after what ran has been cancelled */
export async function runAsk(
  args: AskArguments,
  url: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<AskResult> {
  const client = await SynapscribeClient.create(url, { signal });
  try {
    await client.connect();
    progress.step('Uploading the lecture', 0);
    const lectureId = await client.uploadLecture(args.lecturePath, describeLecture(args.lecturePath), {
      onProgress: (sent, total) => progress.step('Uploading the lecture', sent / total),
      signal,
    });
    await client.waitUntilReady(lectureId, {
      onProgress: ({ status, progress: share }) => {
        const what = WORK[status];
        if (what !== undefined) progress.step(what, status === 'transcribing' ? share : undefined);
      },
      signal,
    });
    progress.step('Asking');
    const asked = 'path' in args.question ? { audio: await readQuestion(args.question.path) } : args.question;
    const onEvent = reportTo(progress);
    const answer = await client.ask({ lectureId, queryId: randomUUID(), ...asked }, { signal, onEvent });
    progress.clear();
    return await saveAnswer(answer, args.outPath, progress);
  } finally {
    await client.close();
  }
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

async function saveAnswer(answer: Answer, path: string, progress: Progress): Promise<AskResult> {
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
