/** Lectures taken out again: rendered from the transcript or the session, linked to as files in S3, searched. */
import type { ExportLink } from '../../protocol/agent-api.ts';
import type { ExportFormat, ExportWhat, SearchHit } from '../../protocol/exports.ts';
import type { SessionItem } from '../../protocol/items.ts';
import { exportKey } from '../../protocol/keys.ts';
import type { LectureLibrary } from '../queries/lecture-library.ts';
import { requireReady } from '../queries/query-admission.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { SessionStore } from '../storage/session-store.ts';
import { contentDisposition } from './file-name.ts';
import { oneLine } from './plain-text.ts';
import { renderConversation, renderTranscript, type RenderedExport } from './render.ts';
import { searchTranscript } from './search-transcript.ts';

export interface ExportServiceDeps {
  sessions: Pick<SessionStore, 'get'>;
  library: Pick<LectureLibrary, 'get'>;
  objects: Pick<ObjectStore, 'write' | 'linkToExport'>;
}

/** Every method throws SynapscribeError not_found, lecture_not_ready or internal. */
export class ExportService {
  readonly #deps: ExportServiceDeps;

  constructor(deps: ExportServiceDeps) {
    this.#deps = deps;
  }

  async render(identityId: string, lectureId: string, what: ExportWhat, format: ExportFormat): Promise<RenderedExport> {
    const session = await this.#readySession(identityId, lectureId);
    if (what === 'conversation') {
      const { title, durationSeconds = 0, conversation: turns, totalTurns } = session;
      return renderConversation({ lectureId, title: titleOf(title), durationSeconds, turns, totalTurns }, format);
    }
    const { title, durationSeconds, segments } = await this.#deps.library.get(identityId, lectureId);
    return renderTranscript({ lectureId, title: titleOf(title), durationSeconds, segments }, format);
  }

  /** Renders it into S3, where it is kept as long as answers are. */
  async link(identityId: string, lectureId: string, what: ExportWhat, format: ExportFormat): Promise<ExportLink> {
    const { text, contentType, fileName } = await this.render(identityId, lectureId, what, format);
    const key = exportKey(identityId, lectureId, what, format);
    await this.#deps.objects.write(key, text, contentType);
    return await this.#deps.objects.linkToExport(key, contentDisposition(fileName));
  }

  async search(identityId: string, lectureId: string, query: string, limit: number): Promise<SearchHit[]> {
    await this.#readySession(identityId, lectureId);
    return searchTranscript(await this.#deps.library.get(identityId, lectureId), query, limit);
  }

  async #readySession(identityId: string, lectureId: string): Promise<SessionItem> {
    return requireReady(await this.#deps.sessions.get(identityId, lectureId));
  }
}

/** A guest may have written one that shows nothing. */
const titleOf = (title: string): string => oneLine(title) || 'Lecture';
