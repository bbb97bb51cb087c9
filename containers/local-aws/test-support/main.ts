/** For tests: local-aws as a process of its own, with Lambda handlers that only say what reaches them. */
import { runService } from '../../../service-kit/service.ts';
import { readSettings } from '../../../service-kit/settings.ts';
import { startLocalAws } from '../server.ts';
import { settingsSchema } from '../settings.ts';

const never = new Promise<never>(() => undefined);

await runService('local-aws', () =>
  startLocalAws(readSettings(settingsSchema), {
    handlers: {
      webSocket: () => Promise.resolve({ statusCode: 200 }),
      validateLecture: async (event) => {
        process.stdout.write(`${JSON.stringify({ msg: 'validate', event })}\n`);
        if (process.env['HANG'] !== undefined) await never;
      },
    },
  }),
);
