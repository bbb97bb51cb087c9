/** Whether the real Google still answers as the fake one does. Needs the network: `npm run test:live`. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { measureAudio } from '../../audio/probe.ts';
import { startTestProxy, type TestProxy } from '../../gtts-proxy/test-support/start-proxy.ts';

let proxy: TestProxy;

beforeAll(async () => {
  proxy = await startTestProxy({ SPEECH_ENGINE: 'google' });
});
afterAll(async () => await proxy.stop());

it('speaks a sentence as 24 kHz mono MP3', async () => {
  const response = await proxy.speak({ input: 'The tide comes in at noon.' });
  expect(response.status).toBe(200);
  expect(response.headers.get('x-speech-engine')).toBe('google');
  const audio = new Uint8Array(await response.arrayBuffer());
  const read = async (from: number, to: number): Promise<Uint8Array> =>
    await Promise.resolve(audio.slice(from, to + 1));
  const properties = await measureAudio({ size: audio.length, read });
  expect(properties).toMatchObject({ codec: 'mp3', sampleRate: 24_000, channels: 1 });
  expect(properties.durationSeconds).toBeGreaterThan(1);
});
