/** Lectures over S3, DynamoDB and `@connections`: taken, found again after a crash, told about. */
import type { LectureNotification, LectureRequest } from '../../protocol/agent-api.ts';
import { transcriptKey } from '../../protocol/keys.ts';
import type { LectureEvent } from '../../protocol/messages.ts';
import type { Logger } from '../../service-kit/logger.ts';
import type { Recognizer } from '../engines/engines.ts';
import type { Metrics } from '../metrics.ts';
import type { LectureLibrary } from '../queries/lecture-library.ts';
import type { Settings } from '../settings.ts';
import type { AwsClients } from '../storage/aws-clients.ts';
import { Claims } from '../storage/claims.ts';
import type { Connections } from '../storage/connections.ts';
import { DynamoLectureRecords } from '../storage/lecture-records.ts';
import { DynamoLecturePieces } from '../storage/lecture-pieces.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { SessionStore } from '../storage/session-store.ts';
import { LectureRunner } from './lecture-runner.ts';
import { removeLecture } from './remove-lecture.ts';

/** A lecture whose host has died waits no longer than this, and its lease. */
const RESUME_EVERY_MS = 5_000;

export interface LectureServiceDeps {
  settings: Settings;
  clients: AwsClients;
  objects: ObjectStore;
  sessions: SessionStore;
  connections: Connections;
  library: LectureLibrary;
  recognizer: Recognizer;
  metrics: Metrics;
  log: Logger;
}

export interface LectureService {
  submit: (request: LectureRequest) => Promise<void>;
  notify: (lectureId: string, notification: LectureNotification) => void;
  remove: (identityId: string, lectureId: string) => Promise<void>;
  /** Looks for lectures whose host has gone, now and from now on. */
  resume: () => void;
  stop: () => Promise<void>;
}

export function createLectureService(deps: LectureServiceDeps): LectureService {
  const { settings, clients, objects, sessions, connections, library, recognizer, metrics, log } = deps;
  /** The last telling of each lecture: the next one waits for it, so that 99 % never follows `ready`. */
  const tellings = new Map<string, Promise<void>>();
  const tell = (identityId: string, event: LectureEvent): void => {
    const { lectureId } = event;
    const before = tellings.get(lectureId) ?? Promise.resolve();
    const telling = before
      .then(async () => await connections.postToIdentity(identityId, event))
      .catch((error: unknown) => log.warn({ err: error, lectureId }, 'lecture status not told'))
      .finally(() => {
        if (tellings.get(lectureId) === telling) tellings.delete(lectureId);
      });
    tellings.set(lectureId, telling);
  };
  const claims = new Claims(clients.documents, settings.SESSIONS_TABLE, 'lecture', settings.LECTURE_LEASE_MS);
  const pieces = new DynamoLecturePieces(clients.documents, settings.SESSIONS_TABLE);
  const remove = async (identityId: string, lectureId: string): Promise<void> => {
    await removeLecture({ objects, sessions, claims, pieces, library }, identityId, lectureId);
  };
  const runner = new LectureRunner(
    {
      claims,
      records: new DynamoLectureRecords(clients.documents, sessions, settings.SESSIONS_TABLE),
      objects,
      transcripts: {
        write: async (identityId, transcript) => {
          const key = transcriptKey(identityId, transcript.lectureId);
          await objects.write(key, JSON.stringify(transcript), 'application/json');
        },
        remove: async (identityId, lectureId) => await objects.remove([transcriptKey(identityId, lectureId)]),
      },
      pieces,
      remove,
      notify: ({ identityId }, event) => tell(identityId, event),
      recognizer,
      log,
      onEnd: (outcome) => metrics.lectureEnded(outcome),
      onWork: (running) => metrics.lecturesInWork(running),
    },
    {
      maxSeconds: settings.MAX_LECTURE_SECONDS,
      maxPieceSeconds: settings.MAX_PIECE_SECONDS,
      lectures: settings.CONCURRENT_LECTURES,
      pieces: settings.CONCURRENT_PIECES,
    },
  );
  let timer: NodeJS.Timeout | undefined;
  const resume = (): void => {
    runner.resume().catch((error: unknown) => log.warn({ err: error }, 'unfinished lectures could not be looked for'));
  };
  return {
    submit: async (request) => await runner.submit(request),
    notify: (lectureId, { identityId, status, progress, message }) => {
      tell(identityId, { type: 'lecture', lectureId, status, progress, message });
    },
    remove,
    resume: () => {
      resume();
      timer = setInterval(resume, Math.min(RESUME_EVERY_MS, settings.LECTURE_LEASE_MS));
    },
    stop: async () => {
      clearInterval(timer);
      await runner.stop();
    },
  };
}
