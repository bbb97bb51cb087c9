/** Sounds that nobody speaks, made of nothing: silence, noise, a hum and music of several kinds. The same every time. */

/** Samples a second of all that is made here. */
export const SOUND_RATE = 16_000;

/** Looked up once: within jest each look at a global is slow, and here are millions. */
const { sin, exp, min, PI } = Math;

type Wave = (phase: number) => number;

export const silence = (seconds: number): Float32Array => new Float32Array(Math.round(seconds * SOUND_RATE));

/** Lehmer's generator: repeatable numbers in [-1, 1). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 1_073_741_823.5 - 1;
  };
}

export const decibels = (db: number): number => 10 ** (db / 20);

/** `level`: of its power, in dB of full scale. */
export function whiteNoise(seconds: number, level: number, seed = 1): Float32Array {
  const random = randomFrom(seed);
  return atLevel(
    silence(seconds).map(() => random()),
    level,
  );
}

/** Source: Paul Kellet's economy filter (musicdsp.org, "Pink noise filter"). */
export function pinkNoise(seconds: number, level: number, seed = 1): Float32Array {
  const random = randomFrom(seed);
  let [a, b, c] = [0, 0, 0];
  const noise = silence(seconds).map(() => {
    const white = random();
    a = 0.99765 * a + white * 0.099046;
    b = 0.963 * b + white * 0.2965164;
    c = 0.57 * c + white * 1.0526913;
    return a + b + c + white * 0.1848;
  });
  return atLevel(noise, level);
}

/** Of 50 Hz, with the overtones of a transformer. */
export const hum = (seconds: number, level: number): Float32Array =>
  atLevel(
    silence(seconds).map((_, i) =>
      [1, 0.6, 0.4, 0.3, 0.2, 0.15].reduce(
        (sum, gain, n) => sum + gain * sin((2 * PI * 50 * (n + 1) * i) / SOUND_RATE),
        0,
      ),
    ),
    level,
  );

/** Brought to a level of power, in dB of full scale. */
export function atLevel(samples: Float32Array, level: number): Float32Array {
  const power = samples.reduce((sum, value) => sum + value * value, 0) / Math.max(1, samples.length);
  const gain = decibels(level) / Math.sqrt(power + 1e-20);
  return samples.map((value) => value * gain);
}

export const mix = (...parts: Float32Array[]): Float32Array => {
  const whole = new Float32Array(Math.max(...parts.map(({ length }) => length)));
  for (const part of parts) for (const [i, value] of part.entries()) whole[i] = (whole[i] ?? 0) + value;
  return whole;
};

