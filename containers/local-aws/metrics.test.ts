import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { Mailbox } from './test-support/deferred.ts';
import {
  BUCKET,
  createGuest,
  presignWebSocketUrl,
  s3Client,
  startTestAws,
  type TestAws,
} from './test-support/local-aws.ts';
import { connect } from './test-support/web-socket.ts';
import type { WebSocketEvent } from './websocket/event.ts';

let aws: TestAws;
let deliveries: Mailbox<unknown>;
let failures: number;

const ANSWERS: Record<string, unknown> = {
  query: { statusCode: 200, body: 'answered' },
  cancel: { statusCode: 404, body: 'refused' },
  $default: { statusCode: 500, body: 'failed' },
};

beforeEach(async () => {
  deliveries = new Mailbox();
  failures = 0;
  aws = await startTestAws({
    handlers: {
      webSocket: (raw) => {
        const { routeKey } = (raw as WebSocketEvent).requestContext;
        if (routeKey === 'upload') return Promise.reject(new Error('broken'));
        return Promise.resolve(ANSWERS[routeKey] ?? { statusCode: 200 });
      },
      validateLecture: (event) => {
        deliveries.put(event);
        return failures-- > 0 ? Promise.reject(new Error('not now')) : Promise.resolve(undefined);
      },
    },
  });
});

afterEach(async () => {
  await aws.stop();
});

async function scrape(): Promise<string[]> {
  const response = await fetch(`${aws.awsUrl}/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  return (await response.text()).split('\n');
}

/** Scrapes until a line is there: what is counted after an answer may come a moment later than it. */
async function scrapeUntil(line: string): Promise<void> {
  while (!(await scrape()).includes(line)) await new Promise(setImmediate);
}

const open = async () => {
  const guest = await createGuest(aws);
  return await connect(await presignWebSocketUrl(aws.pageUrl, guest.credentials));
};

const putLecture = () =>
  s3Client(aws).send(
    new PutObjectCommand({
      Bucket: BUCKET,
      Key: `lectures/us-east-1:${randomUUID()}/${randomUUID()}/a.mp3`,
      Body: 'a',
    }),
  );

describe('/metrics', () => {
  it('tells how many connections are open', async () => {
    expect(await scrape()).toContain('local_aws_websocket_connections 0');
    const sockets = [await open(), await open()];
    expect(await scrape()).toContain('local_aws_websocket_connections 2');
    sockets[0]?.socket.close();
    await sockets[0]?.closed;
    await scrapeUntil('local_aws_websocket_connections 1');
  });

  it.each([
    ['query', 'ok'],
    ['cancel', 'refused'],
    ['$default', 'failed'],
    ['upload', 'failed'],
  ])('counts and times an invocation of %s as %s', async (route, outcome) => {
    const { send, next } = await open();
    send({ action: route });
    await next();
    const lines = await scrape();
    const count = (of: string, value: number) =>
      `local_aws_lambda_invocations_total{function="WebSocketHandler",route="${route}",outcome="${of}"} ${value}`;
    for (const each of ['ok', 'refused', 'failed']) expect(lines).toContain(count(each, each === outcome ? 1 : 0));
    expect(lines).toContain(`local_aws_lambda_duration_seconds_count{function="WebSocketHandler",route="${route}"} 1`);
  });

  it('counts attempts to deliver an S3 event', async () => {
    const count = (outcome: string, value: number) =>
      `local_aws_s3_event_deliveries_total{outcome="${outcome}"} ${value}`;
    expect(await scrape()).toEqual(expect.arrayContaining([count('delivered', 0), count('failed', 0)]));
    failures = 1;
    await putLecture();
    await deliveries.take();
    await deliveries.take();
    await scrapeUntil(count('delivered', 1));
    expect(await scrape()).toContain(count('failed', 1));
  });

  it('tells of the process', async () => {
    expect(await scrape()).toContainEqual(expect.stringMatching(/^process_resident_memory_bytes \d+/));
  });
});
