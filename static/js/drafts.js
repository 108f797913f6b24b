// What somebody types stays on the device until it is saved (docs/decisions/0017): encrypted with a key that only that
// person's pages receive, cleared when the server says that it is saved, at sign-out, and after 14 days.

const PREFIX = "draft.";
const KEPT = 14 * 24 * 3600 * 1000;
const PAUSE = 400;
const PAUSE_WHERE_SENT = 2000;
const NOT_KEPT = /passw|passcode|passphrase|token|secret|credential|recovery|otp/i;
const SAVED_COOKIE = "drafts-saved";

const bytes = text => new TextEncoder().encode(text);
const fromBase64 = text => Uint8Array.from(atob(text), each => each.charCodeAt(0));
const base64 = buffer => {
  let text = "";
  for (const each of new Uint8Array(buffer)) text += String.fromCharCode(each);
  return btoa(text);
};
const clock = at => new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

const when = at => `at ${clock(at)} on ${new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "long" })}`;

// One person's copies on this device. Names are keyed digests: they tell neither whose they are nor of which page.
class Store {
  static async of(secret) {
    const raw = fromBase64(secret);
    const store = new Store();
    store.aes = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
    store.mac = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    store.own = `${PREFIX}${await store.digest("person")}.`;
    return store;
  }

  async digest(text) {
    const signed = await crypto.subtle.sign("HMAC", this.mac, bytes(text));
    return base64(signed).slice(0, 22);
  }

  async name(address) {
    return this.own + (await this.digest(`page ${address}`));
  }

  async put(address, kept) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, this.aes, bytes(JSON.stringify(kept)));
    localStorage.setItem(await this.name(address), JSON.stringify({ at: kept.at, iv: base64(iv), data: base64(data) }));
  }

  async get(address) {
    const name = await this.name(address);
    const found = localStorage.getItem(name);
    if (!found) return null;
    try {
      const { iv, data } = JSON.parse(found);
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: fromBase64(iv) }, this.aes, fromBase64(data));
      return JSON.parse(new TextDecoder().decode(plain));
    } catch {
      localStorage.removeItem(name);
      return null;
    }
  }

  async remove(address) {
    localStorage.removeItem(await this.name(address));
  }

  removeAll() {
    for (const name of Object.keys(localStorage)) if (name.startsWith(this.own)) localStorage.removeItem(name);
  }
}

// Anybody's: what is too old goes, though nobody can read it.
function removeOld() {
  for (const name of Object.keys(localStorage)) {
    if (!name.startsWith(PREFIX)) continue;
    let at = 0;
    try {
      at = JSON.parse(localStorage.getItem(name)).at;
    } catch {
      // Not written by this page: removed below.
    }
    if (!(Date.now() - at < KEPT)) localStorage.removeItem(name);
  }
}

// The addresses that the server has saved since the last page.
function takeSaved() {
  const cookie = document.cookie.split("; ").find(each => each.startsWith(`${SAVED_COOKIE}=`));
  if (!cookie) return [];
  document.cookie = `${SAVED_COOKIE}=; Path=/; Max-Age=0; SameSite=Lax`;
  const value = cookie.slice(SAVED_COOKIE.length + 1).replace(/^"|"$/g, "");
  return value.split(".").filter(Boolean).map(decodeURIComponent);
}

const isText = field =>
  field.tagName === "TEXTAREA" || (field.tagName === "INPUT" && ["text", "email", "url", "tel", "number"].includes(field.type));
const isKept = field =>
  field.name && !NOT_KEPT.test(field.name) && !["password", "file", "submit", "button"].includes(field.type) && field.tagName !== "BUTTON";

// Name and value of everything that a post would send, but for secrets and files.
function valuesOf(form) {
  return [...form.elements]
    .filter(isKept)
    .filter(field => !["radio", "checkbox"].includes(field.type) || field.checked)
    .map(field => [field.name, field.value]);
}

function fill(form, values) {
  const left = new Map();
  for (const [name, value] of values) left.set(name, [...(left.get(name) || []), value]);
  for (const field of [...form.elements].filter(isKept)) {
    const wanted = left.get(field.name) || [];
    if (["radio", "checkbox"].includes(field.type)) field.checked = wanted.includes(field.value);
    else if (wanted.length) field.value = wanted.shift();
  }
}

const textsOf = (form, values) => {
  const names = new Set([...form.elements].filter(isText).map(field => field.name));
  return JSON.stringify(values.filter(([name]) => names.has(name)).map(([name, value]) => [name, value.replace(/\r\n/g, "\n")]));
};
const versionOf = values => (values.find(([name]) => name === "version") || [])[1];

function paragraphOf(text, className = "govuk-body") {
  const paragraph = document.createElement("p");
  paragraph.className = className;
  paragraph.textContent = text;
  return paragraph;
}

function noticeOf(sentences, discarded) {
  const box = document.createElement("div");
  box.className = "govuk-inset-text";
  box.id = "kept-on-device";
  box.append(...sentences.map(each => paragraphOf(each)));
  const discard = document.createElement("button");
  discard.type = "button";
  discard.className = "govuk-button govuk-button--secondary";
  discard.textContent = "Discard what I typed";
  discard.addEventListener("click", discarded);
  box.append(discard);
  return box;
}

