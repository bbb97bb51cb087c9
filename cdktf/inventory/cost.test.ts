/** The estimate, made again by hand from the price table. */
import { describe, expect, it } from '@jest/globals';
import { readConfig } from '../config.ts';
import { synthesizeForTest } from '../test-support/synthesized.ts';
import { cents, countCosts, dollars, estimate, grouped, type CostCounts } from './cost.ts';
import { readPlan } from './plan.ts';
import { readPrices } from './prices.ts';

const prices = readPrices();
const COUNTS: CostCounts = { alarms: 9, dashboards: 1, balancers: 0, routes: 6, lambdaMegabytes: 512 };
const cost = (settings: Record<string, unknown> = {}, counts = COUNTS) =>
  estimate(readConfig(settings, {}), counts, prices);
const line = (item: RegExp, settings: Record<string, unknown> = {}, counts = COUNTS) => {
  const found = cost(settings, counts).lines.filter((each) => item.test(each.item));
  expect(found).toHaveLength(1);
  return found[0];
};

describe('the GPU host', () => {
  it.each([
    ['g5.2xlarge', 'on-demand', 730 * 1.212],
    ['g5.2xlarge', 'spot', 730 * 0.4992],
    ['g4dn.xlarge', 'on-demand', 730 * 0.526],
    ['g4dn.xlarge', 'spot', 730 * 0.2131],
  ])('%s, %s, costs its hours', (instanceType, purchase, usd) => {
    const amount = Math.round(usd * 100);
    expect(line(/^GPU host/, { instanceType, purchase })).toMatchObject({ low: amount, high: amount });
  });

  it('costs as much again for each that there may be', () => {
    expect(line(/^GPU host/, { purchase: 'on-demand', hosts: 3 })).toMatchObject({ low: 88_476, high: 265_428 });
    expect(line(/^Public IPv4/, { hosts: 3 })).toMatchObject({ low: 365, high: 1_095 });
  });

  it('pays for the gigabytes of its volume', () => {
    expect(line(/^Root volume/)).toMatchObject({ low: 800, high: 800 });
    expect(line(/^Root volume/, { volumeGb: 250, hosts: 2 })).toMatchObject({ low: 2_000, high: 4_000 });
  });

  it('pays for a load balancer only where there is one', () => {
    expect(cost().lines.map(({ item }) => item)).not.toContain('Network Load Balancer');
    // 730 h × ($0.0225 + 0.1 units × $0.006)
    expect(line(/^Network Load/, { hosts: 2 }, { ...COUNTS, balancers: 1 })).toMatchObject({ low: 1_686, high: 1_686 });
  });
});

describe('what is paid by use', () => {
  it.each([
    // 10,000 × 60 messages × $1 a million + 10,000 × 10 minutes × $0.25 a million
    [/^WebSocket/, 0.6 + 0.025],
    // 40,100 requests × $0.20 a million + (6,000 s + 2,000 s) × 0.5 GB × $0.0000133334
    [/^Lambda/, 0.00802 + 0.0533336],
    // 240,000 × $0.625 a million + 120,000 × $0.125 a million + 0.1 GB × ($0.25 + $0.20)
    [/^DynamoDB/, 0.15 + 0.015 + 0.045],
    // (36,000 MB / 1024 + 10,000 × 410 KB × 7 / 30.4 / 1024²) × $0.023 + 20,100 PUTs + 50,000 GETs
    [/^S3/, (35.15625 + 0.9003531) * 0.023 + 0.1005 + 0.02],
    // 2 × 10,000 × 250 KB × $0.09 a GB
    [/^Answers/, (5_000_000 / 1024 / 1024) * 0.09],
    // 2,000 MB × $0.085 a GB + 48,000 requests × $1 a million
    [/^CloudFront/, (2_000 / 1024) * 0.085 + 0.048],
    [/^CloudWatch alarms/, 9 * 0.1],
    [/^CloudWatch dashboard/, 3],
    // (10 + 6 × 5 + 15) × $0.30 + 730 × 60 × 2 calls × $0.01 a thousand
    [/^CloudWatch metrics/, 16.5 + 0.876],
    // 2 GB × ($0.50 + 30 / 30.4 months × $0.03)
    [/^CloudWatch logs/, 1 + 2 * (30 / 30.4) * 0.03],
    // 10,000 × $0.40 a million + 100 × $2 per 100,000
    [/^SQS/, 0.004 + 0.002],
  ])('%s', (item, usd) => expect(line(item)?.low).toBe(Math.round(usd * 100)));

  it('metrics and logs grow with the hosts, and the rest does not', () => {
    const grows = cost({ hosts: 4 }).lines.filter(({ low, high }) => low !== high);
    expect(grows.map(({ item }) => item)).toEqual([
      'GPU host g5.2xlarge, spot',
      'Root volume',
      'Public IPv4 address',
      'CloudWatch metrics',
      'CloudWatch logs',
    ]);
    expect(line(/^CloudWatch metrics/, { hosts: 4 })?.high).toBe(Math.round((10 + 30 + 4 * 15) * 30 + 4 * 87.6));
  });

  it('logs that are kept longer cost more', () => {
    expect(line(/logs/, { logRetentionDays: 365 })?.low).toBe(Math.round((1 + 2 * (365 / 30.4) * 0.03) * 100));
  });
});

describe('the total', () => {
  it('is the sum of its lines, to the cent', () => {
    for (const hosts of [1, 2, 7]) {
      const { lines, low, high } = cost({ hosts });
      expect(low).toBe(lines.reduce((sum, each) => sum + each.low, 0));
      expect(high).toBe(lines.reduce((sum, each) => sum + each.high, 0));
      expect(high === low).toBe(hosts === 1);
    }
  });

  it('is about what the inventory of the MVP had, at the spot price of then', () => {
    const then = structuredClone(prices);
    then.instances['g5.2xlarge'].spot.usd = 0.4;
    const { low } = estimate(readConfig({}, {}), COUNTS, then);
    expect(Math.abs(low - 36_500)).toBeLessThan(4_000);
  });
});

describe('what is counted', () => {
  it('is what the stack has', () => {
    const plan = (settings: Record<string, unknown>) => readPlan(synthesizeForTest(settings).json);
    const one = plan({});
    const alarms = one.filter(({ type }) => type === 'aws_cloudwatch_metric_alarm').length;
    expect(alarms).toBeGreaterThan(5);
    expect(countCosts(one)).toEqual({ ...COUNTS, routes: 0, alarms });
    expect(countCosts(plan({ hosts: 2 }))).toMatchObject({ balancers: 1 });
  });
});

describe('the price table', () => {
  it('says of each price where it is from and how sure it is', () => {
    const all = [
      ...Object.values(prices.prices),
      ...Object.values(prices.instances).flatMap((each) => Object.values(each)),
    ];
    for (const { source, sure } of all) {
      expect(source).not.toBe('');
      expect(Object.keys(prices.sure)).toContain(sure);
    }
  });

  it('has what was seen of each price that moves', () => {
    for (const { spot } of Object.values(prices.instances)) {
      expect(spot.low).toBeLessThanOrEqual(spot.usd);
      expect(spot.high).toBeGreaterThanOrEqual(spot.usd);
    }
  });
});

describe('amounts', () => {
  it('are whole cents', () => {
    expect([0, 0.005, 1.005, 1093.248].map(cents)).toEqual([0, 1, 101, 109_325]);
    expect([0, 5, 100, 123_456_789].map(dollars)).toEqual(['$0.00', '$0.05', '$1.00', '$1,234,567.89']);
    expect([0, 999, 1000, 1234567.4].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567']);
  });
});
