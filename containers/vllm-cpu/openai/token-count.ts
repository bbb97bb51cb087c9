/** How many tokens a prompt has: an estimate for text, the model's own formula for audio. */
import type { ChatTurn } from '../engine.ts';

/** `<|im_start|>role\n` and `<|im_end|>\n` around each message, and the opening of the reply. */
const TURN_OVERHEAD = 5;
const REPLY_OVERHEAD = 3;
/** `<|audio_bos|>` and `<|audio_eos|>`. */
const CLIP_OVERHEAD = 2;

/**
 * Text in tokens, about as Qwen's tokenizer would count: English words up to seven letters are one token, every
 * digit is one, other scripts take one for every two characters.
 */
export function countTextTokens(text: string): number {
  let count = 0;
  for (const [piece] of text.matchAll(/[a-z]+|[^\S\n]*\n+|\d|[^\sa-z\d\p{L}]|\p{L}+/giu)) {
    count += /^[a-z]/i.test(piece) ? Math.ceil(piece.length / 7) : Math.ceil(piece.length / 2);
  }
  return count;
}

/**
 * 25 tokens a second. Source: Qwen2.5-Omni's audio encoder, which halves the 100 mel frames a second twice.
 * @param samples at 16 kHz
 */
export function countAudioTokens(samples: number): number {
  const frames = Math.floor(samples / 160);
  return Math.max(1, Math.floor((Math.floor((frames - 1) / 2) + 1 - 2) / 2) + 1);
}

export function countPromptTokens(turns: readonly ChatTurn[], clips: readonly Float32Array[]): number {
  const text = turns.reduce((sum, turn) => sum + countTextTokens(turn.text) + TURN_OVERHEAD, REPLY_OVERHEAD);
  return clips.reduce((sum, clip) => sum + countAudioTokens(clip.length) + CLIP_OVERHEAD, text);
}
