/**
 * How long until a student hears something, against the floor that the backends set.
 *
 * The whole system runs (gateway, Lambda handler, storage, AgentCore), with a scripted model and voice of known delays.
 * Measured at the client: from sending `query` to the first `audio` message. The floor is the backends' own time:
 * recognition + first token + (tokens of the first piece − 1) × token time + first byte of speech. A client without any
 * system, which calls the same backends one after the other, is measured in the same run.
 */
import '../cli/quiet-aws-sdk.ts';
import OpenAI from 'openai';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PieceCutter } from '../agentcore/pipeline/pieces.ts';
import { SynapscribeClient } from '../cli/client.ts';
import { startStack } from '../cli/stack.ts';
import { freePorts } from '../cli/free-ports.ts';
import { startScriptedSpeech } from '../test/support/scripted-speech.ts';
import { percentile } from './percentile.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 40);
const WARM_UP = 5;
const SCRIPT = { asrMs: 300, firstTokenMs: 200, tokenMs: 20, speechFirstByteMs: 150, speechWholeMs: 900 };
const QUESTION = 'Why do bees beat their wings at night?';
const ANSWER =
  'They beat their wings until most of the water has dried away. [2] Finished honey is too dry for germs to live in. [3] That is why it keeps for many years and needs no other care. [4]';

const firstPieceTokens = countFirstPieceTokens();
const floorMs = SCRIPT.asrMs + SCRIPT.firstTokenMs + (firstPieceTokens - 1) * SCRIPT.tokenMs + SCRIPT.speechFirstByteMs;

const lecture = new URL('../samples/honey-lecture.mp3', import.meta.url);
const question = await readFile(new URL('../samples/question-1.wav', import.meta.url));
const dataDir = await mkdtemp(join(tmpdir(), 'synapscribe-bench-'));
const speech = await startScriptedSpeech({
  firstByteMs: SCRIPT.speechFirstByteMs,
  wholeMs: SCRIPT.speechWholeMs,
});
const [vllm = 0, tts = 0, agentcore = 0, aws = 0, page = 0] = await freePorts(5);
const stack = await startStack({
  dataDir,
  ports: { vllm, tts, agentcore, aws, page },
  env: {
    TTS_BASE_URL: speech.baseUrl,
    STUB_ASR_TEXT: QUESTION,
    STUB_ASR_MS: String(SCRIPT.asrMs),
    STUB_ANSWER: ANSWER,
    STUB_FIRST_TOKEN_MS: String(SCRIPT.firstTokenMs),
    STUB_TOKENS_PER_SECOND: String(1000 / SCRIPT.tokenMs),
  },
});
try {
  const client = await SynapscribeClient.create(stack.webSocketUrl);
  await client.connect();
  const lectureId = await client.uploadLecture(fileURLToPath(lecture), {
    title: 'Honey',
    filename: 'honey-lecture.mp3',
    contentType: 'audio/mpeg',
  });
  await client.waitUntilReady(lectureId);

  const system = await measure(async () => {
    const { events } = await client.ask({ lectureId, audio: { bytes: question } });
    const first = events.findIndex(({ event }) => event.type === 'audio');
    const lastDelta = events.findLastIndex(({ event }) => event.type === 'answer');
    if (first === -1 || first > lastDelta) throw new Error('the first audio came after the last words');
    return events[first]?.atMs ?? Number.NaN;
  });
  const model = new OpenAI({ baseURL: `http://127.0.0.1:${vllm}/v1`, apiKey: 'none' });
  const voice = new OpenAI({ baseURL: speech.baseUrl, apiKey: 'none' });
  const bare = await measure(async () => await bareFirstAudioMs(model, voice));
  await client.close();

  console.log(`floor           ${floorMs} ms (first piece: ${firstPieceTokens} tokens)`);
  console.log(`bare client     p50 ${percentile(bare, 0.5)} ms, p95 ${percentile(bare, 0.95)} ms`);
  console.log(`whole system    p50 ${percentile(system, 0.5)} ms, p95 ${percentile(system, 0.95)} ms`);
  const p50Ms = percentile(system, 0.5);
  const ratio = Number((p50Ms / floorMs).toFixed(3));
  console.log(JSON.stringify({ floorMs, p50Ms, p95Ms: percentile(system, 0.95), ratio, n: system.length }));
} finally {
  await stack.stop();
  await speech.stop();
  await rm(dataDir, { recursive: true, force: true });
}

/** A word is a token of the scripted model. */
function countFirstPieceTokens(): number {
  const cutter = new PieceCutter();
  const tokens = ANSWER.split(/(?= )/);
  const at = tokens.findIndex((token) => cutter.push(token).length > 0);
  return at + 1;
}

async function measure(round: () => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + ROUNDS; i++) {
    const ms = await round();
    if (i >= WARM_UP) times.push(ms);
  }
  return times;
}

/** What a program without a system does: the same requests, in a row, the voice asked at the first piece. */
async function bareFirstAudioMs(model: OpenAI, voice: OpenAI): Promise<number> {
  const startedAt = performance.now();
  const audio = {
    type: 'input_audio' as const,
    input_audio: { data: question.toString('base64'), format: 'wav' as const },
  };
  await model.chat.completions.create({ model: 'qwen-omni', messages: [{ role: 'user', content: [audio] }] });
  const stream = await model.chat.completions.create({
    model: 'qwen-omni',
    stream: true,
    messages: [{ role: 'user', content: QUESTION }],
  });
  const cutter = new PieceCutter();
  for await (const chunk of stream) {
    const [piece] = cutter.push(chunk.choices[0]?.delta.content ?? '');
    if (piece === undefined) continue;
    const response = await voice.audio.speech.create({ model: 'gtts', voice: 'alloy', input: piece });
    const reader = response.body?.getReader();
    await reader?.read();
    const ms = performance.now() - startedAt;
    await reader?.cancel();
    return ms;
  }
  throw new Error('the model gave no piece');
}
