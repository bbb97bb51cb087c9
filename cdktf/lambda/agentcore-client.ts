/** AgentCore as the Lambdas call it: short requests with a hard time limit, and its errors as the protocol's own. */
import { z } from 'zod';
import {
  exportLinkSchema,
  recordingLinkSchema,
  searchResultSchema,
  type ExportLink,
  type ExportRequest,
  type LectureNotification,
  type LectureRequest,
  type QueryRequest,
  type RecordingLink,
} from '../../protocol/agent-api.ts';
import { errorCodeSchema, SynapscribeError } from '../../protocol/errors.ts';
import type { SearchHit } from '../../protocol/search.ts';
import { wasConnectionDropped } from '../../service-kit/connection-dropped.ts';

const MAX_ERROR_CHARS = 500;
const INTERNAL = 'Something went wrong on our side. Please try again.';
const UNAVAILABLE = 'The assistant cannot be reached at the moment. Please try again in a minute.';

/** The OpenAI error envelope, with a code of the protocol in it where AgentCore has one to tell. */
const envelopeSchema = z.object({
  error: z.object({
    message: z.string().min(1),
    code: errorCodeSchema,
    param: z.string().nullish(),
  }),
});

export interface AgentCoreClientOptions {
  endpoint: string;
  /**
   * For one request with its body; 5 s unless told, as a host that answers twenty others at once may need. Exports,
   * searches and deletions, which ask S3 for more, have half as much again.
   */
  timeoutMs?: number;
}

/**
 * Every method resolves once AgentCore has taken the request, or with its answer, and throws a `SynapscribeError`: AgentCore's own code and
 * sentence where it gave one, else `agent_unavailable`, or `internal` where it refused for a reason that is no user's.
 * All requests may be sent twice: a connection that broke while it was idle is tried once more.
 */
export class AgentCoreClient {
  readonly #endpoint: string;
  readonly #timeoutMs: number;
  readonly #longTimeoutMs: number;

  constructor({ endpoint, timeoutMs = 5_000 }: AgentCoreClientOptions) {
    this.#endpoint = endpoint;
    this.#timeoutMs = timeoutMs;
    this.#longTimeoutMs = timeoutMs * 1.5;
  }

  async startQuery(request: QueryRequest): Promise<void> {
    await this.#send('POST', '/v1/queries', request);
  }

  /** A query that has ended, or never was, is no error: there is nothing left to cancel. */
  async cancelQuery(identityId: string, queryId: string): Promise<void> {
    const path = `/v1/queries/${encodeURIComponent(queryId)}?${ownedBy(identityId)}`;
    await ignoreNotFound(this.#send('DELETE', path));
  }

  async startLecture(request: LectureRequest): Promise<void> {
    await this.#send('POST', '/v1/lectures', request);
  }

  async notifyLecture(lectureId: string, notification: LectureNotification): Promise<void> {
    await this.#send('POST', `${lecturePath(lectureId)}/events`, notification);
  }

  /** Has a file written, of which it gives the link. */
  async exportLecture(lectureId: string, request: ExportRequest): Promise<ExportLink> {
    const path = `${lecturePath(lectureId)}/exports`;
    return readReply(exportLinkSchema, await this.#send('POST', path, request, this.#longTimeoutMs));
  }

  /** The link to a lecture's recording, and its outline. */
  async recordingOf(identityId: string, lectureId: string): Promise<RecordingLink> {
    const path = `${lecturePath(lectureId)}/recording?${ownedBy(identityId)}`;
    return readReply(recordingLinkSchema, await this.#send('GET', path, undefined, this.#longTimeoutMs));
  }

  /** Resolves once nothing is left of it. One that is not there is no error. */
  async deleteLecture(identityId: string, lectureId: string): Promise<void> {
    const path = `${lecturePath(lectureId)}?${ownedBy(identityId)}`;
    await this.#send('DELETE', path, undefined, this.#longTimeoutMs);
  }

  async searchLecture(
    lectureId: string,
    search: { identityId: string; q: string; limit: number },
  ): Promise<SearchHit[]> {
    const parameters = new URLSearchParams({ ...search, limit: String(search.limit) });
    const path = `${lecturePath(lectureId)}/search?${parameters.toString()}`;
    return readReply(searchResultSchema, await this.#send('GET', path, undefined, this.#longTimeoutMs)).hits;
  }

  /** Ends every query that runs for a connection that has gone. */
  async closeConnection(connectionId: string): Promise<void> {
    await ignoreNotFound(this.#send('DELETE', `/v1/connections/${encodeURIComponent(connectionId)}`));
  }

  /** @returns the reply's body */
  async #send(method: string, path: string, body?: object, timeoutMs = this.#timeoutMs): Promise<string> {
    const init: RequestInit = {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    };
    let status: number;
    let retryable: boolean | undefined;
    let text: string;
    try {
      const response = await this.#fetchOnFreshConnection(path, init);
      status = response.status;
      retryable = readShouldRetry(response.headers);
      // Read to the end, so that the connection is kept for the next request.
      text = await response.text();
    } catch (error) {
      throw new SynapscribeError('agent_unavailable', UNAVAILABLE, { cause: error });
    }
    if (status < 200 || status > 299) throw toProtocolError(status, text, retryable);
    return text;
  }

  async #fetchOnFreshConnection(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(this.#endpoint + path, init);
    } catch (error) {
      if (!wasConnectionDropped(error)) throw error;
      return await fetch(this.#endpoint + path, init);
    }
  }
}

const lecturePath = (lectureId: string): string => `/v1/lectures/${encodeURIComponent(lectureId)}`;
const ownedBy = (identityId: string): string => `identityId=${encodeURIComponent(identityId)}`;

/** OpenAI's header, which AgentCore sends with its errors: only it knows whether a lecture may still become ready. */
function readShouldRetry(headers: Headers): boolean | undefined {
  const value = headers.get('x-should-retry');
  return value === null ? undefined : value === 'true';
}

function toProtocolError(status: number, body: string, retryable: boolean | undefined): SynapscribeError {
  const cause = new Error(`AgentCore answered ${status}: ${body.slice(0, MAX_ERROR_CHARS)}`);
  const envelope = envelopeSchema.safeParse(parseJson(body)).data;
  if (envelope !== undefined) {
    const { code, message, param } = envelope.error;
    return new SynapscribeError(code, message.slice(0, MAX_ERROR_CHARS), {
      cause,
      ...(retryable === undefined ? {} : { retryable }),
      ...(typeof param === 'string' ? { param } : {}),
    });
  }
  if (status >= 500) return new SynapscribeError('agent_unavailable', UNAVAILABLE, { cause });
  return new SynapscribeError('internal', INTERNAL, { cause });
}

/** @throws SynapscribeError internal where it is not what AgentCore says */
function readReply<T>(schema: z.ZodType<T>, body: string): T {
  const reply = schema.safeParse(parseJson(body));
  if (reply.success) return reply.data;
  throw new SynapscribeError('internal', INTERNAL, { cause: reply.error });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function ignoreNotFound(sent: Promise<unknown>): Promise<void> {
  try {
    await sent;
  } catch (error) {
    if (!(error instanceof SynapscribeError && error.code === 'not_found')) throw error;
  }
}
