import { describe, expect, it } from '@jest/globals';
import { collectGarbage } from '../../service-kit/test-support/collect-garbage.ts';
import { runEspeak } from './espeak-process.ts';

const { signal } = new AbortController();
/** Any program serves: what it does with its streams and its end is what matters. */
const program = (script: string) => ({ path: process.execPath, args: ['-e', script], signal });

describe('runEspeak', () => {
  it('gives the text by stdin alone, and what comes by stdout', async () => {
    const echo = 'process.stdin.pipe(process.stdout)';
    const input = '$(id) `id` "; --help\n';
    expect((await runEspeak({ ...program(echo), input })).toString()).toBe(input);
  });

  it('gives the program nothing of this one’s environment', async () => {
    process.env['TTS_SECRET'] = 'secret';
    const output = await runEspeak({ ...program('console.log(JSON.stringify(process.env))'), input: '' });
    delete process.env['TTS_SECRET'];
    expect(output.toString()).not.toContain('secret');
  });

  it('fails with what the program says', async () => {
    const run = runEspeak({ ...program('console.error("no such voice"); process.exitCode = 2'), input: 'Hi.' });
    await expect(run).rejects.toThrow('eSpeak NG ended with 2: no such voice');
  });

  it('fails where there is no such program', async () => {
    const run = runEspeak({ path: '/nowhere/espeak-ng', args: [], input: 'Hi.', signal });
    await expect(run).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('does not mind a program that reads nothing', async () => {
    const run = runEspeak({ ...program('process.stdin.destroy()'), input: 'x'.repeat(1_000_000) });
    expect(await run).toHaveLength(0);
  });

  it('kills one that hangs', async () => {
    const hang = 'setInterval(() => undefined, 1000)';
    await expect(runEspeak({ ...program(hang), input: 'Hi.', timeoutMs: 300 })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('kills one that hangs though garbage is collected meanwhile', async () => {
    const collecting = setInterval(collectGarbage, 20);
    const hang = 'setInterval(() => undefined, 1000)';
    const run = runEspeak({ ...program(hang), input: 'Hi.', timeoutMs: 400 }).finally(() => clearInterval(collecting));
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('kills it with its listener, and throws the reason', async () => {
    const leaving = new AbortController();
    const hang = { ...program('setInterval(() => undefined, 1000)'), input: 'Hi.', signal: leaving.signal };
    const run = runEspeak(hang);
    leaving.abort(new Error('left'));
    await expect(run).rejects.toThrow('left');
    await expect(runEspeak(hang)).rejects.toThrow('left');
  });
});
