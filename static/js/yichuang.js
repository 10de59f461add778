// Improves what already works without: keys, one submit per form, what is typed kept where the line or the session is gone, parts of a
// page put anew, upload progress, printing, focus on what was said. What the counter alone needs: counter.js; drafts from home: apply.js.
"use strict";

function focusSummary(root) {
  const summary = root.querySelector("[data-error-summary]");
  if (summary) summary.focus();
}

// Alt+letter: data-key on a button, a link, a summary or a heading, which leads to the first choice below it.
// Also read by counter.js.
const FIELDS = "input:not([type=hidden]):not([type=file]):not([disabled]), select, textarea";
function press(target) {
  if (target.matches("a[href], button")) {
    target.click();
  } else if (target.matches("summary")) {
    target.click();
    const first = target.parentElement.open && target.parentElement.querySelector(FIELDS);
    (first || target).focus();
  } else {
    target.scrollIntoView({ block: "start" });
    const list = target.closest("section, aside") || target;
    const first = list.querySelector("input[type=radio]");
    const chosen = [...list.querySelectorAll("input[type=radio]:checked")].find((one) => one.name === first.name);
    (chosen || first || target).focus();
  }
}
document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const typed = /^Key[A-Z]$/.test(event.code) ? event.code.slice(3).toLowerCase() : key;
  const keyed = [...document.querySelectorAll("[data-key]")];
  const target = keyed.find((one) => one.dataset.key === typed && one.checkVisibility());
  if (!target || event.repeat) return;
  event.preventDefault();
  press(target);
});

// Why a form was not sent, at its button: it stays as it is, to be sent again.
function tellAt(form, words, button = form.querySelector("button")) {
  document.querySelector("[data-no-line]")?.remove();
  const told = Object.assign(document.createElement("p"), { className: "field__error", innerHTML: `<span>${words}</span>` });
  told.setAttribute("role", "alert");
  told.dataset.noLine = "";
  (button?.parentElement || form.lastElementChild).before(told);
}
// Without a line the browser's own page would take the place of what was typed: the form stays and says so.
document.addEventListener("submit", (event) => {
  const form = event.target;
  document.querySelector("[data-no-line]")?.remove();
  if (navigator.onLine || form.method !== "post" || "upload" in form.dataset) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  tellAt(form, "网络不通，还没有提交。填的内容还在，网络恢复后再按一次。", event.submitter);
});
// A double click on a slow machine must not send a form twice (the server also refuses it).
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  if (form.method === "post" && !form.hasAttribute("hx-post")) {
    form.dataset.sending = "yes";
    setTimeout(() => delete form.dataset.sending, 4000);
  }
});
// Was this field changed since the page came? A chosen file counts, and a signature that was drawn.
function changed(box) {
  if (box.type === "file") return box.files.length > 0;
  if (box.type === "hidden") return box.name === "signature_drawn" && box.value !== "";
  return box.type === "radio" || box.type === "checkbox" ? box.checked !== box.defaultChecked : box.value !== box.defaultValue;
}
// <form data-guard>: the page asks before it goes without what was typed there and never put down ("typed": it came back, refused or
// with a wording put in; "chosen": what was only chosen counts as well).
window.addEventListener("beforeunload", (event) => {
  for (const form of document.querySelectorAll("form[data-guard]:not([data-sending])")) {
    const boxes = form.querySelectorAll(form.dataset.guard === "chosen" ? "textarea, input" : "textarea");
    if (form.dataset.guard === "typed" || [...boxes].some(changed)) event.preventDefault();
  }
});
// Coming back by the back button shows the same document again: it may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
});

