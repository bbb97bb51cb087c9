/** The two stacks that most tests look at, and how they look. */
import { synthesizeForTest, type Block } from './synthesized.ts';

export const ACCOUNT = '123456789012';
/** One host, as by default. */
export const one = synthesizeForTest({ account: ACCOUNT });
/** Up to three behind a balancer. */
export const several = synthesizeForTest({ account: ACCOUNT, hosts: 3 });

/** As the JSON refers to an attribute. */
export const ref = (address: string, attribute: string): string => `\${${address}.${attribute}}`;
export const parse = (text: unknown): unknown => JSON.parse(String(text));
export const values = (blocks: Record<string, Block>): Block[] => Object.values(blocks);
