/** The script that a host runs at its first boot, and that Systems Manager runs on it after each deploy. */
import { readFileSync } from 'node:fs';

export interface HostScriptProps {
  /** May be a Terraform token: it goes into the script as it is. */
  region: string;
  /** The SSM parameter with the host's settings (host-settings.ts). May be a Terraform token. */
  settingsParameter: string;
}

const TEMPLATE = new URL('user-data.sh', import.meta.url);

/** Text that Terraform gives back as it was: `${` and `%{` would be its own. Not for text that holds tokens. */
export const escapeTerraform = (text: string): string => text.replace(/[$%](?=\{)/g, '$&$&');

/** @returns a bash script, with the tokens of its properties for Terraform to resolve */
export function renderUserData({ region, settingsParameter }: HostScriptProps): string {
  return escapeTerraform(readFileSync(TEMPLATE, 'utf8'))
    .replace('__REGION__', () => region)
    .replace('__SETTINGS_PARAMETER__', () => settingsParameter);
}

/** @returns the same script as the lines of an SSM document's `aws:runShellScript`; its first line names bash */
export const renderApplyCommands = (props: HostScriptProps): string[] => renderUserData(props).trimEnd().split('\n');
