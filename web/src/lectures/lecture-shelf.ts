/** The student's lectures: known, uploaded, followed until they are ready, the same in all tabs. */
import { computed, signal, type ReadonlySignal } from '@preact/signals';
import { toSynapscribeError } from '../../../protocol/errors.ts';
import type { UploadMessage } from '../../../protocol/messages.ts';
import type { Connection } from '../backend/connection.ts';
import { requestAbout } from '../backend/request-about.ts';
import { kept } from '../ui/kept.ts';
import { keptLecturesSchema, withLecture, withoutLecture, withSent, type KeptLecture } from './kept-lectures.ts';
import { describeFile, refusalOf } from '../../../client/lecture-file.ts';
import { fromSession, isInWork, withEvent, type Lecture } from './lecture.ts';
import { postFile } from './post-file.ts';

/** Events may be missed; while something is in work, the items are looked at this often. */
const POLL_MS = 5_000;

export class LectureShelf {
  readonly #connection: Connection;
  readonly #kept = kept('lectures', keptLecturesSchema, []);
  readonly #known = signal<KeptLecture[]>(this.#kept.read());
  readonly #shown = signal<ReadonlyMap<string, Lecture>>(new Map());
  readonly #uploads = new Map<string, AbortController>();
  /** Once all that are known have been looked at. */
  readonly #loaded = signal(false);
  readonly #problem = signal<string | undefined>(undefined);

