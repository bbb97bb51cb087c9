/** What a month costs: the chosen configuration, times the price table. Nothing here reads a file or a clock. */
import { z } from 'zod';
import type { StackConfig } from '../config.ts';
import type { PlannedResource } from './plan.ts';
import type { Price, Prices, UnitPrice, Usage } from './prices.ts';

export type CostConfig = Pick<StackConfig, 'instanceType' | 'purchase' | 'hosts' | 'volumeGb' | 'logRetentionDays'>;

/** What the stack has of things that cost by the piece. */
export interface CostCounts {
  alarms: number;
  dashboards: number;
  balancers: number;
  /** Routes of the API that have metrics of their own. */
  routes: number;
  /** MB of the larger of the Lambdas. */
  lambdaMegabytes: number;
}

export interface CostLine {
  item: string;
  /** How it comes about, with its numbers. */
  basis: string;
  /** Whole cents, with one host. */
  low: number;
  /** Whole cents, with as many hosts as there may be. */
  high: number;
}

export interface Estimate {
  lines: CostLine[];
  low: number;
  high: number;
}

const KB_PER_GB = 1024 * 1024;
const MB_PER_GB = 1024;
const DAYS_PER_MONTH = 30.4;

export function countCosts(plan: readonly PlannedResource[]): CostCounts {
  const made = plan.filter(({ mode }) => mode === 'managed');
  const count = (type: string): number => made.filter((resource) => resource.type === type).length;
  const megabytes = made
    .filter(({ type }) => type === 'aws_lambda_function')
    .map(({ block }) => Number(block['memory_size'] ?? 128));
  return {
    alarms: count('aws_cloudwatch_metric_alarm'),
    dashboards: count('aws_cloudwatch_dashboard'),
    balancers: count('aws_lb'),
    routes: made.some(hasRouteMetrics) ? count('aws_apigatewayv2_route') : 0,
    lambdaMegabytes: Math.max(0, ...megabytes),
  };
}

const stageSchema = z.object({ default_route_settings: z.object({ detailed_metrics_enabled: z.literal(true) }) });
const hasRouteMetrics = ({ type, block }: PlannedResource): boolean =>
  type === 'aws_apigatewayv2_stage' && stageSchema.safeParse(block).success;

/** @returns lines whose cents add up to the totals */
export function estimate(config: CostConfig, counts: CostCounts, prices: Prices): Estimate {
  const lines = [
    ...hostLines(config, counts, prices),
    ...usageLines(counts, prices),
    ...watchLines(config, counts, prices),
  ];
  const total = (pick: (line: CostLine) => number): number => lines.reduce((sum, line) => sum + pick(line), 0);
  return { lines, low: total(({ low }) => low), high: total(({ high }) => high) };
}

function hostLines(config: CostConfig, { balancers }: CostCounts, prices: Prices): CostLine[] {
  const { usd, of } = reader(prices);
  const hours = prices.hoursPerMonth;
  const hourly = instancePrice(config, prices);
  const perHost = (item: string, each: number, basis: string): CostLine => ({
    item,
    basis: config.hosts > 1 ? `${basis}, for each of 1 to ${config.hosts} hosts` : basis,
    low: cents(each),
    high: cents(each * config.hosts),
  });
  const lines = [
    perHost(
      `GPU host ${config.instanceType}, ${config.purchase === 'spot' ? 'spot' : 'on demand'}`,
      hours * hourly.usd,
      `${hours} h at $${hourly.usd}`,
    ),
    perHost('Root volume', config.volumeGb * usd('volumeGbMonth'), `${config.volumeGb} GB of gp3`),
    perHost('Public IPv4 address', hours * usd('publicAddressHour'), `${hours} h`),
  ];
  if (balancers > 0) {
    const each = hours * (usd('balancerHour') + of('balancerUnits') * usd('balancerUnitHour'));
    lines.push(fixed('Network Load Balancer', balancers * each, `${hours} h, ${of('balancerUnits')} capacity units`));
  }
  return lines;
}

