/** The entry of local-aws. */
import { handler as validateLecture } from '../../cdktf/lambda/validate-lecture.ts';
import { handler as webSocket } from '../../cdktf/lambda/websocket-handler.ts';
import { runService } from '../../service-kit/service.ts';
import { readSettings } from '../../service-kit/settings.ts';
import { startLocalAws } from './server.ts';
import { settingsSchema } from './settings.ts';

await runService('local-aws', () =>
  startLocalAws(readSettings(settingsSchema), { handlers: { webSocket, validateLecture } }),
);
