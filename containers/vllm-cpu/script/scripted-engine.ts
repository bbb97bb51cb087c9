/** The engine that replays a script: every token at its own absolute time, so that no delay adds up. */
import { STATUS_CODES } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { HttpError } from '../../../service-kit/http-errors.ts';
import type { Engine, GenerationRequest } from '../engine.ts';
import type { Script } from './script-settings.ts';
import { waitUntil } from './wait-until.ts';

const SAMPLE_RATE = 16_000;
const LONGEST_QUESTION_SECONDS = 10;

/** A failure of the connection that the script asks for; the HTTP layer carries it out. */
export class ScriptedFailure extends Error {
  readonly kind: 'die-mid-stream' | 'broken-sse' | 'truncated';

  constructor(kind: ScriptedFailure['kind']) {
    super(`The script asks for ${kind}.`);
    this.name = 'ScriptedFailure';
    this.kind = kind;
  }
}

/** `script` is asked for anew with every request, so that a test can change it. */
export function createScriptedEngine(script: () => Script): Engine {
  return {
    root: 'script',
    healthy: () => true,
    close: () => Promise.resolve(),
    admit: async (request, signal) => {
      const { fail } = applies(script(), request);
      if (fail === 'no-reply') await forever(signal);
      if (fail === undefined || !/^\d+$/.test(fail)) return;
      const status = Number(fail);
      const type = (STATUS_CODES[status] ?? 'Error').replaceAll(' ', '');
      throw new HttpError(status, `Scripted failure ${status}.`, {
        type: type.endsWith('Error') ? type : `${type}Error`,
        code: status,
      });
    },
    generate: async function* (request, signal) {
      const current = script();
      const { fail, failAfterTokens } = applies(current, request);
      let sent = 0;
      for await (const token of replay(current, request, signal)) {
        if (fail !== undefined && sent === failAfterTokens) break;
        yield token;
        sent++;
      }
      if (fail !== undefined) await carryOut(fail, signal);
    },
  };
}

async function* replay(script: Script, request: GenerationRequest, signal: AbortSignal): AsyncGenerator<string> {
  if (request.clips.length > 0) {
    await waitUntil(request.arrivedAt + script.asrMs, signal);
    yield* words(heard(script.asrText, request.clips));
    return;
  }
  for (const [index, word] of words(script.answer).entries()) {
    await waitUntil(request.arrivedAt + script.firstTokenMs + (index * 1000) / script.tokensPerSecond, signal);
    yield word;
  }
}

/** A question is in the script's words. In a longer recording, of a lecture, enough is said to fill it, never the same. */
function heard(text: string, clips: readonly Float32Array[]): string {
  const seconds = clips.reduce((sum, { length }) => sum + length, 0) / SAMPLE_RATE;
  if (seconds <= LONGEST_QUESTION_SECONDS) return text;
  return [...Array.from({ length: Math.ceil(seconds / 3) }, () => text), seconds.toFixed(2)].join(' ');
}

function applies(script: Script, request: GenerationRequest): Pick<Script, 'fail' | 'failAfterTokens'> {
  const stage = request.clips.length > 0 ? 'asr' : 'answer';
  const hit = script.failStage === 'any' || script.failStage === stage;
  return { fail: hit ? script.fail : undefined, failAfterTokens: script.failAfterTokens };
}

async function carryOut(fail: NonNullable<Script['fail']>, signal: AbortSignal): Promise<void> {
  switch (fail) {
    case 'die-mid-stream':
    case 'broken-sse':
    case 'truncated':
      throw new ScriptedFailure(fail);
    case 'hang':
      await forever(signal);
      break;
    default:
      throw new Error(`Scripted failure: ${fail}.`);
  }
}

/** Longer than any client waits; ends when it leaves. */
async function forever(signal: AbortSignal): Promise<void> {
  await setTimeout(2 ** 31 - 1, undefined, { signal });
}

/** A word is a token, with the space before it. */
export function words(text: string): string[] {
  return text.match(/^\s*\S+|\s+\S+/g) ?? [];
}
