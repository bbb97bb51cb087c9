/** Decodes what comes on stdin, of at most as many seconds as the argument says, and prints a `DecodeMemory`. */
import { buffer } from 'node:stream/consumers';
import { SynapscribeError } from '../../protocol/errors.ts';
import { decodeAudio, SAMPLE_RATE } from '../decode.ts';
import type { DecodeMemory } from './decode-memory.ts';

/** In KB. */
const held = (): number => process.resourceUsage().maxRSS;

const file = await buffer(process.stdin);
async function* source(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += 65_536) {
    await Promise.resolve();
    yield file.subarray(at, at + 65_536);
  }
}

const before = held();
let samples = 0;
let error = '';
try {
  for await (const block of decodeAudio(source(), { maxSeconds: Number(process.argv[2]) })) samples += block.length;
} catch (thrown) {
  error = thrown instanceof SynapscribeError ? `${thrown.code}: ${thrown.message}` : String(thrown);
}
const memory: DecodeMemory = { megabytes: (held() - before) / 1024, seconds: samples / SAMPLE_RATE, error };
process.stdout.write(JSON.stringify(memory));
