/** Lectures taken out again: rendered from the transcript or the session, linked to as files in S3, searched. */
import type { ExportLink, RecordingLink } from '../../protocol/agent-api.ts';
import { SynapscribeError } from '../../protocol/errors.ts';
import type { ExportFormat, ExportWhat } from '../../protocol/exports.ts';
import type { SearchHit } from '../../protocol/search.ts';
import type { SessionItem } from '../../protocol/items.ts';
import { ALL_LECTURES, exportKey } from '../../protocol/keys.ts';
import type { LectureLibrary } from '../queries/lecture-library.ts';
import { requireReady } from '../queries/query-admission.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { SessionStore } from '../storage/session-store.ts';
import { contentDisposition } from './file-name.ts';
import { oneLine } from './plain-text.ts';
import { renderConversation, renderTranscript, type RenderedExport } from './render.ts';
import { searchTranscript } from './search-transcript.ts';

export interface ExportServiceDeps {
  sessions: Pick<SessionStore, 'get' | 'getAll'>;
  library: Pick<LectureLibrary, 'get'>;
  objects: Pick<ObjectStore, 'write' | 'remove' | 'linkToExport' | 'linkToRecording'>;
}

/** Formats that are cues of one recording. */
const CUES: readonly ExportFormat[] = ['vtt', 'srt'];

/** Every method throws SynapscribeError bad_request, not_found, lecture_not_ready or internal. */
export class ExportService {
  readonly #deps: ExportServiceDeps;

  constructor(deps: ExportServiceDeps) {
    this.#deps = deps;
  }

  async render(identityId: string, lectureId: string, what: ExportWhat, format: ExportFormat): Promise<RenderedExport> {
    if (lectureId === ALL_LECTURES) return await this.#renderAll(identityId, what, format);
    const session = await this.#readySession(identityId, lectureId);
    if (what === 'conversation') {
      const { title, durationSeconds = 0, conversation: turns, totalTurns } = session;
      return renderConversation({ lectureId, title: titleOf(title), durationSeconds, turns, totalTurns }, format);
    }
    const { title, durationSeconds, segments } = await this.#deps.library.get(identityId, lectureId);
    return renderTranscript({ lectureId, title: titleOf(title), durationSeconds, segments }, format);
  }

  async #renderAll(identityId: string, what: ExportWhat, format: ExportFormat): Promise<RenderedExport> {
    if (what === 'transcript') {
      throw new SynapscribeError('bad_request', 'Transcripts are exported one lecture at a time.');
    }
    if (CUES.includes(format)) {
      const message = `As ${format}, a conversation belongs to one recording. The one about all lectures is exported as md or json.`;
      throw new SynapscribeError('bad_request', message);
    }
    const { title, conversation: turns, totalTurns } = await this.#deps.sessions.getAll(identityId);
    return renderConversation({ lectureId: ALL_LECTURES, title, turns, totalTurns }, format);
  }

  /** Renders it into S3, where it is kept as long as answers are. */
  async link(identityId: string, lectureId: string, what: ExportWhat, format: ExportFormat): Promise<ExportLink> {
    const { text, contentType, fileName } = await this.render(identityId, lectureId, what, format);
    const key = exportKey(identityId, lectureId, what, format);
    await this.#deps.objects.write(key, text, contentType);
    // Nothing is left of a lecture that was deleted meanwhile.
    if (lectureId !== ALL_LECTURES && (await this.#deps.sessions.get(identityId, lectureId)) === undefined) {
      await this.#deps.objects.remove([key]);
      throw new SynapscribeError('not_found', 'This lecture is no longer there.');
    }
    return await this.#deps.objects.linkToExport(key, contentDisposition(fileName));
  }

  async search(identityId: string, lectureId: string, query: string, limit: number): Promise<SearchHit[]> {
    if (lectureId !== ALL_LECTURES) await this.#readySession(identityId, lectureId);
    return searchTranscript(await this.#deps.library.get(identityId, lectureId), query, limit);
  }

  /** The recording itself, as it was uploaded. */
  async recording(identityId: string, lectureId: string): Promise<RecordingLink> {
    await this.#readySession(identityId, lectureId);
    const { recording } = await this.#deps.library.get(identityId, lectureId);
    if (recording === undefined) throw new SynapscribeError('not_found', 'The recording was not found.');
    return { ...(await this.#deps.objects.linkToRecording(recording.key)), waveform: recording.waveform };
  }

  async #readySession(identityId: string, lectureId: string): Promise<SessionItem> {
    return requireReady(await this.#deps.sessions.get(identityId, lectureId));
  }
}

/** A guest may have written one that shows nothing. */
const titleOf = (title: string): string => oneLine(title) || 'Lecture';
