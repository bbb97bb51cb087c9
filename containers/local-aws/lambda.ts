/** Lambda functions run inside this process: what they are, the context that they get, their time limit. */
import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';

export type LambdaHandler = (event: unknown, context: Context) => Promise<unknown>;

export interface LambdaHandlers {
  webSocket: LambdaHandler;
  validateLecture: LambdaHandler;
}

export interface LambdaFunction {
  name: string;
  handler: LambdaHandler;
  memoryMb: number;
  timeoutMs: number;
  region: string;
}

export const WEBSOCKET_TIMEOUT_MS = 900_000;
export const VALIDATE_TIMEOUT_MS = 300_000;

/** Calls a function. What it throws, also before its first await, rejects. */
export async function invoke(fn: LambdaFunction, event: unknown): Promise<unknown> {
  return await fn.handler(event, createContext(fn));
}

function createContext({ name, memoryMb, timeoutMs, region }: LambdaFunction): Context {
  const startedAt = performance.now();
  const ignore = (): void => undefined;
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${region}:000000000000:function:${name}`,
    memoryLimitInMB: String(memoryMb),
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, timeoutMs - (performance.now() - startedAt)),
    // Deprecated and still required by the type.
    /* eslint-disable @typescript-eslint/no-deprecated */
    done: ignore,
    fail: ignore,
    succeed: ignore,
    /* eslint-enable @typescript-eslint/no-deprecated */
  };
}
