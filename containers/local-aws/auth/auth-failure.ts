/** Why a request was not let in, before any service has put it into its own words. */

export type AuthFailureKind =
  | 'missing'
  | 'malformed'
  | 'unknown-key'
  | 'bad-signature'
  | 'expired-token'
  | 'expired-request'
  | 'skewed-clock'
  | 'denied';

export class AuthFailure extends Error {
  readonly kind: AuthFailureKind;

  constructor(kind: AuthFailureKind, message: string) {
    super(message);
    this.name = 'AuthFailure';
    this.kind = kind;
  }
}
