/** Who is told when something is wrong, and one page that shows how it goes. */
import { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard/index.js';
import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js';
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription/index.js';
import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic/index.js';
import { Construct } from 'constructs';
import type { CloudWatchMetricName } from '../../agentcore/cloudwatch-metric-names.ts';
import { NAMES } from '../names.ts';

export interface ObservabilityProps {
  region: string;
  alarmEmail: string | undefined;
  functionNames: string[];
  deadLetterQueueName: string;
  apiId: string;
  /** What is watched of the hosts beside AgentCore's own metrics: one instance, or the balancer before several. */
  hosts: { instanceId: string } | { balancer: string; targets: string };
}

/** An answer begins within a second; over two, students notice. */
const SLOW_FIRST_AUDIO_MS = 2_000;
const FULL_DISK_PERCENT = 90;

type Alarm = Omit<CloudwatchMetricAlarmConfig, 'alarmName' | 'alarmDescription' | 'evaluationPeriods'> & {
  /** Minutes that the condition must hold. */
  minutes: number;
};

const agentCore = (metricName: CloudWatchMetricName) => ({ namespace: NAMES.metrics, metricName });
const above = (threshold: number) => ({
  comparisonOperator: 'GreaterThanThreshold',
  threshold,
  treatMissingData: 'notBreaching',
});

export class Observability extends Construct {
  readonly topic: SnsTopic;

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id);
    this.topic = new SnsTopic(this, 'topic', { name: 'SynapScribe-Alarms' });
    if (props.alarmEmail !== undefined) {
      new SnsTopicSubscription(this, 'mail', {
        topicArn: this.topic.arn,
        protocol: 'email',
        endpoint: props.alarmEmail,
      });
    }
    this.#watchLambdas(props);
    this.#watchHosts(props.hosts);
    this.#watchAnswers();
    new CloudwatchDashboard(this, 'dashboard', {
      dashboardName: 'SynapScribe',
      dashboardBody: JSON.stringify({ widgets: widgets(props) }),
    });
  }

  #watchLambdas({ functionNames, deadLetterQueueName }: ObservabilityProps): void {
    for (const FunctionName of functionNames) {
      this.#alarm(`${FunctionName}-Errors`, `${FunctionName} fails: see its log group.`, {
        ...above(0),
        namespace: 'AWS/Lambda',
        metricName: 'Errors',
        dimensions: { FunctionName },
        statistic: 'Sum',
        minutes: 5,
      });
    }
    this.#alarm(
      'LecturesNotValidated',
      `Uploads that could not be validated wait in the queue ${deadLetterQueueName}.`,
      {
        ...above(0),
        namespace: 'AWS/SQS',
        metricName: 'ApproximateNumberOfMessagesVisible',
        dimensions: { QueueName: deadLetterQueueName },
        statistic: 'Maximum',
        minutes: 5,
      },
    );
  }

  #watchHosts(hosts: ObservabilityProps['hosts']): void {
    if ('instanceId' in hosts) {
      this.#alarm('HostUnhealthy', 'The GPU host fails its status checks.', {
        ...above(0),
        namespace: 'AWS/EC2',
        metricName: 'StatusCheckFailed',
        dimensions: { InstanceId: hosts.instanceId },
        statistic: 'Maximum',
        minutes: 3,
      });
    } else {
      this.#alarm('HostUnhealthy', 'No GPU host is ready.', {
        namespace: 'AWS/NetworkELB',
        metricName: 'HealthyHostCount',
        dimensions: { LoadBalancer: hosts.balancer, TargetGroup: hosts.targets },
        statistic: 'Maximum',
        comparisonOperator: 'LessThanThreshold',
        threshold: 1,
        treatMissingData: 'breaching',
        minutes: 5,
      });
    }
    this.#alarm('AgentCoreSilent', 'No AgentCore has reported: it is down, or the spot instance was taken back.', {
      ...agentCore('QueueDepth'),
      statistic: 'SampleCount',
      comparisonOperator: 'LessThanThreshold',
      threshold: 1,
      treatMissingData: 'breaching',
      minutes: 5,
    });
    this.#alarm('DiskFull', `A host's disk is over ${FULL_DISK_PERCENT} % full.`, {
      ...above(FULL_DISK_PERCENT),
      namespace: NAMES.hostMetrics,
      metricName: 'disk_used_percent',
      statistic: 'Maximum',
      minutes: 15,
    });
  }

  #watchAnswers(): void {
    this.#alarm('QuestionsFail', 'Questions fail: see the log group of AgentCore.', {
      ...above(0),
      ...agentCore('QuestionsFailed'),
      statistic: 'Sum',
      minutes: 5,
    });
    this.#alarm('FirstAudioSlow', `Half of the answers begin later than ${SLOW_FIRST_AUDIO_MS} ms.`, {
      ...above(SLOW_FIRST_AUDIO_MS),
      ...agentCore('FirstAudio'),
      extendedStatistic: 'p50',
      minutes: 15,
    });
    this.#alarm('SpeechFails', 'Answers go out without speech.', {
      ...above(0),
      ...agentCore('SpeechFailures'),
      statistic: 'Sum',
      minutes: 15,
    });
  }

  #alarm(name: string, alarmDescription: string, { minutes, ...config }: Alarm): void {
    new CloudwatchMetricAlarm(this, `alarm-${name}`, {
      alarmName: `SynapScribe-${name}`,
      alarmDescription,
      alarmActions: [this.topic.arn],
      okActions: [this.topic.arn],
      period: 60 * minutes,
      evaluationPeriods: 1,
      ...config,
    });
  }
}

/** Two columns of the dashboard's grid, which is 24 wide. */
function widgets({ region, functionNames, apiId }: ObservabilityProps): object[] {
  const own = (name: CloudWatchMetricName, stat: string): unknown[] => [NAMES.metrics, name, { stat }];
  const charts: [title: string, metrics: unknown[][]][] = [
    ['First audio (ms)', [own('FirstAudio', 'p50'), own('FirstAudio', 'p95')]],
    ['Whole answer (ms)', [own('TotalTime', 'p50'), own('TotalTime', 'p95')]],
    ['Questions', [own('Questions', 'Sum'), own('QuestionsFailed', 'Sum'), own('SpeechFailures', 'Sum')]],
    ['In work', [own('QueueDepth', 'Maximum')]],
    [
      'WebSocket API',
      ['ConnectCount', 'MessageCount', 'ClientError', 'ExecutionError', 'IntegrationError'].map((name) => [
        'AWS/ApiGateway',
        name,
        'ApiId',
        apiId,
        'Stage',
        NAMES.stage,
        { stat: 'Sum' },
      ]),
    ],
    [
      'Lambdas',
      functionNames.flatMap((name) =>
        ['Invocations', 'Errors', 'Throttles'].map((metric) => [
          'AWS/Lambda',
          metric,
          'FunctionName',
          name,
          { stat: 'Sum' },
        ]),
      ),
    ],
    [
      'Host (%)',
      ['disk_used_percent', 'mem_used_percent', 'nvidia_smi_utilization_gpu'].map((name) => [
        NAMES.hostMetrics,
        name,
        { stat: 'Maximum' },
      ]),
    ],
  ];
  return charts.map(([title, metrics], i) => ({
    type: 'metric',
    x: (i % 2) * 12,
    y: Math.floor(i / 2) * 6,
    width: 12,
    height: 6,
    properties: { title, region, view: 'timeSeries', period: 60, metrics },
  }));
}