// Signed in anew on another tab: what was typed here goes on with the new token, as long as it is the same account's.
const token = () => document.cookie.split("; ").find((one) => one.split("=")[0].endsWith("csrftoken"));
let known = token();
async function renewToken() {
  if (document.visibilityState === "hidden" || token() === known) return;
  const seen = token();
  const page = new DOMParser().parseFromString(await (await fetch(window.location.href)).text(), "text/html");
  const fresh = page.querySelector("[name=csrfmiddlewaretoken]");
  if (!fresh || page.documentElement.dataset.account !== document.documentElement.dataset.account) return;
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = fresh.value;
  known = seen;
}
window.addEventListener("focus", renewToken);
document.addEventListener("visibilitychange", renewToken);

// Signed out in between: an answer from the sign-in page is not put into this one.
const TO_SIGN_IN = '请<a href="/desk/" target="_blank">在新窗口登录</a>';
const SIGN_IN = `本页内容还在，${TO_SIGN_IN}`;
const signedOut = (request, asked) =>
  Boolean(request.responseURL) && new URL(request.responseURL).pathname !== new URL(asked, window.location.href).pathname;
// So is no whole page that refuses (too late, too often): its own words are told where the part would stand.
function refusal(request, part, none = "") {
  if (request.status < 400 || !/^\s*<(!doctype|html)/i.test(request.responseText)) return "";
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  if (part && page.querySelector(part.getAttribute("hx-select"))) return "";
  const words = [...page.querySelectorAll("main h1, main h1 ~ p")].slice(0, 2).map((one) => one.textContent.trim());
  return Object.assign(document.createElement("p"), { textContent: words.join("：") }).innerHTML || none;
}
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig, target, shouldSwap } = event.detail;
  const { elt, path } = requestConfig;
  const over = signedOut(xhr, path);
  const refused = !over && shouldSwap ? refusal(xhr, elt.closest("[hx-select]"), "系统没有答复，请过一会儿再试。") : "";
  if (!over && !refused) return;
  event.detail.shouldSwap = false;
  const saved = document.getElementById("saved");
  if (elt.matches(IN_PLACE) && refused) elt.submit();
  else if (elt.matches("form")) tellAt(elt, refused || `登录已失效，${SIGN_IN}后再按一次。`);
  else if (saved && (over || target === saved)) saved.innerHTML = refused || `登录已失效，刚才的改动没有保存；${SIGN_IN}后按“保存草稿”。`;
  else {
    const told = `<p class="field__error" role="alert" data-refused=""><span>${refused || `登录已失效，${SIGN_IN}后再试。`}</span></p>`;
    const before = target.querySelector("[data-refused]");
    if (elt === target && before?.outerHTML === told) return; // it asks again by itself: heard once
    for (const old of target.querySelectorAll("[data-refused], .told, .open-cases")) old.remove(); // nor does another number's answer stand for this one
    if (target.querySelector("input[type=text]")) target.insertAdjacentHTML("afterbegin", told); // what was typed there stays
    else target.innerHTML = told;
  }
});

// <form data-in-place>: only its own place is put anew, what is typed in other forms stays. What its address answers otherwise is told by
// a page, the way it goes without a script; where no answer comes to any form, it stays and says so.
const IN_PLACE = "form[data-in-place]";
const NO_ANSWER = "网络不通，没有收到答复。填的内容还在，网络恢复后再按一次。";
document.addEventListener("htmx:responseError", ({ detail: { elt } }) => {
  if (elt.matches(IN_PLACE)) elt.submit();
  else if (elt.matches("form")) tellAt(elt, "系统没有答复，下面还是原来的。过一会儿再按一次。");
});
document.addEventListener("htmx:sendError", ({ detail: { elt } }) => elt.matches("form") && tellAt(elt, NO_ANSWER));
document.addEventListener("htmx:afterSwap", ({ detail: { requestConfig } }) => {
  if (requestConfig?.elt.matches("form")) document.querySelector("[data-no-line]")?.remove(); // none: the page that Back brought
});
// Its address is a page's own: sent after the session had ended, it is kept for that one and not for the page where it stands.
document.addEventListener("htmx:configRequest", ({ detail: { elt, headers } }) => {
  if (elt.matches(IN_PLACE)) delete headers["HX-Current-URL"];
});
document.addEventListener("htmx:afterSwap", ({ target, detail: { requestConfig } }) => {
  if (!requestConfig?.elt.matches(IN_PLACE) || !target.matches("section")) return;
  target.tabIndex = -1;
  (target.querySelector("[aria-invalid=true]") || target).focus({ preventScroll: true });
});

