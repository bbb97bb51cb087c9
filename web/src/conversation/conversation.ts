/**
 * The conversation about a lecture, or about all of them: asks, listens to the answer as it grows, has it spoken, and goes
 * on where the connection was lost. What is stored is loaded, and loaded again when another tab has asked.
 */
import { computed, signal, type ReadonlySignal } from '@preact/signals';
import { EventSequence } from '../../../client/event-sequence.ts';
import { ANSWER_SILENCE_MS } from '../../../client/timing.ts';
import { MAX_QUESTION_CHARS, type QueryMessage } from '../../../protocol/messages.ts';
import type { Connection, Received } from '../backend/connection.ts';
import { SpokenPieces } from '../speech/spoken-pieces.ts';
import type { SpeechPlayer } from '../speech/speech-player.ts';
import {
  answeredAfterAll,
  askedAgain,
  fromStored,
  heardOfAgain,
  isInWork,
  merged,
  newTurn,
  withEvent,
  type Turn,
  type TurnEvent,
} from './turn.ts';

export interface ConversationOptions {
  /** Whether answers are spoken. */
  isAloud: () => boolean;
  /** Something is asked: what else sounds is to end. */
  onAsk: () => void;
}

export interface Asking {
  text?: string;
  /** 16 kHz mono WAV. */
  wav?: Uint8Array<ArrayBuffer>;
  language?: string | undefined;
}

interface Work {
  message: QueryMessage;
  sequence: EventSequence<TurnEvent>;
  pieces: SpokenPieces;
  /** Silences in a row. */
  silences: number;
  timer: number | undefined;
  stop: AbortController;
  /** The answer is known, and only its speech is wanted. */
  isReplay: boolean;
}

const SILENT = 'SynapScribe has stopped answering. Please ask again.';
const NOT_SENT = 'Your question could not be sent. Please ask again.';
/** A question that nothing is heard of is asked again so often before it is given up. */
const MAX_SILENCES = 2;

export class Conversation {
  readonly lectureId: string;
  readonly #connection: Connection;
  readonly #speech: SpeechPlayer;
  readonly #stored = signal<Turn[]>([]);
  readonly #own = signal<Turn[]>([]);
  readonly #loaded = signal(false);
  readonly #works = new Map<string, Work>();
  /** Given up because nothing was heard of them: their answers may still come. */
  readonly #silent = new Map<string, Work>();
  /** The only one that may be spoken; none once the student has moved on. */
  #wanted: string | undefined;
  /** What was asked from here, to ask it again. */
  readonly #asked = new Map<string, QueryMessage>();
  readonly #options: ConversationOptions;
  #channel: BroadcastChannel | undefined;
  #ends: (() => void)[] = [];

