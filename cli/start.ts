/** `npm start`: all of SynapScribe on one machine, until Ctrl-C. */
import { z } from 'zod';
import { port, readSettings } from '../service-kit/settings.ts';
import type { ServiceName } from '../scripts/build.ts';
import { Progress } from './progress.ts';
import { explainStartFailure } from './start-failure.ts';
import { DEFAULT_PORTS, startStack } from './stack.ts';

const settingsSchema = z.object({
  DATA_DIR: z.string().optional(),
  PORT: port(DEFAULT_PORTS.page),
  AWS_PORT: port(DEFAULT_PORTS.aws),
  AGENTCORE_PORT: port(DEFAULT_PORTS.agentcore),
  TTS_PORT: port(DEFAULT_PORTS.tts),
  VLLM_PORT: port(DEFAULT_PORTS.vllm),
});

const WHAT: Record<ServiceName, string> = {
  'vllm-cpu': 'ears and mind: a CPU stand-in for vLLM with Qwen2.5-Omni',
  'gtts-proxy': 'voice: gTTS, and Flite where Google cannot be reached',
  agentcore: 'the conversation: recognition, answer, speech',
  'local-aws': 'S3, DynamoDB, Cognito and the WebSocket API',
};

async function main(): Promise<number> {
  const settings = readSettings(settingsSchema);
  const progress = new Progress(process.stderr);
  const stopping = new AbortController();
  let end: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => (end = resolve));
  const onSignal = (): void => {
    // The second time, at once.
    if (stopping.signal.aborted) process.exit(130);
    stopping.abort(new Error('Stopped before it was ready.'));
    end(0);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);

  const stack = await startStack({
    signal: stopping.signal,
    ...(settings.DATA_DIR !== undefined && { dataDir: settings.DATA_DIR }),
    ports: {
      page: settings.PORT,
      aws: settings.AWS_PORT,
      agentcore: settings.AGENTCORE_PORT,
      tts: settings.TTS_PORT,
      vllm: settings.VLLM_PORT,
    },
    onModelProgress: ({ receivedBytes, totalBytes }) => {
      progress.step('Fetching the speech model (once)', receivedBytes / totalBytes);
    },
    onPageBuild: () => progress.step('Building the page (once)'),
    onService: (name, url) => {
      progress.clear();
      console.log(`${name.padEnd(11)} ${url.padEnd(22)} ${WHAT[name]}`);
    },
    onLine: (line) => console.error(line),
    onGiveUp: () => end(1),
  }).catch((error: unknown) => {
    progress.clear();
    if (stopping.signal.aborted) return undefined;
    throw explainStartFailure(error, settings);
  });
  if (stack === undefined) return await ended;
  console.log(`ready       ${stack.pageUrl.padEnd(22)} open it in a browser`);
  console.log(`            or ask with: npm run ask -- <lecture> <question> --url ${stack.webSocketUrl}`);
  console.log('            Ctrl-C stops all of it.');
  const code = await ended;
  console.log('Stopping …');
  await stack.stop();
  return code;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
