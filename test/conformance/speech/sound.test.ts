import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { FORMATS, sampleRateOf, soundOf } from './support/formats.ts';
import { Sound } from './support/sound.ts';
import { startTarget, type Target } from './support/target.ts';

const TEXT = 'The tide comes in at noon, and the boats that went out in the morning come home with it.';
const LONG_TEXT = Array.from({ length: 8 }, (_, i) => `This is sentence ${i + 1}, and more of them follow it.`).join(
  ' ',
);

let target: Target;
/** `TEXT` as it is, for comparison. */
let plain: Sound;
let plainPitch: number;
beforeAll(async () => {
  target = await startTarget();
  plain = await Sound.ofPcm(await spoken({ response_format: 'pcm' }));
  plainPitch = plain.pitch();
});
afterAll(() => target.stop());

async function spoken(body: Record<string, unknown>): Promise<Buffer> {
  return Buffer.from(await (await target.speak({ input: TEXT, ...body })).arrayBuffer());
}

/** When the parts of a body come, in ms from the request. */
async function arrivals(response: Promise<Response>): Promise<number[]> {
  const startedAt = performance.now();
  const times: number[] = [];
  const reader = (await response).body?.getReader();
  while ((await reader?.read())?.done === false) times.push(performance.now() - startedAt);
  return times;
}

describe('what is written', () => {
  const secondsOf = async (input: string): Promise<number> =>
    (await Sound.ofPcm(await spoken({ input, response_format: 'pcm' }))).seconds;

  it('is not passed over where no voice can read it: there is a word for that', async () => {
    expect(await secondsOf('Then ᏣᎳᎩ is read.')).toBeGreaterThan((await secondsOf('Then is read.')) + 0.7);
    expect(await secondsOf('ꦗꦮ. Hello.')).toBeGreaterThan((await secondsOf('Hello.')) + 0.7);
  });

  it('is read in disguise too', async () => {
    expect(Math.abs((await secondsOf('ⓗⓔⓛⓛⓞ ｔｈｅｒｅ')) - (await secondsOf('hello there')))).toBeLessThan(0.15);
  });
});

describe.each(FORMATS)('$name', ({ name, contentType, sampleRate }) => {
  it('is what its type says, and sounds as PCM does, for as long', async () => {
    const response = await target.speak({ input: TEXT, response_format: name });
    expect(response.headers.get('content-type')).toBe(contentType);
    const file = Buffer.from(await response.arrayBuffer());
    expect(await sampleRateOf(name, file)).toBe(sampleRate);
    const sound = await soundOf(name, file);
    expect(Math.abs(sound.seconds - plain.seconds)).toBeLessThan(0.15);
    expect(sound.likeness(plain)).toBeGreaterThan(0.9);
  });

  it('comes while it is made', async () => {
    const times = await arrivals(target.speak({ input: LONG_TEXT, response_format: name }));
    expect(times.length).toBeGreaterThan(2);
    // What is collected first comes all at once: then the first bytes take as long as the last.
    expect(times[0]).toBeLessThan((times.at(-1) ?? 0) * 0.85);
  });

  it('is a short silence where there are no words', async () => {
    const sound = await soundOf(name, await spoken({ input: '… ?!', response_format: name }));
    expect(sound.seconds).toBeGreaterThan(0.05);
    expect(sound.seconds).toBeLessThan(1);
  });
});

describe('the format', () => {
  it('is MP3 where none is asked for', async () => {
    expect((await target.speak()).headers.get('content-type')).toBe('audio/mpeg');
  });
});

describe('speed', () => {
  it.each([
    [0.25, 0.1],
    [0.5, 0.1],
    [0.8, 0.1],
    [1.5, 0.1],
    [2, 0.1],
    // The offline voice's shortest sounds cannot be four times shorter.
    [4, 0.3],
  ])('%d changes the length and leaves the pitch', async (speed, tolerance) => {
    const sound = await Sound.ofPcm(await spoken({ response_format: 'pcm', speed }));
    expect(Math.abs((sound.seconds * speed) / plain.seconds - 1)).toBeLessThan(tolerance);
    expect(Math.abs(sound.pitch() / plainPitch - 1)).toBeLessThan(0.15);
  });

  it('holds for compressed formats too', async () => {
    const sound = await Sound.of(await spoken({ response_format: 'opus', speed: 2 }));
    expect(Math.abs((sound.seconds * 2) / plain.seconds - 1)).toBeLessThan(0.15);
  });
});

const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('speech.audio.delta'), audio: z.base64().min(1) }),
  z.object({
    type: z.literal('speech.audio.done'),
    usage: z.object({ input_tokens: z.number(), output_tokens: z.number(), total_tokens: z.number() }),
  }),
]);

describe('stream_format', () => {
  it('sse sends the file in events, then the usage', async () => {
    const response = await target.speak({ input: LONG_TEXT, stream_format: 'sse', response_format: 'mp3' });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const blocks = (await response.text()).split('\n\n').filter((block) => block !== '');
    const events = blocks.map((block) => eventSchema.parse(JSON.parse(block.replace(/^data: /, ''))));
    const deltas = events.flatMap((event) => (event.type === 'speech.audio.delta' ? [event.audio] : []));
    expect(deltas.length).toBeGreaterThan(2);
    expect(events.map((event) => event.type).indexOf('speech.audio.done')).toBe(deltas.length);
    expect(events).toHaveLength(deltas.length + 1);
    const sound = await Sound.of(Buffer.concat(deltas.map((audio) => Buffer.from(audio, 'base64'))));
    const whole = await Sound.of(await spoken({ input: LONG_TEXT }));
    expect(Math.abs(sound.seconds - whole.seconds)).toBeLessThan(0.15);
  });

  it('sse comes while it is made', async () => {
    const times = await arrivals(target.speak({ input: LONG_TEXT, stream_format: 'sse' }));
    expect(times[0]).toBeLessThan((times.at(-1) ?? 0) / 2);
  });

  it('audio is the plain body', async () => {
    expect((await target.speak({ stream_format: 'audio' })).headers.get('content-type')).toBe('audio/mpeg');
  });
});
