// A link on another site, such as a chat, arrives without the cookie (SameSite=Strict). A request of this page has it: then it opens once more.
const isReload = performance.getEntriesByType('navigation')[0]?.type === 'reload';
if (!isReload) {
  fetch('/api/session').then((answer) => {
    if (answer.ok) {
      location.reload();
    }
  });
}
