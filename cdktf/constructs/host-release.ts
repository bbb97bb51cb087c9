/**
 * What a host is to run, and how it gets there: the asset in S3, the settings that name it, and the association that has
 * every running host take what they say. Nothing here replaces an instance.
 */
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js';
import { S3Object } from '@cdktf/provider-aws/lib/s3-object/index.js';
import { SsmAssociation } from '@cdktf/provider-aws/lib/ssm-association/index.js';
import { SsmDocument } from '@cdktf/provider-aws/lib/ssm-document/index.js';
import { SsmParameter } from '@cdktf/provider-aws/lib/ssm-parameter/index.js';
import { AssetType, Fn, TerraformAsset, type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { INSTANCE_TYPES, type StackConfig } from '../config.ts';
import { renderHostSettings } from '../host/host-settings.ts';
import { renderApplyCommands, renderUserData } from '../host/user-data.ts';
import { NAMES } from '../names.ts';
import type { Account } from './account.ts';
import { PrivateBucket } from './private-bucket.ts';

/** The inventory's logs, by service, and the host's own. */
type LogName = 'agentcore' | 'gtts' | 'vllm' | 'host';
/** A first boot fetches the model and builds vLLM's image; a deploy builds what has changed. */
const APPLY_TIMEOUT_SECONDS = 7_200;

export interface HostReleaseProps {
  account: Account;
  config: StackConfig;
  /** Of the deploy bucket. */
  bucketName: string;
  /** What runs on the host. */
  asset: { path: string; sha256: string };
  audioBucket: string;
  sessionsTable: string;
  connectionsEndpoint: string;
  /** Of the hooks of a group of hosts. */
  lifecycleHook: string;
}

export class HostRelease extends Construct {
  readonly bucketArn: string;
  readonly settings: SsmParameter;
  readonly userData: string;
  readonly logGroups: Record<LogName, CloudwatchLogGroup>;
  /** Must stand before a host boots. */
  readonly prerequisites: ITerraformDependable[];
  readonly #props: HostReleaseProps;

  constructor(scope: Construct, id: string, props: HostReleaseProps) {
    super(scope, id);
    this.#props = props;
    const store = new PrivateBucket(this, 'store', { name: props.bucketName, forceDestroy: true });
    store.setPolicy();
    this.bucketArn = store.bucket.arn;
    const key = `host/${props.asset.sha256}.tar.gz`;
    const asset = new TerraformAsset(this, 'asset', { path: props.asset.path, type: AssetType.FILE });
    const object = new S3Object(this, 'object', {
      bucket: store.bucket.id,
      key,
      source: asset.path,
      sourceHash: Fn.filemd5(asset.path),
      contentType: 'application/gzip',
      // A host that boots meanwhile finds the one or the other.
      lifecycle: { createBeforeDestroy: true },
    });
    const group = (name: LogName): CloudwatchLogGroup =>
      new CloudwatchLogGroup(this, `logs-${name}`, {
        name: `${NAMES.logs}/${name}`,
        retentionInDays: props.config.logRetentionDays,
      });
    this.logGroups = { agentcore: group('agentcore'), gtts: group('gtts'), vllm: group('vllm'), host: group('host') };
    this.settings = new SsmParameter(this, 'settings', {
      name: NAMES.hostSettings,
      description: 'What the GPU host runs, and with what',
      type: 'String',
      // Nothing in it is secret, and a plan that shows what changes is worth reading.
      insecureValue: this.#renderSettings(store.bucket.id, key),
      dependsOn: [object],
    });
    const script = { region: props.account.region, settingsParameter: NAMES.hostSettings };
    this.userData = renderUserData(script);
    this.prerequisites = [this.settings, ...Object.values(this.logGroups)];
    this.#apply(renderApplyCommands(script));
  }

  #renderSettings(ASSET_BUCKET: string, ASSET_KEY: string): string {
    const { config, account, asset, audioBucket, sessionsTable, connectionsEndpoint, lifecycleHook } = this.#props;
    const { vllmDtype, vllmMemory } = INSTANCE_TYPES[config.instanceType];
    return renderHostSettings({
      ASSET_BUCKET,
      ASSET_KEY,
      ASSET_SHA256: asset.sha256,
      AWS_REGION: account.region,
      AUDIO_BUCKET: audioBucket,
      SESSIONS_TABLE: sessionsTable,
      CONNECTIONS_ENDPOINT: connectionsEndpoint,
      OPEN_MODEL_PORTS: config.openModelPorts ? '1' : '0',
      CLOUDWATCH_METRICS_NAMESPACE: NAMES.metrics,
      LOG_GROUP_PREFIX: NAMES.logs,
      VLLM_DTYPE: vllmDtype,
      VLLM_MEMORY: vllmMemory,
      LLM_CONTEXT_TOKENS: '16384',
      MODEL_ID: 'Qwen/Qwen2.5-Omni-3B',
      MODEL_REVISION: config.modelRevision,
      MODEL_SHA256: config.modelSha256 ?? '',
      PURCHASE: config.purchase,
      LIFECYCLE_HOOK: lifecycleHook,
    });
  }

  /** Runs on each host when it appears, and again whenever the settings change: one host after another. */
  #apply(commands: string[]): void {
    const document = new SsmDocument(this, 'document', {
      name: NAMES.applyDocument,
      documentType: 'Command',
      documentFormat: 'JSON',
      content: JSON.stringify({
        schemaVersion: '2.2',
        description: 'Has a SynapScribe host run what its settings say',
        parameters: {
          Settings: {
            type: 'String',
            description: 'A digest of the settings: another one runs the document again',
            allowedPattern: '^[0-9a-f]{64}$',
          },
        },
        mainSteps: [
          {
            action: 'aws:runShellScript',
            name: 'apply',
            inputs: { timeoutSeconds: String(APPLY_TIMEOUT_SECONDS), runCommand: [...commands, '# {{ Settings }}'] },
          },
        ],
      }),
    });
    new SsmAssociation(this, 'association', {
      associationName: NAMES.applyDocument,
      name: document.name,
      parameters: { Settings: Fn.sha256(this.settings.insecureValue) },
      targets: [{ key: 'tag:Name', values: [NAMES.host] }],
      // A boot that was interrupted, or a fetch that failed, is taken up again by itself: a run without work changes nothing.
      scheduleExpression: 'rate(1 hour)',
      maxConcurrency: '1',
      maxErrors: '0',
      complianceSeverity: 'HIGH',
    });
  }
}
