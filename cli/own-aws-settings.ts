/**
 * Imported first by the command line's client: it is a guest with credentials of its own, and its addresses come from
 * SynapScribe, so that profile, keys, region and endpoints of the developer's shell are not for it.
 */
import { withoutAwsSettings } from './service-environment.ts';

process.env = withoutAwsSettings(process.env);
