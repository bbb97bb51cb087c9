/**
 * One question, from sound to sound: ASR → Q&A → TTS. Speech starts while the answer is being written. One AbortSignal
 * runs through all of it.
 */
import { SynapscribeError } from '../../protocol/errors.ts';
import type { Turn } from '../../protocol/items.ts';
import { MAX_QUESTION_CHARS, type Citation, type Timings } from '../../protocol/messages.ts';
import type { Answerer, Recognizer, Speaker, SpeechOptions } from '../engines/engines.ts';
import { ContextOverflowError } from '../engines/model-errors.ts';
import { AsyncQueue } from './async-queue.ts';
import { citationFor, groundAnswer, MAX_CITATIONS, type CitableSegment } from './grounding.ts';
import type { LectureIndex } from './lecture-index.ts';
import { MarkerFilter } from './markers.ts';
import { isSpeakable, PieceCutter } from './pieces.ts';
import { buildPrompt, type LectureText } from './prompt.ts';
import { speak } from './speak.ts';

export interface Engines {
  recognizer: Recognizer;
  answerer: Answerer;
  speaker: Speaker;
}

/** A question in words. */
export interface HeardQuestion {
  text: string;
  /** Time spent on recognising it; null for a typed one. */
  asrMs: number | null;
}

export interface QuestionInput {
  question: HeardQuestion;
  /** What the answer may rest on. */
  segments: readonly CitableSegment[];
  text: LectureText;
  index: LectureIndex;
  conversation: readonly Turn[];
  /** Of the answer, where it was told. */
  language?: string | undefined;
  contextTokens: number;
  /** When the query was taken, as `performance.now()`: what the timings count from. */
  startedAt: number;
}

/** What happens on the way, told as it happens. */
export interface AnswerEvents {
  question: (text: string) => void;
  answer: (delta: string) => void;
  audio: (chunk: { index: number; data: Uint8Array; last: boolean; mime: string }) => void;
  citation: (citation: Citation) => void;
  /** Speech failed; the text goes on. */
  speechFailed: (error: unknown) => void;
}

export interface Answer {
  question: string;
  answer: string;
  citations: Citation[];
  /** All speech in order, or null where there is none, or not all of it. */
  audio: Buffer | null;
  timings: Omit<Timings, 'totalMs'>;
}

/**
 * Puts a question into words.
 * @param question typed, or 16 kHz mono samples of a spoken one
 * @throws SynapscribeError no_speech, unsupported_audio, llm_unavailable, overloaded; the signal's reason where it is
 *   aborted
 */
export async function hearQuestion(
  question: string | Float32Array,
  recognizer: Recognizer,
  options: SpeechOptions,
): Promise<HeardQuestion> {
  const startedAt = performance.now();
  const typed = typeof question === 'string';
  const text = typed ? question.trim() : await recognizer.transcribe(question, options);
  if (!isSpeakable(text)) {
    if (typed) throw new SynapscribeError('bad_request', 'Ask a question in words.', { param: 'text' });
    throw new SynapscribeError('no_speech', 'No words were heard in the recording. Please ask again, a little louder.');
  }
  const asrMs = typed ? null : Math.round(performance.now() - startedAt);
  return { text: plain(text).slice(0, MAX_QUESTION_CHARS), asrMs };
}

/** @throws SynapscribeError; the signal's reason where it is aborted */
export async function answerQuestion(
  input: QuestionInput,
  engines: Pick<Engines, 'answerer' | 'speaker'>,
  events: AnswerEvents,
  signal: AbortSignal,
): Promise<Answer> {
  const sinceStart = (): number => Math.round(performance.now() - input.startedAt);
  const { text: question, asrMs } = input.question;
  const timings: Answer['timings'] = { asrMs, firstTokenMs: null, firstAudioMs: null };
  events.question(question);

  const writer = new AnswerWriter(input, events);
  const onAudio = (): void => void (timings.firstAudioMs ??= sinceStart());
  const speech = new Speech(inLanguage(engines.speaker, input.language), events, signal, onAudio);
  try {
    for await (const delta of streamAnswer(input, engines.answerer, signal)) {
      timings.firstTokenMs ??= sinceStart();
      speech.say(writer.write(delta));
    }
    speech.say(writer.end());
  } catch (error) {
    speech.stop(error);
    throw error;
  }
  const audio = await speech.finish();
  signal.throwIfAborted();
  return { question, answer: writer.text, citations: writer.cite(), audio, timings };
}

