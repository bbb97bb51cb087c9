/** The body of `GET /v1/models`. */
import { randomUUID } from 'node:crypto';

/**
 * @param root what the model is made of; vLLM puts the path of the weights there, this stand-in its engines' names,
 *   so that nobody takes it for a language model
 */
export function modelList(id: string, root: string, maxModelLen: number): object {
  const created = Math.floor(Date.now() / 1000);
  return {
    object: 'list',
    data: [
      {
        id,
        object: 'model',
        created,
        owned_by: 'vllm',
        root,
        parent: null,
        max_model_len: maxModelLen,
        permission: [
          {
            id: `modelperm-${randomUUID().replaceAll('-', '')}`,
            object: 'model_permission',
            created,
            allow_create_engine: false,
            allow_sampling: true,
            allow_logprobs: false,
            allow_search_indices: false,
            allow_view: true,
            allow_fine_tuning: false,
            organization: '*',
            group: null,
            is_blocking: false,
          },
        ],
      },
    ],
  };
}
