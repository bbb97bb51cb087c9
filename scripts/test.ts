/**
 * `npm test [-- jest arguments]`: jest with ES modules. A whole run has two parts: as many suites at once as there are
 * cores, then what runs the whole system, alone, since its tests have deadlines as students do. It ends by naming the
 * suites that it left out.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Suites that need more than Node and npm, or have a use of their own. They are run by name, and never pass by not running. */
const LEFT_OUT = [
  { suite: 'test/browser', why: 'it looks at the page with Chromium', how: 'npm run test:browser' },
  {
    suite: 'test/conformance',
    why: 'it holds any speech server to OpenAI’s API, for a minute or two',
    how: 'npm run test:conformance',
  },
  {
    suite: 'test/e2e',
    why: 'it transcribes dozens of lectures and has hundreds of answers spoken, good and bad, for some minutes',
    how: 'npm run test:e2e',
  },
  { suite: 'test/containers', why: 'it builds and runs the images with Docker', how: 'npm run test:containers' },
  { suite: 'test/live', why: 'it asks the real Google, over the network', how: 'npm run test:live' },
];
/** Suites for a program that a machine may have. */
const WITH_PROGRAM = [
  { suite: 'test/espeak', program: 'espeak-ng', how: 'apt-get install espeak-ng, then npm test -- test/espeak' },
];
const WHOLE_SYSTEM = ['cli', 'test/system'];

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');

/** @returns jest's exit code */
function run(args: readonly string[]): number {
  const { status } = spawnSync(
    process.execPath,
    ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest, ...args],
    { stdio: 'inherit', env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' } },
  );
  return status ?? 1;
}

/** Patterns for what is in these folders of ours. */
const inFolders = (folders: readonly string[]): string[] =>
  folders.map((folder) => `^${join(ROOT, folder).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}/`);
const without = (folders: readonly string[]): string[] => [
  '--testPathIgnorePatterns',
  '/node_modules/',
  ...inFolders(folders),
];

const args = process.argv.slice(2);
if (args.length > 0) process.exit(run(args));

const isInstalled = (program: string): boolean => spawnSync(program, ['--version']).status === 0;
const missing = WITH_PROGRAM.filter(({ program }) => !isInstalled(program)).map(({ suite, program, how }) => ({
  suite,
  why: `${program} is not installed`,
  how,
}));
const all = [...LEFT_OUT, ...missing];
const leftOut = all.map(({ suite }) => suite);
const parts = run([`--maxWorkers=${availableParallelism()}`, ...without([...leftOut, ...WHOLE_SYSTEM])]);
const whole = run(['--runInBand', ...inFolders(WHOLE_SYSTEM), ...without(leftOut)]);
for (const { suite, why, how } of all) console.log(`Left out: ${suite}, since ${why}. Run it with: ${how}`);
process.exit(parts === 0 ? whole : parts);