/** A voice that speaks a language where one is asked for. */
const inLanguage = (speaker: Speaker, language: string | undefined): Speaker =>
  language === undefined
    ? speaker
    : { mime: speaker.mime, speak: (text, { signal }) => speaker.speak(text, { signal, language }) };

/** What a model writes is untrusted: no control characters but line ends. */
const plain = (text: string): string => text.replace(/[^\P{Cc}\n]/gu, '');

/** The model's tokens. A prompt that overflows after all (an estimate was wrong) is built again for half the context. */
async function* streamAnswer(
  input: QuestionInput,
  answerer: Answerer,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const prompt = (contextTokens: number) =>
    buildPrompt({
      lecture: input.text,
      index: input.index,
      conversation: input.conversation,
      question: input.question.text,
      language: input.language,
      contextTokens,
    }).messages;
  try {
    yield* answerer.answer(prompt(input.contextTokens), { signal });
  } catch (error) {
    if (!(error instanceof ContextOverflowError)) throw error;
    yield* answerer.answer(prompt(Math.floor(input.contextTokens / 2)), { signal });
  }
}

/** The answer as it grows: markers out, citations noted. */
class AnswerWriter {
  readonly #input: QuestionInput;
  readonly #events: AnswerEvents;
  readonly #filter = new MarkerFilter();
  readonly #cited = new Map<number, Citation>();
  text = '';

  constructor(input: QuestionInput, events: AnswerEvents) {
    this.#input = input;
    this.#events = events;
  }

  write(delta: string): string {
    return this.#take(this.#filter.push(delta));
  }

  end(): string {
    return this.#take(this.#filter.flush());
  }

  /** The citations; where the model marked nothing, those of the segments that match. */
  cite(): Citation[] {
    if (this.#cited.size === 0) {
      const { segments, index } = this.#input;
      for (const number of groundAnswer(this.text, segments, index)) this.#note(number);
    }
    return [...this.#cited.values()].sort((a, b) => a.start - b.start);
  }

  #take({ text, markers }: { text: string; markers: number[] }): string {
    const delta = this.text === '' ? plain(text).trimStart() : plain(text);
    this.text += delta;
    if (delta !== '') this.#events.answer(delta);
    for (const number of markers) this.#note(number);
    return delta;
  }

  #note(number: number): void {
    if (this.#cited.has(number) || this.#cited.size >= MAX_CITATIONS) return;
    const citation = citationFor(this.#input.segments, number);
    if (citation === undefined) return;
    this.#cited.set(number, citation);
    this.#events.citation(citation);
  }
}

/** The answer's voice, beside its text: it may fail without the text. */
class Speech {
  readonly #cutter = new PieceCutter();
  readonly #pieces = new AsyncQueue<string>();
  readonly #stopped = new AbortController();
  readonly #done: Promise<Buffer | null>;

  constructor(speaker: Speaker, events: AnswerEvents, signal: AbortSignal, onAudio: () => void) {
    const wanted = AbortSignal.any([signal, this.#stopped.signal]);
    this.#done = this.#speakAll(speaker, events, wanted, onAudio);
  }

  say(text: string): void {
    for (const piece of this.#cutter.push(text)) this.#pieces.push(piece);
  }

  /** No more text comes: resolves with all speech, or null where it failed. */
  async finish(): Promise<Buffer | null> {
    for (const piece of this.#cutter.flush()) this.#pieces.push(piece);
    this.#pieces.end();
    return await this.#done;
  }

  /** There will be no answer: what is being spoken is aborted. */
  stop(reason: unknown): void {
    this.#stopped.abort(reason);
    this.#pieces.fail(reason);
  }

  async #speakAll(
    speaker: Speaker,
    events: AnswerEvents,
    signal: AbortSignal,
    onAudio: () => void,
  ): Promise<Buffer | null> {
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of speak(this.#pieces, speaker, signal)) {
        onAudio();
        chunks.push(chunk.data);
        events.audio({ ...chunk, mime: speaker.mime });
      }
      return chunks.length > 0 ? Buffer.concat(chunks) : null;
    } catch (error) {
      if (!signal.aborted) events.speechFailed(error);
      return null;
    }
  }
}
