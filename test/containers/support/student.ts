/** A student at the page's door: one identity, one lecture, questions. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SynapscribeClient, type Answer, type AskEvent } from '../../../cli/client.ts';
import { SynapscribeError } from '../../../protocol/errors.ts';
import type { Turn } from '../../../protocol/items.ts';

const fixture = (path: string): string => fileURLToPath(new URL(`../../fixtures/audio/${path}`, import.meta.url));

export type Outcome = { answer: Answer } | { error: SynapscribeError };

export class Student {
  readonly #client: SynapscribeClient;
  /** Of the lecture that is asked about. */
  lectureId = '';

  private constructor(client: SynapscribeClient) {
    this.#client = client;
  }

  static async arrive(webSocketUrl: string): Promise<Student> {
    const student = new Student(await SynapscribeClient.create(webSocketUrl));
    student.lectureId = await student.upload();
    await student.waitUntilReady(student.lectureId);
    return student;
  }

  /** @param sample of samples/; a few seconds of speech unless told. @returns the lecture's id once it is accepted */
  async upload(sample?: string): Promise<string> {
    if (sample === undefined) {
      const description = { title: 'Austen', filename: 'austen.flac', contentType: 'audio/flac' };
      return await this.#client.uploadLecture(fixture('austen-0880.flac'), description);
    }
    const description = { title: sample, filename: sample, contentType: 'audio/mpeg' };
    return await this.#client.uploadLecture(fixture(`../../../samples/${sample}`), description);
  }

  /** Resolves once its transcription has begun and is not over. */
  async untilTranscribing(lectureId: string): Promise<void> {
    const socket = await this.#client.connect();
    await new Promise<void>((resolve) => {
      socket.listen(({ message }) => {
        if (message?.type === 'lecture' && message.lectureId === lectureId && message.progress > 0) resolve();
      });
    });
  }

  async statusOf(lectureId: string): Promise<string | undefined> {
    return (await this.#client.guest.getSession(lectureId))?.status;
  }

  async waitUntilReady(lectureId: string): Promise<void> {
    await this.#client.waitUntilReady(lectureId);
  }

  /** Asks by voice. @throws SynapscribeError */
  async ask(onEvent?: (event: AskEvent) => void): Promise<Answer> {
    const bytes = await readFile(fixture('austen-0890.flac'));
    return await this.#client.ask({ lectureId: this.lectureId, audio: { bytes, extension: 'flac' } }, { onEvent });
  }

  /**
   * Asks, and does something as soon as an answer has begun. Fails where the student has neither an answer nor one
   * error, in words, ten seconds after that.
   */
  async askAnd(disturb: () => unknown = () => undefined): Promise<Outcome> {
    let onBegin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (onBegin = resolve));
    const asked = this.ask(({ type }) => {
      if (type === 'answer') onBegin();
    }).then(
      (answer) => ({ answer }),
      (error: unknown) => {
        if (error instanceof SynapscribeError) return { error };
        throw error;
      },
    );
    await Promise.race([begun, asked]);
    await disturb();
    return await within(10_000, asked);
  }

  /** What the lecture's session has kept. */
  async turns(): Promise<Turn[]> {
    return (await this.#client.guest.getSession(this.lectureId))?.conversation ?? [];
  }

  async leave(): Promise<void> {
    await this.#client.close().catch(() => undefined);
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`neither an answer nor an error within ${ms} ms`)), ms);
  });
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
