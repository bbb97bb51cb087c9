/** Settings of the CPU stand-in for vLLM. */
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { host, integer, logLevel, port } from '../../service-kit/settings.ts';
import { scriptFields } from './script/script-settings.ts';

export const settingsSchema = z.object({
  PORT: port(8000),
  HOST: host(),
  LOG_LEVEL: logLevel(),
  /** The served model's name, as `--served-model-name` of vLLM. */
  LLM_MODEL: z.string().min(1).max(200).default('qwen-omni'),
  LLM_CONTEXT_TOKENS: integer(256, 1_000_000).default(16_384),
  /** Where the two files of the speech model are; fetched by model.ts. */
  MODEL_DIR: z.string().min(1).default('.synapscribe/models/moonshine-tiny'),
  /** Asked for under /v1 as `Authorization: Bearer …` where set. */
  VLLM_API_KEY: z.string().min(1).optional(),
  /** Windows of speech recognized at once; each takes some 250 MB. One keeps hardly more than one core at work. */
  CONCURRENCY: integer(1, 16).default(Math.min(2, availableParallelism())),
  ...scriptFields,
});

export type Settings = z.infer<typeof settingsSchema>;
