/** What Grafana is given: whether it can load it, and whether every metric that it asks for is one that a service has. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Metrics } from '../agentcore/metrics.ts';
import { LocalAwsMetrics } from '../containers/local-aws/metrics.ts';
import { ServerMetrics } from '../containers/vllm-cpu/metrics.ts';
import { Admission } from '../gtts-proxy/admission.ts';
import { SpeechMetrics } from '../gtts-proxy/metrics.ts';
import { readDashboard, readExpressions } from '../test/containers/support/dashboard.ts';
import { metricsOf } from '../test/containers/support/promql.ts';

const read = (path: string): string => readFileSync(new URL(`observability/${path}`, import.meta.url), 'utf8');
const dataSource = read('grafana/provisioning/datasources/prometheus.yaml');
const dashboard = readDashboard();
const panels = dashboard.panels.filter(({ type }) => type !== 'row');

/** What Prometheus knows by itself. */
const BUILT_IN = ['up', 'ALERTS'];

interface ExportedMetric {
  name: string;
  type: string;
}

async function declaredMetrics(): Promise<ExportedMetric[]> {
  const texts = await Promise.all([
    new Metrics().registry.metrics(),
    new SpeechMetrics(new Admission(1, 1), []).registry.metrics(),
    new ServerMetrics('model').render(),
    new LocalAwsMetrics(() => 0).render(),
  ]);
  const declared = texts.flatMap((text) => [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)]);
  return declared.map(([, name = '', type = '']) => ({ name, type }));
}

async function exportedMetrics(): Promise<Set<string>> {
  const names = (await declaredMetrics()).flatMap(({ name, type }) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  return new Set([...names, ...BUILT_IN]);
}

describe('the dashboard', () => {
  it('has a name of its own, for good', () => {
    expect(dashboard).toMatchObject({ uid: 'synapscribe', title: 'SynapScribe', editable: false });
    // Grafana 12's first; a later Grafana moves it up to its own.
    expect(dashboard.schemaVersion).toBe(41);
    // A provisioned dashboard's number is Grafana's to give.
    expect(dashboard).not.toHaveProperty('id');
  });

  it.each(panels)('shows $title: what it is, in which unit, of which metrics', (panel) => {
    expect(panel.description).toMatch(/\.$/);
    expect(panel.fieldConfig?.defaults.unit).toMatch(/^(s|percentunit|cpm|short|bytes|bool)$/);
    expect(panel.targets).not.toHaveLength(0);
  });

  it('asks the one data source that is provisioned', () => {
    const uid = /^ +uid: (\S+)$/m.exec(dataSource)?.[1];
    const asked = JSON.stringify(dashboard).match(/"datasource":\{[^}]*\}/g);
    expect(new Set(asked)).toEqual(new Set([`"datasource":{"type":"prometheus","uid":"${uid ?? ''}"}`]));
  });

  it('knows how often Prometheus scrapes', () => {
    const interval = /^ +scrape_interval: (\S+)$/m.exec(read('prometheus.yml'))?.[1];
    expect(dataSource).toContain(`timeInterval: ${interval ?? ''},`);
  });

  it('numbers its panels and what they ask once each, and lays none over another', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { targets = [] } of panels) expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...dashboard.panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
  });
});

const ruleExpressions = [...read('rules.yml').matchAll(/^ +expr: (?:\|\n((?: {10}.*\n)+)|(.*)\n)/gm)].map(
  ([, block, line]) => block ?? line ?? '',
);

describe('an expression', () => {
  it.each([...readExpressions(), ...ruleExpressions.map((expr) => ({ where: 'rules.yml', expr }))])(
    'of $where asks for metrics that a service exports: $expr',
    async ({ expr }) => {
      const asked = metricsOf(expr);
      expect(asked).not.toHaveLength(0);
      const exported = await exportedMetrics();
      expect(asked.filter((name) => !exported.has(name))).toEqual([]);
    },
  );

  it('of every rule is looked at', () => {
    expect(ruleExpressions).toHaveLength(read('rules.yml').match(/- alert:/g)?.length ?? 0);
  });
});

describe('docs/observability.md', () => {
  const page = readFileSync(new URL('../docs/observability.md', import.meta.url), 'utf8');

  it('has every metric of our services, and no other', async () => {
    const own = (await declaredMetrics()).filter(({ name }) => !/^(process|nodejs)_/.test(name));
    const rows = [...page.matchAll(/^\|[^|]*\| `([a-z_:0-9]+)` +\|[^|]*\| (histogram:)?/gm)];
    const told = rows.map(([, name = '', histogram]) => ({ name, isHistogram: histogram !== undefined }));
    const exported = own.map(({ name, type }) => ({ name, isHistogram: type === 'histogram' }));
    const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
    expect(told.sort(byName)).toEqual(exported.sort(byName));
  });

  it('has every alert', () => {
    const alerts = [...read('rules.yml').matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    expect([...page.matchAll(/^\| `(\w+)` +\| [^|]+\|$/gm)].map(([, name]) => name)).toEqual(alerts);
  });
});

describe('metricsOf', () => {
  it.each([
    ['up == 0 or absent(up{job="agentcore"})', ['up']],
    ['60 * sum by (engine) (rate(a_total[5m])) > 0', ['a_total']],
    ['histogram_quantile(0.95, sum by (le, route) (rate(vllm:x_bucket{a="b(c)"}[$__range])))', ['vllm:x_bucket']],
    ['sum(a) / on (job) group_left (x) b offset 5m', ['a', 'b']],
  ])('finds those of %s', (expr, names) => {
    expect(metricsOf(expr)).toEqual(names);
  });
});
