/** Asks AgentCore over HTTP and reads the answer's server-sent events. */
import { queryEventSchema, type QueryEvent } from '../../protocol/messages.ts';
import type { QueryRequest } from '../../protocol/agent-api.ts';

export interface SseAnswer {
  status: number;
  /** The refusal, where there is no stream. */
  error: { code: string; message: string; param: string | null } | undefined;
  /** `accepted` left out; in order of arrival. */
  events: QueryEvent[];
}

/** Resolves when the stream has ended. `onEvent` sees each event as it comes. */
export async function askSse(
  agentcoreUrl: string,
  request: Partial<QueryRequest>,
  onEvent: (event: QueryEvent) => void = () => undefined,
  signal?: AbortSignal,
): Promise<SseAnswer> {
  const response = await fetch(`${agentcoreUrl}/v1/queries`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify(request),
    ...(signal && { signal }),
  });
  if (!response.ok || response.body === null) {
    const { error } = (await response.json()) as { error: NonNullable<SseAnswer['error']> };
    return { status: response.status, error, events: [] };
  }
  const events: QueryEvent[] = [];
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data: unknown = JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? 'null');
      const event = queryEventSchema.safeParse(data);
      if (!event.success) continue;
      events.push(event.data);
      onEvent(event.data);
    }
  }
  return { status: response.status, error: undefined, events };
}
