/** `POST /v1/audio/speech`: the order checked, a place in line taken, the answer streamed while it is spoken. */
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { RequestHandler, Response } from 'express';
import { withDeadline } from '../service-kit/deadline.ts';
import { toHttpError } from '../service-kit/http-errors.ts';
import type { Logger } from '../service-kit/logger.ts';
import type { Admission } from './admission.ts';
import type { CacheResult } from './cache/answer-cache.ts';
import { resolveVoice } from './catalogue.ts';
import { encode, MIME_TYPES } from './encoding.ts';
import type { SpeechMetrics, SpeechOutcome } from './metrics.ts';
import { parseSpeechOrder, type SpeechOrder } from './speech-request.ts';
import type { SpeechService } from './speech.ts';
import { sseAudio } from './sse.ts';

export interface SpeechRouteOptions {
  speech: SpeechService;
  admission: Admission;
  metrics: SpeechMetrics;
  log: Logger;
  /** A client that reads nothing for this long is taken for gone; 30 s unless told. */
  stallMs?: number;
}

const DEFAULT_STALL_MS = 30_000;

export function speechRoute({ speech, admission, metrics, log, stallMs }: SpeechRouteOptions): RequestHandler {
  return async (req, res) => {
    const startedAt = performance.now();
    const signal = clientSignal(res);
    let order: SpeechOrder | undefined;
    let engine = 'none';
    let cache: CacheResult | undefined;
    let firstByteMs: number | undefined;
    let outcome: SpeechOutcome = 'ok';
    try {
      order = parseSpeechOrder(req.body);
      const voice = resolveVoice(order);
      const leave = await admission.enter(signal);
      try {
        const { input: text, format, speed, slow } = order;
        const spoken = await speech.begin({
          text,
          voice,
          speed,
          slow,
          format,
          encode: (audio, wanted) => encode(audio, format, wanted),
          signal,
        });
        ({ engine, cache } = spoken);
        metrics.cacheRequests.inc({ result: cache ?? 'none' });
        const body = order.streamFormat === 'sse' ? sseAudio(spoken.audio) : spoken.audio;
        for await (const bytes of body) {
          if (firstByteMs === undefined) {
            firstByteMs = performance.now() - startedAt;
            metrics.firstByte.observe({ engine }, firstByteMs / 1000);
            res.set('content-type', order.streamFormat === 'sse' ? 'text/event-stream' : MIME_TYPES[order.format]);
            res.set({ 'x-speech-engine': engine, 'x-speech-cache': cache ?? 'none', 'cache-control': 'no-store' });
            const breakers = speech.describeBreakers();
            if (breakers !== '') res.set('x-speech-breaker', breakers);
          }
          signal.throwIfAborted();
          if (!res.write(bytes)) await drained(res, signal, stallMs ?? DEFAULT_STALL_MS);
        }
        res.end();
      } finally {
        leave();
      }
    } catch (error) {
      outcome = signal.aborted ? 'client_left' : outcomeOf(error, res.headersSent);
      // What is written goes out with the next turn: the client is to see an answer that broke off, not none.
      if (outcome === 'broken_off') await setImmediate();
      // To a client that has left there is nothing to say.
      if (!signal.aborted) throw error;
    } finally {
      metrics.requests.inc({ engine, format: order?.format ?? 'none', outcome });
      const totalMs = Math.round(performance.now() - startedAt);
      const characters = order?.input.length;
      log.info(
        {
          requestId: res.get('x-request-id'),
          engine,
          cache,
          breakers: speech.describeBreakers() || undefined,
          format: order?.format,
          characters,
          firstByteMs,
          totalMs,
          outcome,
        },
        'speech',
      );
    }
  };
}

/** Aborts when the client has gone before the answer was whole. */
function clientSignal(res: Response): AbortSignal {
  const controller = new AbortController();
  res.on('close', () => {
    if (!res.writableEnded) controller.abort(new Error('The client left.'));
  });
  return controller.signal;
}

async function drained(res: Response, signal: AbortSignal, stallMs: number): Promise<void> {
  await withDeadline(stallMs, signal, (limited) => once(res, 'drain', { signal: limited }));
}

function outcomeOf(error: unknown, headersSent: boolean): SpeechOutcome {
  if (headersSent) return 'broken_off';
  return toHttpError(error).status < 500 ? 'refused' : 'failed';
}
