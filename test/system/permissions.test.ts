/**
 * What the real code asks of AWS, put to the stack's policies: each principal reaches local-aws, which lets services do
 * everything, by a recording proxy of its own.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { lambdaSettingsSchema, type LambdaSettings } from '../../cdktf/lambda/settings.ts';
import { validateLectureHandlerFor } from '../../cdktf/lambda/validate-lecture.ts';
import { webSocketHandlerFor } from '../../cdktf/lambda/websocket-handler.ts';
import { NAMES } from '../../cdktf/names.ts';
import { API_ID } from '../../cdktf/test-support/iam-references.ts';
import { StackPolicies, type IamRequest, type PolicyStatement } from '../../cdktf/test-support/iam.ts';
import { synthesizeForTest } from '../../cdktf/test-support/synthesized.ts';
import { SynapscribeClient } from '../../cli/client.ts';
import { invoke, type LambdaHandler } from '../../containers/local-aws/lambda.ts';
import { createS3Event } from '../../containers/local-aws/s3/s3-event.ts';
import { claimItemKey, identityConnectionsItemKey } from '../../protocol/items.ts';
import { lectureKey } from '../../protocol/keys.ts';
import { readSettings } from '../../service-kit/settings.ts';
import { iamRequestsOf } from '../support/iam-requests.ts';
import { startRecordingProxy, type RecordingProxy } from '../support/recording-proxy.ts';
import { startSystem, type System } from '../support/system.ts';
import { until } from '../support/until.ts';

const ACCOUNT = '123456789012';
const REGION = 'us-east-1';
const LOCAL_BUCKET = 'synapscribe-audio-local';
const AWS = {
  account: ACCOUNT,
  region: REGION,
  apiId: API_ID,
  localBucket: LOCAL_BUCKET,
  bucket: `synapscribe-audio-${ACCOUNT}`,
};
const CONNECT = `arn:aws:execute-api:${REGION}:${ACCOUNT}:${API_ID}/Prod/$connect`;
const LONG = 'The moon pulls on the water here. '.repeat(40);
const STEP_MS = 20_000;

/** By role. A presigned form or link carries the right of who signed it, and is sent by another. */
const PRINCIPALS = [
  { role: 'SynapScribe-Guest', proxies: ['guest'], atLeast: 3 },
  { role: `SynapScribe-${NAMES.webSocketHandler}`, proxies: ['webSocketHandler', 'forms'], atLeast: 11 },
  { role: `SynapScribe-${NAMES.validateLecture}`, proxies: ['validateLecture'], atLeast: 4 },
  { role: NAMES.host, proxies: ['agentCore', 'links'], atLeast: 20 },
] as const;
type ProxyName = (typeof PRINCIPALS)[number]['proxies'][number];

/** Rights that nothing here asks for: `<statement> <action>`, and who does. */
const NOT_ASKED_FOR: Readonly<Record<string, string>> = {
  'UseOwnSessions dynamodb:PutItem': "a page's: a guest may write its own session (DESIGN.md, issue 4)",
  'Deploy s3:GetObject': "the boot script's, for the release (cdktf/host/user-data.sh)",
};

