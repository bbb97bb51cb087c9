/** One question over an open connection: its events in order, and the answer that they add up to. */
import { EventSequence } from '../client/event-sequence.ts';
import { isGatewayFailure } from '../client/gateway-failure.ts';
import { ANSWER_SILENCE_MS } from '../client/timing.ts';
import { SynapscribeError } from '../protocol/errors.ts';
import type { Citation, DoneEvent, QueryEvent, QueryMessage, ServerMessage, Timings } from '../protocol/messages.ts';
import { converse } from './client-converse.ts';
import type { ClientSocket, ReceivedMessage } from './client-socket.ts';

/** Every message that tells something about one query. */
export type AskEvent = Extract<ServerMessage, { type: 'accepted' }> | QueryEvent;

export interface TimedEvent {
  event: AskEvent;
  /** Milliseconds from sending the question to this event's arrival. */
  atMs: number;
}

export interface AskOptions {
  signal?: AbortSignal | undefined;
  /** Every event in order of `seq`, as soon as its turn has come. */
  onEvent?: ((event: AskEvent) => void) | undefined;
  /** Longest silence, in which the server says not even `working`; 8 s unless told. */
  silenceMs?: number | undefined;
}

export interface Answer {
  queryId: string;
  question: string;
  answer: string;
  citations: Citation[];
  /** All of the speech as one playable stream; null where there is none, or where it broke off. */
  audio: { bytes: Buffer; mime: string } | null;
  timings: Timings;
  done: DoneEvent;
  /** In order of `seq`. */
  events: TimedEvent[];
}

const SILENT = 'SynapScribe has stopped answering. Please ask again.';

/** @throws SynapscribeError as the server said it, or agent_unavailable; the signal's reason, the query being cancelled */
export async function askOver(socket: ClientSocket, message: QueryMessage, options: AskOptions): Promise<Answer> {
  const { queryId } = message;
  const sequence = new EventSequence<TimedEvent & { seq: number | undefined }>();
  const events: TimedEvent[] = [];
  const startedAt = performance.now();
  try {
    const done = await converse<DoneEvent>(socket, {
      begin: () => socket.send(JSON.stringify(message)),
      isAbout: (received) => isWorking(received, queryId) || eventAbout(received, queryId) !== undefined,
      receive: (received) => {
        const event = eventAbout(received, queryId);
        if (event === undefined) return undefined;
        const timed = { event, seq: event.seq, atMs: received.receivedAt - startedAt };
        for (const { event: next, atMs } of sequence.add(timed)) {
          events.push({ event: next, atMs });
          options.onEvent?.(next);
          if (next.type === 'error') throw new SynapscribeError(next.code, next.message, { retryable: next.retryable });
          if (next.type === 'done') return next;
        }
        return undefined;
      },
      silenceMs: options.silenceMs ?? ANSWER_SILENCE_MS,
      onSilence: () => {
        throw new SynapscribeError('agent_unavailable', SILENT);
      },
      signal: options.signal,
    });
    const { question, answer, citations, timings } = done;
    // Without a key the speech has failed: what had come by then is not the answer.
    const audio = done.audioKey === null ? null : joinAudio(events);
    return { queryId, question, answer, citations, timings, audio, done, events };
  } catch (error) {
    if (options.signal?.aborted === true && socket.isOpen) socket.send(JSON.stringify({ action: 'cancel', queryId }));
    throw error;
  }
}

function eventAbout({ raw, message }: ReceivedMessage, queryId: string): AskEvent | undefined {
  if (message === undefined) {
    return isGatewayFailure(raw)
      ? { type: 'error', code: 'agent_unavailable', message: SILENT, retryable: true }
      : undefined;
  }
  const isEvent = 'queryId' in message && message.type !== 'working';
  return isEvent && message.queryId === queryId ? message : undefined;
}

const isWorking = ({ message }: ReceivedMessage, queryId: string): boolean =>
  message?.type === 'working' && message.queryId === queryId;

function joinAudio(events: TimedEvent[]): Answer['audio'] {
  const parts = events.flatMap(({ event }) => (event.type === 'audio' ? [event] : []));
  const bytes = Buffer.concat(parts.map(({ data }) => Buffer.from(data, 'base64')));
  return bytes.length === 0 ? null : { bytes, mime: parts[0]?.mime ?? 'audio/mpeg' };
}
