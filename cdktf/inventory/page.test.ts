/** docs/AWS_RESOURCES.md: whole, the same each time, without secrets, and not stale. */
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readConfig } from '../config.ts';
import { readContext } from '../context.ts';
import { synthesizeForTest } from '../test-support/synthesized.ts';
import { renderPage, SOURCES } from './page.ts';
import { readPlan } from './plan.ts';
import { readPrices } from './prices.ts';
import { parseState } from './state.ts';
import { fixtureOf, instanceOf, resourceIn, SECRET, stateOf, type FixtureState } from './test-support/state-fixture.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const prices = readPrices();

function render(settings: Record<string, unknown> = {}, change?: (state: FixtureState) => void): string {
  const config = readConfig(settings, {});
  const plan = readPlan(synthesizeForTest(settings).json);
  if (change === undefined) return renderPage({ config, plan, state: undefined, prices });
  const state = stateOf(plan);
  change(state);
  return renderPage({ config, plan, state: parseState(JSON.stringify(state), 'the fixture'), prices });
}

const unchanged = (): void => undefined;
const mainTable = (page: string): string =>
  page.slice(page.indexOf('## Main resources'), page.indexOf('## Looked up, not made'));
const rowsOf = (page: string, type: string): string[] =>
  mainTable(page)
    .split('\n')
    .filter((line) => line.startsWith(`| ${type} |`));

/** Lines of the planned page that a page lacks, and its own that are not planned. */
function staleness(page: string, settings: Record<string, unknown>): string[] {
  // An operator's own: its ids are nobody else's to know, but what there is must be in it.
  if (page.includes(SOURCES.state)) {
    const names = readPlan(synthesizeForTest(settings).json).map(({ type, path }) => `| ${type} | ${path} |`);
    return names.filter((name) => !page.includes(name));
  }
  const [now, then] = [render(settings).split('\n'), page.split('\n')];
  const differs = [
    ...now.filter((line) => !then.includes(line)).map((line) => `+ ${line}`),
    ...then.filter((line) => !now.includes(line)).map((line) => `- ${line}`),
  ];
  return differs.length === 0 && now.join('\n') !== page ? ['the order of its lines'] : differs;
}

const planned = render();
const deployed = render({}, unchanged);

describe('the page in the repository', () => {
  it('is not stale', async () => {
    const page = readFileSync(`${ROOT}/docs/AWS_RESOURCES.md`, 'utf8');
    const settings = (await readContext(ROOT)) as Record<string, unknown>;
    const advice = 'docs/AWS_RESOURCES.md is stale: run `npm run inventory` and commit what it writes.';
    expect({ advice, differs: staleness(page, settings) }).toEqual({ advice, differs: [] });
  });
});

describe('the main table has every row of the inventory:', () => {
  it.each<[string, string, (string | RegExp)[]]>([
    ['VPC', 'VPC', ['default VPC', 'not created']],
    ['Security group', 'Security group', ['SynapScribe-Host', '5000 from network/lambda-group', 'all to anywhere']],
    ['EC2 host', 'EC2 host', ['g5.2xlarge (24 GB GPU)', 'Ubuntu 24.04', 'spot', 'vLLM, gTTS and AgentCore']],
    ['EBS volume', 'EBS volume', ['100 GB gp3', '3000 IOPS', 'encrypted']],
    ['WebSocket API', 'WebSocket API', ['Stage Prod', '$connect, $default, $disconnect, cancel, query, upload']],
    ['Lambda WebSocketHandler', 'Lambda', ['WebSocketHandler', '512 MB', '900 s', 'AGENTCORE_ENDPOINT']],
    ['Lambda ValidateLectureFunction', 'Lambda', ['ValidateLectureFunction', '512 MB', '300 s']],
    ['S3', 'S3 bucket', [/synapscribe-audio-.*queries\/ deleted after 7 days; responses\/ deleted after 7 days/]],
    ['DynamoDB', 'DynamoDB table', ['SynapScribe-Sessions', 'sessionId and lectureId', 'PAY_PER_REQUEST', 'expiresAt']],
    ['Cognito identity pool', 'Cognito identity pool', ['SynapScribe-IdentityPool', 'guests']],
    ['IAM: Lambda', 'IAM role', [/SynapScribe-WebSocketHandler.*Assumed by lambda/]],
    ['IAM: guests', 'IAM role', [/SynapScribe-Guest.*Assumed by cognito-identity/]],
    ['IAM: host', 'IAM role', [/SynapScribe-Host.*Assumed by ec2/]],
    ['vLLM', 'Container', ['vllm:8000', 'Qwen2.5-Omni-3B from /opt/models/qwen-omni', '/health']],
    ['gTTS', 'Container', ['gtts-proxy:8001', '/v1/audio/speech']],
    ['AgentCore', 'Container', ['agentcore:5000', 'restarted on failure', 'ASR (vLLM)']],
    ['Auto-restart and logs', 'Logs', ['CloudWatch log groups', 'Kept 30 days']],
    ['Alarms', 'Alarms', ['CloudWatch alarms']],
    ['Frontend', 'Frontend', ['CloudFront', 'synapscribe-web-']],
    ['Cost', 'Cost', [/About \$\d+\.\d\d a month/]],
    ['The inventory itself', 'Inventory', ['docs/AWS_RESOURCES.md']],
  ])('%s', (_, type, expected) => {
    for (const page of [planned, deployed]) {
      const rows = rowsOf(page, type).join('\n');
      for (const text of expected) expect(rows).toMatch(text);
    }
  });
});

