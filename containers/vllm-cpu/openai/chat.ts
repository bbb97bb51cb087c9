/** `POST /v1/chat/completions`: checks, then the engine's tokens as one reply or as a stream. */
import { once } from 'node:events';
import type { RequestHandler, Response } from 'express';
import type { Logger } from '../../../service-kit/logger.ts';
import { decodeClip, SAMPLE_RATE } from '../ears/decode-audio.ts';
import type { Engine, GenerationRequest } from '../engine.ts';
import type { ServerMetrics } from '../metrics.ts';
import type { RequestJournal } from '../script/request-journal.ts';
import { ScriptedFailure } from '../script/scripted-engine.ts';
import { badRequest, contextOverflow, internalErrorBody, modelNotFound } from './api-error.ts';
import { parseChatRequest, type ChatRequest } from './chat-request.ts';
import { limitOutput } from './output-limits.ts';
import { readPrompt } from './prompt.ts';
import { chunk, completion, replyHead, usageChunk, usageOf, type Finish } from './reply.ts';
import { countPromptTokens } from './token-count.ts';

export interface ChatOptions {
  engine: Engine;
  model: string;
  contextTokens: number;
  metrics: ServerMetrics;
  log: Logger;
  /** Kept in scripted mode only. */
  journal: RequestJournal | undefined;
}

interface Job {
  request: ChatRequest;
  generation: GenerationRequest;
  promptTokens: number;
  maxTokens: number;
  signal: AbortSignal;
  /** Told of every token, for the journal and the metrics. */
  onToken: (count: number) => void;
}

/** The moment a request arrived, on the clock of `performance.now()`; set before its body is read. */
export interface ChatLocals {
  arrivedAt: number;
}

export function chatHandler(options: ChatOptions): RequestHandler<object, unknown, unknown, unknown, ChatLocals> {
  const { engine, model, contextTokens, metrics, log, journal } = options;
  return async (req, res) => {
    const { arrivedAt } = res.locals;
    const request = parseChatRequest(req.body);
    if (request.model !== undefined && request.model !== model) throw modelNotFound(request.model);
    const prompt = readPrompt(request.messages);

    const gone = new AbortController();
    const { signal } = gone;
    const hasLeft = (): boolean => signal.aborted;
    res.on('close', () => {
      if (!res.writableFinished) gone.abort();
    });
    const clips = await decodeClips(prompt.clips, signal);
    if (hasLeft()) return;
    const generation: GenerationRequest = { turns: prompt.turns, clips, arrivedAt };
    const promptTokens = countPromptTokens(prompt.turns, clips);
    if (promptTokens + (request.maxTokens ?? 1) > contextTokens) {
      throw contextOverflow(contextTokens, request.maxTokens ?? 0);
    }
    const maxTokens = request.maxTokens ?? contextTokens - promptTokens;

    const entry = journal?.begin({
      stage: clips.length > 0 ? 'asr' : 'answer',
      messages: generation.turns.map(({ role, text }) => ({ role, text })),
      audioSeconds: clips.map((clip) => clip.length / SAMPLE_RATE),
    });
    const measured = metrics.begin(arrivedAt, promptTokens);
    const onToken = (count: number): void => {
      measured.token();
      if (entry) entry.tokensSent = count;
    };
    try {
      await engine.admit?.(generation, signal);
      const job: Job = { request, generation, promptTokens, maxTokens, signal, onToken };
      const finish = await reply(engine, model, res, job);
      measured.end(finish.reason);
      if (entry) journal?.end(entry, 'finished');
    } catch (error) {
      measured.end(hasLeft() ? 'abort' : 'error');
      if (entry) journal?.end(entry, hasLeft() ? 'aborted' : 'failed');
      if (!hasLeft()) failReply(res, error, log);
    }
  };
}

async function decodeClips(encoded: readonly Buffer[], signal: AbortSignal): Promise<Float32Array[]> {
  const clips: Float32Array[] = [];
  for (const bytes of encoded) {
    try {
      clips.push(await decodeClip(bytes, signal));
    } catch (error) {
      if (signal.aborted) break;
      throw Object.assign(badRequest('Invalid or unsupported audio file.'), { cause: error });
    }
  }
  return clips;
}

async function reply(engine: Engine, model: string, res: Response, job: Job): Promise<Finish> {
  const head = replyHead(model);
  const { request, promptTokens, signal } = job;
  const output = limitOutput(engine.generate(job.generation, signal), { maxTokens: job.maxTokens, stop: request.stop });
  let finish: Finish = { reason: 'stop', stop: null };
  let tokens = 0;

  if (!request.stream) {
    let content = '';
    for await (const delta of output) {
      signal.throwIfAborted();
      content += delta.text;
      tokens = delta.tokens;
      job.onToken(tokens);
      finish = delta.finish ?? finish;
    }
    res.json(completion(head, content, finish, usageOf(promptTokens, tokens)));
    return finish;
  }

  res.status(200).set({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  res.flushHeaders();
  const usage = () => (request.continuousUsage ? usageOf(promptTokens, tokens) : undefined);
  let opened = false;
  for await (const delta of output) {
    signal.throwIfAborted();
    if (!opened) await sendEvent(res, chunk(head, { role: 'assistant', content: '' }, undefined, usage()), signal);
    opened = true;
    tokens = delta.tokens;
    job.onToken(tokens);
    if (delta.text !== '' || delta.finish !== undefined) {
      await sendEvent(res, chunk(head, { content: delta.text }, delta.finish, usage()), signal);
    }
    finish = delta.finish ?? finish;
  }
  if (request.includeUsage) await sendEvent(res, usageChunk(head, usageOf(promptTokens, tokens)), signal);
  res.end('data: [DONE]\n\n');
  return finish;
}

/** Waits for a slow reader; ends when it leaves. */
async function sendEvent(res: Response, event: object, signal: AbortSignal): Promise<void> {
  if (!res.write(`data: ${JSON.stringify(event)}\n\n`)) await once(res, 'drain', { signal });
}

/** Before the headers an error is a reply of its own; in a stream it is an event, then the end. */
function failReply(res: Response, error: unknown, log: Logger): void {
  if (error instanceof ScriptedFailure) {
    if (error.kind === 'die-mid-stream') res.destroy();
    else res.end(error.kind === 'broken-sse' ? 'data: {"id":"chatcmpl-broken","choi' : '');
    return;
  }
  if (!res.headersSent) throw error;
  log.error({ err: error }, 'generation failed in mid-stream');
  res.end(`data: ${internalErrorBody()}\n\ndata: [DONE]\n\n`);
}
