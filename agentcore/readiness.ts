/** Whether AgentCore can answer: are the model, the speech service, S3 and DynamoDB reachable? Asked rarely, cached. */

export type DependencyState = 'ok' | 'unreachable';

export interface Dependency {
  name: string;
  /** Whether questions cannot be answered without it. */
  required: boolean;
  check: (signal: AbortSignal) => Promise<void>;
}

export interface ReadinessReport {
  ready: boolean;
  dependencies: Record<string, DependencyState>;
}

const CACHED_MS = 5_000;
const CHECK_TIMEOUT_MS = 2_000;

export class Readiness {
  readonly #dependencies: readonly Dependency[];
  #report: Promise<ReadinessReport> | undefined;
  #expiresAt = 0;

  constructor(dependencies: readonly Dependency[]) {
    this.#dependencies = dependencies;
  }

  /** The state of each dependency, at most five seconds old. */
  async report(): Promise<ReadinessReport> {
    if (this.#report === undefined || Date.now() > this.#expiresAt) {
      this.#expiresAt = Date.now() + CACHED_MS;
      this.#report = this.#check();
    }
    return await this.#report;
  }

  async #check(): Promise<ReadinessReport> {
    const states = await Promise.all(
      this.#dependencies.map(async ({ name, required, check }) => {
        const state = await check(AbortSignal.timeout(CHECK_TIMEOUT_MS)).then(
          () => 'ok' as const,
          () => 'unreachable' as const,
        );
        return { name, required, state };
      }),
    );
    return {
      ready: states.every(({ required, state }) => !required || state === 'ok'),
      dependencies: Object.fromEntries(states.map(({ name, state }) => [name, state])),
    };
  }
}
