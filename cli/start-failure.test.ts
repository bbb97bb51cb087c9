import { describe, expect, it } from '@jest/globals';
import { explainStartFailure } from './start-failure.ts';

const ports = { PORT: 8080, AWS_PORT: 4566, AGENTCORE_PORT: 5000, TTS_PORT: 8001, VLLM_PORT: 8000 };
const explain = (message: string): string => explainStartFailure(new Error(message), ports).message;

describe('explainStartFailure', () => {
  it.each([
    ['local-aws', 8080, 'PORT'],
    ['local-aws', 4566, 'AWS_PORT'],
    ['agentcore', 5000, 'AGENTCORE_PORT'],
    ['gtts-proxy', 8001, 'TTS_PORT'],
    ['vllm-cpu', 8000, 'VLLM_PORT'],
  ])('names the setting of a port of %s that is taken: %i', (service, port, setting) => {
    const message = `${service}: Port ${port} is already in use.`;
    expect(explain(message)).toBe(`${message} Set ${setting} to another.`);
  });

  it('says that SynapScribe runs already where its database is in use', () => {
    expect(explain('local-aws: The database in /x y/data/dynamodb is in use by another process.')).toMatch(
      /^SynapScribe is running already on the data folder \/x y\. Stop it, or set DATA_DIR/,
    );
  });

  it('leaves other words as they are', () => {
    expect(explain('agentcore: Port 9 is already in use.')).toBe('agentcore: Port 9 is already in use.');
    expect(explain('The disk is full.')).toBe('The disk is full.');
  });
});
