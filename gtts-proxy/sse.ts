/**
 * `stream_format: "sse"`: the audio in server-sent events.
 * Source: https://platform.openai.com/docs/api-reference/audio/speech-audio-delta-event
 */

/** No model counts tokens here. */
const USAGE = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };

export async function* sseAudio(audio: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const bytes of audio) yield event({ type: 'speech.audio.delta', audio: bytes.toString('base64') });
  yield event({ type: 'speech.audio.done', usage: USAGE });
}

function event(data: { type: string } & Record<string, unknown>): Buffer {
  return Buffer.from(`data: ${JSON.stringify(data)}\n\n`);
}
