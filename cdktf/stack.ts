/** The whole system, in the order in which its parts need each other. */
import { LocalBackend, S3Backend, TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { PageSettings } from '../protocol/page-settings.ts';
import type { StackAssets } from './assets/stack-assets.ts';
import type { StackConfig } from './config.ts';
import { Account } from './constructs/account.ts';
import { AudioBucket } from './constructs/audio-bucket.ts';
import { DeadLetters } from './constructs/dead-letters.ts';
import { Frontend } from './constructs/frontend.ts';
import { GpuHost } from './constructs/gpu-host.ts';
import { GuestIdentity } from './constructs/guest-identity.ts';
import { HostAddress } from './constructs/host-address.ts';
import { HostBalancer } from './constructs/host-balancer.ts';
import { HostGroup, LIFECYCLE_HOOK } from './constructs/host-group.ts';
import { HostRelease } from './constructs/host-release.ts';
import { HostRole } from './constructs/host-role.ts';
import { LambdaFunction } from './constructs/lambda-function.ts';
import { validateLectureRights, webSocketHandlerRights, type DataStores } from './constructs/lambda-policies.ts';
import { Network } from './constructs/network.ts';
import { Observability, type ObservabilityProps } from './constructs/observability.ts';
import { SessionsTable } from './constructs/sessions-table.ts';
import { WebSocketApi } from './constructs/websocket-api.ts';
import { bucketNames, NAMES } from './names.ts';

export const STACK_ID = 'synapscribe';

export interface SynapScribeStackProps {
  config: StackConfig;
  assets: StackAssets;
}

export class SynapScribeStack extends TerraformStack {
  readonly #config: StackConfig;
  readonly #account: Account;
  readonly #network: Network;
  readonly #audio: AudioBucket;
  readonly #stores: DataStores;
  readonly #api: WebSocketApi;

  constructor(scope: Construct, id: string, { config, assets }: SynapScribeStackProps) {
    super(scope, id);
    this.#config = config;
    this.#keepState(config.stateBucket);
    const account = new Account(this, 'account', config);
    this.#account = account;
    const buckets = bucketNames(account.id);
    this.#network = new Network(this, 'network', { config });
    this.#audio = new AudioBucket(this, 'audio', { name: buckets.audio, account: account.id });
    const { table } = new SessionsTable(this, 'sessions', { name: NAMES.sessionsTable });
    this.#stores = { account, audioBucketArn: this.#audio.bucket.arn, sessionsTableArn: table.arn };
    this.#api = new WebSocketApi(this, 'api', {
      account,
      name: NAMES.webSocketApi,
      stage: NAMES.stage,
      logRetentionDays: config.logRetentionDays,
    });

    const { endpoint, hosts } = this.#addHosts(assets, buckets.deploy, table.name);
    const { functionNames, deadLetterQueueName } = this.#addLambdas(assets, endpoint, table.name);
    const guests = new GuestIdentity(this, 'guests', {
      poolName: NAMES.identityPool,
      audioBucketArn: this.#audio.bucket.arn,
      sessionsTableArn: table.arn,
      connectRouteArn: this.#api.arnOf('$connect'),
    });
    const settings: PageSettings = {
      region: config.region,
      identityPoolId: guests.poolId,
      webSocketUrl: this.#api.url,
      audioBucket: this.#audio.bucket.bucket,
      sessionsTable: table.name,
    };
    const pageUrl = this.#addPage(assets, buckets.web, settings);
    new Observability(this, 'observability', {
      region: config.region,
      alarmEmail: config.alarmEmail,
      functionNames,
      deadLetterQueueName,
      apiId: this.#api.api.id,
      hosts,
    });
    this.#tell({ ...settings, pageUrl, agentCoreEndpoint: endpoint });
  }

  /**
   * In a bucket: one state for all operators, encrypted, with a lock in the bucket itself. Otherwise a file in the
   * project's folder, told from where Terraform runs (`cdktf.out/stacks/<stack>`), since a path of this machine would
   * make every machine's stack another one.
   */
  #keepState(bucket: string | undefined): void {
    if (bucket === undefined) {
      new LocalBackend(this, { path: `../../../terraform.${STACK_ID}.tfstate` });
      return;
    }
    const backend = new S3Backend(this, {
      bucket,
      key: `${STACK_ID}/terraform.tfstate`,
      region: this.#config.region,
      encrypt: true,
    });
    backend.addOverride('use_lockfile', true);
  }

  /** @returns where the Lambdas find AgentCore, and what is to be watched */
  #addHosts(
    assets: StackAssets,
    deployBucket: string,
    sessionsTable: string,
  ): { endpoint: string; hosts: ObservabilityProps['hosts'] } {
    const config = this.#config;
    const network = this.#network;
    const isGroup = network.balancerGroup !== undefined;
    const release = new HostRelease(this, 'release', {
      account: this.#account,
      config,
      bucketName: deployBucket,
      asset: assets.host,
      audioBucket: this.#audio.bucket.bucket,
      sessionsTable,
      connectionsEndpoint: this.#api.connectionsEndpoint,
      lifecycleHook: isGroup ? LIFECYCLE_HOOK : '',
    });
    const role = new HostRole(this, 'host-role', {
      ...this.#stores,
      connectionsArn: this.#api.arnOf('POST/@connections/*'),
      deployBucketArn: release.bucketArn,
      settingsArn: release.settings.arn,
      logGroupArns: Object.values(release.logGroups).map(({ arn }) => arn),
      groupArn: isGroup
        ? this.#account.arn('autoscaling', `autoScalingGroup:*:autoScalingGroupName/${NAMES.host}`)
        : undefined,
    });
    if (network.balancerGroup === undefined) {
      const address = new HostAddress(this, 'address', { network });
      const { instance } = new GpuHost(this, 'host', { config, address, role, release });
      return { endpoint: address.agentCoreEndpoint, hosts: { instanceId: instance.id } };
    }
    const balancer = new HostBalancer(this, 'balancer', { network, group: network.balancerGroup });
    new HostGroup(this, 'hosts', { config, network, balancer, role, release });
    return {
      endpoint: balancer.agentCoreEndpoint,
      hosts: { balancer: balancer.balancer.arnSuffix, targets: balancer.targets.arnSuffix },
    };
  }

  #addLambdas(
    { lambdas }: StackAssets,
    endpoint: string,
    sessionsTable: string,
  ): Pick<ObservabilityProps, 'functionNames' | 'deadLetterQueueName'> {
    const common = {
      account: this.#account,
      network: this.#network,
      logRetentionDays: this.#config.logRetentionDays,
      environment: {
        AGENTCORE_ENDPOINT: endpoint,
        SESSIONS_TABLE: sessionsTable,
        AUDIO_BUCKET: this.#audio.bucket.bucket,
      },
    };
    const deadLetters = new DeadLetters(this, 'dead-letters', { name: 'SynapScribe-LecturesNotValidated' });
    const webSocketHandler = new LambdaFunction(this, 'websocket-handler', {
      ...common,
      name: NAMES.webSocketHandler,
      description: 'Every route of the WebSocket API',
      zip: lambdas.webSocketHandler,
      timeoutSeconds: 900,
      rights: webSocketHandlerRights(this.#stores),
      // A message is answered or refused; nobody waits for it any more when it would come again.
      retries: { attempts: 0 },
    });
    const validateLecture = new LambdaFunction(this, 'validate-lecture', {
      ...common,
      name: NAMES.validateLecture,
      description: 'Decides whether an uploaded file is a lecture',
      zip: lambdas.validateLecture,
      timeoutSeconds: 300,
      rights: validateLectureRights(this.#stores),
      // A lecture is validated once, however often its event comes.
      retries: { attempts: 2, deadLetterQueueArn: deadLetters.queue.arn },
    });
    this.#api.serve(webSocketHandler);
    this.#audio.notify(validateLecture);
    return {
      functionNames: [webSocketHandler.name, validateLecture.name],
      deadLetterQueueName: deadLetters.queue.name,
    };
  }

  #addPage(assets: StackAssets, bucketName: string, settings: PageSettings): string {
    const { region, allowedOrigins } = this.#config;
    const { url } = new Frontend(this, 'frontend', {
      bucketName,
      origins: {
        webSocket: this.#api.origin,
        audio: this.#audio.origin,
        apis: ['cognito-identity', 'dynamodb'].map((api) => `https://${api}.${region}.amazonaws.com`),
      },
      settings,
      files: assets.page,
    });
    this.#audio.allowPages([url, ...allowedOrigins]);
    return url;
  }

  #tell(outputs: Record<string, string>): void {
    for (const [name, value] of Object.entries(outputs)) new TerraformOutput(this, name, { value });
  }
}
