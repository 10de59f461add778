// Saved as it is typed, and only the fields that matter shown; without a script the button saves and every field stands there.
"use strict";
(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const told = form.querySelector("[data-saved]");
  let timer = 0;
  let busy = null; // what is on its way

  const send = () =>
    fetch(form.action || window.location.href, {
      method: "POST",
      keepalive: true, // sent to the end though the page goes
      body: new FormData(form),
      headers: { "X-Autosave": "1" },
      credentials: "same-origin",
      redirect: "manual",
      signal: AbortSignal.timeout?.(30000), // a dead line: what is typed meanwhile waits for it
    });
  // Who signed in again on another tab got a new token; this page goes on with it. Under somebody else's nothing that was typed here is kept.
  let other = false;
  async function renew() {
    const page = new DOMParser().parseFromString(await (await fetch(window.location.href)).text(), "text/html");
    const { account } = page.documentElement.dataset;
    other = Boolean(account) && account !== document.documentElement.dataset.account;
    const token = !other && page.querySelector("form[data-autosave] [name=csrfmiddlewaretoken]");
    if (token) form.elements.csrfmiddlewaretoken.value = token.value;
    return Boolean(token);
  }
  function tellToSignIn() {
    const link = document.createElement("a");
    link.href = form.dataset.signIn;
    link.textContent = "重新登录";
    told.replaceChildren("登录已失效。填的内容没有丢，请", link, "，接着提交就会存好。");
  }

  async function tellKept(answer) {
    const { faults, stood } = await answer.json();
    if (stood && form.elements.stood) form.elements.stood.value = stood; // what this page has saved by now
    const wrong = document.createElement("ul");
    for (const fault of faults) wrong.append(Object.assign(document.createElement("li"), { textContent: fault }));
    told.replaceChildren(faults.length ? "其余的已保存；这几项还不对，没有保存：" : "已保存。");
    if (faults.length) told.append(wrong);
  }

  function tryLater(words) {
    if (told.textContent !== words) told.textContent = words; // heard once, not at each try
    timer ||= setTimeout(save, 10000); // unless more was typed meanwhile, which is saved sooner
  }

  // Sent while another is on its way, as who leaves or presses the button does: what was typed since that one is no field that nobody
  // touched, though it be typed back to what stood here first.
  function touch() {
    if (!busy || !form.elements.stood) return;
    const stood = JSON.parse(form.elements.stood.value || "{}");
    const given = new FormData(form);
    for (const name of Object.keys(stood)) if (`${given.getAll(name)}` !== `${busy.getAll(name)}`) stood[name] = "";
    form.elements.stood.value = JSON.stringify(stood);
  }

  // One after the other: each tells what this page has saved by then, and of two on their way the older could come last.
  async function save(leaving = false) {
    timer = 0;
    if (busy && !leaving) {
      timer = setTimeout(save, 300);
      return;
    }
    touch();
    busy = new FormData(form);
    try {
      let answer = await send();
      if (answer.status === 403 && (await renew())) answer = await send();
      if (answer.type === "opaqueredirect") tellToSignIn();
      else if (answer.ok) await tellKept(answer);
      else if (answer.status === 403 && other) told.textContent = "没有保存：这个浏览器现在登录的是另一个账号。换回原来的账号登录以后，在这一页接着填，就会存好。";
      else if (answer.status < 500) told.textContent = "没有保存上：请点下面的按钮保存。";
      else tryLater("系统没有答复，暂时没有保存；过一会儿会再试。");
    } catch {
      tryLater("网络不通，暂时没有保存；网络恢复后会再试。");
    } finally {
      busy = null;
    }
  }

  function holds(line, answer) {
    const values = Array.isArray(answer) ? answer : [answer ?? ""];
    return values.some((value) => {
      if ("is" in line) return String(line.is) === value;
      if ("in" in line) return line.in.map(String).includes(value);
      const number = Number(value);
      if (value === "" || Number.isNaN(number)) return false;
      return "at_least" in line ? number >= line.at_least : number > line.over;
    });
  }
  function show() {
    const given = new FormData(form);
    for (const part of form.querySelectorAll("[data-when]")) {
      const lines = JSON.parse(part.dataset.when).flat();
      // What another part of the form decides is judged by the server; here only what stands on this page.
      if (!lines.every((line) => form.elements[`answers__${line.element}`])) continue;
      part.hidden = !JSON.parse(part.dataset.when).some((all) =>
        all.every((line) => holds(line, given.getAll(`answers__${line.element}`))),
      );
    }
  }
  form.addEventListener("input", () => {
    show();
    clearTimeout(timer);
    timer = setTimeout(save, 1500);
  });
  function settle() {
    clearTimeout(timer);
    timer = 0;
  }
  // Without a line the form stays (yichuang.js lets no more of it be heard then), and so does the next try to save it.
  window.addEventListener("submit", (event) => {
    if (event.target !== form || event.defaultPrevented) return;
    settle();
    touch();
  });
  // Who leaves before the pause in typing is over: by a link, to another app, the window closed.
  document.addEventListener("visibilitychange", () => {
    if (!timer || document.visibilityState !== "hidden") return;
    settle();
    save(true);
  });
  show();
})();
