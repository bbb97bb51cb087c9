/** Which models and voices a client may name, and which engine's voice each means. OpenAI's names are aliases. */
import { HttpError } from '../service-kit/http-errors.ts';
import type { SpeechVoice } from './engine.ts';
import { espeakVoiceId, languageOfEspeakVoice } from './espeak/espeak-voices.ts';
import { isFliteVoice, type FliteVoice } from './flite/flite.ts';
import { findGoogleLanguage, GOOGLE_LANGUAGES, isGoogleTld } from './google/languages.ts';
import { languageOfScript } from './script-language.ts';

/** This service's own model name, then OpenAI's. All speak alike. */
export const MODELS = ['gtts', 'tts-1', 'tts-1-hd', 'gpt-4o-mini-tts'] as const;

/** OpenAI's voices; Google has one voice a language, Flite the nearest of four. */
const OPENAI_VOICES: Readonly<Record<string, FliteVoice>> = {
  alloy: 'slt',
  ash: 'rms',
  ballad: 'awb',
  cedar: 'rms',
  coral: 'slt',
  echo: 'rms',
  fable: 'awb',
  marin: 'slt',
  nova: 'slt',
  onyx: 'rms',
  sage: 'slt',
  shimmer: 'slt',
  verse: 'rms',
};

const DEFAULT_FLITE_VOICE: FliteVoice = 'slt';

/** What a client asks for. */
export interface VoiceWish {
  voice: string;
  language?: string | undefined;
  tld?: string | undefined;
  /** What is to be said: of an OpenAI voice it decides the language, where none is asked for. */
  input?: string;
}

/** What that means: a language and accent, and for each engine that can speak so, its voice. */
export interface ResolvedVoice {
  language: string;
  tld: string;
  voiceByEngine: Readonly<Partial<Record<string, string>>>;
}

/** Dated snapshots of OpenAI's models, `tts-1-1106` for one, are known too. */
export function isKnownModel(model: string): boolean {
  return MODELS.some(
    (known) =>
      model === known || (known !== 'gtts' && /^-[\d-]+$/.test(model.slice(known.length)) && model.startsWith(known)),
  );
}

/**
 * A voice is one of OpenAI's names; one of Flite's or eSpeak's, which then speaks even where Google could; or a language
 * such as `fr` or `en-GB`, which is a voice of Google's. `language` and `tld` override what the voice implies.
 * @throws HttpError 400 that names the field at fault
 */
export function resolveVoice({ voice, language, tld, input = '' }: VoiceWish): ResolvedVoice {
  if (tld !== undefined && !isGoogleTld(tld)) throw wrong('tld', `There is no accent ${quote(tld)}.`);
  const name = voice.toLowerCase();
  const espeakLanguage = languageOfEspeakVoice(name);
  if (espeakLanguage !== undefined) return resolveEspeakVoice(espeakLanguage, language, tld);
  const spoken = findGoogleLanguage(language ?? impliedLanguage(name, input) ?? voice);
  if (spoken === undefined && language !== undefined) {
    throw wrong('language', `The language ${quote(language)} is not spoken here.`);
  }
  if (spoken === undefined || !(isNamedVoice(name) || findGoogleLanguage(voice) !== undefined)) {
    throw wrong('voice', `There is no voice ${quote(voice)}. GET /v1/audio/voices lists those there are.`);
  }
  const isEnglish = spoken.language === 'en';
  if (isFliteVoice(name)) {
    if (!isEnglish) throw wrong('language', `The voice ${name} speaks English only.`);
    return { language: 'en', tld: 'com', voiceByEngine: { flite: name } };
  }
  return {
    language: spoken.language,
    tld: tld ?? spoken.tld,
    voiceByEngine: {
      google: spoken.language,
      // Where nobody asked for another language, Flite says what it can of the text where nobody else is there.
      ...(isEnglish || (language === undefined && isNamedVoice(name))
        ? { flite: OPENAI_VOICES[name] ?? DEFAULT_FLITE_VOICE }
        : {}),
      espeak: espeakVoiceId(spoken.language),
    },
  };
}

function resolveEspeakVoice(spoken: string, language: string | undefined, tld = 'com'): ResolvedVoice {
  const id = espeakVoiceId(spoken);
  if (language !== undefined && findGoogleLanguage(language)?.language !== spoken) {
    throw wrong('language', `The voice ${id} speaks ${GOOGLE_LANGUAGES[spoken] ?? spoken} only.`);
  }
  return { language: spoken, tld, voiceByEngine: { espeak: id } };
}

export interface ListedVoice extends SpeechVoice {
  /** The engine that speaks it; `auto` for an alias. */
  engine: string;
}

/** OpenAI's names, then every engine's own voices. */
export function listVoices(engines: readonly { name: string; voices: readonly SpeechVoice[] }[]): ListedVoice[] {
  return [
    ...Object.keys(OPENAI_VOICES).map((id) => ({ id, name: id, language: 'en', engine: 'auto' })),
    ...engines.flatMap(({ name: engine, voices }) => voices.map((voice) => ({ ...voice, engine }))),
  ];
}

/** A client's own words in a message: short, and in quotes. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/** Undefined where the voice is a language itself. */
function impliedLanguage(name: string, input: string): string | undefined {
  if (isFliteVoice(name)) return 'en';
  return isNamedVoice(name) ? (languageOfScript(input) ?? 'en') : undefined;
}

function isNamedVoice(name: string): boolean {
  return Object.hasOwn(OPENAI_VOICES, name) || isFliteVoice(name);
}

function wrong(param: string, message: string): HttpError {
  return new HttpError(400, message, { param, code: 'invalid_value' });
}
