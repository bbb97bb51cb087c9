/** What Amazon's agent on the host is told. */
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { z } from 'zod';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const configSchema = z.object({
  logs: z.object({
    logs_collected: z.object({
      files: z.object({ collect_list: z.array(z.object({ file_path: z.string(), log_group_name: z.string() })) }),
    }),
  }),
  metrics: z.looseObject({ namespace: z.string(), aggregation_dimensions: z.array(z.array(z.string())) }),
});
const config = configSchema.parse(JSON.parse(read('cloudwatch-agent.json')));

it("ships every log that the host's units and its boot write", () => {
  const units = ['synapscribe', 'synapscribe-spot-drain'].map((name) => read(`systemd/${name}.service`)).join('');
  const written = [...units.matchAll(/^StandardOutput=append:(.*)$/gm)].map(([, path]) => path);
  const shipped = config.logs.logs_collected.files.collect_list;
  expect(shipped.map(({ file_path }) => file_path).sort()).toEqual(
    ['/var/log/synapscribe/boot.log', ...written].sort(),
  );
  expect(new Set(shipped.map(({ log_group_name }) => log_group_name))).toEqual(new Set(['@LOG_GROUP_PREFIX@/host']));
});

it('measures into one namespace, a host at a time and all together', () => {
  expect(config.metrics).toMatchObject({ namespace: 'SynapScribe/Host', aggregation_dimensions: [['InstanceId'], []] });
});
