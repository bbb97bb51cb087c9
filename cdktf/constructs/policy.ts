/** IAM policies as text, so that what is synthesized can be put to a simulator. */

export interface Statement {
  Sid: string;
  Effect: 'Allow' | 'Deny';
  Principal?: '*' | Record<string, string>;
  Action: string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

export const allow = (
  Sid: string,
  Action: string[],
  Resource: string | string[],
  Condition?: Statement['Condition'],
): Statement => ({ Sid, Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) });

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
export const policyDocument = (statements: readonly Statement[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

/** Lets a service of AWS take a role. */
export const assumedBy = (service: string, condition?: Statement['Condition']): string =>
  policyDocument([
    {
      Sid: 'Assume',
      Effect: 'Allow',
      Principal: { Service: service },
      Action: ['sts:AssumeRole'],
      ...(condition && { Condition: condition }),
    },
  ]);

/**
 * Restricts DynamoDB requests to partitions. `ForAllValues` holds for an empty set too, hence the second condition: a
 * request without a key (Scan) is never let through by it.
 */
export const leadingKeys = (operator: 'StringEquals' | 'StringLike', values: string[]): Statement['Condition'] => ({
  [`ForAllValues:${operator}`]: { 'dynamodb:LeadingKeys': values },
  Null: { 'dynamodb:LeadingKeys': 'false' },
});
