import { useRef, useState } from 'preact/hooks';
import { api } from '../api';
import { isId } from '../address';
import { number, plural } from '../format';
import { filter, open } from '../place';
import { overview } from '../state';

const form = 'An id has 32 hex digits, as in the header X-Postback-Record-Id';

/** The id that someone means: without blanks, dashes and capitals. */
const idOf = (text: string) => text.toLowerCase().replace(/[\s-]/g, '');

/** Finds a record by its id alone, in whatever table it is. A whole id that is pasted is looked for at once, anything with Enter. */
export function Find() {
  const [text, setText] = useState('');
  const [told, setTold] = useState('');
  const asked = useRef(0);
  const find = async (given: string) => {
    const id = idOf(given);
    const mine = ++asked.current;
    if (!isId(id)) {
      setTold(id === '' ? `${form}.` : /^[0-9a-f]*$/.test(id) ? `${form}: this has ${number(id.length)}.` : `${form}: 0 to 9 and a to f.`);
      return;
    }

    setTold('Looking in every table …');
    try {
      const { database, table } = filter.value;
      const record = await api.record(id, database && table ? [`${database}.${table}`] : []);
      if (mine !== asked.current) {
        return;
      }

      if (record.state === 'unknown') {
        const left = record.left ? `; ${plural(record.left, 'more table')} could not be searched` : '';
        setTold(`Nothing has this id: not in ${plural(record.searched ?? 0, 'table')}, the quarantine or the dead letters${left}.${(overview.value?.queue.length ?? 0) > 0 ? ' It may still be on the queue.' : ''}`);
        return;
      }

      setTold('');
      open({ name: 'record', id, tables: record.database && record.table ? [`${record.database}.${record.table}`] : [] });
    } catch (error) {
      setTold((error as Error).message);
    }
  };
  const input = (next: string) => {
    asked.current++;
    setText(next);
    setTold('');
    if (isId(idOf(next))) {
      void find(next);
    }
  };
  return (
    <form class="id" onSubmit={(event) => { event.preventDefault(); void find(text); }}>
      <label>Record id<input value={text} onInput={(event) => input(event.currentTarget.value)} placeholder="32 hex digits, from X-Postback-Record-Id" spellcheck={false} autocomplete="off" autocapitalize="off" enterkeyhint="search" /></label>
      <p class="told" role="status">{told}</p>
    </form>
  );
}