// <form data-upload enctype="multipart/form-data">: sent with a progress that is also told in words, then the page that comes back. As
// long as another form of the page holds what was not sent yet, only this form's section is put anew, and such as nothing can be written
// in: what was chosen or typed there is not lost.
const uploading = new Set();
const hasFiles = (form) => [...form.querySelectorAll("input[type=file]")].some((input) => input.files.length);
const leftFiles = (but) => [...document.querySelectorAll("form[data-upload]")].some((form) => form !== but && hasFiles(form));
let gone = null; // the form by whose button the page goes
// Chosen is not uploaded: who leaves the page without is asked.
window.addEventListener("beforeunload", (event) => {
  if (uploading.size || leftFiles(gone)) event.preventDefault();
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !("upload" in form.dataset) || !hasFiles(form)) return;
  event.preventDefault();
  if (uploading.has(form)) return; // a slow line: pressed once more while it is on its way
  uploading.add(form);
  form.querySelector("[data-upload-told]")?.remove();
  const bar = document.createElement("progress");
  bar.max = 100;
  bar.className = "upload__progress";
  bar.setAttribute("aria-label", "上传进度");
  const told = Object.assign(document.createElement("p"), { className: "field__hint" });
  told.setAttribute("role", "status");
  told.dataset.uploadTold = "";
  form.append(told, bar);
  setTimeout(() => uploading.has(form) && told.append("正在上传，请等一等，不要离开本页。"), 100);
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.upload.addEventListener("progress", (step) => {
    if (step.lengthComputable) bar.value = (100 * step.loaded) / step.total;
  });
  request.addEventListener("loadend", () => {
    uploading.delete(form);
    delete form.dataset.sending;
    bar.remove();
  });
  const tellFailed = (why, then = "过一会儿") => {
    told.setAttribute("role", "alert");
    told.className = "field__error";
    told.innerHTML = `<span>没有传上去：${why}。选好的文件还在，${then}再按一次。</span>`;
  };
  // The sign-in page, or another account's, in place of this one would lose the chosen files.
  const tellOther = (page) => {
    const [{ account }, there] = [document.documentElement.dataset, page.documentElement.dataset.account];
    if (!account || there === undefined || there === account) return false;
    tellFailed(there ? "这个浏览器现在登录的是另一个账号" : "登录已失效", there ? "换回原来的账号登录以后" : `${TO_SIGN_IN}后`);
    return true;
  };
  request.addEventListener("load", () => {
    uploading.delete(form);
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    if (request.status >= 500 || page.documentElement.dataset.account === undefined) return tellFailed("系统没有答复");
    if (tellOther(page)) return;
    if (request.status === 429) return tellFailed(refusal(request).replace(/。$/, "")); // nor a page that only says to wait
    const here = form.closest("section[id]");
    const fresh = here && page.getElementById(here.id);
    const others = [...document.querySelectorAll("main form[method=post] :is(input, textarea)")].some((box) => box.form !== form && changed(box));
    if (fresh && others) {
      for (const part of document.querySelectorAll("main section[id]")) {
        const again = page.getElementById(part.id);
        if (again && !part.querySelector("form")) part.replaceWith(document.adoptNode(again));
      }
      const said = page.querySelector("[data-said]");
      if (said) fresh.prepend(said);
      here.replaceWith(document.adoptNode(fresh));
      wake(fresh);
      showChosen(fresh);
      (fresh.querySelector("[aria-invalid]") || fresh).focus();
      return;
    }
    if (request.status < 400 && request.responseURL) {
      const [there] = request.responseURL.split("#");
      const said = page.querySelector("[data-said]"); // said once, and to this script alone, which leads on to where it belongs
      if (said) sessionStorage.setItem("said", JSON.stringify([new URL(there).pathname, said.outerHTML]));
      gone = form;
      const same = there === window.location.href.split("#")[0];
      window.location.assign(fresh ? `${there}#${here.id}` : there); // an answer's address comes without its part
      if (same) window.location.reload();
      return;
    }
    document.title = page.title;
    document.body.replaceWith(document.adoptNode(page.body));
    document.dispatchEvent(new Event("page:anew")); // what a script of its own has put up there
    focusSummary(document);
  });
  // So much of somebody who is not signed in any more is not read to its end, and what says so does not come through.
  request.addEventListener("error", async () => {
    tellFailed("网络不通");
    const here = await fetch(window.location.href).catch(() => null);
    if (here) tellOther(new DOMParser().parseFromString(await here.text(), "text/html"));
  });
  const body = new FormData(form);
  if (event.submitter && event.submitter.name) body.append(event.submitter.name, event.submitter.value);
  request.send(body);
});

