// What a page of the News desk can do besides showing itself. Without it all views can be read and followed.

const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
const airflow = document.documentElement.dataset.airflow;
const embedded = window.parent !== window;

// -- inside Airflow: its theme, and links that leave the frame

function follow() {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
}
follow();
window.addEventListener("storage", follow);

// The frame may not move the page around it, but a link of that page may.
function leave(href) {
  if (!embedded) return void (location.href = href);
  const link = window.parent.document.createElement("a");
  link.href = href;
  link.click();
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-top]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  leave(link.href);
});
if (embedded) {
  const whole = $(".whole");
  whole.href = location.href;
  whole.hidden = false;
}

// -- a word about what the pointer or the focus is on

const tip = $("#tip");
function showTip(text, x, y) {
  tip.textContent = text;
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(x + 12, innerWidth - box.width - 8))}px`;
  tip.style.top = `${y + 18 + box.height > innerHeight ? y - box.height - 10 : y + 18}px`;
}
const hideTip = () => (tip.hidden = true);
document.addEventListener("pointermove", (event) => {
  const on = event.target.closest?.("[data-tip]");
  if (on) showTip(on.dataset.tip, event.clientX, event.clientY);
  else if (!event.target.closest?.("#calendar")) hideTip();
});
document.addEventListener("focusin", (event) => {
  const on = event.target.closest("[data-tip]");
  if (!on) return hideTip();
  const box = on.getBoundingClientRect();
  showTip(on.dataset.tip, box.left, box.bottom - 12);
});
document.addEventListener("keydown", (event) => event.key === "Escape" && hideTip());

// -- the calendar: one widget, moved in with the arrow keys

const STATES = { p: "published", w: "published, with a warning or many quarantined", f: "failed", r: "running now", e: "empty", u: "not available", m: "no run" };
const grid = $("#calendar");
if (grid) {
  const days = Number(grid.dataset.days);
  const first = Date.parse(`${grid.dataset.first}T00:00:00Z`);
  const lines = $$(".line", grid);
  const known = lines[0].dataset.states.length; // a young data root has fewer days than there is room for
  const cursor = document.createElement("div");
  cursor.className = "cursor";
  grid.append(cursor);
  let row = 0, column = known - 1;

  const day = (number) => new Date(first + number * 864e5);
  const iso = (number) => day(number).toISOString().slice(0, 10);
  const shown = (number) => day(number).toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).replace(",", "");
  const href = (line, number) => grid.dataset.href + iso(number) + (line.dataset.row ? `#source=${line.dataset.row}` : "");
  const counts = new Map(lines.map((line) => [line, line.dataset.counts.split(",")]));
  function words(line, number) {
    const state = STATES[line.dataset.states[number]];
    const count = Number(counts.get(line)[number]);
    const what = !state ? "nothing expected" : state + (count ? `, ${count.toLocaleString("en")} published` : "");
    return `${shown(number)} · ${line.dataset.row || "all sources"} · ${what}`;
  }
  function at(event) {
    const line = event.target.closest(".line"), chart = line && $("svg.days", line);
    if (!chart || event.target.closest("a")) return null;
    const box = chart.getBoundingClientRect();
    const number = Math.floor(((event.clientX - box.left) / box.width) * days);
    return number >= 0 && number < known ? [line, number] : null;
  }
  grid.addEventListener("pointermove", (event) => {
    const found = at(event);
    found ? showTip(words(...found), event.clientX, event.clientY) : hideTip();
  });
  grid.addEventListener("pointerleave", hideTip);
  grid.addEventListener("click", (event) => {
    const found = at(event);
    if (found) location.href = href(...found);
  });
  function move() {
    const chart = $("svg.days", lines[row]).getBoundingClientRect(), box = grid.getBoundingClientRect();
    const width = chart.width / days;
    Object.assign(cursor.style, {
      left: `${chart.left - box.left + column * width - 2}px`, top: `${chart.top - box.top - 2}px`,
      width: `${Math.max(width, 3) + 4}px`, height: `${chart.height + 4}px`,
    });
    cursor.classList.add("on");
    lines[row].scrollIntoView({ block: "nearest" });
    const place = $("svg.days", lines[row]).getBoundingClientRect();
    showTip(words(lines[row], column), place.left + column * width, place.bottom - 10);
  }
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], PageUp: [0, -28], PageDown: [0, 28], Home: [0, -1e4], End: [0, 1e4] };
  grid.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === grid) location.href = href(lines[row], column);
    const step = steps[event.key];
    if (!step || event.target !== grid || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    row = Math.max(0, Math.min(lines.length - 1, row + step[0]));
    column = Math.max(0, Math.min(known - 1, column + step[1]));
    move();
  });
  grid.addEventListener("focus", () => grid.matches(":focus-visible") && move());
  grid.addEventListener("blur", hideTip);
}

