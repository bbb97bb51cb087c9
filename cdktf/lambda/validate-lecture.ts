/**
 * Lambda ValidateLectureFunction: looks at every object that arrives under `lectures/` and decides by its content
 * whether it is a recording that can be transcribed. What can is handed to AgentCore; what cannot is marked `rejected`,
 * with a reason for the student. The object stays either way.
 *
 * Several uploads under one lecture id: the first to be validated is the lecture, the others are ignored. The form that
 * `upload` gives out refuses an id in use, so that only parallel uploads meet here.
 */
import type { Context } from 'aws-lambda';
import { z } from 'zod';
import { probeAudio, type AudioProperties } from '../../audio/probe.ts';
import type { LectureNotification } from '../../protocol/agent-api.ts';
import { SynapscribeError } from '../../protocol/errors.ts';
import { decodeEventKey, parseKey } from '../../protocol/keys.ts';
import { createLogger, type Logger } from '../../service-kit/logger.ts';
import { readSettings } from '../../service-kit/settings.ts';
import { AgentCoreClient } from './agentcore-client.ts';
import { createAwsClients, type AwsClients } from './aws-clients.ts';
import { LectureStore, type LectureUpload } from './lecture/lecture-store.ts';
import { lectureTitle } from './lecture/lecture-title.ts';
import { openStoredObject, type StoredObject } from './lecture/s3-audio-source.ts';
import { lambdaSettingsSchema, type LambdaSettings } from './settings.ts';

/** Of the Lambda's 300 s. */
const DEADLINE_MS = 240_000;

const eventSchema = z.object({
  Records: z.array(
    z.object({
      eventName: z.string(),
      s3: z.object({ bucket: z.object({ name: z.string() }), object: z.object({ key: z.string() }) }),
    }),
  ),
});

/** @throws where it should be called again: S3, DynamoDB or AgentCore did not do their part */
export type ValidateLectureHandler = (event: unknown, context: Context) => Promise<void>;

export interface ValidateLectureDependencies extends AwsClients {
  agentCore: AgentCoreClient;
  bucket: string;
  table: string;
  log: Logger;
  /** Epoch milliseconds. */
  now?: () => number;
}

export function createValidateLectureHandler(deps: ValidateLectureDependencies): ValidateLectureHandler {
  const { dynamo, table, now = Date.now } = deps;
  const lectures = new LectureStore({ dynamo, table, now });

  return async (rawEvent) => {
    const failures: unknown[] = [];
    for (const record of eventSchema.parse(rawEvent).Records) {
      const { bucket, object } = record.s3;
      if (!/^(s3:)?ObjectCreated:/.test(record.eventName) || bucket.name !== deps.bucket) continue;
      try {
        await validateObject(deps, lectures, object.key);
      } catch (error) {
        deps.log.error({ err: error }, 'lecture not validated; to be tried again');
        failures.push(error);
      }
    }
    if (failures.length > 0)
      throw new AggregateError(failures, `Not validated: ${failures.length} of the uploaded lectures.`);
  };
}

async function validateObject(
  deps: ValidateLectureDependencies,
  lectures: LectureStore,
  encodedKey: string,
): Promise<void> {
  const key = decodeEventKey(encodedKey);
  const parsed = key === undefined ? undefined : parseKey(key);
  if (key === undefined || parsed?.kind !== 'lecture') {
    deps.log.warn('an object under a key that is not ours was ignored');
    return;
  }
  const { identityId, lectureId, fileName } = parsed;
  const log = deps.log.child({ identityId, lectureId });
  const signal = AbortSignal.timeout(DEADLINE_MS);

  const object = await openStoredObject(deps.s3, deps.bucket, key, signal);
  if (object === undefined) {
    log.warn('the object has gone before it was validated');
    return;
  }
  const title = lectureTitle(object.metadata['title'], fileName);
  const upload: LectureUpload = { identityId, lectureId, key, title };
  if (!(await lectures.beginValidation(upload, signal))) {
    log.info('ignored: this lecture is in work or done, or has another file');
    return;
  }
  const notify = (status: LectureNotification['status'], message: string): Promise<void> =>
    deps.agentCore
      .notifyLecture(lectureId, { identityId, status, progress: status === 'rejected' ? 1 : 0, message })
      .catch((error: unknown) => log.warn({ err: error, status }, 'the student was not told'));

  const [verdict] = await Promise.all([judge(object, signal), notify('validating', 'Checking the recording.')]);
  if (verdict instanceof SynapscribeError) {
    log.info({ code: verdict.code, reason: verdict.message }, 'rejected');
    if (await lectures.reject(upload, verdict.message, signal)) await notify('rejected', verdict.message);
    return;
  }
  if (!(await lectures.accept(upload, verdict.durationSeconds, signal))) return;
  log.info({ ...verdict }, 'accepted');
  await lectures.enqueue(upload, signal);
  await deps.agentCore.startLecture({ identityId, lectureId, key });
}

/** @returns the recording's properties, or why it is refused @throws what is not the recording's fault */
async function judge(object: StoredObject, signal: AbortSignal): Promise<AudioProperties | SynapscribeError> {
  try {
    return await probeAudio(object, { signal });
  } catch (error) {
    if (error instanceof SynapscribeError) return error;
    throw error;
  }
}

/** The handler for `settings`, with clients of its own. */
export function validateLectureHandlerFor(settings: LambdaSettings): ValidateLectureHandler {
  return createValidateLectureHandler({
    ...createAwsClients(settings),
    agentCore: new AgentCoreClient({ endpoint: settings.AGENTCORE_ENDPOINT }),
    bucket: settings.AUDIO_BUCKET,
    table: settings.SESSIONS_TABLE,
    log: createLogger('validate-lecture', settings.LOG_LEVEL),
  });
}

let configured: ValidateLectureHandler | undefined;

/** The Lambda's entry point. Settings are read at the first event. */
export const handler: ValidateLectureHandler = (event, context) => {
  configured ??= validateLectureHandlerFor(readSettings(lambdaSettingsSchema));
  return configured(event, context);
};
