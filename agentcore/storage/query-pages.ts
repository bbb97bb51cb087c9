/** A whole DynamoDB query: it gives at most 1 MB at once, and says where to go on. */
import {
  QueryCommand,
  type DynamoDBDocumentClient,
  type QueryCommandInput,
  type QueryCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import { storageUnavailable } from './storage-errors.ts';

/** @throws SynapscribeError internal where DynamoDB cannot be reached; the signal's reason */
export async function* queryPages(
  documents: DynamoDBDocumentClient,
  input: Omit<QueryCommandInput, 'ExclusiveStartKey'>,
  signal?: AbortSignal,
): AsyncGenerator<QueryCommandOutput, void, undefined> {
  let from: Record<string, unknown> | undefined;
  do {
    const command = new QueryCommand({ ...input, ExclusiveStartKey: from });
    const page = await documents.send(command, signal && { abortSignal: signal }).catch((error: unknown) => {
      throw signal?.aborted === true ? signal.reason : storageUnavailable(error);
    });
    yield page;
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
}
