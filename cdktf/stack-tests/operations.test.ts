/** Rows of the inventory (docs/AWS_RESOURCES.md), as the synthesized JSON has them. Logs, alarms, outputs. */
import { describe, expect, it } from '@jest/globals';
import { CLOUDWATCH_METRICS } from '../../agentcore/cloudwatch-metric-names.ts';
import { one, several, ref, parse, values } from '../test-support/stacks.ts';
import { synthesizeForTest } from '../test-support/synthesized.ts';

describe('Auto-restart and logs', () => {
  const alarms = values(one.all('aws_cloudwatch_metric_alarm'));

  it('watches Lambdas, host, AgentCore and first audio, and tells a topic', () => {
    expect(alarms.map((alarm) => String(alarm['alarm_name']).replace('SynapScribe-', '')).sort()).toEqual([
      'AgentCoreSilent',
      'DiskFull',
      'FirstAudioSlow',
      'HostUnhealthy',
      'LecturesNotValidated',
      'QuestionsFail',
      'SpeechFails',
      'ValidateLectureFunction-Errors',
      'WebSocketHandler-Errors',
    ]);
    const topic = ref(one.address('aws_sns_topic'), 'arn');
    for (const alarm of alarms) expect(alarm).toMatchObject({ alarm_actions: [topic], ok_actions: [topic] });
    expect(one.types()).not.toContain('aws_sns_topic_subscription');
    expect(synthesizeForTest({ alarmEmail: 'ops@x.edu' }).one('aws_sns_topic_subscription')).toMatchObject({
      protocol: 'email',
      endpoint: 'ops@x.edu',
    });
  });

  it('takes missing numbers of AgentCore for its silence', () => {
    expect(alarms.find((alarm) => alarm['alarm_name'] === 'SynapScribe-AgentCoreSilent')).toMatchObject({
      namespace: 'SynapScribe',
      metric_name: 'QueueDepth',
      treat_missing_data: 'breaching',
    });
  });

  it('watches whether any of several hosts is ready', () => {
    expect(several.one('aws_cloudwatch_metric_alarm', 'observability_alarm-HostUnhealthy')).toMatchObject({
      namespace: 'AWS/NetworkELB',
      metric_name: 'HealthyHostCount',
      treat_missing_data: 'breaching',
    });
  });

  it('shows what AgentCore writes, by the names that it writes', () => {
    const dashboard = JSON.stringify(parse(one.one('aws_cloudwatch_dashboard')['dashboard_body']));
    for (const name of Object.keys(CLOUDWATCH_METRICS)) expect(dashboard).toContain(`"SynapScribe","${name}"`);
  });

  it('keeps every log group for a time that can be chosen', () => {
    const kept = synthesizeForTest({ logRetentionDays: '7', hosts: 2 });
    const groups = values(kept.all('aws_cloudwatch_log_group'));
    expect(groups).toHaveLength(7);
    for (const group of groups) expect(group).toMatchObject({ retention_in_days: 7 });
  });
});

describe('the outputs', () => {
  it('are what a client needs', () => {
    expect(Object.keys(one.json.output).sort()).toEqual([
      'agentCoreEndpoint',
      'audioBucket',
      'identityPoolId',
      'pageUrl',
      'region',
      'sessionsTable',
      'webSocketUrl',
    ]);
  });
});
