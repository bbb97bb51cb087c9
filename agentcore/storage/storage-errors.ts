/** What S3 and DynamoDB can do wrong, as the protocol's errors. */
import { SynapscribeError } from '../../protocol/errors.ts';

/** S3 or DynamoDB cannot be reached, or fails. */
export function storageUnavailable(cause: unknown): SynapscribeError {
  return new SynapscribeError('internal', 'The storage cannot be reached right now. Please try again in a moment.', {
    cause,
  });
}
