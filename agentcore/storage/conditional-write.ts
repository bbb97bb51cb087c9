/** DynamoDB writes that hold only on a condition: another process may have been faster. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';

/** What a conditional write gave, or nothing where its condition did not hold. @throws what else it threw */
export async function unlessRefused<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}