export function join(...parts: Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const sine: Wave = (phase) => sin(2 * PI * phase);
const saw: Wave = (phase) => 2 * (phase % 1) - 1;
const organ: Wave = (phase) => sine(phase) + 0.5 * sine(2 * phase) + 0.3 * sine(3 * phase) + 0.2 * sine(4 * phase);
const strings: Wave = (phase) => [1, 2, 3, 4, 5, 6].reduce((sum, n) => sum + sine(n * phase) / n, 0);

interface Voice {
  wave: Wave;
  gain: number;
  /** In seconds: how fast a note begins and dies away. */
  attack: number;
  decay: number;
  /** In semitones, six times a second. */
  vibrato?: number;
}

interface Note {
  /** In beats. */
  at: number;
  length: number;
  /** A MIDI number. */
  pitch: number;
}

const CHORDS = [
  [48, 60, 64, 67],
  [45, 57, 60, 64],
  [41, 57, 60, 65],
  [43, 59, 62, 67],
] as const;
const MELODY = [72, 74, 76, 79, 77, 76, 74, 71, 72, 69, 71, 67, 69, 72, 71, 74] as const;

/** A chord a bar of four beats. */
function chordNotes(beats: number): Note[] {
  return Array.from({ length: Math.ceil(beats / 4) }, (_, bar) =>
    (CHORDS[bar % CHORDS.length] ?? []).map((pitch) => ({ at: bar * 4, length: 4, pitch })),
  ).flat();
}

/** The chords' notes one after another, two a beat. */
function arpeggioNotes(beats: number): Note[] {
  return Array.from({ length: Math.floor(beats * 2) }, (_, i) => {
    const chord: readonly number[] = CHORDS[Math.floor(i / 8) % CHORDS.length] ?? CHORDS[0];
    return {
      at: i / 2,
      length: 0.5,
      pitch: (chord[[0, 1, 2, 3, 2, 1, 3, 2][i % 8] ?? 0] ?? 60) + (i % 3 === 2 ? 12 : 0),
    };
  });
}

/** A tune of notes of half a beat to two beats. */
function melodyNotes(beats: number): Note[] {
  const notes: Note[] = [];
  for (let at = 0, i = 0; at < beats; i++) {
    const length = [1, 0.5, 0.5, 2, 1, 1.5, 0.5][i % 7] ?? 1;
    notes.push({ at, length, pitch: MELODY[(i * 5 + Math.floor(i / 7)) % MELODY.length] ?? 72 });
    at += length;
  }
  return notes;
}

function play(seconds: number, beat: number, notes: readonly Note[], voice: Voice): Float32Array {
  const sound = silence(seconds);
  for (const note of notes) {
    const from = Math.round(note.at * beat * SOUND_RATE);
    const length = Math.round(note.length * beat * SOUND_RATE);
    const ring = min(sound.length, from + length + Math.round(0.15 * SOUND_RATE));
    let phase = 0;
    for (let i = from; i < ring; i++) {
      const time = (i - from) / SOUND_RATE;
      const bend = (voice.vibrato ?? 0) * sin(2 * PI * 6 * time) * min(1, time * 4);
      phase += (440 * 2 ** ((note.pitch + bend - 69) / 12)) / SOUND_RATE;
      const release = i < from + length ? 1 : 1 - (i - from - length) / (0.15 * SOUND_RATE);
      const envelope = min(1, time / voice.attack) * exp(-time / voice.decay) * release;
      sound[i] = (sound[i] ?? 0) + voice.gain * envelope * voice.wave(phase);
    }
  }
  return sound;
}

/** Bass drum on one and three, snare on two and four, a cymbal each half beat. */
function drums(seconds: number, beat: number): Float32Array {
  const random = randomFrom(7);
  const sound = silence(seconds);
  for (let step = 0; step * beat < seconds * 2; step++) {
    const from = Math.round((step * beat * SOUND_RATE) / 2);
    for (let i = from; i < min(sound.length, from + 0.3 * SOUND_RATE); i++) {
      const time = (i - from) / SOUND_RATE;
      const cymbal = 0.15 * random() * exp(-time / 0.03);
      const isBass = step % 4 === 0;
      const isSnare = step % 4 === 2;
      const bass = isBass ? 0.9 * sin(2 * PI * (50 * time + 3 * (1 - exp(-time / 0.03)))) * exp(-time / 0.12) : 0;
      const snare = isSnare ? 0.5 * random() * exp(-time / 0.08) : 0;
      sound[i] = (sound[i] ?? 0) + cymbal + bass + snare;
    }
  }
  return sound;
}

/** A plucked string. Source: Karplus and Strong, "Digital Synthesis of Plucked-String and Drum Timbres", 1983. */
function plucked(seconds: number, beat: number, notes: readonly Note[]): Float32Array {
  const random = randomFrom(3);
  const sound = silence(seconds);
  for (const { at, pitch } of notes) {
    const period = Math.round(SOUND_RATE / (440 * 2 ** ((pitch - 69) / 12)));
    const line = Float32Array.from({ length: period }, () => random());
    const from = Math.round(at * beat * SOUND_RATE);
    for (let i = 0; i < 2 * SOUND_RATE && from + i < sound.length; i++) {
      const place = i % period;
      const value = line[place] ?? 0;
      sound[from + i] = (sound[from + i] ?? 0) + value;
      line[place] = 0.498 * (value + (line[(place + 1) % period] ?? 0));
    }
  }
  return sound;
}

/** Music without a voice, each kind of another timbre and tempo, at the loudness of a recording. */
export const MUSIC: Readonly<Record<string, (seconds: number) => Float32Array>> = {
  'an organ': (seconds) =>
    atLevel(play(seconds, 0.75, chordNotes(seconds / 0.75), { wave: organ, gain: 0.2, attack: 0.05, decay: 1e3 }), -20),
  'a piano': (seconds) =>
    atLevel(
      mix(
        play(seconds, 0.6, chordNotes(seconds / 0.6), { wave: organ, gain: 0.15, attack: 0.005, decay: 1.2 }),
        play(seconds, 0.6, arpeggioNotes(seconds / 0.6), { wave: organ, gain: 0.25, attack: 0.005, decay: 0.5 }),
      ),
      -20,
    ),
  'a band with drums': (seconds) =>
    atLevel(
      mix(
        play(seconds, 0.5, chordNotes(seconds / 0.5), { wave: saw, gain: 0.08, attack: 0.02, decay: 2 }),
        play(seconds, 0.5, melodyNotes(seconds / 0.5), {
          wave: saw,
          gain: 0.2,
          attack: 0.01,
          decay: 0.8,
          vibrato: 0.3,
        }),
        drums(seconds, 0.5),
      ),
      -18,
    ),
  'a slow flute': (seconds) =>
    atLevel(
      play(seconds, 0.55, melodyNotes(seconds / 0.55), {
        wave: (p) => sine(p) + 0.2 * sine(2 * p),
        gain: 0.3,
        attack: 0.08,
        decay: 4,
        vibrato: 0.5,
      }),
      -22,
    ),
  'a violin': (seconds) =>
    atLevel(
      play(seconds, 0.45, melodyNotes(seconds / 0.45), {
        wave: strings,
        gain: 0.2,
        attack: 0.06,
        decay: 3,
        vibrato: 0.7,
      }),
      -20,
    ),
  'a guitar': (seconds) => atLevel(plucked(seconds, 0.5, arpeggioNotes(seconds / 0.5)), -22),
  drums: (seconds) => atLevel(drums(seconds, 0.5), -20),
  techno: (seconds) =>
    atLevel(
      mix(
        play(seconds, 0.46, arpeggioNotes(seconds / 0.46), { wave: saw, gain: 0.2, attack: 0.002, decay: 0.15 }),
        drums(seconds, 0.46),
      ),
      -15,
    ),
};
