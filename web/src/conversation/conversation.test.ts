import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { signal } from '@preact/signals';
import { ANSWER_SILENCE_MS } from '../../../client/timing.ts';
import type { Turn as StoredTurn } from '../../../protocol/items.ts';
import type { ClientMessage } from '../../../protocol/messages.ts';
import type { Connection, ConnectionState, Received } from '../backend/connection.ts';
import type { SpeechPlayer } from '../speech/speech-player.ts';
import { Conversation } from './conversation.ts';

const LECTURE = '6b2d3c4e-1a2b-4c3d-9e8f-7a6b5c4d3e2f';
const timings = { asrMs: 1, firstTokenMs: 2, firstAudioMs: 3, totalMs: 4 };

/** The server as the page sees it, silent until a test has it say something. */
class Server {
  readonly state = signal<ConnectionState>({ kind: 'open' });
  readonly sent: ClientMessage[] = [];
  stored: StoredTurn[] = [];
  #listener: (received: Received) => void = () => undefined;

  send(message: ClientMessage): boolean {
    this.sent.push(message);
    return true;
  }

  listen(listener: (received: Received) => void): () => void {
    this.#listener = listener;
    return () => undefined;
  }

  guest() {
    return Promise.resolve({ session: () => Promise.resolve({ conversation: this.stored }) });
  }

  tell(...received: Received[]): void {
    for (const one of received) this.#listener(one);
  }

  answer(queryId: string, answer: string): void {
    const question = 'Why?';
    this.tell(
      { type: 'accepted', queryId, seq: 0 },
      { type: 'question', queryId, seq: 1, text: question },
      { type: 'answer', queryId, seq: 2, delta: answer },
      { type: 'audio', queryId, seq: 3, index: 0, mime: 'audio/mpeg', data: btoa('sound'), last: true },
      {
        ...{ type: 'done', queryId, seq: 4, question, answer, turn: 1, citations: [] },
        ...{ audioKey: null, audioUrl: null, timings },
      },
    );
  }
}

/** Knows which answer it may speak, as the player does, and what it has spoken. */
class Voice {
  readonly spoken: string[] = [];
  #now: string | undefined;
  begin(queryId: string): void {
    this.#now = queryId;
  }
  add(queryId: string): void {
    if (this.#now === queryId) this.spoken.push(queryId);
  }
  finish(queryId: string): void {
    if (this.#now === queryId) this.#now = undefined;
  }
  stop(): void {
    this.#now = undefined;
  }
}

describe('a question that nothing is heard of', () => {
  let server: Server;
  let voice: Voice;
  let conversation: Conversation;

  beforeEach(() => {
    jest.useFakeTimers();
    Object.assign(globalThis, { window: globalThis });
    server = new Server();
    voice = new Voice();
    conversation = new Conversation(LECTURE, server as unknown as Connection, voice as unknown as SpeechPlayer, {
      isAloud: () => true,
      onAsk: () => undefined,
    });
    conversation.open();
  });

  afterEach(() => {
    conversation.close();
    Reflect.deleteProperty(globalThis, 'window');
    jest.useRealTimers();
  });

  const turns = () => conversation.turns.value;
  const ask = (): string => {
    conversation.ask({ text: 'Why?' });
    return turns().at(-1)?.queryId ?? '';
  };
  const askInSilence = (): string => {
    const queryId = ask();
    jest.advanceTimersByTime(3 * ANSWER_SILENCE_MS);
    expect(turns().at(-1)).toMatchObject({ phase: 'failed', failure: { mayAskAgain: true } });
    return queryId;
  };

  it('is mended by its late answer, and spoken', () => {
    const queryId = askInSilence();
    server.answer(queryId, 'So.');
    expect(turns()).toMatchObject([{ phase: 'done', answer: 'So.', failure: undefined }]);
    expect(voice.spoken).toEqual([queryId]);
  });

  it('is said to be asked again, until something is heard', () => {
    const queryId = ask();
    jest.advanceTimersByTime(ANSWER_SILENCE_MS);
    expect(turns()).toMatchObject([{ phase: 'repeating' }]);
    expect(server.sent).toHaveLength(2);
    server.tell({ type: 'accepted', queryId, seq: 0 });
    expect(turns()).toMatchObject([{ phase: 'thinking' }]);
  });

  it('is in work again after a sign of life, and given up again after no more', () => {
    const queryId = askInSilence();
    server.tell({ type: 'working', queryId });
    expect(conversation.current.value).toMatchObject({ queryId, phase: 'thinking' });
    jest.advanceTimersByTime(ANSWER_SILENCE_MS);
    expect(turns()).toMatchObject([{ phase: 'failed' }]);
  });

  it('is mended without a sound where something else has been asked since', () => {
    const late = askInSilence();
    const newer = ask();
    server.tell({ type: 'accepted', queryId: late, seq: 0 });
    // It is asked again after a silence, too.
    jest.advanceTimersByTime(ANSWER_SILENCE_MS);
    server.answer(late, 'So.');
    server.answer(newer, 'And so.');
    expect(turns()).toMatchObject([
      { queryId: late, phase: 'done', answer: 'So.' },
      { queryId: newer, phase: 'done', answer: 'And so.' },
    ]);
    expect(voice.spoken).toEqual([newer]);
  });

  it('is mended by what is stored, as the connection is there again', async () => {
    const queryId = askInSilence();
    server.stored = [{ queryId, question: 'Why?', answer: 'So.', citations: [], audioKey: null, askedAt: '' }];
    server.state.value = { kind: 'connecting', failures: 1 };
    server.state.value = { kind: 'open' };
    await conversation.load();
    expect(turns()).toMatchObject([{ phase: 'done', answer: 'So.', failure: undefined }]);
  });
});
