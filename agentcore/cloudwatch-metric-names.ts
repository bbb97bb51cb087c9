/** What AgentCore measures for CloudWatch, with CloudWatch's units. The stack's alarms name metrics by this type. */
export const CLOUDWATCH_METRICS = {
  /** Questions and lectures in work on this process. */
  QueueDepth: 'Count',
  Questions: 'Count',
  QuestionsFailed: 'Count',
  FirstAudio: 'Milliseconds',
  TotalTime: 'Milliseconds',
  SpeechFailures: 'Count',
} as const;

export type CloudWatchMetricName = keyof typeof CLOUDWATCH_METRICS;
