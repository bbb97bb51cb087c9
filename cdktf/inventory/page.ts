/** The page: the same bytes for the same stack, state and prices. */
import type { StackConfig } from '../config.ts';
import { countCosts, dollars, estimate, instancePrice, type Estimate } from './cost.ts';
import { mergeInventory, type Row } from './inventory.ts';
import { LAYERS } from './layers.ts';
import { MAIN_HEAD, mainParts } from './main-parts.ts';
import { table } from './markdown.ts';
import type { PlannedResource } from './plan.ts';
import type { Price, Prices } from './prices.ts';
import type { StateResource } from './state.ts';

/** By what a page says where its ids are from. */
export const SOURCES = { plan: 'From the synthesized stack', state: 'From the stack and its Terraform state' } as const;

export interface PageInput {
  config: StackConfig;
  plan: readonly PlannedResource[];
  /** `undefined` where nothing is deployed, or nobody knows. */
  state: readonly StateResource[] | undefined;
  prices: Prices;
}

export function renderPage({ config, plan, state, prices }: PageInput): string {
  const rows = mergeInventory(plan, state);
  const costs = estimate(config, countCosts(plan), prices);
  const source = state === undefined ? SOURCES.plan : SOURCES.state;
  return [
    '<!-- Written by `npm run inventory`. Change the stack, not this page. -->',
    '<!-- prettier-ignore-start -->',
    '',
    '# AWS resources',
    '',
    introduction(source, rows),
    '',
    '## Main resources',
    '',
    table(MAIN_HEAD, mainParts({ config, rows, estimate: costs, source })),
    '',
    ...LAYERS.flatMap((layer) => section(layer, rows)),
    ...costSection(config, plan, prices, costs),
    '<!-- prettier-ignore-end -->',
    '',
  ].join('\n');
}

function introduction(source: string, rows: readonly Row[]): string {
  const counts = new Map<string, number>();
  for (const { status } of rows) counts.set(status, (counts.get(status) ?? 0) + 1);
  const statuses = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([status, count]) => `${count} ${status}`);
  const how =
    source === SOURCES.plan
      ? 'Nothing is deployed as far as this page knows: ids come with a deploy. After one, `npm run inventory` reads the local state, or `npm run inventory -- --state <file>` what `terraform state pull` gave.'
      : '`missing` is in the stack and not in the state, `extra` in the state and not in the stack, `tainted` is replaced by the next deploy.';
  return `${source}: ${statuses.join(', ')}. ${how}`;
}

function section(layer: string, rows: readonly Row[]): string[] {
  const own = rows.filter((row) => row.layer === layer);
  if (own.length === 0) return [];
  const cells = own.map((row) => [row.type, row.path, row.id, row.description, row.status, row.notes]);
  const hasNotes = own.some(({ notes }) => notes !== '');
  const head = ['Type', 'Name', 'Id', 'Description', 'Status', ...(hasNotes ? ['Notes'] : [])];
  return [`## ${layer}`, '', table(head, hasNotes ? cells : cells.map((row) => row.slice(0, -1))), ''];
}

function costSection(config: StackConfig, plan: readonly PlannedResource[], prices: Prices, costs: Estimate): string[] {
  const several = config.hosts > 1;
  const amounts = (low: number, high: number): string[] => (several ? [dollars(low), dollars(high)] : [dollars(low)]);
  const columns = several ? ['1 host', `${config.hosts} hosts`] : ['A month'];
  const lines = costs.lines.map(({ item, basis, low, high }) => [item, basis, ...amounts(low, high)]);
  const total = ['Total', '', ...amounts(costs.low, costs.high)];
  const hourly = instancePrice(config, prices);
  return [
    '## Monthly cost',
    '',
    `An estimate for ${config.instanceType}, ${config.purchase}, in US dollars before tax, at prices of ${prices.region} as of ${prices.date}. No free tier is deducted.` +
      (config.region === prices.region
        ? ''
        : ` The stack is for ${config.region}: these are ${prices.region}'s prices.`),
    '',
    table(['Item', 'What', ...columns], [...lines, total], ['', '', 'right', 'right']),
    '',
    ...(hourly.low === undefined || hourly.high === undefined
      ? []
      : [
          `A spot price moves: ${config.instanceType} was seen at $${hourly.low} to $${hourly.high} an hour in the region's zones. The inventory of the MVP had $0.40 spot, $1.20 on demand, and about $365 a month in all.`,
          '',
        ]),
    '### Other choices',
    '',
    table(['Instance', 'Purchase', ...columns], choices(config, plan, prices, amounts), ['', '', 'right', 'right']),
    '',
    '### A month is taken to hold',
    '',
    table(
      ['Number', 'Of'],
      Object.values(prices.usage).map(({ value, what }) => [String(value), what]),
      ['right'],
    ),
    '',
    '### Prices',
    '',
    `From \`cdktf/inventory/prices.json\`. ${Object.entries(prices.sure)
      .map(([word, meaning]) => `\`${word}\`: ${meaning}`)
      .join('; ')}.`,
    '',
    table(['USD', 'For', 'How sure', 'Source'], priceRows(prices), ['right']),
    '',
  ];
}

function choices(
  config: StackConfig,
  plan: readonly PlannedResource[],
  prices: Prices,
  amounts: (low: number, high: number) => string[],
): string[][] {
  const counts = countCosts(plan);
  return (['g5.2xlarge', 'g4dn.xlarge'] as const).flatMap((instanceType) =>
    (['spot', 'on-demand'] as const).map((purchase) => {
      const { low, high } = estimate({ ...config, instanceType, purchase }, counts, prices);
      return [instanceType, purchase, ...amounts(low, high)];
    }),
  );
}

function priceRows({ instances, prices }: Prices): string[][] {
  const row = (what: string, { usd, sure, source }: Price): string[] => [decimal(usd), what, sure, source];
  return [
    ...Object.entries(instances).flatMap(([type, byPurchase]) =>
      Object.entries(byPurchase).map(([purchase, price]) => row(`${type}, ${purchase}, ${price.unit}`, price)),
    ),
    ...Object.values(prices).map((price) => row(price.unit, price)),
  ];
}

/** Without an exponent. */
const decimal = (usd: number): string => usd.toFixed(10).replace(/0+$/, '').replace(/\.$/, '');
