// The page after a sign-out: goes back to the app when the frames of the other apps have loaded, and keeps the receipt fresh.
// Runs in the head, before the frames, so that none can have loaded unseen.
(() => {
  const patience = 4000, interval = 2000, looks = 60;
  let loaded = 0;
  document.addEventListener('load', event => { if (event.target.tagName === 'IFRAME') { loaded++; goOn(); } }, true);

  let next = null, frames = 0;
  function goOn() {
    if (next && frames > 0 && loaded >= frames) leave();
  }
  function leave() {
    const target = next;
    next = null;
    if (target) location.replace(target);
  }

  document.addEventListener('DOMContentLoaded', () => {
    const page = document.getElementById('signed-out');
    frames = document.querySelectorAll('iframe').length;
    next = page.dataset.continue || null;
    if (next && frames > 0) setTimeout(leave, patience); // an app that does not answer holds up nobody
    goOn();
    if (page.dataset.state) look(page.dataset.state, looks);
  });

  async function look(address, left) {
    await new Promise(resolve => setTimeout(resolve, interval));
    let isOpen = true;
    try {
      const answer = await fetch(address, { cache: 'no-store' });
      if (!answer.ok) return;
      const receipt = await answer.json();
      show(receipt);
      isOpen = receipt.isOpen;
    } catch {
      // offline for a moment: the next look tries again
    }
    if (isOpen && left > 1) await look(address, left - 1);
  }

  function show(receipt) {
    const badges = new Map([...document.querySelectorAll('[data-app]')].map(badge => [badge.dataset.app, badge]));
    let changed = false;
    for (const app of receipt.apps) {
      const badge = badges.get(app.id);
      if (!badge || badge.textContent === app.state) continue;
      badge.textContent = app.state;
      badge.className = `badge ${app.kind}`;
      changed = true;
    }
    document.getElementById('receipt-help').hidden = !receipt.needsCare;
    if (changed) document.getElementById('receipt-status').textContent = receipt.apps.map(app => `${app.id}: ${app.state}`).join('. ');
  }
})();