// -- a day: the source that one came from, and the arrow keys between days

const wanted = new URLSearchParams(location.hash.slice(1)).get("source");
if (wanted) {
  const line = $$("tr[data-source]").find((one) => one.dataset.source === wanted);
  line?.classList.add("target");
  line?.scrollIntoView({ block: "center" });
}
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea, [role=application], dialog, pre") || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "/") { event.preventDefault(); $("#find").focus(); }
  const link = { ArrowLeft: "a[rel=prev]", ArrowRight: "a[rel=next]" }[event.key];
  if (link) $(link)?.click();
});

// -- the reader: one name, or one speaker, among the others

const article = $(".reader article");
if (article) {
  const light = (entity) => {
    article.classList.toggle("lit", Boolean(entity));
    for (const mark of $$("mark", article)) mark.classList.toggle("on", mark.dataset.entity === entity);
    const said = new Set();
    for (const quote of $$("q", article)) {
      const on = Boolean(entity) && quote.dataset.speaker === entity;
      quote.classList.toggle("on", on);
      if (on) said.add(quote.dataset.quote);
    }
    for (const who of $$(".who p", article)) who.classList.toggle("on", said.has(who.dataset.quote));
  };
  let fixed = "";
  for (const button of $$(".named button")) {
    button.addEventListener("pointerenter", () => light(button.dataset.entity));
    button.addEventListener("pointerleave", () => light(fixed));
    button.addEventListener("click", () => {
      fixed = fixed === button.dataset.entity ? "" : button.dataset.entity;
      for (const other of $$(".named button")) other.setAttribute("aria-pressed", String(other.dataset.entity === fixed));
      light(fixed);
      if (fixed) $(`mark[data-entity="${CSS.escape(fixed)}"]`, article)?.scrollIntoView({ block: "center" });
    });
  }
}

// -- what changes something: runs are asked of Airflow's own API, which decides who may; decisions of the desk

async function send(method, url, body) {
  const answer = await fetch(url, { method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) });
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(typeof content.detail === "string" ? content.detail : `Airflow answered ${answer.status}`);
  return content;
}
const api = (method, path, body) => send(method, `${airflow}/api/v2/dags/${path}`, body);

// A run of a paused DAG would wait unseen. The daily DAG starts yesterday's run when it is switched on: not for us to do.
async function trigger(dag, conf, say) {
  if ((await api("GET", "news_daily")).is_paused) throw new Error("news_daily is paused: switch it on in Airflow first");
  if ((await api("GET", dag)).is_paused) await api("PATCH", `${dag}?update_mask=is_paused`, { is_paused: false });
  const { dag_run_id: run, state } = await api("POST", `${dag}/dagRuns`, { logical_date: null, conf });
  for (let now = state; ; now = (await api("GET", `${dag}/dagRuns/${encodeURIComponent(run)}`)).state) {
    say(`${run}: ${now}`);
    if (now === "success") return;
    if (now === "failed") throw new Error(`${run} failed. Look at it in Airflow.`);
    await new Promise((done) => setTimeout(done, 2000));
  }
}

for (const dialog of $$("dialog")) {
  const form = $("form", dialog), outcome = $(".outcome", dialog), go = $(".go", dialog);
  const say = (text, bad = false) => { outcome.textContent = text; outcome.classList.toggle("bad", bad); };
  const given = () => Object.fromEntries([...form.elements].filter((one) => one.name && (one.type === "checkbox" ? one.checked : one.value))
    .map((one) => [one.name, one.type === "checkbox" ? true : one.value]));

  for (const button of $$(`[data-dialog="${dialog.id}"]`)) {
    button.addEventListener("click", () => {
      for (const [name, value] of Object.entries(JSON.parse(button.dataset.fields))) form.elements[name].value = value;
      say("");
      go.disabled = false;
      dialog.showModal();
    });
  }
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    go.click();
  });
  go.addEventListener("click", async () => {
    if (!form.reportValidity() || go.disabled) return;
    go.disabled = true;
    try {
      if (dialog.dataset.post) await send("POST", dialog.dataset.post, given());
      else await trigger(dialog.dataset.dag, given(), say);
      location.reload();
    } catch (error) {
      say(error.message, true);
      go.disabled = false;
    }
  });
}
