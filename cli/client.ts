/**
 * SynapScribe's client, as the page is one: a Cognito guest, a signed WebSocket, uploads to S3. For the command line, the
 * end-to-end tests and the benchmarks; `sendRaw`, `nextMessage` and `socket` are for those who break the rules.
 */
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { FileDescription } from '../client/lecture-file.ts';
import type { ClientSettings } from '../client/settings.ts';
import { PING_INTERVAL_MS } from '../client/timing.ts';
import { queryKey } from '../protocol/keys.ts';
import type {
  DeletedReply,
  ExportMessage,
  ExportReply,
  QueryMessage,
  RecordingReply,
  SearchMessage,
  SearchReply,
  ServerMessage,
  UploadMessage,
  UploadReply,
} from '../protocol/messages.ts';
import { askOver, type Answer, type AskOptions } from './client-ask.ts';
import { Guest } from './client-guest.ts';
import { waitForLecture, type WaitOptions } from './client-lecture.ts';
import { loadClientSettings } from './client-settings.ts';
import { replyAbout } from './client-reply.ts';
import { ClientSocket, connectionLost } from './client-socket.ts';
import { postFile, storageFailed, type PostOptions } from './client-upload.ts';

export type { Answer, AskEvent, AskOptions, TimedEvent } from './client-ask.ts';
export type { LectureProgress, WaitOptions } from './client-lecture.ts';

export interface LectureDescription extends FileDescription {
  /** What is spoken: a BCP 47 tag. The recognizer finds out unless told. */
  language?: string | undefined;
  /** A new one unless told. */
  lectureId?: string;
}

export interface QuestionAudio {
  bytes: Uint8Array;
  /** Lower case, without a dot; `wav` unless told. */
  extension?: string;
  contentType?: string;
}

export interface Question {
  /** `*` asks all lectures that are ready. */
  lectureId: string;
  /** Either this or `text`. */
  audio?: QuestionAudio;
  text?: string;
  /** Of question and answer: a BCP 47 tag. The models find out unless told. */
  language?: string | undefined;
  /** A new one unless told. */
  queryId?: string;
}

export class SynapscribeClient {
  readonly settings: ClientSettings;
  /** Its AWS rights are there for tests that try to go past them. */
  readonly guest: Guest;
  #socket: ClientSocket | undefined;
  #pinging: NodeJS.Timeout | undefined;

  private constructor(settings: ClientSettings, guest: Guest) {
    this.settings = settings;
    this.guest = guest;
  }

  /**
   * Becomes a guest, without connecting yet.
   * @param url the WebSocket's: see `loadClientSettings`
   * @param options `identityId`: an identity that this client had before
   * @throws SynapscribeError agent_unavailable where nothing answers at `url`
   */
  static async create(
    url: string,
    options: { identityId?: string; signal?: AbortSignal } = {},
  ): Promise<SynapscribeClient> {
    const settings = await loadClientSettings(url, options.signal);
    return new SynapscribeClient(settings, await Guest.create(settings, options));
  }

  get identityId(): string {
    return this.guest.identityId;
  }

