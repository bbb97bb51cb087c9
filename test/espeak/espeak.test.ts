/** The real eSpeak NG behind the real service: languages beyond English without a network. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestProxy, type TestProxy } from '../../gtts-proxy/test-support/start-proxy.ts';
import { largestStep, measureJoins } from '../../gtts-proxy/test-support/joins.ts';

const SAMPLE_RATE = 24_000;

async function toSamples(response: Response): Promise<Float32Array> {
  const pcm = Buffer.from(await response.arrayBuffer());
  return Float32Array.from({ length: pcm.length >> 1 }, (_, i) => pcm.readInt16LE(i * 2) / 0x8000);
}

describe('the offline voices', () => {
  let proxy: TestProxy;
  beforeAll(async () => {
    proxy = await startTestProxy({ SPEECH_ENGINE: 'offline' });
  });
  afterAll(() => proxy.stop());

  const speakPcm = async (body: Record<string, unknown>): Promise<Response> =>
    await proxy.speak({ response_format: 'pcm', ...body });

  it.each([
    ['de', 'Die Flut kommt am Mittag.'],
    ['fr-CA', 'La marée arrive à midi.'],
    ['es-MX', 'La marea sube al mediodía.'],
    ['pt-PT', 'A maré sobe ao meio-dia.'],
    ['ru', 'Прилив наступает в полдень.'],
    ['ar', 'يأتي المد عند الظهر.'],
    ['iw', 'הגאות מגיעה בצהריים.'],
    ['hi', 'दोपहर को ज्वार आता है।'],
    ['zh-CN', '中午涨潮。'],
    ['ja', 'しおは ひるに みちます。'],
    ['ko', '정오에 밀물이 들어옵니다.'],
    ['no', 'Floet kommer ved middagstid.'],
  ])('speak %s', async (voice, input) => {
    const response = await speakPcm({ voice, input });
    expect([response.status, response.headers.get('x-speech-engine')]).toEqual([200, 'espeak']);
    const samples = await toSamples(response);
    const rms = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    expect(samples.length / SAMPLE_RATE).toBeGreaterThan(0.7);
    expect(samples.length / SAMPLE_RATE).toBeLessThan(6);
    expect(rms).toBeGreaterThan(0.02);
  });

  it('leave English to Flite, unless eSpeak is asked for by name', async () => {
    const engineOf = async (voice: string): Promise<string | null> => {
      const response = await proxy.speak({ voice });
      await response.arrayBuffer();
      return response.headers.get('x-speech-engine');
    };
    expect([await engineOf('alloy'), await engineOf('en-GB'), await engineOf('espeak-en')]).toEqual([
      'flite',
      'flite',
      'espeak',
    ]);
  });

  it.each([
    ['Hello 世界, how are you?', 'Hello, how are you?'],
    ['The Arabic word سلام means peace.', 'The Arabic word means peace.'],
    ['The word мир means peace.', 'The word means peace.'],
  ])('leave no word out of %j', async (input, without) => {
    const response = await speakPcm({ voice: 'alloy', input });
    expect(response.headers.get('x-speech-engine')).toBe('espeak');
    const shorter = await toSamples(await speakPcm({ voice: 'espeak-en', input: without }));
    expect((await toSamples(response)).length).toBeGreaterThan(shorter.length + 0.2 * SAMPLE_RATE);
  });

  it.each([
    ['Привет мир', 'ru'],
    ['مرحبا بالعالم', 'ar'],
    ['こんにちは', 'ja'],
    ['你好，世界', 'zh-CN'],
    ['שלום עולם', 'he'],
  ])('speak %j in its own language where none is named', async (input, language) => {
    const own = await toSamples(await speakPcm({ voice: 'alloy', input, language }));
    expect(await toSamples(await speakPcm({ voice: 'alloy', input }))).toEqual(own);
    expect(own.length).toBeGreaterThan(0.3 * SAMPLE_RATE);
  });

  it('are listed, and each that is listed speaks', async () => {
    const listed: unknown = await (await fetch(`${proxy.url}/v1/audio/voices`)).json();
    expect(listed).toMatchObject({
      voices: expect.arrayContaining([
        { id: 'espeak-de', name: 'German, eSpeak NG', language: 'de', engine: 'espeak' },
      ]),
    });
    const response = await proxy.speak({ voice: 'espeak-de', input: 'Guten Tag.' });
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(2000);
  });

  it('say clearly what they cannot speak', async () => {
    const sundanese = await proxy.speak({ voice: 'su', input: 'Wilujeng.' });
    expect([sundanese.status, await sundanese.json()]).toMatchObject([400, { error: { param: 'voice' } }]);
    const kanji = await proxy.speak({ voice: 'ja', input: '漢字です。' });
    expect([kanji.status, await kanji.json()]).toMatchObject([400, { error: { param: 'input' } }]);
    const wrong = await proxy.speak({ voice: 'espeak-de', language: 'fr' });
    expect([wrong.status, await wrong.json()]).toMatchObject([400, { error: { param: 'language' } }]);
  });

  it('speak faster, slower, and as slow as gTTS does', async () => {
    const order = { voice: 'de', input: 'Die Flut kommt am Mittag, und alle gehen schwimmen.' };
    const secondsAt = async (pace: Record<string, unknown>): Promise<number> =>
      (await toSamples(await speakPcm({ ...order, ...pace }))).length;
    const normal = await secondsAt({});
    expect((await secondsAt({ speed: 2 })) / normal).toBeCloseTo(0.5, 1);
    expect((await secondsAt({ slow: true })) / normal).toBeCloseTo(1 / 0.7, 1);
  });

  it('join sentences without a click, and with a pause no longer than a breath', async () => {
    const input = 'Die Sonne scheint. Der Mond auch. Wir gehen nach Hause. Gute Nacht.';
    const samples = await toSamples(await speakPcm({ voice: 'de', input }));
    const pauses = measureJoins(samples, 0.3);
    expect(pauses).toHaveLength(3);
    for (const { atSeconds, silentSeconds } of pauses) {
      expect(silentSeconds).toBeLessThan(0.6);
      const at = Math.round(atSeconds * SAMPLE_RATE);
      expect(largestStep(samples.subarray(at, at + Math.round(silentSeconds * SAMPLE_RATE)))).toBeLessThan(0.02);
    }
  });
});
