/** The WebSocket API: its routes, all of them one Lambda's, and the stage `Prod`. */
import { ApiGatewayAccount } from '@cdktf/provider-aws/lib/api-gateway-account/index.js';
import { Apigatewayv2Api } from '@cdktf/provider-aws/lib/apigatewayv2-api/index.js';
import { Apigatewayv2Deployment } from '@cdktf/provider-aws/lib/apigatewayv2-deployment/index.js';
import { Apigatewayv2Integration } from '@cdktf/provider-aws/lib/apigatewayv2-integration/index.js';
import { Apigatewayv2RouteResponse } from '@cdktf/provider-aws/lib/apigatewayv2-route-response/index.js';
import { Apigatewayv2Route, type Apigatewayv2RouteConfig } from '@cdktf/provider-aws/lib/apigatewayv2-route/index.js';
import { Apigatewayv2Stage } from '@cdktf/provider-aws/lib/apigatewayv2-stage/index.js';
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { createHash } from 'node:crypto';
import type { Account } from './account.ts';
import type { LambdaFunction } from './lambda-function.ts';
import { assumedBy } from './policy.ts';

/** Those with an answer have a route response; `$connect` answers the upgrade, `$disconnect` nobody. */
const ROUTES = [
  { key: '$connect', authorizationType: 'AWS_IAM', answers: false },
  { key: '$disconnect', authorizationType: 'NONE', answers: false },
  { key: '$default', authorizationType: 'NONE', answers: true },
  { key: 'query', authorizationType: 'NONE', answers: true },
  { key: 'upload', authorizationType: 'NONE', answers: true },
  { key: 'cancel', authorizationType: 'NONE', answers: true },
] as const;

/** For all students together. Anyone can make identities: this bounds what they ask for here. */
const THROTTLE = { burst: 200, perSecond: 100 };

/** No message, no header: what tells how a connection went. */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  connectionId: '$context.connectionId',
  identityId: '$context.identity.cognitoIdentityId',
  ip: '$context.identity.sourceIp',
  eventType: '$context.eventType',
  routeKey: '$context.routeKey',
  status: '$context.status',
  integrationStatus: '$context.integrationStatus',
  integrationLatency: '$context.integrationLatency',
  error: '$context.error.message',
  requestTime: '$context.requestTime',
};

export interface WebSocketApiProps {
  account: Account;
  name: string;
  stage: string;
  logRetentionDays: number;
}

/**
 * The API stands before its handler, whose host must know the API's address: `serve` gives it the handler.
 */
export class WebSocketApi extends Construct {
  readonly api: Apigatewayv2Api;
  readonly accessLogs: CloudwatchLogGroup;
  readonly #props: WebSocketApiProps;

  constructor(scope: Construct, id: string, props: WebSocketApiProps) {
    super(scope, id);
    this.#props = props;
    this.api = new Apigatewayv2Api(this, 'api', {
      name: props.name,
      description: 'Questions about lectures, and their answers',
      protocolType: 'WEBSOCKET',
      routeSelectionExpression: '$request.body.action',
    });
    this.accessLogs = new CloudwatchLogGroup(this, 'access-logs', {
      name: `/aws/apigateway/${props.name}`,
      retentionInDays: props.logRetentionDays,
    });
  }

  /** `wss://<host>`, without the stage. */
  get origin(): string {
    return this.api.apiEndpoint;
  }

  get url(): string {
    return `${this.api.apiEndpoint}/${this.#props.stage}`;
  }

  /** Where AgentCore posts to connections. */
  get connectionsEndpoint(): string {
    const { region } = this.#props.account;
    return `https://${this.api.id}.execute-api.${region}.amazonaws.com/${this.#props.stage}`;
  }

  /** `<api's ARN>/<stage>/<route or method>` */
  arnOf(resource: string): string {
    return `${this.api.executionArn}/${this.#props.stage}/${resource}`;
  }

  serve(handler: LambdaFunction): void {
    handler.allowInvocation('from-api', {
      principal: 'apigateway.amazonaws.com',
      sourceArn: `${this.api.executionArn}/${this.#props.stage}/*`,
    });
    const integration = new Apigatewayv2Integration(this, 'integration', {
      apiId: this.api.id,
      integrationType: 'AWS_PROXY',
      integrationUri: handler.invokeArn,
    });
    const routes = ROUTES.map((route) => this.#addRoute(route, `integrations/${integration.id}`));
    const deployment = new Apigatewayv2Deployment(this, 'deployment', {
      apiId: this.api.id,
      description: 'The routes as of this deployment',
      // Routes that are changed without a deployment are not served, and unsigned connects were seen to pass.
      triggers: { routes: createHash('sha256').update(JSON.stringify(ROUTES)).digest('hex') },
      lifecycle: { createBeforeDestroy: true },
      dependsOn: routes.flat(),
    });
    new Apigatewayv2Stage(this, 'stage', {
      apiId: this.api.id,
      name: this.#props.stage,
      deploymentId: deployment.id,
      defaultRouteSettings: {
        throttlingBurstLimit: THROTTLE.burst,
        throttlingRateLimit: THROTTLE.perSecond,
        // A metric a route, at 30 cents each: the API's own are enough.
        detailedMetricsEnabled: false,
      },
      accessLogSettings: { destinationArn: this.accessLogs.arn, format: JSON.stringify(ACCESS_LOG) },
      dependsOn: [this.#allowLogs()],
    });
  }

  #addRoute({ key, authorizationType, answers }: (typeof ROUTES)[number], target: string): ITerraformDependable[] {
    const id = key.replace('$', '');
    const config: Apigatewayv2RouteConfig = { apiId: this.api.id, routeKey: key, authorizationType, target };
    if (!answers) return [new Apigatewayv2Route(this, `route-${id}`, config)];
    const route = new Apigatewayv2Route(this, `route-${id}`, {
      ...config,
      routeResponseSelectionExpression: '$default',
    });
    const response = new Apigatewayv2RouteResponse(this, `response-${id}`, {
      apiId: this.api.id,
      routeId: route.id,
      routeResponseKey: '$default',
    });
    return [route, response];
  }

  /**
   * API Gateway writes its logs with a role of the account's, and takes none but one with AWS's own policy.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
   */
  #allowLogs(): ApiGatewayAccount {
    const role = new IamRole(this, 'log-role', {
      name: 'SynapScribe-ApiGatewayLogs',
      description: "API Gateway's logs, for all APIs of the account",
      assumeRolePolicy: assumedBy('apigateway.amazonaws.com'),
    });
    const attachment = new IamRolePolicyAttachment(this, 'log-policy', {
      role: role.name,
      policyArn: 'arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs',
    });
    return new ApiGatewayAccount(this, 'log-account', { cloudwatchRoleArn: role.arn, dependsOn: [attachment] });
  }
}