  /** The latest connection, for tests that pause or break it. @throws SynapscribeError where there was none */
  get socket(): ClientSocket {
    if (this.#socket === undefined) throw connectionLost();
    return this.#socket;
  }

  /** Opens the WebSocket, or does nothing where it is open. */
  async connect(): Promise<ClientSocket> {
    if (this.#socket?.isOpen === true) return this.#socket;
    const socket = await ClientSocket.open(await this.guest.presignedWebSocketUrl());
    this.#socket = socket;
    clearInterval(this.#pinging);
    this.#pinging = setInterval(() => {
      if (socket.isOpen) socket.send('{"action":"ping"}');
    }, PING_INTERVAL_MS).unref();
    return socket;
  }

  /** Any frame: text as text, bytes as binary. */
  sendRaw(data: string | Uint8Array): void {
    this.socket.send(data);
  }

  /** The next message that this method has not given yet, whatever it is; those of other methods come here too. */
  async nextMessage(timeoutMs = 10_000): Promise<unknown> {
    return (await this.socket.next(timeoutMs)).raw;
  }

  async close(): Promise<void> {
    clearInterval(this.#pinging);
    await this.#socket?.close();
    this.guest.destroy();
  }

  /**
   * @param file a path, or the bytes themselves
   * @returns the lecture's id once its file is stored; `waitUntilReady` follows
   * @throws SynapscribeError
   */
  async uploadLecture(
    file: string | Uint8Array,
    description: LectureDescription,
    options: PostOptions = {},
  ): Promise<string> {
    const { lectureId = randomUUID(), title, filename, contentType, language } = description;
    const bytes = typeof file === 'string' ? (await stat(file)).size : file.length;
    const form = await this.requestUpload({
      action: 'upload',
      ...{ lectureId, title, filename, contentType, bytes },
      ...(language !== undefined && { language }),
    });
    await postFile(form, file, options);
    return lectureId;
  }

  /** Asks for a presigned form. @throws SynapscribeError as the server said it */
  async requestUpload(message: UploadMessage): Promise<UploadReply> {
    return await replyAbout(await this.connect(), message, (reply) => (reply.type === 'upload' ? reply : undefined));
  }

  /** Has the transcript, or the conversation, written as a file, and gives the link. @throws SynapscribeError as the server said it */
  async exportLecture(request: Omit<ExportMessage, 'action'>, signal?: AbortSignal): Promise<ExportReply> {
    const message: ExportMessage = { action: 'export', ...request };
    const { what, format } = request;
    const ours = (reply: ServerMessage): ExportReply | undefined =>
      reply.type === 'export' && reply.what === what && reply.format === format ? reply : undefined;
    return await replyAbout(await this.connect(), message, ours, signal);
  }

  /** @throws SynapscribeError as the server said it */
  async search(lectureId: string, text: string, signal?: AbortSignal): Promise<SearchReply> {
    const message: SearchMessage = { action: 'search', lectureId, text };
    const ours = (reply: ServerMessage): SearchReply | undefined =>
      reply.type === 'search' && reply.text === text ? reply : undefined;
    return await replyAbout(await this.connect(), message, ours, signal);
  }

  /** The link to a lecture's recording, and its outline. @throws SynapscribeError as the server said it */
  async recordingOf(lectureId: string, signal?: AbortSignal): Promise<RecordingReply> {
    const ours = (reply: ServerMessage): RecordingReply | undefined => (reply.type === 'recording' ? reply : undefined);
    return await replyAbout(await this.connect(), { action: 'recording', lectureId }, ours, signal);
  }

  /** Takes a lecture away for good, with all that came of it. @throws SynapscribeError as the server said it */
  async deleteLecture(lectureId: string, signal?: AbortSignal): Promise<DeletedReply> {
    const ours = (reply: ServerMessage): DeletedReply | undefined => (reply.type === 'deleted' ? reply : undefined);
    return await replyAbout(await this.connect(), { action: 'delete', lectureId }, ours, signal);
  }

  /**
   * Resolves once questions may be asked. Goes on where events are missed or the connection is lost.
   * @throws SynapscribeError unsupported_audio with the reason, where the lecture is rejected
   */
  async waitUntilReady(lectureId: string, options: WaitOptions = {}): Promise<void> {
    const sources = {
      connect: () => this.connect(),
      getSession: (signal: AbortSignal | undefined) => this.guest.getSession(lectureId, signal),
    };
    await waitForLecture(lectureId, sources, options);
  }

  /**
   * Stores a question's audio where `query` wants it.
   * @returns its key
   * @throws SynapscribeError internal where the storage is full or down; the signal's reason
   */
  async putQuestion(queryId: string, audio: QuestionAudio, signal?: AbortSignal): Promise<string> {
    const key = queryKey(this.identityId, queryId, audio.extension ?? 'wav');
    try {
      await this.guest.putObject(key, audio.bytes, audio.contentType ?? 'audio/wav', signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw storageFailed(error);
    }
    return key;
  }

  /** @throws SynapscribeError as the server said it; the signal's reason, after the query has been cancelled */
  async ask(question: Question, options: AskOptions = {}): Promise<Answer> {
    const { lectureId, audio, text, language, queryId = randomUUID() } = question;
    const audioKey = audio === undefined ? undefined : await this.putQuestion(queryId, audio, options.signal);
    const message: QueryMessage = {
      action: 'query',
      queryId,
      lectureId,
      ...(audioKey === undefined ? {} : { audioKey }),
      ...(text === undefined ? {} : { text }),
      ...(language === undefined ? {} : { language }),
    };
    return await askOver(await this.connect(), message, options);
  }

  cancel(queryId: string): void {
    this.sendRaw(JSON.stringify({ action: 'cancel', queryId }));
  }
}
