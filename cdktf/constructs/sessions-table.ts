/** Sessions and, under prefixed keys, connections, claims and counts (protocol/items.ts). */
import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table/index.js';
import { Construct } from 'constructs';

export class SessionsTable extends Construct {
  readonly table: DynamodbTable;

  /**
   * Encrypted, as every table is, with the key that DynamoDB owns. With one in KMS each caller would need rights on it, and the session
   * policy that AWS puts on Cognito's guests leaves KMS out.
   * @see https://docs.aws.amazon.com/cognito/latest/developerguide/iam-roles.html
   */
  constructor(scope: Construct, id: string, { name }: { name: string }) {
    super(scope, id);
    this.table = new DynamodbTable(this, 'table', {
      name,
      billingMode: 'PAY_PER_REQUEST',
      hashKey: 'sessionId',
      rangeKey: 'lectureId',
      attribute: [
        { name: 'sessionId', type: 'S' },
        { name: 'lectureId', type: 'S' },
      ],
      ttl: { attributeName: 'expiresAt', enabled: true },
      pointInTimeRecovery: { enabled: true },
    });
  }
}
