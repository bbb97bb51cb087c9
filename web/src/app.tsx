/** The frame around every screen, and which one is shown. */
import { useEffect, useRef } from 'preact/hooks';
import { ALL_LECTURES } from '../../protocol/keys.ts';
import { LectureScreen } from './lecture/lecture-screen.tsx';
import { AllLecturesScreen } from './lecture/all-lectures-screen.tsx';
import { HomeScreen } from './lectures/home-screen.tsx';
import { useServices } from './services.ts';
import { Announcer } from './ui/announce.tsx';
import { ConnectionNotice } from './ui/connection-notice.tsx';
import { MutedIcon, SpeakerIcon } from './ui/icons.tsx';
import { HOME, route, type Route } from './ui/route.ts';
import { Message } from './ui/message.tsx';

export function App() {
  const main = useRef<HTMLElement>(null);
  const shown = route.value;
  const key = shown.screen === 'lecture' ? shown.lectureId : shown.screen;
  const isFirst = useRef(true);
  useEffect(() => {
    // Those who listen hear where they are; those who see it need no frame around it.
    if (!isFirst.current) main.current?.querySelector<HTMLElement>('h1')?.focus();
    isFirst.current = false;
    scrollTo(0, 0);
  }, [key]);

  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <a class="wordmark" href={HOME}>
          <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <path d="M7 13v6M13 7v18M19 11v10" />
            <circle cx="25.5" cy="16" r="3" />
          </svg>
          SynapScribe
        </a>
        <AloudSwitch />
      </header>
      <ConnectionNotice />
      <main ref={main} tabIndex={-1}>
        <Screen key={key} shown={shown} />
      </main>
      <Announcer />
    </>
  );
}

function Screen({ shown }: { shown: Route }) {
  switch (shown.screen) {
    case 'home':
      return <HomeScreen />;
    case 'all':
      return <AllLecturesScreen key={ALL_LECTURES} />;
    case 'lecture':
      return <LectureScreen lectureId={shown.lectureId} at={shown.at} />;
    case 'unknown':
      return (
        <Message title="There is nothing here">
          <p>The address leads to no page of SynapScribe.</p>
          <a class="button" href={HOME}>
            To your lectures
          </a>
        </Message>
      );
  }
}

function AloudSwitch() {
  const services = useServices();
  const aloud = services.aloud.value;
  return (
    <button
      type="button"
      class="quiet with-icon"
      role="switch"
      aria-checked={aloud}
      onClick={() => services.setAloud(!aloud)}
    >
      {aloud ? <SpeakerIcon /> : <MutedIcon />}
      <span>Spoken answers</span>
      <span class="switch" aria-hidden="true" />
    </button>
  );
}
