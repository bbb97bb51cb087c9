import { describe, expect, it } from '@jest/globals';
import { ConfigError, readConfig } from './config.ts';

const messageOf = (context: unknown, env: NodeJS.ProcessEnv = {}): string => {
  try {
    readConfig(context, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('settings', () => {
  it('have defaults for all', () => {
    expect(readConfig(undefined, {})).toEqual({
      region: 'us-east-1',
      subnetIds: [],
      gatewayEndpoints: true,
      instanceType: 'g5.2xlarge',
      purchase: 'spot',
      hosts: 1,
      openModelPorts: false,
      volumeGb: 100,
      allowedOrigins: [],
      logRetentionDays: 30,
      modelRevision: 'main',
    });
  });

  it('come from cdktf.json, and from the environment, which wins', () => {
    const context = { region: 'eu-west-1', hosts: 2, allowedOrigins: ['https://a.edu'] };
    const env = {
      SYNAPSCRIBE_HOSTS: '3',
      SYNAPSCRIBE_ALLOWED_ORIGINS: 'https://b.edu, http://localhost:5173',
      SYNAPSCRIBE_OPEN_MODEL_PORTS: 'true',
      SYNAPSCRIBE_VPC_ID: '',
      PATH: '/bin',
    };
    expect(readConfig(context, env)).toMatchObject({
      region: 'eu-west-1',
      hosts: 3,
      allowedOrigins: ['https://b.edu', 'http://localhost:5173'],
      openModelPorts: true,
    });
  });

  it('leave alone what docker compose reads', () => {
    expect(readConfig({}, { SYNAPSCRIBE_PORT: '8081', SYNAPSCRIBE_TAG: 'x' })).toMatchObject({ hosts: 1 });
  });

  it.each([
    [{ region: 'mars' }, 'context.synapscribe.region must be a region such as us-east-1'],
    [{ account: '12' }, 'context.synapscribe.account must be twelve digits'],
    [{ vpcId: 'default' }, 'context.synapscribe.vpcId must be a VPC id'],
    [{ instanceType: 't3.micro' }, 'context.synapscribe.instanceType must be g5.2xlarge or g4dn.xlarge'],
    [{ purchase: 'reserved' }, 'context.synapscribe.purchase must be spot or on-demand'],
    [{ operatorCidr: '0.0.0.0/0' }, 'context.synapscribe.operatorCidr must be an IPv4 range'],
    [{ operatorCidr: '300.1.1.1/32' }, 'context.synapscribe.operatorCidr must be an IPv4 range'],
    [{ operatorCidr: '203.0.113.7/24' }, 'context.synapscribe.operatorCidr must be an IPv4 range without host bits'],
    [{ region: 'cn-north-1' }, 'context.synapscribe.region must be of the partition aws'],
    [{ stateBucket: 'a..b' }, 'context.synapscribe.stateBucket must be a bucket name'],
    [{ hosts: 0 }, 'context.synapscribe.hosts must be 1 or more'],
    [{ hosts: 11 }, 'context.synapscribe.hosts must be 10 or less'],
    [{ hosts: 'two' }, 'context.synapscribe.hosts must be a number'],
    [{ hosts: 1.5 }, 'context.synapscribe.hosts must be a whole number'],
    [{ openModelPorts: 'yes' }, 'context.synapscribe.openModelPorts must be true or false'],
    [{ volumeGb: 50 }, 'context.synapscribe.volumeGb must be 100 or more'],
    [{ allowedOrigins: ['https://x.edu/'] }, 'context.synapscribe.allowedOrigins must be an origin'],
    [{ allowedOrigins: ['*'] }, 'context.synapscribe.allowedOrigins must be an origin'],
    [{ alarmEmail: 'me' }, 'context.synapscribe.alarmEmail must be an e-mail address'],
    [{ logRetentionDays: 8 }, 'context.synapscribe.logRetentionDays must be 7, 14, 30, 60, 90, 180 or 365'],
    [{ stateBucket: 'My_Bucket' }, 'context.synapscribe.stateBucket must be a bucket name'],
    [{ modelRevision: 'v1' }, 'context.synapscribe.modelRevision must be main or a commit'],
    [{ modelSha256: 'abc' }, 'context.synapscribe.modelSha256 must be 64 hex digits'],
    [{ subnetIds: ['subnet-0123456789abcdef0'] }, 'subnetIds go with a vpcId of yours'],
    [{ host: 2 }, 'context.synapscribe.host is not known; there are region, account'],
    [[], 'context.synapscribe in cdktf.json must be an object'],
    ['x', 'context.synapscribe in cdktf.json must be an object'],
  ])('that are wrong are refused: %j', (context, sentence) => {
    expect(messageOf(context)).toContain(sentence);
  });

  it('that are wrong are all named, by where they stand', () => {
    const message = messageOf({ region: 'mars' }, { SYNAPSCRIBE_HOSTS: '-1', SYNAPSCRIBE_PURCHAES: 'spot' });
    expect(message).toMatch(/^Wrong settings: .*\.$/);
    expect(message).toContain('context.synapscribe.region must be');
    expect(message).toContain('SYNAPSCRIBE_HOSTS must be 1 or more');
    expect(message).toContain('SYNAPSCRIBE_PURCHAES is not known; there are SYNAPSCRIBE_REGION');
  });
});
