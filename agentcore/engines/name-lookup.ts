/**
 * Looks names up so that one which cannot be resolved holds nobody else up.
 *
 * getaddrinfo blocks one of libuv's four threads until the resolver gives up: 10 s and more where a container is gone
 * and Docker's DNS asks a server beyond a network that is down. Meanwhile lookups of storage would queue behind it. So:
 * one getaddrinfo a name at a time, shared by all who wait for it. Where that is slow, DNS is asked directly (c-ares,
 * no thread), so that a name that is back is found although an older lookup still hangs. Nothing is kept.
 */
import { lookup as getaddrinfo, Resolver } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** From then on a lookup counts as stuck. An ordinary one takes a few milliseconds. */
const SLOW_MS = 700;
const RESOLVER = { timeout: 700, tries: 2 };

type Lookup = (hostname: string) => Promise<LookupAddress[]>;

const byGetaddrinfo: Lookup = async (hostname) => await getaddrinfo(hostname, { all: true });
const byDns: Lookup = async (hostname) => {
  const addresses = await new Resolver(RESOLVER).resolve4(hostname);
  return addresses.map((address) => ({ address, family: 4 }));
};

export class NameLookup {
  readonly #inWork = new Map<string, Promise<LookupAddress[]>>();
  readonly #system: Lookup;
  readonly #direct: Lookup;
  readonly #slowMs: number;

  /** The parameters are for tests. `system` may hang; `direct` must not. */
  constructor(system: Lookup = byGetaddrinfo, direct: Lookup = byDns, slowMs = SLOW_MS) {
    this.#system = system;
    this.#direct = direct;
    this.#slowMs = slowMs;
  }

  /** Waits for the system as long as it takes: the connection's own time limit counts. Rejects with its error. */
  async resolve(hostname: string): Promise<LookupAddress[]> {
    const system = this.#shared(hostname);
    let timer: NodeJS.Timeout | undefined;
    const slow = new Promise<'slow'>((resolve) => (timer = setTimeout(() => resolve('slow'), this.#slowMs)));
    try {
      const first = await Promise.race([system, slow]);
      if (first !== 'slow') return first;
    } finally {
      clearTimeout(timer);
    }
    try {
      return await Promise.any([system, this.#direct(hostname)]);
    } catch (error) {
      throw error instanceof AggregateError ? error.errors[0] : error;
    }
  }

  /** As `net.connect` takes it. */
  readonly forConnect: LookupFunction = (hostname, options, callback) => {
    this.resolve(hostname).then(
      (found) => {
        const wanted = found.filter(({ family }) => !options.family || family === familyNumber(options.family));
        const [first] = wanted;
        if (first === undefined) callback(notFound(hostname), '');
        else if (options.all === true) callback(null, wanted);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error instanceof Error ? error : notFound(hostname), ''),
    );
  };

  #shared(hostname: string): Promise<LookupAddress[]> {
    const inWork = this.#inWork.get(hostname);
    if (inWork !== undefined) return inWork;
    const begun = this.#system(hostname).finally(() => this.#inWork.delete(hostname));
    this.#inWork.set(hostname, begun);
    return begun;
  }
}

const familyNumber = (family: number | 'IPv4' | 'IPv6'): number =>
  typeof family === 'number' ? family : Number(family.slice(3));

const notFound = (hostname: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`no address was found for ${hostname}`), { code: 'ENOTFOUND' });
