/** What AgentCore tells CloudWatch, by name and unit. Alarms and dashboards take names from here. Imports nothing. */
export const CLOUDWATCH_METRICS = {
  /** The most questions and lectures, waiting or in work, at one time of an interval. An idle host tells 0. */
  QueueDepth: 'Count',
  /** Questions that ended, refused ones included. */
  Questions: 'Count',
  /** Those of them that failed by no doing of the student's. */
  QuestionsFailed: 'Count',
  /** From the query to the first byte of speech, of each answer that was spoken. */
  FirstAudio: 'Milliseconds',
  /** From the query to the stored answer, of each answer. */
  TotalTime: 'Milliseconds',
  /** Answers whose speech failed. */
  SpeechFailures: 'Count',
} as const;

export type CloudWatchMetricName = keyof typeof CLOUDWATCH_METRICS;
