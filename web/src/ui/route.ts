/** Which screen is shown: kept in the address's fragment, so that any server serves it and "back" works. */
import { signal } from '@preact/signals';
import { ALL_LECTURES, idSchema } from '../../../protocol/keys.ts';

export type Route =
  | { screen: 'home' }
  /** `at`: where to begin to play, in seconds. */
  | { screen: 'lecture'; lectureId: string; at: number | undefined }
  | { screen: 'all' }
  | { screen: 'unknown' };

export function parseRoute(fragment: string): Route {
  const [path = '', query = ''] = fragment.replace(/^#/, '').split('?');
  if (path === '' || path === '/') return { screen: 'home' };
  if (path === '/all') return { screen: 'all' };
  const lectureId = idSchema.safeParse(/^\/lectures\/([^/]+)$/.exec(path)?.[1]).data;
  if (lectureId === undefined) return { screen: 'unknown' };
  const at = Number.parseFloat(new URLSearchParams(query).get('t') ?? '');
  return { screen: 'lecture', lectureId, at: Number.isFinite(at) && at >= 0 ? at : undefined };
}

export const HOME = '#/';
export const ALL = '#/all';
export const lectureLink = (lectureId: string, at?: number): string =>
  lectureId === ALL_LECTURES ? ALL : `#/lectures/${lectureId}${at === undefined ? '' : `?t=${at}`}`;

export const route = signal<Route>({ screen: 'home' });

export function followAddress(): void {
  const read = (): void => void (route.value = parseRoute(location.hash));
  addEventListener('hashchange', read);
  read();
}
