/** Says in words that there is no connection, and when it is tried again. */
import { useEffect, useState } from 'preact/hooks';
import { useServices } from '../services.ts';

/** A connection that comes at once is not worth a word. */
const PATIENCE_MS = 1_500;

export function ConnectionNotice() {
  const { connection } = useServices();
  const state = connection.state.value;
  const [, tick] = useState(0);
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (state.kind === 'open') return;
    const late = setTimeout(() => setLate(true), PATIENCE_MS);
    const ticking = setInterval(() => tick((n) => n + 1), 500);
    return () => {
      clearTimeout(late);
      clearInterval(ticking);
    };
  }, [state.kind]);

  if (state.kind === 'open' || (state.kind === 'connecting' && state.failures === 0 && !isLate)) {
    return <div role="status" />;
  }
  const lost = navigator.onLine ? 'The connection to SynapScribe is gone.' : 'You are offline.';
  const seconds = state.kind === 'waiting' ? Math.max(1, Math.ceil((state.retryAt - Date.now()) / 1000)) : 0;
  return (
    <section class="notice" aria-label="Connection">
      <p role="status">
        {state.kind === 'connecting' && state.failures === 0
          ? 'Connecting…'
          : `${lost} Your questions wait until it is back.`}
      </p>
      {state.kind === 'waiting' ? (
        <>
          <span>Next try in {seconds} s</span>
          <button type="button" class="quiet" onClick={() => connection.retryNow()}>
            Try now
          </button>
        </>
      ) : (
        state.failures > 0 && <span>Trying…</span>
      )}
    </section>
  );
}
