/** A chat's messages as turns of text and recordings, with the limits that vLLM sets on them. */
import type { ChatTurn } from '../engine.ts';
import { badRequest } from './api-error.ts';
import type { ContentPart, Message } from './chat-request.ts';

/** As `--limit-mm-per-prompt '{"audio":2,"image":0,"video":0}'`. */
const MAX_CLIPS = 2;

export interface Prompt {
  turns: ChatTurn[];
  /** Encoded recordings, in order. */
  clips: Buffer[];
}

const ROLES = { system: 'system', developer: 'system', user: 'user', assistant: 'assistant', tool: 'user' } as const;

/** @throws HttpError 400 for too many recordings, other media, or an address instead of the recording itself */
export function readPrompt(messages: readonly Message[]): Prompt {
  const clips: string[] = [];
  const turns = messages.map(({ role, content }): ChatTurn => {
    const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : (content ?? []);
    const text: string[] = [];
    for (const part of parts) {
      if (part.type === 'text') text.push(part.text);
      else clips.push(clipOf(part));
    }
    if (clips.length > MAX_CLIPS) throw tooMany('audio', MAX_CLIPS);
    return { role: ROLES[role], text: text.join('\n') };
  });
  return { turns, clips: clips.map((clip) => Buffer.from(clip, 'base64')) };
}

/** The recording as base64. */
function clipOf(part: Exclude<ContentPart, { type: 'text' }>): string {
  switch (part.type) {
    case 'input_audio':
      return part.input_audio.data;
    case 'audio_url': {
      const { url } = part.audio_url;
      // vLLM would fetch an address for whoever asks (CVE-2026-24779); this one does not.
      if (!url.startsWith('data:')) throw badRequest('The URL must be a data: URL with base64 audio.', 'audio_url');
      const comma = url.indexOf(',');
      if (!url.slice(0, comma).endsWith(';base64')) {
        throw badRequest('Only base64 data URLs are supported for now.', 'audio_url');
      }
      return url.slice(comma + 1);
    }
    default:
      throw tooMany(part.type === 'image_url' ? 'image' : 'video', 0);
  }
}

function tooMany(modality: string, limit: number): Error {
  return badRequest(`At most ${limit} ${modality}(s) may be provided in one prompt.`, modality);
}
