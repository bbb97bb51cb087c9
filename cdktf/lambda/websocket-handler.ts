/**
 * Lambda WebSocketHandler: every route of the WebSocket API. A message's answer is the route's own response; the events
 * of a query come from AgentCore. It never posts to a connection and never waits for an answer.
 */
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { z } from 'zod';
import { connectionIdSchema } from '../../protocol/agent-api.ts';
import { toSynapscribeError } from '../../protocol/errors.ts';
import { identityIdSchema } from '../../protocol/keys.ts';
import type { ServerMessage } from '../../protocol/messages.ts';
import { createLogger, type Logger } from '../../service-kit/logger.ts';
import { readSettings } from '../../service-kit/settings.ts';
import { untilAborted } from '../../service-kit/until-aborted.ts';
import { AgentCoreClient } from './agentcore-client.ts';
import { createAwsClients, createPresigningS3Client, type AwsClients } from './aws-clients.ts';
import { lambdaSettingsSchema, type LambdaSettings } from './settings.ts';
import { performAction } from './websocket/actions.ts';
import { parseClientMessage, parseMessageObject, readMessageIds } from './websocket/client-message.ts';
import type { MessageIds } from './websocket/client-message.ts';
import { ConnectionStore } from './websocket/connection-store.ts';
import { UploadStore } from './websocket/upload-store.ts';

/** API Gateway gives 29 s, a person much less. */
const DEFAULT_DEADLINE_MS = 8_000;

const eventSchema = z.object({
  requestContext: z.object({
    routeKey: z.string(),
    connectionId: connectionIdSchema,
    requestId: z.string().optional(),
    identity: z.object({ cognitoIdentityId: z.unknown().optional() }).nullish(),
  }),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});
type WebSocketEvent = z.infer<typeof eventSchema>;

export type WebSocketHandler = (event: unknown, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

export interface WebSocketHandlerDependencies extends AwsClients {
  agentCore: AgentCoreClient;
  bucket: string;
  table: string;
  log: Logger;
  /** Epoch milliseconds. */
  now?: () => number;
  /** All that one event may take; 8 s unless told. */
  deadlineMs?: number;
}

export function createWebSocketHandler(deps: WebSocketHandlerDependencies): WebSocketHandler {
  const { dynamo, table, now = Date.now, deadlineMs = DEFAULT_DEADLINE_MS } = deps;
  const connections = new ConnectionStore({ dynamo, table, now });
  const actions = { ...deps, now, uploads: new UploadStore({ dynamo, table, now }) };

  return async (rawEvent) => {
    const startedAt = performance.now();
    const event = eventSchema.parse(rawEvent);
    const { routeKey, connectionId, requestId } = event.requestContext;
    const log = deps.log.child({ requestId, connectionId, routeKey });
    const signal = AbortSignal.timeout(deadlineMs);
    let response: APIGatewayProxyStructuredResultV2;
    if (routeKey === '$connect') response = await connect(event, connections, log, signal);
    else if (routeKey === '$disconnect') response = await disconnect(event, connections, deps.agentCore, log, signal);
    else response = await answer(event, connections, actions, log, signal);
    log.info({ statusCode: response.statusCode, ms: Math.round(performance.now() - startedAt) }, 'handled');
    return response;
  };
}

async function connect(
  { requestContext }: WebSocketEvent,
  connections: ConnectionStore,
  log: Logger,
  signal: AbortSignal,
): Promise<APIGatewayProxyStructuredResultV2> {
  const identityId = identityIdSchema.safeParse(requestContext.identity?.cognitoIdentityId).data;
  if (identityId === undefined) return { statusCode: 403 };
  try {
    await connections.add(requestContext.connectionId, identityId, signal);
    return { statusCode: 200 };
  } catch (error) {
    const { status, code } = toSynapscribeError(error);
    log.warn({ err: error, code }, 'connection refused');
    return { statusCode: status };
  }
}

/** The client has gone: nobody can be told of an error, and one failed clean-up must not prevent the other. */
async function disconnect(
  { requestContext: { connectionId } }: WebSocketEvent,
  connections: ConnectionStore,
  agentCore: AgentCoreClient,
  log: Logger,
  signal: AbortSignal,
): Promise<APIGatewayProxyStructuredResultV2> {
  await Promise.all([
    connections
      .remove(connectionId, signal)
      .catch((error: unknown) => log.warn({ err: error }, 'connection record not deleted')),
    agentCore
      .closeConnection(connectionId)
      .catch((error: unknown) => log.warn({ err: error }, 'AgentCore was not told of the disconnect')),
  ]);
  return { statusCode: 200 };
}

async function answer(
  event: WebSocketEvent,
  connections: ConnectionStore,
  actions: Parameters<typeof performAction>[0],
  log: Logger,
  signal: AbortSignal,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { connectionId } = event.requestContext;
  let ids: MessageIds = {};
  try {
    const object = parseMessageObject(event.body, event.isBase64Encoded === true);
    ids = readMessageIds(object);
    const message = parseClientMessage(object);
    if (message.action === 'ping') return reply({ type: 'pong' });
    const act = async (): Promise<ServerMessage | undefined> => {
      const identityId = await connections.identityOf(connectionId, signal);
      return await performAction(actions, message, { connectionId, identityId, signal });
    };
    // The AWS SDK's calls have been seen to hang past their abort (aws-sdk-js-v3 #6896): the answer must not hang with them.
    return reply(await untilAborted(act(), signal));
  } catch (error) {
    return reply(errorMessage(error, ids, log));
  }
}

function errorMessage(error: unknown, ids: MessageIds, log: Logger): ServerMessage {
  const known = toSynapscribeError(error);
  log[known.status >= 500 ? 'error' : 'info']({ err: error, code: known.code, ...ids }, 'message refused');
  return { type: 'error', ...ids, code: known.code, message: known.message, retryable: known.retryable };
}

function reply(message: ServerMessage | undefined): APIGatewayProxyStructuredResultV2 {
  return message === undefined ? { statusCode: 200 } : { statusCode: 200, body: JSON.stringify(message) };
}

/** The handler for `settings`, with clients of its own. */
export function webSocketHandlerFor(settings: LambdaSettings): WebSocketHandler {
  return createWebSocketHandler({
    dynamo: createAwsClients(settings).dynamo,
    s3: createPresigningS3Client(settings),
    agentCore: new AgentCoreClient({ endpoint: settings.AGENTCORE_ENDPOINT }),
    bucket: settings.AUDIO_BUCKET,
    table: settings.SESSIONS_TABLE,
    log: createLogger('websocket-handler', settings.LOG_LEVEL),
  });
}

let configured: WebSocketHandler | undefined;

/** The Lambda's entry point. Settings are read at the first event. */
export const handler: WebSocketHandler = (event, context) => {
  configured ??= webSocketHandlerFor(readSettings(lambdaSettingsSchema));
  return configured(event, context);
};
