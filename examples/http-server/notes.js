'use strict';

// Shows the notes. Their texts come from users, so they are set as text and never as HTML.
async function show() {
  const answer = await fetch('/api/notes', { headers: { Accept: 'application/json' } });
  const { worker, notes } = await answer.json();
  document.getElementById('worker').textContent = `worker ${worker}`;
  document.getElementById('empty').hidden = notes.length > 0;
  document.getElementById('notes').replaceChildren(...notes.map(note => {
    const item = document.createElement('li');
    const from = document.createElement('small');
    item.textContent = note.text;
    from.textContent = `worker ${note.worker}, ${note.time.replace('T', ' ')}`;
    item.append(from);
    return item;
  }));
}

show().catch(error => { document.getElementById('worker').textContent = `nobody: ${error.message}`; });
