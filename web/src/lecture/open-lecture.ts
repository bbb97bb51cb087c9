/** All that one lecture's screen works with: its transcript, its recording, the player and the conversation. */
import { signal, type ReadonlySignal } from '@preact/signals';
import * as z from 'zod';
import { toSynapscribeError } from '../../../protocol/errors.ts';
import type { ExportFormat, ExportWhat } from '../../../protocol/exports.ts';
import { segmentSchema, type Segment } from '../../../protocol/items.ts';
import type { SearchHit } from '../../../protocol/search.ts';
import type { Waveform } from '../../../protocol/waveform.ts';
import type { Connection } from '../backend/connection.ts';
import { requestAbout } from '../backend/request-about.ts';
import { Player, type Recording } from './player.ts';

export interface Transcript {
  title: string;
  durationSeconds: number;
  segments: readonly Segment[];
}

const transcriptFileSchema = z.object({
  title: z.string(),
  durationSeconds: z.number().min(0),
  segments: z.array(segmentSchema),
});

export class OpenLecture {
  readonly lectureId: string;
  readonly player = new Player(() => this.#recording());
  readonly #connection: Connection;
  readonly #transcript = signal<Transcript | undefined>(undefined);
  readonly #waveform = signal<Waveform | undefined>(undefined);
  readonly #problem = signal<string | undefined>(undefined);

  constructor(lectureId: string, connection: Connection) {
    this.lectureId = lectureId;
    this.#connection = connection;
  }

  get transcript(): ReadonlySignal<Transcript | undefined> {
    return this.#transcript;
  }

  /** Nothing where the recording cannot be had. */
  get waveform(): ReadonlySignal<Waveform | undefined> {
    return this.#waveform;
  }

  /** Why there is no transcript, as a sentence. */
  get problem(): ReadonlySignal<string | undefined> {
    return this.#problem;
  }

  async load(): Promise<void> {
    this.#problem.value = undefined;
    try {
      const response = await fetch(await this.exportLink('transcript', 'json'), { credentials: 'omit' });
      if (!response.ok) throw new Error(`the transcript: ${response.status}`);
      this.#transcript.value = transcriptFileSchema.parse(await response.json());
      this.player.use(await this.#recording());
    } catch (error) {
      if (this.#transcript.peek() === undefined) this.#problem.value = toSynapscribeError(error).message;
    }
  }

  /** A link that saves the file. @throws SynapscribeError */
  async exportLink(what: ExportWhat, format: ExportFormat): Promise<string> {
    const { lectureId } = this;
    const reply = await requestAbout(this.#connection, { action: 'export', lectureId, what, format }, (message) =>
      message.type === 'export' && message.what === what && message.format === format ? message : undefined,
    );
    return reply.url;
  }

  /** The best hit first. @throws SynapscribeError */
  async search(text: string): Promise<SearchHit[]> {
    const { lectureId } = this;
    const reply = await requestAbout(this.#connection, { action: 'search', lectureId, text }, (message) =>
      message.type === 'search' && message.text === text ? message : undefined,
    );
    return reply.hits;
  }

  close(): void {
    this.player.close();
  }

  async #recording(): Promise<Recording> {
    const { lectureId } = this;
    const { url, waveform } = await requestAbout(this.#connection, { action: 'recording', lectureId }, (message) =>
      message.type === 'recording' ? message : undefined,
    );
    this.#waveform.value = waveform;
    return { url, durationSeconds: this.#transcript.peek()?.durationSeconds ?? Infinity };
  }
}
