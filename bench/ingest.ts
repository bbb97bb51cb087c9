/**
 * How fast a lecture becomes ready for questions: MINUTES (60 unless told) of our own lectures, spoken by several voices
 * with natural pauses, are uploaded and transcribed by the running system, with the real recognizer. To beat: 15 times
 * real time, and 300 MB of AgentCore's memory.
 */
import '../cli/quiet-aws-sdk.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SynapscribeClient } from '../cli/client.ts';
import { startStack } from '../cli/stack.ts';
import { readTranscript } from '../test/support/read-transcript.ts';
import { wordErrorRate } from '../test/support/word-error-rate.ts';
import { readLectures, speak } from './support/bench-lectures.ts';

const MINUTES = Number(process.env['MINUTES'] ?? 60);
/** All of the lectures together are longer. */
const MAX_SPOKEN_SECONDS = 3_600;
const SAMPLE_EVERY_MS = 250;

const dataDir = await mkdtemp(join(tmpdir(), 'synapscribe-bench-'));
const { recording, said } = await makeLecture(MINUTES * 60);
const stack = await startStack({ dataDir, ports: 'free' });
try {
  const client = await SynapscribeClient.create(stack.webSocketUrl);
  await client.connect();
  const memory = watchMemory(`${stack.agentcoreUrl}/metrics`);
  const startedAt = performance.now();
  const lectureId = await client.uploadLecture(recording, {
    title: 'A long lecture',
    filename: 'lecture.mp3',
    contentType: 'audio/mpeg',
  });
  await client.waitUntilReady(lectureId, {
    onProgress: ({ status, progress }) => process.stderr.write(`\r${status} ${Math.round(progress * 100)} %   `),
  });
  const wallSeconds = (performance.now() - startedAt) / 1000;
  process.stderr.write('\n');
  const transcript = await readTranscript(stack.awsUrl, client.identityId, lectureId);
  await client.close();
  const heard = transcript.segments.map(({ text }) => text).join(' ');
  console.log(`${transcript.segments.length} segments`);
  console.log(
    JSON.stringify({
      audioSeconds: Math.round(transcript.durationSeconds),
      wallSeconds: Number(wallSeconds.toFixed(1)),
      realTimeFactor: Number((transcript.durationSeconds / wallSeconds).toFixed(1)),
      agentcorePeakMb: await memory.stop(),
      wer: Number(wordErrorRate(said, heard).toFixed(3)),
    }),
  );
} finally {
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
}

/** Our lectures one after another, an hour of them at most; of more, the same recording again. */
async function makeLecture(seconds: number): Promise<{ recording: Buffer; said: string }> {
  const times = Math.ceil(seconds / MAX_SPOKEN_SECONDS);
  const { mp3, sentences } = await speak([...(await readLectures()).values()].flat(), seconds / times);
  const said = sentences.map(({ text }) => text).join(' ');
  return {
    recording: Buffer.concat(Array.from({ length: times }, () => mp3)),
    said: Array.from({ length: times }, () => said).join(' '),
  };
}

/** Peak resident memory in MB, as the service itself tells it. */
function watchMemory(metricsUrl: string): { stop: () => Promise<number> } {
  let peakBytes = 0;
  const sample = async (): Promise<void> => {
    const text = await (await fetch(metricsUrl)).text();
    const bytes = Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1] ?? 0);
    peakBytes = Math.max(peakBytes, bytes);
  };
  const timer = setInterval(() => void sample().catch(() => undefined), SAMPLE_EVERY_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await sample();
      return Math.round(peakBytes / 1e6);
    },
  };
}