function usageLines({ lambdaMegabytes }: CostCounts, prices: Prices): CostLine[] {
  const { usd, of } = reader(prices);
  const [questions, lectures] = [of('questions'), of('lectures')];
  const messages = questions * of('messagesPerQuestion');
  const minutes = questions * of('connectionMinutesPerQuestion');
  const requests = questions * of('requestsPerQuestion') + lectures;
  const seconds =
    (questions * of('requestsPerQuestion') * of('requestMilliseconds')) / 1000 + lectures * of('validationSeconds');
  const gbSeconds = (seconds * lambdaMegabytes) / MB_PER_GB;
  const [writes, reads] = [questions * of('writeUnitsPerQuestion'), questions * of('readUnitsPerQuestion')];
  const stored = storedGigabytes(prices);
  const [puts, gets] = [questions * of('putsPerQuestion') + lectures, questions * of('getsPerQuestion')];
  const sent = (2 * questions * of('answerKilobytes')) / KB_PER_GB;
  const visited = (of('visits') * of('visitMegabytes')) / MB_PER_GB;
  const pageRequests = of('visits') * of('visitRequests');
  return [
    fixed(
      'WebSocket API',
      messages * usd('webSocketMessage') + minutes * usd('webSocketMinute'),
      `${grouped(messages)} messages, ${grouped(minutes)} minutes connected`,
    ),
    fixed(
      'Lambda functions',
      requests * usd('lambdaRequest') + gbSeconds * usd('lambdaGbSecond'),
      `${grouped(requests)} requests, ${grouped(gbSeconds)} GB-seconds`,
    ),
    fixed(
      'DynamoDB table',
      writes * usd('tableWrite') +
        reads * usd('tableRead') +
        of('tableGigabytes') * (usd('tableGbMonth') + usd('tableBackupGbMonth')),
      `${grouped(writes)} write and ${grouped(reads)} read units, ${of('tableGigabytes')} GB with recovery`,
    ),
    fixed(
      'S3 buckets',
      stored * usd('storageGbMonth') + puts * usd('storagePut') + gets * usd('storageGet'),
      `${stored.toFixed(1)} GB, ${grouped(puts)} PUTs, ${grouped(gets)} GETs`,
    ),
    fixed('Answers to browsers', sent * usd('transferGb'), `${sent.toFixed(1)} GB to the internet`),
    fixed(
      'CloudFront',
      visited * usd('pageGb') + pageRequests * usd('pageRequest'),
      `${visited.toFixed(1)} GB, ${grouped(pageRequests)} requests`,
    ),
  ];
}

function watchLines(config: CostConfig, { alarms, dashboards, routes }: CostCounts, prices: Prices): CostLine[] {
  const { usd, of } = reader(prices);
  const minutes = prices.hoursPerMonth * 60;
  const shared = of('sharedMetrics') + routes * of('routeMetrics');
  const metrics = (hosts: number): number =>
    (shared + hosts * of('hostMetrics')) * usd('metricMonth') +
    hosts * minutes * of('metricCallsPerHostMinute') * usd('metricCall');
  const keptMonths = config.logRetentionDays / DAYS_PER_MONTH;
  const logs = (hosts: number): number => hosts * of('logGigabytes') * (usd('logGb') + keptMonths * usd('logGbMonth'));
  return [
    fixed('CloudWatch alarms', alarms * usd('alarmMonth'), `${alarms} alarms`),
    fixed('CloudWatch dashboard', dashboards * usd('dashboardMonth'), `${dashboards} dashboard`),
    {
      item: 'CloudWatch metrics',
      basis: `${shared} shared, ${of('hostMetrics')} a host, and ${grouped(minutes * of('metricCallsPerHostMinute'))} calls a host`,
      low: cents(metrics(1)),
      high: cents(metrics(config.hosts)),
    },
    {
      item: 'CloudWatch logs',
      basis: `${of('logGigabytes')} GB a host, kept ${config.logRetentionDays} days`,
      low: cents(logs(1)),
      high: cents(logs(config.hosts)),
    },
    fixed(
      'SQS and SNS',
      of('queueRequests') * usd('queueRequest') + of('mails') * usd('mail'),
      `${grouped(of('queueRequests'))} requests, ${of('mails')} e-mails`,
    ),
  ];
}

/** Lectures are kept for months, questions and answers for 7 days. */
function storedGigabytes(prices: Prices): number {
  const { of } = reader(prices);
  const lectures = (of('lectures') * of('lectureMonthsKept') * of('lectureMegabytes')) / MB_PER_GB;
  const kilobytes = of('questionKilobytes') + of('answerKilobytes');
  return lectures + (of('questions') * kilobytes * (7 / DAYS_PER_MONTH)) / KB_PER_GB;
}

export function instancePrice({ instanceType, purchase }: CostConfig, prices: Prices): Price {
  return prices.instances[instanceType][purchase];
}

const reader = ({ prices, usage }: Prices) => ({
  usd: (price: UnitPrice): number => prices[price].usd,
  of: (name: Usage): number => usage[name].value,
});

const fixed = (item: string, usd: number, basis: string): CostLine => ({
  item,
  basis,
  low: cents(usd),
  high: cents(usd),
});

/** Whole cents: what is added up is what is read. */
export const cents = (usd: number): number => Math.round(usd * 100 + 1e-6);
export const dollars = (amount: number): string =>
  `$${grouped(Math.trunc(amount / 100))}.${String(amount % 100).padStart(2, '0')}`;
/** As a whole number, in groups of three. */
export const grouped = (value: number): string => String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, ',');
