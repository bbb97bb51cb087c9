/** The price table (prices.json), and what a month is taken to hold. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { INSTANCE_TYPES, type InstanceType, type StackConfig } from '../config.ts';

const SURE = ['listed', 'secondary', 'unchecked', 'moves'] as const;
const priceSchema = z.strictObject({
  usd: z.number().positive(),
  unit: z.string(),
  sure: z.enum(SURE),
  source: z.string(),
  /** Of a price that moves: what was seen. */
  low: z.number().positive().optional(),
  high: z.number().positive().optional(),
});
const usageSchema = z.strictObject({ value: z.number().nonnegative(), what: z.string() });

const UNIT_PRICES = [
  'volumeGbMonth',
  'publicAddressHour',
  'balancerHour',
  'balancerUnitHour',
  'webSocketMessage',
  'webSocketMinute',
  'lambdaRequest',
  'lambdaGbSecond',
  'tableWrite',
  'tableRead',
  'tableGbMonth',
  'tableBackupGbMonth',
  'storageGbMonth',
  'storagePut',
  'storageGet',
  'transferGb',
  'pageGb',
  'pageRequest',
  'alarmMonth',
  'dashboardMonth',
  'metricMonth',
  'metricCall',
  'logGb',
  'logGbMonth',
  'queueRequest',
  'mail',
] as const;
const USAGE = [
  'questions',
  'lectures',
  'lectureMegabytes',
  'lectureMonthsKept',
  'questionKilobytes',
  'answerKilobytes',
  'messagesPerQuestion',
  'connectionMinutesPerQuestion',
  'requestsPerQuestion',
  'requestMilliseconds',
  'validationSeconds',
  'writeUnitsPerQuestion',
  'readUnitsPerQuestion',
  'tableGigabytes',
  'putsPerQuestion',
  'getsPerQuestion',
  'visits',
  'visitMegabytes',
  'visitRequests',
  'logGigabytes',
  'routeMetrics',
  'sharedMetrics',
  'hostMetrics',
  'metricCallsPerHostMinute',
  'balancerUnits',
  'queueRequests',
  'mails',
] as const;

const pricesSchema = z.strictObject({
  region: z.string(),
  currency: z.literal('USD'),
  date: z.iso.date(),
  hoursPerMonth: z.number().positive(),
  sure: z.record(z.enum(SURE), z.string()),
  instances: z.record(
    z.enum(Object.keys(INSTANCE_TYPES) as [InstanceType, ...InstanceType[]]),
    z.record(z.enum(['spot', 'on-demand'] satisfies StackConfig['purchase'][]), priceSchema),
  ),
  prices: z.record(z.enum(UNIT_PRICES), priceSchema),
  usage: z.record(z.enum(USAGE), usageSchema),
});

export type Price = z.infer<typeof priceSchema>;
export type Prices = z.infer<typeof pricesSchema>;
export type UnitPrice = (typeof UNIT_PRICES)[number];
export type Usage = (typeof USAGE)[number];

export function readPrices(): Prices {
  return pricesSchema.parse(JSON.parse(readFileSync(new URL('prices.json', import.meta.url), 'utf8')));
}
