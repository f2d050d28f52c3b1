import type { SingleBar } from 'cli-progress';
import type { ArchiveFile } from '../archive/archive-files.ts';

/**
 * How many of the stored bytes are done, on a terminal only; stdin has no length. What draws it is loaded only when it
 * is needed. `format`: what stands behind the bar.
 */
export async function progressBar(
  sources: readonly ArchiveFile[],
  format: string,
  terminal: NodeJS.WriteStream,
): Promise<SingleBar | null> {
  const total = sources.reduce((sum, { bytes }) => sum + bytes, 0);
  if (!terminal.isTTY || total === 0) return null;
  const { Presets, SingleBar } = await import('cli-progress');
  const bar = new SingleBar(
    { stream: terminal, format: `{bar} {percentage} % | ${format}{eta_formatted} left`, clearOnComplete: true },
    Presets.rect,
  );
  bar.start(total, 0, { lines: 0 });
  return bar;
}
