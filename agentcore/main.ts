/** Entry point of AgentCore. */
import { readSettings } from '../service-kit/settings.ts';
import { runService } from '../service-kit/service.ts';
import { startAgentCore } from './server.ts';
import { settingsSchema } from './settings.ts';

await runService('agentcore', async () => await startAgentCore(readSettings(settingsSchema)));
