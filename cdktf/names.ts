/** Names as inventoried, and those that follow them. One account holds one deployment: they are fixed. */

export const NAMES = {
  webSocketApi: 'SynapScribe-WebSocket',
  stage: 'Prod',
  sessionsTable: 'SynapScribe-Sessions',
  identityPool: 'SynapScribe-IdentityPool',
  webSocketHandler: 'WebSocketHandler',
  validateLecture: 'ValidateLectureFunction',
  host: 'SynapScribe-Host',
  /** SSM parameter: what a host is to run, and with what. */
  hostSettings: '/synapscribe/host/settings',
  applyDocument: 'SynapScribe-ApplyHost',
  logs: '/synapscribe',
  /** CloudWatch's namespace for what AgentCore measures. */
  metrics: 'SynapScribe',
  /** And for what the agent on the host measures. */
  hostMetrics: 'SynapScribe/Host',
} as const;

/** Buckets' names are shared by all accounts: they end in ours. */
export const bucketNames = (account: string) => ({
  audio: `synapscribe-audio-${account}`,
  web: `synapscribe-web-${account}`,
  deploy: `synapscribe-deploy-${account}`,
});

/** DESIGN.md, Contracts. */
export const PORTS = { agentCore: 5000, vllm: 8000, speech: 8001, ssh: 22 } as const;
