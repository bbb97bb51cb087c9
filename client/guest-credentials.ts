/** A guest's temporary credentials, and when they are to be had anew. */

export interface GuestCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiration: Date;
}

/** Credentials are renewed so long before they end. */
const RENEWAL_MS = 5 * 60_000;

/** Keeps them, and has them issued once for all who ask at the same time. */
export class CredentialsKeeper {
  readonly #issue: () => Promise<GuestCredentials>;
  #credentials: Promise<GuestCredentials> | undefined;

  constructor(issue: () => Promise<GuestCredentials>) {
    this.#issue = issue;
  }

  get(): Promise<GuestCredentials> {
    const current = (this.#credentials ?? this.#issue()).then((credentials) =>
      credentials.expiration.getTime() - RENEWAL_MS > Date.now() ? credentials : this.#issue(),
    );
    this.#credentials = current;
    // A failure is not kept: the next caller tries again.
    current.catch(() => {
      if (this.#credentials === current) this.#credentials = undefined;
    });
    return current;
  }

  /** Has them issued anew for the next caller. */
  forget(): void {
    this.#credentials = undefined;
  }
}
