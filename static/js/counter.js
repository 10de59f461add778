// The counter by keyboard: Enter to the next field, the checklist's sums, scans with progress. All of it improves;
// without a script every button of the page still does its work.
"use strict";
(() => {
  const visible = (element) => element.checkVisibility(); // what a closed <details> holds has its place, and takes no focus

  // —— an act keeps what was typed itself: nothing is saved once more behind it, when the case is received already ——
  document.addEventListener("htmx:beforeRequest", (event) => {
    const kept = event.target.matches("[hx-include='#work']") && document.getElementById("work");
    if (kept && kept.dataset.sending) event.preventDefault();
  });
  document.addEventListener("submit", (event) => {
    const saving = event.target.id === "work" && document.querySelector("[hx-include='#work']");
    if (saving) window.htmx.trigger(saving, "htmx:abort");
  });

  // —— no answer, or none that says so: nothing is called kept, or looked up, that is not ——
  const NO_LINE = "网络不通或者系统没有答复";
  let later = 0;
  function tellUnsaved(saved, status) {
    clearTimeout(later);
    const comes = !status || status >= 500; // what was refused is refused again
    const other = "刚才的改动没有保存：这个浏览器现在登录的可能是另一个账号。先不要按按钮，换回原来的账号登录，再回到本页按“保存草稿”。";
    const refused = status === 403 ? other : "刚才的改动没有保存，请按“保存草稿”。"; // by 403 the button, too, and its page would take this one's place
    const words = comes ? `${NO_LINE}，刚才的改动还没有保存；过一会儿会再试。` : refused;
    if (saved.textContent !== words) saved.textContent = words; // heard once, not at each try
    if (comes) later = setTimeout(() => document.getElementById("work").dispatchEvent(new Event("change")), 10000);
  }
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(name, ({ detail: { elt, target, xhr } }) => {
      const saved = document.getElementById("saved");
      if (saved && elt.matches("[hx-include='#work']")) return tellUnsaved(saved, name === "htmx:responseError" && xhr.status);
      if (!elt.matches("[data-length], [data-go]")) return;
      const again = elt.dataset.go ? "查找" : "核对";
      const refused = name === "htmx:responseError" && refusal(xhr); // by its own words, as of another account: the button, too, and its page would take this one's place
      const why = refused || `${NO_LINE}。请按“${again}”再试。`;
      const told = Object.assign(document.createElement("p"), { className: "told told--wrong", innerHTML: `没有查到：${why}` });
      told.setAttribute("role", "alert");
      if (elt.dataset.go) target.replaceChildren(); // what was found for other words is not chosen by these
      for (const old of target.querySelectorAll("[data-refused], .told, .open-cases")) old.remove(); // nor does another number's answer stand for this one
      target.prepend(told);
      delete elt.dataset.asked;
    });
  }

  // —— an act's panel: open it alone, and go to its first field ——
  function openPanel(id) {
    const panel = document.getElementById(id);
    for (const other of document.querySelectorAll("details.act")) other.open = other === panel;
    panel.scrollIntoView({ block: "center" });
    const first = [...panel.querySelectorAll(FIELDS)].find(visible);
    (first || panel.querySelector("summary")).focus({ preventScroll: true });
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-opens]");
    if (!link) return;
    event.preventDefault();
    openPanel(link.dataset.opens);
  });

  // —— Enter goes on to the next field; only a button sends ——
  document.addEventListener("keydown", (event) => {
    const here = event.target;
    if (event.key !== "Enter" || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (!here.matches("[data-steps] input:not([type=file]), [data-steps] select")) return;
    event.preventDefault();
    here.dispatchEvent(new Event("change", { bubbles: true }));
    if (toldWrong(here)) return here.select();
    if (here.dataset.go) {
      const first = document.querySelector(`#${here.dataset.go} input`);
      if (first) first.focus();
      return;
    }
    const all = [...here.form.querySelectorAll(FIELDS)].filter(visible);
    const next = all.slice(all.indexOf(here) + 1).find((one) => !(one.type === "radio" && one.name === here.name));
    if (next) {
      const group = next.type === "radio" && next.form.querySelector(`input[name="${CSS.escape(next.name)}"]:checked`);
      (group || next).focus();
      if (next.select && next.type === "text") next.select();
    }
  });

  // —— a number is checked as soon as it is complete, or when the field is left ——
  function checkNumber(box, complete) {
    const length = Number(box.dataset && box.dataset.length);
    const bare = length ? box.value.replace(/[\s-]/g, "") : "";
    if (!length || box.dataset.asked === bare || (complete && bare.length !== length)) return;
    box.dataset.asked = bare;
    delete box.dataset.wrong;
    box.dispatchEvent(new Event("filled", { bubbles: true }));
  }
  document.addEventListener("input", (event) => checkNumber(event.target, true));
  document.addEventListener("change", (event) => checkNumber(event.target, false));

  // —— the answer to a number puts the fields beside it anew, as they were sent: what was typed there meanwhile stays, unless the file
  // (or another person's number) says something else of that field ——
  const looksUp = ({ detail: { requestConfig } }) => requestConfig && requestConfig.elt.matches && requestConfig.elt.matches("[data-length]");
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!looksUp(event)) return;
    const { requestConfig, target } = event.detail;
    const sent = (box) => requestConfig.formData.get(box.name) || "";
    const typed = [...target.querySelectorAll("input[type=text], input[type=tel]")].filter((box) => box.value !== sent(box));
    requestConfig.typed = typed.map((box) => [box.id, sent(box), box.value]);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!looksUp(event)) return;
    for (const [id, sent, value] of event.detail.requestConfig.typed || []) {
      const box = document.getElementById(id);
      if (box && box.value === sent) box.value = value;
    }
  });

  // —— a wrong number is typed again before anything else: Enter stays in it, and who went on by Enter comes back to it. A reader
  // sends Enter with the last digit, before the answer is here. Nobody who types already is torn away, and Tab goes on as ever ——
  const toldWrong = (box) => box.dataset.wrong !== undefined;
  document.addEventListener("htmx:afterSettle", (event) => {
    const box = event.detail.requestConfig && event.detail.requestConfig.elt;
    if (!box || !box.matches || !box.matches("[data-length]") || !event.target.querySelector(".told--wrong")) return;
    box.dataset.wrong = "";
    const now = document.activeElement;
    if (event.target.contains(now) && now.matches("input") && !now.value) box.select();
  });

  // —— conditions: data-when holds alternatives, each a list of lines that must all hold ——
  function answers(form) {
    const found = {};
    for (const [name, value] of new FormData(form)) {
      if (!name.startsWith("answers__") || value === "") continue;
      const code = name.slice(9);
      found[code] = code in found ? [].concat(found[code], value) : value;
    }
    return found;
  }
  function lineHolds(line, given) {
    if (given === undefined) return false;
    if (Array.isArray(given)) return given.some((one) => lineHolds(line, one));
    if ("is" in line) return String(line.is) === given;
    if ("in" in line) return line.in.map(String).includes(given);
    return "at_least" in line ? Number(given) >= Number(line.at_least) : Number(given) > Number(line.over);
  }
  function showAsked(form) {
    const given = answers(form);
    for (const part of form.querySelectorAll("[data-when]")) {
      part.hidden = !JSON.parse(part.dataset.when).some((lines) => lines.every((line) => lineHolds(line, given[line.element])));
    }
  }

  // —— the checklist: remarks where they are owed, sums, and the two lists of gaps ——
  function checklist(form) {
    const sum = { lines: 0, here: 0, main: [], soft: 0, short: 0 };
    for (const line of form.querySelectorAll("[data-line]")) {
      const picked = line.querySelector(".marks input:checked");
      if (!picked || line.hidden) continue;
      const code = line.dataset.line;
      const mark = picked.value;
      line.dataset.mark = mark;
      const remark = line.querySelector("[data-remark]");
      if (remark) remark.hidden = mark !== "rejected" && mark !== "waived";
      const counts = line.querySelector(".counts");
      if (counts) counts.classList.toggle("counts--off", mark !== "in");
      const lacking = mark === "missing" || mark === "rejected";
      const optional = line.dataset.necessity === "optional";
      sum.lines += 1;
      if (!lacking) sum.here += 1;
      const short = lacking && !optional;
      if (short) sum.short += 1;
      if (short && line.dataset.necessity === "required") sum.main.push(line.querySelector(".material__title").textContent);
      for (const gap of form.querySelectorAll(`[data-gap="${CSS.escape(code)}"]`)) {
        gap.hidden = !(short || (mark === "rejected" && "lack" in gap.dataset));
      }
    }
    const said = form.querySelector("[data-sum]");
    if (said) {
      const left = sum.short - sum.main.length;
      const words = [`材料 ${sum.here} / ${sum.lines}`];
      if (sum.main.length) words.push(`缺必要 ${sum.main.length} 件`);
      if (left) words.push(`缺可容缺 ${left} 件`);
      if (!sum.short) words.push("齐全");
      const text = words.join("，");
      if (said.textContent !== text) said.textContent = text;
    }
    const blocked = form.querySelector("[data-blocked]");
    if (blocked) {
      blocked.hidden = !sum.main.length;
      blocked.querySelector("[data-blocked-names]").textContent = sum.main.join("、");
    }
    for (const [name, none] of [["[data-no-gap]", sum.short === 0], ["[data-no-lack]", sum.short === 0]]) {
      const part = form.querySelector(name);
      if (part) part.hidden = !none;
    }
  }
  function refresh(form) {
    showAsked(form);
    checklist(form);
  }
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form && form.matches("[data-work], [data-steps]") && form.querySelector(".materials")) refresh(form);
  });
  document.addEventListener("click", (event) => {
    const all = event.target.closest("[data-all]");
    if (!all) return;
    for (const line of all.form.querySelectorAll("[data-line]:not([hidden])")) {
      const inside = line.querySelector(".marks input[value=in]");
      const now = line.querySelector(".marks input:checked");
      if (inside && (!now || now.value === "missing")) inside.checked = true;
    }
    all.form.dispatchEvent(new Event("change", { bubbles: true }));
    refresh(all.form);
  });

  // —— scans go at once, each with its bar; the rest of the page stays as it is ——
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches("input[type=file][data-upload-to]") || !input.files.length) return;
    const list = document.getElementById(`files-${input.dataset.material}`);
    const bar = document.createElement("progress");
    bar.max = 100;
    bar.className = "upload__progress";
    bar.setAttribute("aria-label", "上传进度");
    input.closest(".scan").after(bar);
    const body = new FormData();
    body.append("csrfmiddlewaretoken", input.form.elements.csrfmiddlewaretoken.value);
    body.append("material", input.dataset.material);
    for (const file of input.files) body.append("file", file);
    if (input.form.elements.together && input.form.elements.together.checked) body.append("together", "1");
    const request = new XMLHttpRequest();
    request.open("POST", input.dataset.uploadTo);
    request.upload.addEventListener("progress", (step) => {
      if (step.lengthComputable) bar.value = (100 * step.loaded) / step.total;
    });
    request.addEventListener("loadend", () => {
      bar.remove();
      if (signedOut(request, input.dataset.uploadTo)) {
        list.insertAdjacentHTML("beforeend", `<li class="field__error"><span role="alert">登录已失效，没有传上去；${SIGN_IN}后重新选择文件。</span></li>`);
        input.value = "";
        return;
      }
      const refused = refusal(request);
      if (refused) {
        list.insertAdjacentHTML("beforeend", `<li class="field__error"><span role="alert">${refused}</span></li>`);
        input.value = "";
        return;
      }
      if (request.status === 200 || request.status === 422) {
        list.innerHTML = request.responseText;
        input.value = "";
      }
      if (request.status === 200) {
        const line = input.closest("[data-line]");
        const now = line.querySelector(".marks input:checked");
        if (!now || now.value === "missing") line.querySelector(".marks input[value=in]").checked = true;
        refresh(input.form);
      } else if (request.status !== 422) {
        input.value = ""; // the same file chosen once more is no change of it, and would not be sent
        list.insertAdjacentHTML("beforeend", '<li class="field__error"><span role="alert">没有传上去，请检查网络后重新选择文件。</span></li>');
      }
    });
    request.send(body);
  });

  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll("form[data-steps]")) {
      form.classList.add("scripted");
      if (form.querySelector(".materials")) refresh(form);
    }
    for (const button of document.querySelectorAll("[data-all][hidden]")) button.hidden = false;
    for (const panel of document.querySelectorAll("details.act")) {
      if (panel.open && !document.querySelector("[data-error-summary]")) panel.scrollIntoView({ block: "center" });
    }
    // A draft is gone on with at its first blank, unless the page has something to say first.
    const blank = [...document.querySelectorAll(".questions input, .questions select, .answers input, .answers select, .answers textarea")].find(
      (one) => visible(one) && !(one.type === "radio" ? one.form.querySelector(`input[name="${CSS.escape(one.name)}"]:checked`) : one.value),
    );
    if (blank && !window.location.hash && !document.querySelector("[data-error-summary], [data-said], details.act[open]")) blank.focus();
  });
})();