describe('a page', () => {
  it('is the same, byte for byte, each time', () => {
    expect(render()).toBe(planned);
    expect(render({}, unchanged)).toBe(deployed);
    // However Terraform orders it.
    expect(render({}, (state) => state.resources.reverse())).toBe(deployed);
  });

  it('has every resource of the stack in the section of a layer', () => {
    const sections = planned.slice(planned.indexOf('## Looked up, not made'), planned.indexOf('## Monthly cost'));
    for (const { type, path } of readPlan(synthesizeForTest().json))
      expect(sections).toContain(`| ${type} | ${path} |`);
    for (const layer of ['Network', 'Compute', 'API', 'Functions', 'Storage', 'Identity and rights', 'Page']) {
      expect(sections).toContain(`\n## ${layer}\n`);
    }
    expect(sections).not.toContain('## Other');
  });

  it('without a state has no id, and with one the ids of the state', () => {
    expect(rowsOf(planned, 'EC2 host')[0]).toMatch(/^\| EC2 host \| \(known after apply\) \|.*\| planned \|/);
    expect(rowsOf(deployed, 'EC2 host')[0]).toMatch(/^\| EC2 host \| id-aws-instance-host-\S+ \|.*\| running \|/);
    expect(rowsOf(deployed, 'EBS volume')[0]).toContain('| vol-0a1b2c3d |');
    expect(deployed).not.toContain('(known after apply)');
  });

  it('has the services of a host that is stopped as stopped', () => {
    const page = render({}, (state) => {
      instanceOf(resourceIn(state, 'aws_instance')).attributes['instance_state'] = 'stopped';
    });
    expect(rowsOf(page, 'Container').map((row) => row.split(' | ')[3])).toEqual(['stopped', 'stopped', 'stopped']);
  });

  it('shows no secret of a state, and nobody’s address', () => {
    const settings = { alarmEmail: 'operator@example.edu', operatorCidr: '203.0.113.7/32' };
    const page = render(settings, (state) => {
      state.resources.push(fixtureOf('aws_db_instance', 'extra'), fixtureOf('random_password', 'p', 'managed', SECRET));
    });
    expect(page).not.toContain(SECRET);
    expect(page).not.toContain('operator@');
    expect(page).not.toContain('203.0.113.7');
    expect(page).toContain('22 from the configured range');
    expect(page).toContain('| random_password | p | (not shown) |');
  });

  it('stays the table that it is, whatever a state calls things', () => {
    const hostile = 'x | `y` |\n\n# Owned <img src=x onerror=alert(1)> <!-- prettier-ignore-end -->';
    const page = render({}, (state) => {
      for (const resource of state.resources) instanceOf(resource).attributes['id'] = hostile;
      state.resources.push(fixtureOf(hostile, hostile));
    });
    expect(page.split('\n').filter((line) => line.startsWith('#'))).toEqual([
      ...deployed
        .split('\n')
        .filter((line) => line.startsWith('#') && !line.startsWith('## Monthly') && !line.startsWith('###')),
      '## In the state, not in the stack',
      ...deployed.split('\n').filter((line) => line.startsWith('## Monthly') || line.startsWith('###')),
    ]);
    expect(page).not.toContain('<img');
    expect(page.match(/<!--/g)).toHaveLength(3);
    expect(page).toContain('| x \\| \\`y\\` \\| # Owned &lt;img src=x onerror=alert(1)&gt;');
  });

  it('tells of several hosts what one and all of them cost', () => {
    const page = render({ hosts: 3, purchase: 'on-demand' });
    expect(rowsOf(page, 'EC2 host')[0]).toContain('on demand, 1 to 3 of them');
    expect(rowsOf(page, 'Load balancer')[0]).toContain('internal');
    expect(page).toMatch(/\| Total \| {2}\| \$929\.\d\d \| \$2,734\.\d\d \|/);
    expect(page).not.toContain('A spot price moves');
  });

  it('says whose prices they are where the stack is elsewhere', () => {
    expect(planned).not.toContain("us-east-1's prices");
    expect(render({ region: 'eu-west-1' })).toContain("The stack is for eu-west-1: these are us-east-1's prices.");
  });

  it('states what a month is taken to hold, and the day of the prices', () => {
    expect(planned).toContain(`as of ${prices.date}`);
    for (const { what, value } of Object.values(prices.usage)) expect(planned).toContain(`| ${value} | ${what} |`);
  });
});