  /** Oldest first. */
  readonly turns: ReadonlySignal<Turn[]> = computed(() => merged(this.#stored.value, this.#own.value));
  /** The one that is being answered. */
  readonly current: ReadonlySignal<Turn | undefined> = computed(() => this.turns.value.findLast(isInWork));

  constructor(lectureId: string, connection: Connection, speech: SpeechPlayer, options: ConversationOptions) {
    this.lectureId = lectureId;
    this.#connection = connection;
    this.#speech = speech;
    this.#options = options;
  }

  /** Listens, to the server and to other tabs, until it is closed. */
  open(): void {
    const channel = new BroadcastChannel('synapscribe.conversations');
    channel.addEventListener('message', ({ data }) => {
      if (data === this.lectureId) void this.load();
    });
    this.#channel = channel;
    this.#ends = [
      () => channel.close(),
      this.#connection.listen((received) => this.#receive(received)),
      this.#connection.state.subscribe(({ kind }) => {
        if (kind === 'open') this.#resume();
        else this.#pause();
      }),
    ];
  }

  get loaded(): ReadonlySignal<boolean> {
    return this.#loaded;
  }

  /** Nothing is asked or heard any more. */
  close(): void {
    this.interrupt();
    for (const end of this.#ends.splice(0)) end();
  }

  /** Reads what is stored. */
  async load(): Promise<void> {
    try {
      const session = await (await this.#connection.guest()).session(this.lectureId);
      const stored = (session?.conversation ?? []).map(fromStored);
      for (const { queryId } of stored) this.#silent.delete(queryId);
      this.#stored.value = stored;
      this.#own.value = answeredAfterAll(this.#own.peek(), stored);
      this.#loaded.value = true;
    } catch {
      // It is loaded when the connection is there again.
    }
  }

  /** Asks, which interrupts what is being answered. */
  ask({ text, wav, language }: Asking): void {
    this.interrupt();
    const queryId = crypto.randomUUID();
    const message: QueryMessage = {
      action: 'query',
      queryId,
      lectureId: this.lectureId,
      ...(text === undefined ? {} : { text }),
      ...(language === undefined ? {} : { language }),
    };
    this.#own.value = [...this.#own.peek(), newTurn(queryId, text ?? '')];
    const work = this.#begin(message);
    if (wav === undefined) this.#send(work);
    else void this.#storeAndSend(work, wav);
  }

  /** Asks a question again that failed or was stopped. */
  again(queryId: string): void {
    const message = this.#asked.get(queryId);
    if (message === undefined || !isComplete(message)) return;
    this.interrupt();
    this.#change(queryId, askedAgain);
    this.#send(this.#begin(message));
  }

  /** Whether `again` can do something for it. */
  mayAskAgain(queryId: string): boolean {
    const message = this.#asked.get(queryId);
    return message !== undefined && isComplete(message);
  }

  /**
   * Has an answer spoken once more. Its link works for an hour; after that the question is sent again, which is not
   * answered anew but gives a fresh link.
   */
  async hearAgain(queryId: string): Promise<void> {
    const turn = this.turns.peek().find((one) => one.queryId === queryId);
    if (turn === undefined) return;
    this.interrupt();
    if (turn.audioUrl !== undefined && (await this.#speech.play(queryId, turn.audioUrl))) return;
    if (!this.#own.peek().some((one) => one.queryId === queryId)) this.#own.value = [...this.#own.peek(), turn];
    const { lectureId } = this;
    this.#send(
      this.#begin({ action: 'query', queryId, lectureId, text: turn.question.slice(0, MAX_QUESTION_CHARS) }, true),
    );
  }

  /** Silence, and no more of the answer that is in work. */
  interrupt(): void {
    this.#options.onAsk();
    this.#speech.stop();
    this.#wanted = undefined;
    for (const [queryId, work] of [...this.#works]) {
      this.#connection.send({ action: 'cancel', queryId });
      work.stop.abort(new Error('interrupted'));
      this.#end(queryId);
      if (!work.isReplay) this.#change(queryId, (turn) => ({ ...turn, phase: 'stopped' }));
    }
  }

  #begin(message: QueryMessage, isReplay = false): Work {
    const told = { sequence: new EventSequence<TurnEvent>(), pieces: new SpokenPieces() };
    const work = { message, ...told, silences: 0, timer: undefined, stop: new AbortController(), isReplay };
    this.#works.set(message.queryId, work);
    this.#silent.delete(message.queryId);
    this.#wanted = message.queryId;
    if (!isReplay) this.#asked.set(message.queryId, message);
    return work;
  }

  async #storeAndSend(work: Work, wav: Uint8Array<ArrayBuffer>): Promise<void> {
    const { queryId } = work.message;
    try {
      const guest = await this.#connection.guest();
      work.message = { ...work.message, audioKey: await guest.putQuestion(queryId, wav, work.stop.signal) };
      this.#asked.set(queryId, work.message);
    } catch {
      if (!work.stop.signal.aborted) this.#fail(queryId, NOT_SENT, false);
      return;
    }
    if (!work.stop.signal.aborted) this.#send(work);
  }

  /** From the start, whatever has been told of it before. */
  #send(work: Work): void {
    const { queryId } = work.message;
    work.sequence = new EventSequence<TurnEvent>();
    work.pieces = new SpokenPieces();
    if (!work.isReplay) {
      if (this.#options.isAloud() && queryId === this.#wanted) this.#speech.begin(queryId);
      this.#change(queryId, askedAgain);
    }
    if (this.#connection.send(work.message)) this.#watch(work);
    else this.#wait(work);
  }

  #resume(): void {
    void this.load();
    for (const work of this.#works.values()) if (isComplete(work.message)) this.#send(work);
  }

  #pause(): void {
    for (const work of this.#works.values()) this.#wait(work);
  }

  #wait({ message: { queryId }, timer, isReplay }: Work): void {
    clearTimeout(timer);
    if (!isReplay) this.#change(queryId, (turn) => ({ ...turn, phase: 'waiting' }));
  }

  /** A question of which nothing is heard has been lost with the host that worked on it. */
  #watch(work: Work): void {
    clearTimeout(work.timer);
    work.timer = window.setTimeout(() => {
      work.silences++;
      if (work.silences > MAX_SILENCES) this.#giveUp(work);
      else this.#sendAgain(work);
    }, ANSWER_SILENCE_MS);
  }

  #sendAgain(work: Work): void {
    this.#send(work);
    if (work.isReplay) return;
    this.#change(work.message.queryId, (turn) => (turn.phase === 'sending' ? { ...turn, phase: 'repeating' } : turn));
  }

  #receive(received: Received): void {
    if (!('queryId' in received) || received.queryId === undefined) return;
    const work = this.#works.get(received.queryId) ?? this.#takeUp(received.queryId);
    if (work === undefined) return;
    this.#watch(work);
    if (received.type === 'working') return;
    work.silences = 0;
    for (const event of work.sequence.add(received)) this.#tell(work, event);
  }

  #tell(work: Work, event: TurnEvent): void {
    const { queryId } = work.message;
    if (work.isReplay) {
      this.#tellReplay(queryId, event);
      return;
    }
    this.#change(queryId, (turn) => withEvent(turn, event));
    if (event.type === 'audio') {
      const piece = work.pieces.add(event);
      if (piece !== undefined) this.#speech.add(queryId, piece);
    }
    if (event.type !== 'done' && event.type !== 'error') return;
    this.#speech.finish(queryId);
    this.#end(queryId);
    if (event.type === 'error') return;
    this.#channel?.postMessage(this.lectureId);
  }

  #tellReplay(queryId: string, event: TurnEvent): void {
    if (event.type !== 'done' && event.type !== 'error') return;
    this.#end(queryId);
    const audioUrl = event.type === 'done' ? (event.audioUrl ?? undefined) : undefined;
    // Its speech is kept for a week, as the conversation is, but may have gone before.
    this.#change(queryId, (turn) => ({ ...turn, audioUrl, hasSpeech: audioUrl !== undefined }));
    if (audioUrl !== undefined && queryId === this.#wanted) void this.#speech.play(queryId, audioUrl);
  }

  #giveUp(work: Work): void {
    const { queryId } = work.message;
    this.#fail(queryId, SILENT, true);
    this.#silent.set(queryId, work);
  }

  /** A host that hung has come back, with a question that was given up. */
  #takeUp(queryId: string): Work | undefined {
    const work = this.#silent.get(queryId);
    if (work === undefined) return undefined;
    this.#silent.delete(queryId);
    this.#works.set(queryId, work);
    this.#change(queryId, heardOfAgain);
    return work;
  }

  #fail(queryId: string, message: string, mayAskAgain: boolean): void {
    this.#end(queryId);
    this.#change(queryId, (turn) => ({ ...turn, phase: 'failed', failure: { message, mayAskAgain } }));
  }

  #end(queryId: string): void {
    clearTimeout(this.#works.get(queryId)?.timer);
    this.#works.delete(queryId);
  }

  #change(queryId: string, change: (turn: Turn) => Turn): void {
    this.#own.value = this.#own.peek().map((turn) => (turn.queryId === queryId ? change(turn) : turn));
  }
}

/** A spoken question may be sent once its recording is stored. */
const isComplete = ({ text, audioKey }: QueryMessage): boolean => text !== undefined || audioKey !== undefined;
