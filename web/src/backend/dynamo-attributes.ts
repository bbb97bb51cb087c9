/** DynamoDB's JSON, which names each value's type, as plain values. */
import * as z from 'zod';

/** Of the kinds that a session item has. @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html */
const attributeSchema: z.ZodType = z.lazy(() =>
  z.union([
    z.object({ S: z.string() }).transform(({ S }) => S),
    z.object({ N: z.string() }).transform(({ N }) => Number(N)),
    z.object({ BOOL: z.boolean() }).transform(({ BOOL }) => BOOL),
    z.object({ NULL: z.boolean() }).transform(() => null),
    z.object({ L: z.array(attributeSchema) }).transform(({ L }) => L),
    z.object({ M: z.record(z.string(), attributeSchema) }).transform(({ M }) => M),
  ]),
);

/** `GetItem`'s answer. */
export const itemReplySchema = z.object({ Item: z.record(z.string(), attributeSchema).optional() });
