/** A spoken question, whole: decoded, bounded and known to hold speech. */
import { SynapscribeError } from '../protocol/errors.ts';
import { decodeAudio, SAMPLE_RATE, spoken } from './decode.ts';
import { cutAtSilences } from './silence.ts';

export interface QuestionAudio {
  /** Mono, 16 kHz, the silence before and after the speech left out. */
  samples: Float32Array;
  /** Length of the recording as it came. */
  seconds: number;
}

export interface QuestionOptions {
  maxSeconds: number;
  signal?: AbortSignal;
}

/**
 * Decodes a question of at most `maxSeconds`. A file that breaks off is taken as far as it goes.
 * @throws SynapscribeError `unsupported_audio`, `audio_too_long` or `no_speech`, in a student's words
 */
export async function decodeQuestion(
  source: AsyncIterable<Uint8Array>,
  options: QuestionOptions,
): Promise<QuestionAudio> {
  const blocks: Float32Array[] = [];
  try {
    for await (const block of decodeAudio(source, options)) blocks.push(block);
  } catch (error) {
    throw inQuestionsWords(error, options.maxSeconds);
  }
  const samples = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    samples.set(block, at);
    at += block.length;
  }
  const pieces = cutAtSilences(samples, { sampleRate: SAMPLE_RATE, maxSeconds: options.maxSeconds + 1 });
  const [first] = pieces;
  const last = pieces.at(-1);
  if (first === undefined || last === undefined) {
    throw new SynapscribeError('no_speech', 'No speech was heard in the question. Please check the microphone.');
  }
  const from = Math.round(first.start * SAMPLE_RATE);
  const to = Math.round(last.start * SAMPLE_RATE) + last.samples.length;
  return { samples: samples.slice(from, to), seconds: samples.length / SAMPLE_RATE };
}

function inQuestionsWords(error: unknown, maxSeconds: number): unknown {
  if (!(error instanceof SynapscribeError)) return error;
  if (error.code === 'audio_too_long') {
    const message = `The question is longer than ${spoken(maxSeconds)}. Please ask it more briefly.`;
    return new SynapscribeError('audio_too_long', message, { cause: error });
  }
  if (error.code === 'unsupported_audio') {
    const message = 'The question is not a recording that can be read. Please record it again.';
    return new SynapscribeError('unsupported_audio', message, { cause: error });
  }
  return error;
}
