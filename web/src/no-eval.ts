/** Imported before any schema: zod would try whether it may make code at run time, which the page's policy forbids. */
import * as z from 'zod';

z.config({ jitless: true });
