/** A question as the pipeline takes it: its text, or the samples of its recording. */
import { decodeQuestion } from '../../audio/decode-question.ts';
import type { QueryRequest } from '../../protocol/agent-api.ts';
import { SynapscribeError } from '../../protocol/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** A minute of uncompressed 48 kHz stereo is 11.5 MB. */
const MAX_BYTES = 25_000_000;

export type QuestionLoader = (request: QueryRequest, signal: AbortSignal) => Promise<string | Float32Array>;

/** @returns a loader that throws SynapscribeError not_found, unsupported_audio, audio_too_long, no_speech, internal */
export function questionLoader(objects: ObjectStore, maxSeconds: number): QuestionLoader {
  return async ({ text, audioKey }, signal) => {
    if (text !== undefined) return text;
    if (audioKey === undefined) throw new SynapscribeError('bad_request', 'Give either audioKey or text.');
    const { body, size } = await objects.open(audioKey, signal);
    if (size > MAX_BYTES) {
      throw new SynapscribeError('audio_too_long', `A spoken question may last ${maxSeconds} seconds.`);
    }
    const { samples } = await decodeQuestion(body, { maxSeconds, signal });
    return samples;
  };
}
