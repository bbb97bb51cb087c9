/** Languages that a lecture may be said to be in: those that Qwen2.5-Omni hears, and gTTS speaks. */
import { languageName } from '../../../protocol/languages.ts';

export const LANGUAGES = [
  'ar',
  'de',
  'en',
  'es',
  'fr',
  'id',
  'it',
  'ja',
  'ko',
  'nl',
  'pt',
  'ru',
  'th',
  'tr',
  'vi',
  'zh',
]
  .map((tag) => ({ tag, name: languageName(tag) }))
  .sort((a, b) => a.name.localeCompare(b.name, 'en'));
