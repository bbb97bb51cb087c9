import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { SettingsError, readSettings } from '../service-kit/settings.ts';
import { CloudWatchLog, INTERVAL_MS } from './cloudwatch-log.ts';
import { CLOUDWATCH_METRICS } from './cloudwatch-metric-names.ts';
import { CloudWatchMetrics, FAILURES } from './cloudwatch-metrics.ts';
import { Metrics } from './metrics.ts';
import { settingsSchema } from './settings.ts';

const documentSchema = z.looseObject({
  _aws: z.strictObject({
    Timestamp: z.number().int(),
    CloudWatchMetrics: z.tuple([
      z.strictObject({
        Namespace: z.string(),
        Dimensions: z.tuple([z.tuple([])]),
        Metrics: z.array(z.strictObject({ Name: z.string(), Unit: z.enum(['Count', 'Milliseconds']) })),
      }),
    ]),
  }),
});

/** A line's values by metric. Each one declared has a value, and each value is declared. */
function read(line: string): Record<string, unknown> {
  const { _aws, ...values } = documentSchema.parse(JSON.parse(line));
  const [{ Metrics: declared }] = _aws.CloudWatchMetrics;
  expect(declared.map(({ Name }) => Name).sort()).toEqual(Object.keys(values).sort());
  for (const { Name, Unit } of declared) expect(CLOUDWATCH_METRICS).toHaveProperty(Name, Unit);
  return values;
}

const timings = (firstAudioMs: number | null, totalMs: number) => ({
  asrMs: null,
  firstTokenMs: 100,
  firstAudioMs,
  totalMs,
});
const IDLE = { QueueDepth: 0, Questions: 0, QuestionsFailed: 0, SpeechFailures: 0 };

describe('an interval', () => {
  let cloudWatch: CloudWatchMetrics;
  let metrics: Metrics;
  const take = (): Record<string, unknown>[] => cloudWatch.take(1_700_000_000_000).map(read);

  beforeEach(() => {
    cloudWatch = new CloudWatchMetrics('SynapScribe');
    metrics = new Metrics(cloudWatch);
  });

  it('is a document as CloudWatch takes it, without a dimension', () => {
    expect(cloudWatch.take(1_700_000_000_000).map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        _aws: {
          Timestamp: 1_700_000_000_000,
          CloudWatchMetrics: [
            {
              Namespace: 'SynapScribe',
              Dimensions: [[]],
              Metrics: [
                { Name: 'QueueDepth', Unit: 'Count' },
                { Name: 'Questions', Unit: 'Count' },
                { Name: 'QuestionsFailed', Unit: 'Count' },
                { Name: 'SpeechFailures', Unit: 'Count' },
              ],
            },
          ],
        },
        ...IDLE,
      },
    ]);
  });

  it('has the times of every answer, and none where there is none', () => {
    metrics.observe('done', timings(900, 2_000));
    metrics.observe('done', timings(null, 1_500));
    metrics.speechFailed();
    expect(take()).toEqual([
      { ...IDLE, Questions: 2, SpeechFailures: 1, FirstAudio: [900], TotalTime: [2_000, 1_500] },
    ]);
    expect(take()).toEqual([IDLE]);
  });

  it('counts as failed what is no doing of the student', () => {
    metrics.observe('done', timings(900, 2_000));
    for (const code of ['no_speech', 'cancelled', 'not_found', 'lecture_not_ready'] as const) metrics.observe(code);
    for (const code of ['llm_unavailable', 'overloaded', 'internal'] as const) metrics.observe(code);
    expect(take()).toMatchObject([{ Questions: 8, QuestionsFailed: 3 }]);
  });

  it('knows the same failures as the alert on the host', () => {
    const rules = readFileSync(new URL('../compose/observability/rules.yml', import.meta.url), 'utf8');
    expect(/outcome=~"([^"]+)"/.exec(rules)?.[1]?.split('|').sort()).toEqual([...FAILURES].sort());
  });

  it('has the most work that there was at one time, and hands on what there still is', () => {
    metrics.queriesInFlight(3);
    metrics.lecturesInWork(2);
    metrics.queriesInFlight(0);
    metrics.lecturesInWork(1);
    expect(take()).toMatchObject([{ QueueDepth: 5 }]);
    expect(take()).toMatchObject([{ QueueDepth: 1 }]);
    metrics.lecturesInWork(0);
    expect(take()).toMatchObject([{ QueueDepth: 1 }]);
    expect(take()).toMatchObject([{ QueueDepth: 0 }]);
  });

  it('takes another line for more than a hundred times, and counts each question once', () => {
    for (let i = 0; i < 250; i++) metrics.observe('done', timings(i < 120 ? i : null, i));
    const lines = take();
    const lengthOf = (values: unknown): number => (Array.isArray(values) ? values.length : 0);
    expect(lines.map((line) => [lengthOf(line['FirstAudio']), lengthOf(line['TotalTime'])])).toEqual([
      [100, 100],
      [20, 100],
      [0, 50],
    ]);
    expect(lines.flatMap(({ TotalTime }) => TotalTime)).toEqual(Array.from({ length: 250 }, (_, i) => i));
    expect(lines.map(({ Questions }) => Questions)).toEqual([250, undefined, undefined]);
  });
});

describe('the log', () => {
  let metrics: Metrics;
  let log: CloudWatchLog;
  let written: string[];

  beforeEach(() => {
    jest.useFakeTimers({ now: 1_700_000_000_000 });
    const cloudWatch = new CloudWatchMetrics('SynapScribe');
    metrics = new Metrics(cloudWatch);
    written = [];
    log = new CloudWatchLog(cloudWatch, (text) => written.push(text));
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('has a line of its own every fifteen seconds, though nothing happen', () => {
    jest.advanceTimersByTime(2 * INTERVAL_MS);
    expect(written).toHaveLength(2);
    for (const line of written) {
      expect(line).toMatch(/^\{[^\n]*\}\n$/);
      expect(read(line)).toEqual(IDLE);
    }
    expect(JSON.parse(written[1] ?? '')).toMatchObject({ _aws: { Timestamp: 1_700_000_030_000 } });
  });

  it('has what is left when it stops, and nothing after that', () => {
    metrics.observe('done', timings(900, 2_000));
    log.stop();
    jest.advanceTimersByTime(2 * INTERVAL_MS);
    expect(written.map(read)).toEqual([{ ...IDLE, Questions: 1, FirstAudio: [900], TotalTime: [2_000] }]);
  });
});

describe('the namespace', () => {
  const needed = {
    AUDIO_BUCKET: 'bucket',
    SESSIONS_TABLE: 'table',
    CONNECTIONS_ENDPOINT: 'http://127.0.0.1:8080/Prod',
  };
  const namespaceOf = (name: string): string | undefined =>
    readSettings(settingsSchema, { ...needed, CLOUDWATCH_METRICS_NAMESPACE: name }).CLOUDWATCH_METRICS_NAMESPACE;

  it('is none where it is empty', () => {
    expect(namespaceOf('')).toBeUndefined();
    expect(namespaceOf('SynapScribe/prod')).toBe('SynapScribe/prod');
  });

  it.each(['AWS/EC2', ':a', 'a b?', 'a'.repeat(256)])('is not %s, which CloudWatch would refuse', (name) => {
    expect(() => namespaceOf(name)).toThrow(SettingsError);
  });
});
