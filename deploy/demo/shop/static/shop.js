// On every page, before anything else: what is said to Leadline before its script has run waits in a queue.
window.leadline ||= {
  q: [],
  event(...given) {
    this.q.push(["event", given, performance.now()]);
  },
};

// A form that says data-event="add_to_cart" records it when it is sent. The form works without this script.
document.addEventListener("submit", ({ target }) => {
  const { event, value, product } = target.dataset;
  if (event) window.leadline.event(event, { value: Number(value), product });
});
