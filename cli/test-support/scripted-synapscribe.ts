/** For tests: local-aws and the real Lambdas, with a scripted AgentCore that posts what it is told to. */
import {
  GoneException,
  PostToConnectionCommand,
  type ApiGatewayManagementApiClient,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { handler as validateLecture } from '../../cdktf/lambda/validate-lecture.ts';
import { handler as webSocket } from '../../cdktf/lambda/websocket-handler.ts';
import {
  startFakeAgentCore,
  type FakeAgentCore,
  type RecordedRequest,
} from '../../cdktf/lambda/test-support/fake-agentcore.ts';
import {
  connectionsClient,
  dynamoClient,
  startTestAws,
  TABLE,
  type TestAws,
} from '../../containers/local-aws/test-support/local-aws.ts';
import { lectureRequestSchema, queryRequestSchema, type QueryRequest } from '../../protocol/agent-api.ts';
import { identityConnectionsItemKey, identityConnectionsItemSchema } from '../../protocol/items.ts';
import type { LectureStatus } from '../../protocol/messages.ts';

export interface LectureStep {
  status: LectureStatus;
  progress: number;
}

export interface ScriptedSynapscribe {
  url: string;
  aws: TestAws;
  agentCore: FakeAgentCore;
  /** What each lecture goes through; ready at once unless told. `tell: false` leaves the events out. */
  lectures: { steps: LectureStep[]; tell: boolean };
  /** What each question gets, before it is accepted: messages without `queryId`, which is filled in. */
  answers: object[];
  /** The bodies for an export and a search. */
  lectureReplies: { exports?: object; search?: object };
  moveLecture: (identityId: string, lectureId: string, step: LectureStep) => Promise<void>;
  stop: () => Promise<void>;
}

export const READY = { status: 'ready', progress: 1 } as const;

/** One a process: the Lambdas read `process.env` once. */
export async function startScriptedSynapscribe(): Promise<ScriptedSynapscribe> {
  const agentCore = await startFakeAgentCore();
  const aws = await startTestAws({
    handlers: {
      webSocket: (event, context) => webSocket(event, context),
      validateLecture: (event, context) => validateLecture(event, context),
    },
    settings: { AGENTCORE_ENDPOINT: agentCore.endpoint },
  });
  process.env['LOG_LEVEL'] = 'silent';
  const dynamo = dynamoClient(aws);
  const connections = connectionsClient(aws.pageUrl);
  const synapscribe: ScriptedSynapscribe = {
    url: `${aws.pageUrl.replace('http', 'ws')}/Prod`,
    aws,
    agentCore,
    lectures: { steps: [READY], tell: true },
    answers: [],
    lectureReplies: {},
    moveLecture,
    stop: async () => {
      await aws.stop();
      await agentCore.stop();
    },
  };

  agentCore.answerWith((request, res) => {
    const about = /^\/v1\/lectures\/[^/]+\/(exports|search)\b/.exec(request.path)?.[1];
    const { exports, search } = synapscribe.lectureReplies;
    const reply = about === 'exports' ? exports : about === 'search' ? search : undefined;
    const accept = (): void => void res.writeHead(202).end(JSON.stringify(reply ?? {}));
    void script(request).then(accept, (error: unknown) => res.destroy(error as Error));
  });
  return synapscribe;

  async function script({ method, path, body }: RecordedRequest): Promise<void> {
    if (method !== 'POST') return;
    if (path === '/v1/queries') {
      await answer(queryRequestSchema.parse(body));
    } else if (path === '/v1/lectures') {
      const { identityId, lectureId } = lectureRequestSchema.parse(body);
      for (const step of synapscribe.lectures.steps) await moveLecture(identityId, lectureId, step);
    }
  }

  async function answer({ queryId, connectionId = '' }: QueryRequest): Promise<void> {
    for (const message of synapscribe.answers) await post(connections, connectionId, { queryId, ...message });
  }

  async function moveLecture(identityId: string, lectureId: string, step: LectureStep): Promise<void> {
    await dynamo.send(
      new UpdateCommand({
        TableName: TABLE,
        Key: { sessionId: identityId, lectureId },
        UpdateExpression: 'SET #status = :status',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':status': step.status },
      }),
    );
    if (!synapscribe.lectures.tell) return;
    const { Item } = await dynamo.send(
      new GetCommand({ TableName: TABLE, Key: identityConnectionsItemKey(identityId) }),
    );
    for (const id of identityConnectionsItemSchema.parse(Item).connectionIds) {
      await post(connections, id, { type: 'lecture', lectureId, message: '', ...step });
    }
  }
}

/** A client that has gone is no failure. */
async function post(connections: ApiGatewayManagementApiClient, id: string, message: object): Promise<void> {
  const command = new PostToConnectionCommand({ ConnectionId: id, Data: Buffer.from(JSON.stringify(message)) });
  await connections.send(command).catch((error: unknown) => {
    if (!(error instanceof GoneException)) throw error;
  });
}
