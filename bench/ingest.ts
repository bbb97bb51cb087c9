/**
 * How fast a lecture becomes ready for questions: the sample lecture, repeated to MINUTES (10 unless told), is uploaded
 * and transcribed by the running system, with the real recognizer. To beat: 60 s for ten minutes.
 */
import '../cli/quiet-aws-sdk.ts';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeAudio, SAMPLE_RATE } from '../audio/decode.ts';
import { Mp3Encoder } from '../audio/mp3.ts';
import { SynapscribeClient } from '../cli/client.ts';
import { startStack } from '../cli/stack.ts';
import { readTranscript } from '../test/support/read-transcript.ts';
import { wordErrorRate } from '../test/support/word-error-rate.ts';

const MINUTES = Number(process.env['MINUTES'] ?? 10);
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

/** The sample lecture over and over, as MP3, and the words in it. */
async function makeLecture(seconds: number): Promise<{ recording: Buffer; said: string }> {
  const sample = async (name: string): Promise<Buffer> =>
    await readFile(new URL(`../samples/${name}`, import.meta.url));
  const text = (await sample('honey-lecture.txt')).toString('utf8');
  const mp3 = await sample('honey-lecture.mp3');
  const encoder = await Mp3Encoder.create({ sampleRate: SAMPLE_RATE });
  const parts: Buffer[] = [];
  const texts: string[] = [];
  let made = 0;
  while (made < seconds * SAMPLE_RATE) {
    texts.push(text);
    for await (const block of decodeAudio(chunks(mp3), { maxSeconds: 3600 })) {
      parts.push(Buffer.from(encoder.encode(block)));
      made += block.length;
    }
  }
  parts.push(Buffer.from(encoder.finish()));
  return { recording: Buffer.concat(parts), said: texts.join(' ') };
}

async function* chunks(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield await Promise.resolve(bytes.subarray(at, at + 65_536));
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
