/** What the screens work with, made once. */
import { signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import * as z from 'zod';
import { Connection } from './backend/connection.ts';
import { LectureShelf } from './lectures/lecture-shelf.ts';
import { SpeechPlayer } from './speech/speech-player.ts';
import { kept } from './ui/kept.ts';

const keptAloud = kept('aloud', z.boolean(), true);

export class Services {
  readonly connection = new Connection();
  readonly speech = new SpeechPlayer();
  readonly shelf = new LectureShelf(this.connection);
  /** Whether answers are spoken. */
  readonly aloud = signal(keptAloud.read());

  setAloud(aloud: boolean): void {
    this.aloud.value = aloud;
    keptAloud.write(aloud);
    if (!aloud) this.speech.stop();
  }
}

export const ServicesContext = createContext<Services | undefined>(undefined);

/** @throws Error outside of the app */
export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (services === undefined) throw new Error('There are no services here.');
  return services;
}