  /** The newest first. */
  readonly lectures: ReadonlySignal<Lecture[]> = computed(() =>
    this.#known.value.flatMap(({ lectureId }) => this.#shown.value.get(lectureId) ?? []),
  );

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#kept.onChange((known) => {
      this.#known.value = known;
      // What another tab has deleted is sent no further.
      const ids = new Set(known.map(({ lectureId }) => lectureId));
      for (const [lectureId, upload] of this.#uploads) if (!ids.has(lectureId)) upload.abort(new Error('taken away'));
      void this.refresh();
    });
    connection.listen((received) => {
      if (received.type !== 'lecture') return;
      const lecture = this.#shown.peek().get(received.lectureId);
      if (lecture === undefined) {
        // Another tab has uploaded it.
        void this.#look(received.lectureId);
        return;
      }
      this.#show(withEvent(lecture, received));
      // How long it is, and what is missing from it, the item tells.
      if (received.status === 'ready' || received.status === 'rejected') void this.#look(received.lectureId);
    });
    connection.state.subscribe(({ kind }) => {
      if (kind === 'open') void this.refresh();
    });
    setInterval(() => void this.#poll(), POLL_MS);
    // What was wrong with a file is no news on another screen.
    addEventListener('hashchange', () => this.dismissProblem());
    addEventListener('beforeunload', (event) => {
      if (this.#uploads.size > 0) event.preventDefault();
    });
  }

  get loaded(): ReadonlySignal<boolean> {
    return this.#loaded;
  }

  /** Why the last file could not be sent, as a sentence. */
  get problem(): ReadonlySignal<string | undefined> {
    return this.#problem;
  }

  async refresh(): Promise<void> {
    await Promise.all(this.#known.peek().map(({ lectureId }) => this.#look(lectureId)));
    this.#loaded.value = true;
  }

  /**
   * Sends a recording, and shows it at once.
   * @param again the lecture whose upload was interrupted
   * @returns the lecture's id; nothing where the file is refused without sending it
   */
  upload(file: File, language?: string, again?: string): string | undefined {
    this.#problem.value = refusalOf(file);
    return this.#problem.value === undefined ? this.#begin(file, language, again) : undefined;
  }

  /** Sends several; of those that are refused, all reasons are told. @returns the ids of those that are sent */
  uploadAll(files: readonly File[], language?: string): string[] {
    const refusals = files.flatMap((file) => refusalOf(file) ?? []);
    this.#problem.value = refusals.length > 0 ? refusals.join(' ') : undefined;
    const good = files.filter((file) => refusalOf(file) === undefined);
    return good.map((file) => this.#begin(file, language));
  }

  #begin(file: File, language?: string, again?: string): string {
    const lectureId = again ?? crypto.randomUUID();
    const description = describeFile(file);
    this.#keep(withLecture(this.#kept.read(), { lectureId, title: description.title, sent: false }));
    const { title } = description;
    const unknown = { reason: undefined, durationSeconds: undefined, language };
    this.#show({ lectureId, title, status: 'uploading', progress: 0, ...unknown });
    const message: UploadMessage = {
      action: 'upload',
      lectureId,
      ...description,
      bytes: file.size,
      ...(language === undefined ? {} : { language }),
    };
    const stop = new AbortController();
    this.#uploads.set(lectureId, stop);
    void this.#send(message, file, stop.signal)
      .catch((error: unknown) => this.#interrupted(lectureId, stop.signal, error))
      .finally(() => this.#uploads.delete(lectureId));
    return lectureId;
  }

  /**
   * Deletes a lecture with all that came of it; an upload of it ends.
   * @returns whether it is gone; where it is not, `problem` tells why
   */
  async remove(lectureId: string): Promise<boolean> {
    this.#problem.value = undefined;
    this.#uploads.get(lectureId)?.abort(new Error('taken away'));
    try {
      const message = { action: 'delete', lectureId } as const;
      await requestAbout(this.#connection, message, (m) => (m.type === 'deleted' ? m : undefined));
    } catch (error) {
      const { title = '' } = this.#shown.peek().get(lectureId) ?? {};
      this.#problem.value = `“${title}” could not be deleted. ${toSynapscribeError(error).message}`;
      return false;
    }
    this.#keep(withoutLecture(this.#kept.read(), lectureId));
    return true;
  }

  dismissProblem(): void {
    this.#problem.value = undefined;
  }

  async #send(message: UploadMessage, file: File, stop: AbortSignal): Promise<void> {
    const { lectureId } = message;
    const form = await requestAbout(this.#connection, message, (m) => (m.type === 'upload' ? m : undefined));
    stop.throwIfAborted();
    const onProgress = (progress: number): void => this.#change(lectureId, { progress });
    await postFile(form, file, onProgress, stop);
    this.#keep(withSent(this.#kept.read(), lectureId));
    const now = this.#shown.peek().get(lectureId)?.status;
    if (now === 'uploading') this.#change(lectureId, { status: 'uploaded', progress: 0 });
  }

  #interrupted(lectureId: string, stop: AbortSignal, error: unknown): void {
    if (stop.aborted) return;
    this.#change(lectureId, { status: 'interrupted', reason: toSynapscribeError(error).message });
  }

  /** What is on its way, here or in another tab, and what could not be looked at before. */
  async #poll(): Promise<void> {
    if (this.#connection.state.peek().kind !== 'open') return;
    const shown = this.#shown.peek();
    const open = this.#known.peek().filter(({ lectureId }) => {
      const lecture = shown.get(lectureId);
      return lecture === undefined || isInWork(lecture) || lecture.status === 'interrupted';
    });
    await Promise.all(open.map(({ lectureId }) => this.#look(lectureId)));
  }

  async #look(lectureId: string): Promise<void> {
    try {
      const guest = await this.#connection.guest();
      const session = await guest.session(lectureId);
      const known = this.#kept.read().find((lecture) => lecture.lectureId === lectureId);
      const uploading = this.#uploads.has(lectureId);
      if (session !== undefined) {
        const shown = this.#shown.peek().get(lectureId);
        this.#show(fromSession(session, shown, { uploading, sent: known?.sent ?? true }));
      } else if (known?.sent === true) {
        // It has ended: lectures are kept for a week after the last question. One that was never sent may be on its way.
        this.#keep(withoutLecture(this.#kept.read(), lectureId));
      }
    } catch {
      // The connection tells of what cannot be reached; it is looked at again.
    }
  }

  #keep(known: KeptLecture[]): void {
    this.#known.value = known;
    this.#kept.write(known);
  }

  #show(lecture: Lecture): void {
    this.#shown.value = new Map(this.#shown.peek()).set(lecture.lectureId, lecture);
  }

  #change(lectureId: string, change: Partial<Lecture>): void {
    const lecture = this.#shown.peek().get(lectureId);
    if (lecture !== undefined) this.#show({ ...lecture, ...change });
  }
}
