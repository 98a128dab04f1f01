// The page of a request that waits for somebody to approve it: looks every few seconds whether it was decided, for as long as it can be. Without script the page has a button.
document.addEventListener('DOMContentLoaded', () => {
  const interval = 5000, looks = 360; // half an hour
  look(document.querySelector('[data-waits]').dataset.waits, looks);

  async function look(address, left) {
    await new Promise(resolve => setTimeout(resolve, interval));
    try {
      const answer = await fetch(address, { cache: 'no-store' });
      if (answer.ok && !(await answer.json()).waits) {
        location.reload();
        return;
      }
    } catch {
      // offline for a moment: the next look tries again
    }
    if (left > 1) await look(address, left - 1);
  }
});
