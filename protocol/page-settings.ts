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
    "default-src 'self'",
    `connect-src ${connect.join(' ')}`,
    `media-src 'self' blob: ${audio}`,
    "img-src 'self' data:",
    "style-src 'self' 'unsafe-inline'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
