/** What a client of GET /stream is told. */
import type { IncomingMessage } from 'node:http';

export type Event = { readonly id?: string; readonly event: string; readonly data: Record<string, unknown> };

/** The next events of an answer, without comments. */
export async function* eventsOf(response: IncomingMessage): AsyncGenerator<Event> {
  let text = '';
  for await (const part of response.setEncoding('utf8')) {
    text += part;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string) => fields.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const [id, event, data] = [field('id'), field('event'), field('data')];
      if (event !== undefined) yield { ...(id === undefined ? {} : { id }), event, data: JSON.parse(data ?? '') };
    }
  }
}

/** The next `count` events whose name is one of these. */
export async function take(
  events: AsyncGenerator<Event>,
  count: number,
  ...names: readonly string[]
): Promise<Event[]> {
  const taken: Event[] = [];
  while (taken.length < count) {
    const { value, done } = await events.next();
    if (done) throw new Error('the stream has ended');
    if (names.includes(value.event)) taken.push(value);
  }
  return taken;
}