class DraftForm {
  constructor(form, store) {
    this.form = form;
    this.store = store;
    this.address = new URL(form.action || location.href, location.href);
    this.address = this.address.pathname + this.address.search;
    this.asLoaded = valuesOf(form);
    this.isUnsaved = false;
    this.isSending = false;
    this.ticket = document.getElementById("draft-ticket");
    this.addStatus();
    form.addEventListener("input", () => this.typed());
    form.addEventListener("change", () => this.typed());
    form.addEventListener("submit", event => this.submitted(event));
    window.addEventListener("pagehide", () => this.keep());
    window.addEventListener("beforeunload", event => {
      if (this.isUnsaved && !this.isSending) event.preventDefault();
    });
    // Back to a page that the browser kept: the button works again.
    window.addEventListener("pageshow", () => (this.isSending = false));
  }

  addStatus() {
    this.status = document.createElement("p");
    this.status.className = "govuk-hint app-draft-status";
    this.status.setAttribute("role", "status");
    this.form.append(this.status);
  }

  say(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  typed() {
    this.isUnsaved = true;
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.keep(), PAUSE);
    if (!this.ticket) return;
    clearTimeout(this.sending);
    this.sending = setTimeout(() => this.send(), PAUSE_WHERE_SENT);
  }

  async keep() {
    clearTimeout(this.pause);
    if (!this.isUnsaved || !this.store) return;
    const at = Date.now();
    try {
      await this.store.put(this.address, { at, values: valuesOf(this.form) });
    } catch {
      this.say("This device has no room to keep what you type. Save it soon.");
      return;
    }
    if (!this.ticket) this.say(`Kept on this device ${clock(at)}`);
  }

  // Texts that several people write go to the server too, so that they are there on another computer.
  async send() {
    if (!this.isUnsaved || this.isSending) return;
    const body = new URLSearchParams(valuesOf(this.form));
    body.set("ticket", this.ticket.dataset.ticket);
    body.set("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken.value);
    try {
      this.abort = new AbortController();
      const answer = await fetch(this.ticket.dataset.keep, { method: "POST", body, redirect: "error", signal: this.abort.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const { at, others } = await answer.json();
      this.say(`Saved as a draft ${at}`);
      this.tellOthers(others);
    } catch {
      if (this.store) this.say(`Kept on this device ${clock(Date.now())}`);
    }
  }

  tellOthers(others) {
    const place = document.getElementById("draft-others");
    const told = others.map(each => paragraphOf(each));
    if (place && place.textContent.trim() !== others.join("")) place.replaceChildren(...told);
  }

  submitted(event) {
    if (event.defaultPrevented) return;
    if (navigator.onLine === false) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.isUnsaved = true;
      this.keep().then(() =>
        this.say(`There is no network, so nothing was sent. ${this.store ? "Your words are kept on this device: s" : "S"}end it again when you are back.`),
      );
      return;
    }
    this.isUnsaved = true;
    this.isSending = true;
    clearTimeout(this.sending);
    this.abort?.abort();
    this.keep();
  }

  // Words of another time on this page, put back unless the page already shows what was typed.
  async bringBack() {
    const kept = await this.store.get(this.address);
    if (!kept || textsOf(this.form, kept.values) === textsOf(this.form, this.asLoaded)) return;
    // The answer to a post, and a draft that the server has and that is younger, hold what was typed last.
    if (document.querySelector(".govuk-error-summary, .app-stale")) return;
    const onServer = document.getElementById("kept");
    if (onServer && Date.parse(onServer.dataset.keptAt) >= kept.at) return;
    if (onServer) onServer.remove();
    const isOvertaken = versionOf(kept.values) !== versionOf(this.asLoaded);
    fill(this.form, kept.values);
    this.isUnsaved = true;
    this.form.before(this.notice(kept.at, isOvertaken));
    for (const field of this.form.elements) if (isText(field)) field.dispatchEvent(new Event("keyup", { bubbles: true }));
  }

  notice(at, isOvertaken) {
    const sentences = [`What you typed ${when(at)} is back in the form. It is kept on this device and not yet saved.`];
    if (isOvertaken) sentences.push("Someone has saved other words since. When you save, you see both before anything is replaced.");
    if (this.form.querySelector("input[type=file]")) sentences.push("Choose the file again.");
    const box = noticeOf(sentences, async () => {
      await this.store.remove(this.address);
      clearTimeout(this.pause);
      this.isUnsaved = false;
      fill(this.form, this.asLoaded);
      box.remove();
      this.say("");
    });
    return box;
  }
}

// Where the page has no form any more, for a reason that it gives: the words stand alone, to be copied. A page that says no
// to what was just sent shows it already.
async function showAlone(store) {
  if (document.querySelector(".app-typed")) return;
  const address = location.pathname + location.search;
  const kept = await store.get(address);
  const texts = (kept?.values || []).map(([, value]) => value).filter(value => /\p{L}\s+\S/u.test(value));
  if (!texts.length) return;
  const box = noticeOf([`You typed this ${when(kept.at)}, and it was not saved. Copy it if you need it.`], async () => {
    await store.remove(address);
    box.remove();
  });
  for (const text of texts) box.lastChild.before(paragraphOf(text, "govuk-body app-words"));
  document.querySelector("main h1")?.after(box);
}

export async function startDrafts() {
  removeOld();
  const own = document.querySelector("[data-drafts-key]")?.dataset;
  const store = own && window.crypto?.subtle ? await Store.of(own.draftsKey) : null;
  if (store) {
    await Promise.all(takeSaved().map(address => store.remove(address)));
    for (const form of document.querySelectorAll(`form[action="${own.draftsEnd}"]`)) form.addEventListener("submit", () => store.removeAll());
  }
  const forms = [...document.querySelectorAll("main form[method=post]")].filter(form => [...form.elements].some(field => isText(field) && isKept(field)));
  for (const form of forms) {
    const draft = new DraftForm(form, store);
    if (store) await draft.bringBack();
  }
  if (store && !forms.length) await showAlone(store);
}
