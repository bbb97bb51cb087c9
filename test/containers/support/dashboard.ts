/** The dashboard as it is provisioned, and every expression in it. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const PATH = new URL('../../../compose/observability/grafana/dashboards/synapscribe.json', import.meta.url);

const targetSchema = z.object({ refId: z.string(), expr: z.string().min(1), legendFormat: z.string().min(1) });
const panelSchema = z.object({
  id: z.number().int().positive(),
  type: z.enum(['row', 'stat', 'timeseries', 'state-timeline']),
  title: z.string().min(1),
  description: z.string().optional(),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number().positive(), h: z.number().positive() }),
  targets: z.array(targetSchema).optional(),
  fieldConfig: z.object({ defaults: z.object({ unit: z.string() }) }).optional(),
});
/** Loose: what these tests have no opinion of is kept, and looked through for data sources. */
const dashboardSchema = z.looseObject({
  uid: z.string(),
  title: z.string(),
  schemaVersion: z.number().int(),
  annotations: z.object({ list: z.array(z.looseObject({ name: z.string(), expr: z.string() })) }),
  panels: z.array(z.looseObject(panelSchema.shape)),
});
export type Dashboard = z.infer<typeof dashboardSchema>;

/** @throws ZodError where it is not what Grafana's provisioning takes */
export const readDashboard = (): Dashboard => dashboardSchema.parse(JSON.parse(readFileSync(PATH, 'utf8')));

export interface DashboardExpression {
  /** The panel's title, or the annotation's name. */
  where: string;
  expr: string;
}

export function readExpressions(): DashboardExpression[] {
  const { panels, annotations } = readDashboard();
  return [
    ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ where: title, expr }))),
    ...annotations.list.map(({ name, expr }) => ({ where: name, expr })),
  ];
}
