/** `npm test [-- jest arguments]`: jest with ES modules. A whole run ends by naming the suites that it left out. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

/** Suites that need more than Node and npm. They are run by name, and never pass by not running. */
const LEFT_OUT = [
  { suite: 'test/containers', why: 'it builds and runs the images with Docker', how: 'npm run test:containers' },
  { suite: 'test/live', why: 'it asks the real Google, over the network', how: 'npm run test:live' },
];

const args = process.argv.slice(2);
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const isWhole = args.length === 0;
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    jest,
    ...args,
    ...(isWhole ? ['--testPathIgnorePatterns', '/node_modules/', ...LEFT_OUT.map(({ suite }) => `/${suite}/`)] : []),
  ],
  { stdio: 'inherit', env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' } },
);
if (isWhole) {
  for (const { suite, why, how } of LEFT_OUT) console.log(`Left out: ${suite}, since ${why}. Run it with: ${how}`);
}
process.exit(status ?? 1);
