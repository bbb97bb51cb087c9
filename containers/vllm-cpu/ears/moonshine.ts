/**
 * Moonshine Tiny (English, int8) on ONNX Runtime: one window of speech in, its tokens out, greedily.
 * Source of the inputs and limits: https://github.com/moonshine-ai/moonshine (paper: arXiv 2410.15608).
 */
import { join } from 'node:path';
import ort from 'onnxruntime-node';
import { collapseRepetition } from './repetition.ts';

const LAYERS = 6;
const HEADS = 8;
const HEAD_SIZE = 36;
const START_TOKEN = 1;
const END_TOKEN = 2;
const SAMPLE_RATE = 16_000;
/** Speech never needs more; past it the model repeats itself. */
const MAX_TOKENS_PER_SECOND = 6;

export interface DecodedWindow {
  tokens: number[];
  /** Whether the model fell into repeating itself, or never came to an end: the window is better heard in halves. */
  derailed: boolean;
}

export interface Moonshine {
  /**
   * @param samples 16 kHz mono in [-1, 1], at most 30 s
   * @param isCancelled asked before every step; once true, the tokens so far are returned
   */
  decode: (samples: Float32Array, isCancelled: () => boolean) => Promise<DecodedWindow>;
}

type Tensors = Record<string, ort.Tensor>;

/** Loads both halves of the model from `dir`. Each `run` blocks the calling thread: use a worker. */
export async function loadMoonshine(dir: string, threads: number): Promise<Moonshine> {
  // A decoder's step is too small to share out. Waiting threads must not spin: other services need the processor.
  const [encoder, decoder] = await Promise.all([
    ort.InferenceSession.create(join(dir, 'encoder_model.onnx'), {
      intraOpNumThreads: threads,
      // It would keep the memory of the longest window for ever; the decoder, which needs little, is twice as fast with it.
      enableCpuMemArena: false,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    }),
    ort.InferenceSession.create(join(dir, 'decoder_model_merged.onnx'), {
      intraOpNumThreads: 1,
      // Every step has other shapes than the last.
      enableMemPattern: false,
    }),
  ]);

  // Megabytes a step, never looked at again after the first one.
  const laterOutputs = decoder.outputNames.filter((name) => !name.includes('.encoder.'));

  return {
    decode: async (samples, isCancelled) => {
      const encoded = await encoder.run({
        input_values: new ort.Tensor('float32', samples, [1, samples.length]),
      });
      const hidden = tensor(encoded, 'last_hidden_state');
      const limit = Math.max(1, Math.ceil((samples.length / SAMPLE_RATE) * MAX_TOKENS_PER_SECOND));
      const tokens: number[] = [];
      let last = START_TOKEN;
      let past = emptyPast();
      while (tokens.length < limit && !isCancelled()) {
        const isFirst = tokens.length === 0;
        const feeds = {
          input_ids: new ort.Tensor('int64', BigInt64Array.of(BigInt(last)), [1, 1]),
          encoder_hidden_states: hidden,
          use_cache_branch: new ort.Tensor('bool', [!isFirst]),
          ...past,
        };
        const output = await decoder.run(feeds, isFirst ? decoder.outputNames : laterOutputs);
        last = argmax(tensor(output, 'logits'));
        if (last === END_TOKEN) return { tokens, derailed: false };
        tokens.push(last);
        const collapsed = collapseRepetition(tokens);
        if (collapsed !== undefined) return { tokens: collapsed, derailed: true };
        past = nextPast(past, output, isFirst);
      }
      return { tokens, derailed: !isCancelled() };
    },
  };
}

function emptyPast(): Tensors {
  const past: Tensors = {};
  for (const name of pastNames()) past[name] = new ort.Tensor('float32', new Float32Array(), [0, HEADS, 1, HEAD_SIZE]);
  return past;
}

/** The encoder's keys and values come out of the first step only, and stay. */
function nextPast(past: Tensors, output: ort.InferenceSession.OnnxValueMapType, isFirst: boolean): Tensors {
  const next: Tensors = {};
  for (const name of pastNames()) {
    const kept = past[name];
    next[name] =
      isFirst || kept === undefined || name.includes('.decoder.')
        ? tensor(output, name.replace('past_key_values', 'present'))
        : kept;
  }
  return next;
}

function* pastNames(): Generator<string> {
  for (let layer = 0; layer < LAYERS; layer++) {
    for (const side of ['decoder', 'encoder']) {
      for (const kind of ['key', 'value']) yield `past_key_values.${layer}.${side}.${kind}`;
    }
  }
}

function tensor(values: ort.InferenceSession.OnnxValueMapType, name: string): ort.Tensor {
  const value = values[name];
  if (!(value instanceof ort.Tensor)) throw new Error(`The speech model gave no ${name}.`);
  return value;
}

function argmax(logits: ort.Tensor): number {
  const { data } = logits;
  if (!(data instanceof Float32Array)) throw new Error('The speech model gave no numbers.');
  let best = 0;
  for (let i = 1; i < data.length; i++) if ((data[i] ?? 0) > (data[best] ?? 0)) best = i;
  return best;
}
