/** `node --import tsx containers/vllm-cpu/fetch-model.ts <dir>`: fetches the speech model, as at an image's build. */
import { ensureModel, ModelError, type ModelProgress } from './model.ts';

const BAR_WIDTH = 30;

function drawBar({ receivedBytes, totalBytes }: ModelProgress): void {
  const share = receivedBytes / totalBytes;
  const filled = Math.round(share * BAR_WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  process.stderr.write(
    `\rSpeech model ${bar} ${(receivedBytes / 1e6).toFixed(1)} of ${(totalBytes / 1e6).toFixed(1)} MB`,
  );
}

/** A line for every quarter, for logs. */
function createLines(): (progress: ModelProgress) => void {
  let told = -1;
  return ({ receivedBytes, totalBytes }) => {
    const quarter = Math.floor((receivedBytes / totalBytes) * 4);
    if (quarter === told) return;
    told = quarter;
    process.stderr.write(`Speech model: ${quarter * 25} % of ${(totalBytes / 1e6).toFixed(1)} MB\n`);
  };
}

const [dir, ...rest] = process.argv.slice(2);
if (dir === undefined || rest.length > 0) {
  process.stderr.write('Use: node --import tsx containers/vllm-cpu/fetch-model.ts <dir>\n');
  process.exit(2);
}
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());
const isTerminal = process.stderr.isTTY;
try {
  await ensureModel({ dir, onProgress: isTerminal ? drawBar : createLines(), signal: stop.signal });
  process.stderr.write(`${isTerminal ? '\n' : ''}The speech model is in ${dir}.\n`);
} catch (error) {
  const message = error instanceof ModelError ? error.message : 'The speech model was not fetched.';
  process.stderr.write(`${isTerminal ? '\n' : ''}${message}\n`);
  process.exitCode = 1;
}
