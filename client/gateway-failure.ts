/** API Gateway's own words, where the Lambda has failed or taken more than 29 s: `{message, connectionId, requestId}`. */
export function isGatewayFailure(raw: unknown): boolean {
  return typeof raw === 'object' && raw !== null && 'requestId' in raw && 'message' in raw && !('type' in raw);
}
