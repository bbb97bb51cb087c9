import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SynapscribeClient } from '../../cli/client.ts';
import { PROMPT } from '../support/scripted-speech.ts';
import { startSystem, type System } from '../support/system.ts';

let system: System;

beforeAll(async () => {
  // The gateway keeps little for a client that does not read, and AgentCore gives it up soon.
  system = await startSystem({ CLIENT_STALL_MS: '1000' }, { MAX_BUFFERED_BYTES: '65536' });
});
afterAll(async () => await system.stop());

it('gives a client up that stops reading, keeps its answer, and answers others meanwhile', async () => {
  // Some 20 MB of speech: more than the sockets between the two hold.
  await system.model.change({ answer: 'The moon pulls on the water here. '.repeat(30), tokensPerSecond: 10_000 });
  system.speech.script = { ...PROMPT, repeat: 45 };
  const client = await SynapscribeClient.create(system.webSocketUrl);
  await client.connect();
  const lectureId = await system.addLecture(client.identityId);
  client.socket.pause();
  const queryId = randomUUID();
  client.sendRaw(JSON.stringify({ action: 'query', queryId, lectureId, text: 'Why?' }));

  const other = await SynapscribeClient.create(system.webSocketUrl);
  await other.connect();
  const otherLecture = await system.addLecture(other.identityId);
  while ((await system.session(client.identityId, lectureId))?.totalTurns !== 1) await sleep(50);
  await system.model.change({ answer: 'The moon pulls on the water here.' });
  system.speech.script = PROMPT;
  expect((await other.ask({ lectureId: otherLecture, text: 'Why?' })).done.turn).toBe(1);

  const metrics = async (): Promise<string> => await (await fetch(`${system.agentcoreUrl}/metrics`)).text();
  while (!/^synapscribe_queries_in_flight 0$/m.test(await metrics())) await sleep(50);
  expect(await metrics()).toMatch(/^synapscribe_clients_given_up_total 1$/m);
  client.socket.resume();
  await other.close();
  await client.close();
}, 60_000);