// <div data-shown-by="name" data-shown-for="value">: shown while that choice is made; without a script it always stands there.
function showChosen(root) {
  for (const part of root.querySelectorAll("[data-shown-by]")) {
    const chosen = part.closest("form").elements[part.dataset.shownBy];
    part.hidden = chosen.value !== part.dataset.shownFor;
  }
}
document.addEventListener("input", (event) => {
  if (event.target.form) showChosen(event.target.form);
});

// Buttons that only make sense with a script are hidden until it is here.
function wake(root) {
  for (const button of root.querySelectorAll("[data-print][hidden]")) button.hidden = false;
}
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
// Who listens to the page hears first what came of what he did: the part that the address names, or what was said above the title.
function focusTold() {
  if (document.activeElement && document.activeElement !== document.body) return;
  const part = document.getElementById(window.location.hash.slice(1)); // :target may come later, with the style sheets
  const said = document.querySelector("[data-said]");
  if (part) part.focus();
  else if (said) said.focus({ preventScroll: true });
}
function sayHere() {
  const [path, said] = JSON.parse(sessionStorage.getItem("said") || "[]");
  sessionStorage.removeItem("said");
  const above = document.querySelector("main .breadcrumb");
  if (above && path === window.location.pathname && !document.querySelector("[data-said]")) above.insertAdjacentHTML("afterend", said);
}
// From a case back to its list as one left it: the filters and the page are kept in this tab. What was typed (names, numbers) and
// whose cases alone were shown is not.
const TYPED = "form.filters :is(input:not([type]), [type=text], [type=search], [name=party])";
function keepList() {
  const key = (path) => `list:${document.documentElement.dataset.account}:${path}`;
  if (document.querySelector("form.filters")) {
    const chosen = new URLSearchParams(window.location.search);
    const typed = [...document.querySelectorAll(TYPED)].map((field) => field.name);
    if (typed.some((name) => chosen.get(name))) [...typed, "page"].forEach((name) => chosen.delete(name));
    sessionStorage.setItem(key(window.location.pathname), chosen.toString());
  }
  for (const link of document.querySelectorAll(".breadcrumb a, a[data-list]")) {
    if (!link.search) link.search = sessionStorage.getItem(key(link.pathname)) || "";
  }
}
// The rooms of a desk are a menu on a phone alone: beside the page it is opened here where a style cannot (Chromium before 131).
function openRooms() {
  if (CSS.supports("selector(::details-content)") || !window.matchMedia("(min-width: 40.01em)").matches) return;
  for (const menu of document.querySelectorAll(".side-nav__menu")) menu.open = true;
}
document.addEventListener("DOMContentLoaded", () => {
  openRooms();
  keepList();
  wake(document);
  showChosen(document);
  focusSummary(document);
  sayHere();
  focusTold();
});
document.addEventListener("htmx:afterSwap", (event) => {
  wake(event.target);
  showChosen(event.target);
  focusSummary(event.target);
});
