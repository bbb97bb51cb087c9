/** The project's own recognizer as a listener: what is said in an audio file. */
import { decodeAudio, SAMPLE_RATE } from '../../audio/decode.ts';
import { encodeWav } from '../../audio/wav.ts';

/** @param llmBaseUrl an OpenAI-style base, `/v1` included */
export async function transcribe(llmBaseUrl: string, audio: Uint8Array): Promise<string> {
  const blocks: Float32Array[] = [];
  for await (const block of decodeAudio(oneChunk(audio), { maxSeconds: 120 })) blocks.push(block);
  const samples = Float32Array.from(blocks.flatMap((block) => [...block]));
  const data = encodeWav(samples, SAMPLE_RATE).toString('base64');
  const response = await fetch(`${llmBaseUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'qwen-omni',
      messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data, format: 'wav' } }] }],
    }),
  });
  if (!response.ok) throw new Error(await response.text());
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
  return choices[0]?.message.content ?? '';
}

async function* oneChunk(audio: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(audio);
}
