/** Which layer a resource belongs to: by its type, and where a type is everywhere, by its place in the stack. */

export const LAYERS = [
  'Looked up, not made',
  'Network',
  'Compute',
  'API',
  'Functions',
  'Storage',
  'Identity and rights',
  'Page',
  'Observability',
  'Release',
  'Other',
  'In the state, not in the stack',
] as const;
export type Layer = (typeof LAYERS)[number];

const BY_TYPE: [RegExp, Layer][] = [
  [/^aws_(?:iam|cognito)_/, 'Identity and rights'],
  [/^aws_(?:cloudwatch|sns)_/, 'Observability'],
  [/^aws_(?:security_group|vpc|network_interface|eip|lb)(?:_|$)/, 'Network'],
  [/^aws_(?:instance|launch_template|autoscaling|spot|ebs|ami)(?:_|$)/, 'Compute'],
  [/^aws_(?:apigatewayv2|api_gateway)_/, 'API'],
  [/^aws_(?:lambda|sqs)_/, 'Functions'],
  [/^aws_cloudfront_/, 'Page'],
  [/^aws_dynamodb_/, 'Storage'],
];
const BY_PLACE: [RegExp, Layer][] = [
  [/^frontend\//, 'Page'],
  [/^release\//, 'Release'],
  [/^hosts?\//, 'Compute'],
  [/^audio\//, 'Storage'],
];
const BY_SERVICE: [RegExp, Layer][] = [
  [/^aws_s3_/, 'Storage'],
  [/^aws_ssm_/, 'Release'],
];

/** @param path in the construct tree, below the stack */
export function layerOf(type: string, path: string, mode: 'managed' | 'data'): Layer {
  if (mode === 'data') return 'Looked up, not made';
  const by = (text: string, layers: [RegExp, Layer][]) => layers.find(([pattern]) => pattern.test(text))?.[1];
  return by(type, BY_TYPE) ?? by(path, BY_PLACE) ?? by(type, BY_SERVICE) ?? 'Other';
}
