import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { startChildService, type ChildServiceOptions } from './child-service.ts';
import { SupervisedService } from './supervised-service.ts';

const LISTENS = `
import { createServer } from 'node:http';
import { appendFileSync } from 'node:fs';
const server = createServer((req, res) => { res.end(String(process.pid)); });
server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  appendFileSync(process.env.STARTS, '.');
  console.log(JSON.stringify({ msg: 'listening', port: server.address().port }));
});
process.on('SIGTERM', () => process.exit(0));
process.stdin.on('close', () => process.exit(0)).resume();
`;

let folder: string;
let script: string;
const options = (over: Partial<ChildServiceOptions> = {}): ChildServiceOptions => ({
  name: 'sample',
  args: [script],
  env: { ...process.env, PORT: '0', STARTS: join(folder, 'starts') },
  ...over,
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'synapscribe-child-'));
  script = join(folder, 'service.mjs');
  await writeFile(script, LISTENS);
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

describe('startChildService', () => {
  it('tells the port that the service listens on, and stops it', async () => {
    const child = await startChildService(options());
    const pid = await (await fetch(`http://127.0.0.1:${child.port}`)).text();
    expect(pid).toBe(String(child.process.pid));
    await expect(child.stop()).resolves.toMatchObject({ code: 0 });
  });

  it("fails with the service's own last words", async () => {
    await writeFile(script, `console.error('sample: Port 80 is already in use.'); process.exit(1);`);
    await expect(startChildService(options())).rejects.toThrow('sample: Port 80 is already in use.');
  });

  it('ends a service that never listens', async () => {
    await writeFile(script, 'setInterval(() => {}, 1000);');
    await expect(startChildService(options({ startTimeoutMs: 300 }))).rejects.toThrow('did not start within 0.3 s');
  });

  it('ends one that is still starting, for a signal', async () => {
    await writeFile(script, `console.log(process.pid); setInterval(() => {}, 1000);`);
    const stop = new AbortController();
    let pid = 0;
    const log = new Writable({
      write: (line: Buffer, _encoding, done) => {
        pid = Number(line.toString());
        stop.abort(new Error('never mind'));
        done();
      },
    });
    await expect(startChildService(options({ log, signal: stop.signal }))).rejects.toThrow('never mind');
    expect(isRunning(pid)).toBe(false);
    await expect(startChildService(options({ signal: stop.signal }))).rejects.toThrow('never mind');
  });

  it('kills one that does not stop when it is asked to', async () => {
    await writeFile(script, LISTENS.replace('process.exit(0));\nprocess.stdin', '{});\nprocess.stdin'));
    const child = await startChildService(options());
    await expect(child.stop(200)).resolves.toMatchObject({ signal: 'SIGKILL' });
  });
});

describe('SupervisedService', () => {
  it('starts a service again that was killed, and says so', async () => {
    const told: string[] = [];
    let told2: () => void = () => undefined;
    const back = new Promise<void>((resolve) => (told2 = resolve));
    const service = new SupervisedService(options(), {
      tell: (line) => {
        told.push(line);
        if (line.includes('back')) told2();
      },
      giveUp: () => told.push('given up'),
    });
    await service.start();
    process.kill(service.pid, 'SIGKILL');
    await back;
    expect(told).toEqual(['sample went down (SIGKILL) and is started again.', 'sample is back.']);
    await service.stop();
    expect(told).toHaveLength(2);
  });

  it('leaves nothing running where it is stopped while the service is started again', async () => {
    const pids: number[] = [];
    let onRestart: () => void = () => undefined;
    const restarting = new Promise<void>((resolve) => (onRestart = resolve));
    // It says who it is before it listens.
    await writeFile(script, `console.log(process.pid);${LISTENS}`);
    const log = new Writable({
      write: (line: Buffer, _encoding, done) => {
        const pid = Number(line.toString());
        if (!Number.isNaN(pid) && pids.push(pid) === 2) onRestart();
        done();
      },
    });
    const service = new SupervisedService(options({ log }), { tell: () => undefined, giveUp: () => undefined });
    await service.start();
    process.kill(service.pid, 'SIGKILL');
    await restarting;
    await service.stop();
    expect(pids.filter(isRunning)).toEqual([]);
  });

  it('is not started again where it is stopped before that', async () => {
    let onDown: () => void = () => undefined;
    const down = new Promise<void>((resolve) => (onDown = resolve));
    const service = new SupervisedService(options(), { tell: () => onDown(), giveUp: () => undefined });
    await service.start();
    process.kill(service.pid, 'SIGKILL');
    await down;
    await service.stop();
    expect(await readFile(join(folder, 'starts'), 'utf8')).toBe('.');
  });

  it('gives up one that keeps going down', async () => {
    await writeFile(
      script,
      LISTENS.replace('port }));', "port })); setTimeout(() => { console.error('no disk'); process.exit(3); }, 10);"),
    );
    let tellEnd: (sentence: string) => void = () => undefined;
    const ended = new Promise<string>((resolve) => (tellEnd = resolve));
    let last = '';
    const service = new SupervisedService(options(), { tell: (line) => (last = line), giveUp: () => tellEnd(last) });
    await service.start();
    await expect(ended).resolves.toBe('sample keeps going down (exit code 3). no disk');
  });
});
