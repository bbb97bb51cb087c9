/** The script of a host's first boot, as Terraform is given it. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { escapeTerraform, renderApplyCommands, renderUserData } from './user-data.ts';

const PLAIN = { region: 'eu-west-1', settingsParameter: '/synapscribe/host/settings' };
const TOKENS = { region: '${TfToken[TOKEN.7]}', settingsParameter: '${TfToken[TOKEN.8]}' };
/** Amazon's bound on user data, before base64. */
const USER_DATA_BYTES = 16 * 1024;

describe('the user data', () => {
  it('is a script that bash understands', () => {
    const { status, stderr } = spawnSync('bash', ['-n'], {
      input: renderUserData(PLAIN),
      encoding: 'utf8',
      timeout: 10_000,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(renderUserData(PLAIN)).toMatch(/^#!\/usr\/bin\/env bash\n/);
  });

  it('has its two values, each in the one place where it is set', () => {
    const script = renderUserData(PLAIN);
    expect(script.match(/eu-west-1/g)).toHaveLength(1);
    expect(script).toContain("region='eu-west-1'\nparameter='/synapscribe/host/settings'\n");
    expect(script).not.toContain('__');
  });

  it('has tokens as they are, and nothing else that Terraform would read as its own', () => {
    const script = renderUserData(TOKENS);
    expect(script).toContain("region='${TfToken[TOKEN.7]}'\nparameter='${TfToken[TOKEN.8]}'\n");
    const rest = Object.values(TOKENS).reduce((text, token) => text.replace(token, ''), script);
    expect(rest.match(/(?<![$%])(?:\$\$)*[$%]\{/g)).toBeNull();
  });

  it('fits', () => {
    expect(Buffer.byteLength(renderUserData(PLAIN))).toBeLessThan(USER_DATA_BYTES / 2);
  });
});

it("is the same script for Systems Manager, line by line, without what are parameters in Amazon's documents", () => {
  const lines = renderApplyCommands(TOKENS);
  expect(lines[0]).toBe('#!/usr/bin/env bash');
  expect(`${lines.join('\n')}\n`).toBe(renderUserData(TOKENS));
  expect(lines.join('\n')).not.toContain('{{');
});

it.each([
  ['${a}', '$${a}'],
  ['%{http_code}', '%%{http_code}'],
  ['$a $(b) 100%', '$a $(b) 100%'],
])('escapes %s for Terraform as %s', (text, escaped) => {
  expect(escapeTerraform(text)).toBe(escaped);
});
