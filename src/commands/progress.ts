import type { SingleBar } from 'cli-progress';
import type { ArchiveFile } from '../archive/archive-files.ts';

/**
 * A bar that shows how many bytes of the files are read. Null without a terminal, and for stdin, which has no length. The
 * library is loaded only for a bar that is shown. `format`: cli-progress format of the text after the bar.
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
