/** A recording's outline as a picture needs it: how loud it is, stretch by stretch. */
import * as z from 'zod';

/** Enough for every column of a wide screen, and little enough for one message. */
export const MAX_WAVEFORM_PEAKS = 1_024;
/** What full scale is written as. */
export const FULL_SCALE_PEAK = 255;

export const waveformSchema = z.object({
  /** How long each stretch lasts; the last one may be shorter. */
  secondsPerPeak: z.number().positive(),
  /** The largest magnitude in each stretch, 0 to 255. */
  peaks: z.array(z.number().int().min(0).max(FULL_SCALE_PEAK)).max(MAX_WAVEFORM_PEAKS),
});

export type Waveform = z.infer<typeof waveformSchema>;
