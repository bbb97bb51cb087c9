/** What the page is told at run time (`/settings.json`), and what a browser lets it reach: the same on AWS and off it. */

export interface PageSettings {
  region: string;
  identityPoolId: string;
  /** The stage included: `wss://<api>.execute-api.<region>.amazonaws.com/Prod`. */
  webSocketUrl: string;
  audioBucket: string;
  sessionsTable: string;
  /** Off AWS alone: one address for all of its APIs. */
  awsEndpointUrl?: string;
}

export interface PageOrigins {
  /** Of the WebSocket API: `wss://<host>`. */
  webSocket: string;
  /** Of the bucket, which recordings are sent to and answers are played from. */
  audio: string;
  /** Of the other APIs that the page calls itself. */
  apis: readonly string[];
}

/** The header's value. @see https://www.w3.org/TR/CSP3/ */
export function contentSecurityPolicy({ webSocket, audio, apis }: PageOrigins): string {
  const connect = [...new Set(["'self'", webSocket, audio, ...apis])];
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    "manifest-src 'self'",
    `connect-src ${connect.join(' ')}`,
    `media-src 'self' ${audio}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // No text ever becomes markup or code.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}
