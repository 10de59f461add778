// Saved as it is typed, and only the fields that matter shown; without a script the button saves and every field stands there.
"use strict";
(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const told = form.querySelector("[data-saved]");
  let timer = 0;

  async function save() {
    const body = new FormData(form);
    try {
      const answer = await fetch(form.action || window.location.href, {
        method: "POST",
        body,
        headers: { "X-Autosave": "1" },
        credentials: "same-origin",
        redirect: "manual",
      });
      told.textContent = answer.ok ? "已保存。" : "没有保存上，可能登录已超时：请点下面的按钮保存。";
    } catch {
      told.textContent = "网络不通，暂时没有保存；网络恢复后会再试。";
      timer = setTimeout(save, 10000);
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
  form.addEventListener("submit", () => clearTimeout(timer));
  show();
})();
