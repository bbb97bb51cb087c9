/**
 * How long after a student cancels, or leaves, the model and the voice see their requests aborted: through the whole
 * system, from the client's own clock to the backends'. To beat: 100 ms.
 */
import '../cli/quiet-aws-sdk.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SynapscribeClient } from '../cli/client.ts';
import { freePorts } from '../cli/free-ports.ts';
import { startStack } from '../cli/stack.ts';
import { startScriptedSpeech } from '../test/support/scripted-speech.ts';
import { percentile } from './percentile.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 20);
const WARM_UP = 3;

interface ModelRequest {
  stage: string;
  state: string;
  endedAt: number | null;
}

const lecture = fileURLToPath(new URL('../samples/honey-lecture.mp3', import.meta.url));
const dataDir = await mkdtemp(join(tmpdir(), 'synapscribe-bench-'));
const speech = await startScriptedSpeech({ firstByteMs: 20, wholeMs: 20_000 });
const [vllm = 0, tts = 0, agentcore = 0, aws = 0, page = 0] = await freePorts(5);
const stack = await startStack({
  dataDir,
  ports: { vllm, tts, agentcore, aws, page },
  env: {
    TTS_BASE_URL: speech.baseUrl,
    STUB_ASR_TEXT: 'Why do bees dance?',
    STUB_ANSWER: 'The moon pulls on the water here. '.repeat(30),
    STUB_TOKENS_PER_SECOND: '20',
  },
});
try {
  const client = await SynapscribeClient.create(stack.webSocketUrl);
  const lectureId = await client.uploadLecture(lecture, {
    title: 'Honey',
    filename: 'honey-lecture.mp3',
    contentType: 'audio/mpeg',
  });
  await client.waitUntilReady(lectureId);
  const cancelled = await measure((queryId) => client.cancel(queryId));
  const left = await measure(() => client.socket.terminate());
  await client.close();
  console.log(
    JSON.stringify({
      cancelP50Ms: percentile(cancelled, 0.5),
      cancelMaxMs: percentile(cancelled, 1),
      disconnectP50Ms: percentile(left, 0.5),
      disconnectMaxMs: percentile(left, 1),
      n: cancelled.length,
    }),
  );

  /** Milliseconds until the last of the backends' requests was aborted, per question. */
  async function measure(end: (queryId: string) => void): Promise<number[]> {
    const times: number[] = [];
    for (let i = 0; i < WARM_UP + ROUNDS; i++) {
      const queryId = crypto.randomUUID();
      speech.requests.length = 0;
      await client.connect();
      let at = 0;
      const onEvent = ({ type }: { type: string }): void => {
        if (type !== 'audio' || at > 0) return;
        at = Date.now();
        end(queryId);
      };
      await client.ask({ lectureId, queryId, text: 'Why do bees dance?' }, { onEvent }).catch(() => undefined);
      const ended = await abortedAt();
      if (i >= WARM_UP) times.push(ended - at);
    }
    return times;
  }
} finally {
  await stack.stop();
  await speech.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function abortedAt(): Promise<number> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${vllm}/stub/requests`);
    const { requests } = (await response.json()) as { requests: ModelRequest[] };
    const ends = [requests.at(-1)?.endedAt ?? null, ...speech.requests.map(({ endedAt }) => endedAt)];
    if (ends.every((end) => end !== null)) return Math.max(...ends);
    await sleep(10);
  }
}