async function within<T>(what: string, work: Promise<T>, ms = STEP_MS): Promise<T> {
  const timer = new AbortController();
  const late = sleep(ms, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`${what}: not in ${ms} ms`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}

let stack: StackPolicies;
let system: System;
let client: SynapscribeClient;
let proxies: Record<ProxyName, RecordingProxy>;
/** Routes of the WebSocket API whose handler was called; `$connect` is what the guest signs for. */
const routes: string[] = [];
let validateLecture: LambdaHandler;
/** Of what has been started, called in the opposite order. */
const closers: (() => Promise<void>)[] = [];

/** What IAM would have been asked so far, each once. */
function requestsOf(role: string): IamRequest[] {
  const principal = PRINCIPALS.find((one) => one.role === role);
  const names: readonly ProxyName[] = principal?.proxies ?? [];
  const requests = names.flatMap((name) => proxies[name].requests.flatMap((recorded) => iamRequestsOf(recorded, AWS)));
  if (role !== 'SynapScribe-Guest') return requests;
  if (routes.includes('$connect')) requests.push({ action: 'execute-api:Invoke', resource: CONNECT });
  const identity = { 'cognito-identity.amazonaws.com:sub': client.identityId };
  return requests.map((request) => ({ ...request, context: { ...request.context, ...identity } }));
}

/** Whether there was such a request about a partition or key that begins so. */
const wasAsked = (role: string, action: string, prefix = ''): boolean =>
  requestsOf(role).some(
    ({ action: asked, resource, context }) =>
      asked === action &&
      (resource.includes(prefix) ||
        [context?.['dynamodb:LeadingKeys'] ?? []].flat().some((key) => key.startsWith(prefix))),
  );

const recorded = async (role: string, action: string, prefix = ''): Promise<void> =>
  await until(`${role} asks ${action} ${prefix}`, () => wasAsked(role, action, prefix), STEP_MS);

/** A handler whose requests go by a proxy. */
function recordedHandler(
  create: (settings: LambdaSettings) => LambdaHandler,
  urls: { AWS_ENDPOINT_URL: string; PUBLIC_AWS_URL: string },
): LambdaHandler {
  let handler: LambdaHandler | undefined;
  return async (event, context) => {
    handler ??= create(readSettings(lambdaSettingsSchema, { ...process.env, ...urls }));
    return await handler(event, context);
  };
}

beforeAll(async () => {
  stack = StackPolicies.of(synthesizeForTest({ account: ACCOUNT }));
  let onAwsUrl: (url: string) => void = () => undefined;
  const awsUrl = new Promise<string>((resolve) => (onAwsUrl = resolve));
  const start = async (): Promise<RecordingProxy> => {
    const proxy = await startRecordingProxy(awsUrl);
    closers.push(() => proxy.stop());
    return proxy;
  };
  proxies = {
    guest: await start(),
    webSocketHandler: await start(),
    forms: await start(),
    validateLecture: await start(),
    agentCore: await start(),
    links: await start(),
  };
  const webSocket = recordedHandler(webSocketHandlerFor, {
    AWS_ENDPOINT_URL: proxies.webSocketHandler.url,
    PUBLIC_AWS_URL: proxies.forms.url,
  });
  validateLecture = recordedHandler(validateLectureHandlerFor, {
    AWS_ENDPOINT_URL: proxies.validateLecture.url,
    PUBLIC_AWS_URL: proxies.validateLecture.url,
  });
  system = await startSystem(
    {
      AWS_ENDPOINT_URL: proxies.agentCore.url,
      PUBLIC_AWS_URL: proxies.links.url,
      CONNECTIONS_ENDPOINT: `${proxies.agentCore.url}/Prod`,
    },
    { PUBLIC_AWS_URL: proxies.guest.url },
    {
      webSocket: async (event, context) => {
        const { requestContext } = event as { requestContext: { routeKey: string } };
        routes.push(requestContext.routeKey);
        return await webSocket(event, context);
      },
      validateLecture,
    },
  );
  closers.push(() => system.stop());
  onAwsUrl(system.awsUrl);
  client = await within('a guest', SynapscribeClient.create(system.webSocketUrl));
  closers.push(() => client.close());
  await liveThroughALecture();
}, 150_000);

afterAll(async () => {
  for (const close of closers.reverse()) await within('an end', close());
}, 90_000);

async function liveThroughALecture(): Promise<void> {
  const speech = await readFile(new URL('../fixtures/audio/austen-0880.flac', import.meta.url));
  const { identityId } = client;
  const other = await within('a second tab', SynapscribeClient.create(system.webSocketUrl, { identityId }));
  await within('connecting', Promise.all([client.connect(), other.connect()]));
  await keepGoneConnection(other);

  const description = { title: 'Austen', filename: 'austen.flac', contentType: 'audio/flac' };
  const lectureId = await within('the upload', client.uploadLecture(speech, description));
  await within('the lecture', client.waitUntilReady(lectureId));
  const asked = { lectureId, audio: { bytes: speech, extension: 'flac' } };
  const { done, queryId } = await within('the answer', client.ask(asked));
  const answer = await fetch(done.audioUrl ?? '', { signal: AbortSignal.timeout(STEP_MS) });
  expect(answer.status).toBe(200);
  expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(1_000);
  await within('the answer again', client.ask({ lectureId, queryId, text: 'Why?' }));
  await within('an answer from all lectures', client.ask({ lectureId: '*', text: 'Why?' }));

  await takeOut(lectureId);
  await cancelOne(lectureId);
  await askWhatAnotherHostAnswers(lectureId);
  await uploadTooMuch();
  await openTooMany(identityId);
  await validateWhatIsGone(identityId);
  await within('the deletion', client.deleteLecture(lectureId));
  const ready = await fetch(`${system.agentcoreUrl}/ready`, { signal: AbortSignal.timeout(STEP_MS) });
  expect(ready.status).toBe(200);
}

async function takeOut(lectureId: string): Promise<void> {
  for (const what of ['transcript', 'conversation'] as const) {
    const { url } = await within('an export', client.exportLecture({ lectureId, what, format: 'md' }));
    const file = await fetch(url, { signal: AbortSignal.timeout(STEP_MS) });
    expect(file.status).toBe(200);
    await file.arrayBuffer();
  }
  expect((await within('the search', client.search(lectureId, 'the'))).type).toBe('search');
  expect(wasAsked(NAMES.host, 's3:PutObject', `${lectureId}.transcript.md`)).toBe(true);
  expect(wasAsked(NAMES.host, 's3:GetObject', `${lectureId}.conversation.md`)).toBe(true);
}

/** A connection that ended without `$disconnect`: AgentCore finds out when it tells of a lecture. */
async function keepGoneConnection(other: SynapscribeClient): Promise<void> {
  const key = identityConnectionsItemKey(other.identityId);
  const item = await within('the connections', system.session(key.sessionId, key.lectureId));
  await within('the end of the second tab', other.close());
  await recorded(`SynapScribe-${NAMES.webSocketHandler}`, 'dynamodb:DeleteItem', 'connection#');
  await until('the connection is taken from the list', () => deletions() > 0, STEP_MS);
  await system.putSession({ ...item });
}

const deletions = (): number =>
  proxies.webSocketHandler.requests.filter(({ body }) => body.includes('DELETE connectionIds')).length;

async function cancelOne(lectureId: string): Promise<void> {
  await system.model.change({ answer: LONG, tokensPerSecond: 5 });
  const cancelled = new AbortController();
  const asked = client.ask({ lectureId, text: 'Why are there tides?' }, { signal: cancelled.signal });
  asked.catch(() => undefined);
  // Its lease is renewed while it is answered.
  await recorded(NAMES.host, 'dynamodb:UpdateItem', 'claims#queries');
  cancelled.abort(new Error('cancelled'));
  await expect(within('the cancel', asked)).rejects.toThrow('cancelled');
  await until('the cancel is handled', () => routes.includes('cancel'), STEP_MS);
}

/** Its host goes away without a word: the student is told. */
async function askWhatAnotherHostAnswers(lectureId: string): Promise<void> {
  const queryId = randomUUID();
  const leaseUntil = Date.now() + 3_000;
  const claim = { state: 'running', owner: randomUUID(), leaseUntil, expiresAt: Math.ceil(leaseUntil / 1000) + 3_600 };
  await system.putSession({ ...claimItemKey('query', client.identityId, queryId), ...claim });
  const asked = client.ask({ lectureId, queryId, text: 'Why are there tides?' });
  await expect(within('the interruption', asked)).rejects.toMatchObject({ code: 'agent_unavailable' });
}

async function uploadTooMuch(): Promise<void> {
  const lectureId = randomUUID();
  const description = { title: 'Long', filename: 'long.flac', contentType: 'audio/flac', bytes: 2_000_000_000 };
  const upload = async () => await client.requestUpload({ action: 'upload', lectureId, ...description });
  for (let i = 0; i < 9; i++) await within('a form', upload());
  await expect(within('the refusal', upload())).rejects.toMatchObject({ code: 'overloaded' });
}

async function openTooMany(identityId: string): Promise<void> {
  const open = async (): Promise<SynapscribeClient> =>
    await within('a tab', SynapscribeClient.create(system.webSocketUrl, { identityId }));
  const tabs = await Promise.all(Array.from({ length: 20 }, open));
  const opened = await within('the tabs', Promise.allSettled(tabs.map(async (tab) => await tab.connect())));
  expect(opened.filter(({ status }) => status === 'rejected')).not.toEqual([]);
  await within('the end of the tabs', Promise.all(tabs.map(async (tab) => await tab.close().catch(() => undefined))));
}

async function validateWhatIsGone(identityId: string): Promise<void> {
  const key = lectureKey(identityId, randomUUID(), 'gone.flac');
  const created = { bucket: LOCAL_BUCKET, key, size: 1, etag: '"0"', cause: 'Post' as const };
  const fn = {
    name: NAMES.validateLecture,
    handler: validateLecture,
    timeoutMs: STEP_MS,
    memoryMb: 512,
    region: REGION,
  };
  await within('the event', invoke(fn, createS3Event(created, REGION, Date.now())));
}

/** A statement's rights to data one by one: an action on a resource and, of the table, on one pattern of partitions. */
function singleRights(statement: PolicyStatement): PolicyStatement[] {
  if (statement.Effect === 'Deny') return [];
  const actions = statement.Action.filter((action) => /^(?:dynamodb|s3|execute-api):/.test(action));
  return actions.flatMap((action) =>
    (statement.Resource ?? []).flatMap((resource) =>
      singleConditions(statement.Condition).map((Condition) => ({
        ...statement,
        Action: [action],
        Resource: [resource],
        Condition,
      })),
    ),
  );
}

function singleConditions(condition: PolicyStatement['Condition'] = {}): NonNullable<PolicyStatement['Condition']>[] {
  const bound = Object.entries(condition).find(([operator]) => operator.startsWith('ForAllValues:'));
  if (bound === undefined) return [condition];
  const [operator, keys] = bound;
  return Object.entries(keys).flatMap(([key, values]) =>
    values.map((value) => ({ ...condition, [operator]: { ...keys, [key]: [value] } })),
  );
}

describe.each(PRINCIPALS)('$role', ({ role, atLeast }) => {
  it('is allowed all that its code asks for', () => {
    const refused = requestsOf(role).filter((request) => stack.decide(role, request) !== 'Allowed');
    expect(refused).toEqual([]);
  });

  it(`was seen to ask for ${atLeast} different things and more`, () => {
    const kinds = new Set(
      requestsOf(role).map(({ action, resource, context }) => {
        const [partition = ''] = [context?.['dynamodb:LeadingKeys'] ?? ''].flat();
        return `${action} ${resource.split('/')[1] ?? ''} ${partition.split(/[:#]/)[0] ?? ''}`;
      }),
    );
    expect(kinds.size).toBeGreaterThanOrEqual(atLeast);
  });

  it('has no right to data that nobody asks for', () => {
    const requests = requestsOf(role);
    const rights = stack.role(role).policies.flatMap(({ Statement }) => Statement.flatMap(singleRights));
    expect(rights.length).toBeGreaterThan(2);
    const unused = rights.filter((right) => {
      const alone = stack.with(role, () => [right]);
      return !requests.some((request) => alone.decide(role, request) === 'Allowed');
    });
    const named = unused.map(({ Sid, Action, Resource, Condition }) => ({
      right: `${Sid} ${Action.join()}`,
      Resource,
      Condition,
    }));
    expect(named.filter(({ right }) => !(right in NOT_ASKED_FOR))).toEqual([]);
    // The list is not longer than it must be.
    const exempt = Object.keys(NOT_ASKED_FOR).filter((right) =>
      rights.some(({ Sid, Action }) => right === `${Sid} ${Action.join()}`),
    );
    expect(named.map(({ right }) => right)).toEqual(expect.arrayContaining(exempt));
  });
});

it('finds a right that is missing, and one that is too much', () => {
  const host = stack.with(NAMES.host, (statements) => statements.filter(({ Sid }) => Sid !== 'KeepClaims'));
  const refused = requestsOf(NAMES.host).filter((request) => host.decide(NAMES.host, request) !== 'Allowed');
  expect(refused.map(({ action }) => action)).toEqual(
    expect.arrayContaining(['dynamodb:Query', 'dynamodb:DeleteItem']),
  );
  expect(wasAsked(NAMES.host, 'dynamodb:Scan')).toBe(false);
});
