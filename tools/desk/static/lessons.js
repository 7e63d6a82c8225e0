/* Lessons: the list with its progress in the tab, and the running lesson as a card above the tabs, so that it stays in
sight beside the terminal, the wire and the ledger.  The server checks the steps; here they are only shown.

The panel tells the server what the student looks at: {"do": "opened"} with the id of an entry of the wire (the page's
event "opened" {entry}, and clicks or Enter on elements with data-entry-id) or with the name of a tab. */

import { clear, el, icon, recall, remember } from "./ui.js";

const TEXTS = {
  "lesson.list": ["Lessons", "课程"],
  "lesson.list.hint": ["Guided payments. Each step checks itself: do what it says, at the terminal and on this page.",
    "有引导的支付过程。每一步都会自行检查：按提示在终端和本页上操作即可。"],
  "lesson.minutes": ["{n} min", "{n} 分钟"],
  "lesson.steps": ["{n} steps", "{n} 步"],
  "lesson.start": ["Start", "开始"],
  "lesson.start.of": ["Start the lesson: {title}", "开始课程：{title}"],
  "lesson.again": ["Once more", "再学一次"],
  "lesson.done": ["Done", "已完成"],
  "lesson.begun": ["Came to step {n}", "学到第 {n} 步"],
  "lesson.none": ["There are no lessons.", "没有课程。"],
  "lesson.broken": ["These lesson files cannot be read:", "以下课程文件无法读取："],
  "lesson.running": ["Running lesson", "正在进行的课程"],
  "lesson.step": ["Step {n} of {m}", "第 {n} 步，共 {m} 步"],
  "lesson.ready": ["Getting ready", "准备"],
  "lesson.hint": ["Hint", "提示"],
  "lesson.hint.head": ["Hint:", "提示："],
  "lesson.continue": ["Continue", "继续"],
  "lesson.stop": ["End the lesson", "结束课程"],
  "lesson.close": ["Close", "关闭"],
  "lesson.before": ["Step before", "上一步"],
  "lesson.now": ["Back to this step", "回到当前步骤"],
  "lesson.act": ["It goes on by itself when you have done this.", "完成后会自动进入下一步。"],
  "lesson.predict": ["Your prediction", "你的预测"],
  "lesson.said": ["You predicted:", "你的预测："],
  "lesson.right": ["Right.", "正确。"],
  "lesson.wrong": ["Not so.", "不对。"],
  "lesson.so": ["It is so:", "实际是："],
  "lesson.finished": ["Lesson finished", "课程完成"],
  "lesson.finished.text": ["Well done. Everything that was put wrong for this lesson has been put right again.",
    "很好！本课设置的故障已全部恢复。"],
  "lesson.next": ["Next lesson: {title}", "下一课：{title}"],
};

export async function mount(root, bus) {
  bus.addTexts(TEXTS);
  const style = el("link", { rel: "stylesheet", href: new URL("lessons.css", import.meta.url).pathname });
  document.head.append(style);

  let lessons = [];
  let errors = [];
  let now = null;           // the lesson event that is shown
  let seen = [];            // texts of the steps so far, for "step before"
  let back = 0;             // how many steps back one reads
  let told = "";
  const progress = recall("lessons") || {};

  const list = el("ul", { class: "lesson-list" });
  const broken = el("div", { class: "lesson-broken", role: "alert", hidden: true });
  const none = el("p", { class: "empty", t: "lesson.none", hidden: true });
  root.append(
    el("header", { class: "panel-head" }, el("h2", { t: "lesson.list" }), el("p", { t: "lesson.list.hint" })),
    broken, none, list);

  const card = el("section", { id: "lesson", class: "lesson", hidden: true, tLabel: "lesson.running", tabindex: "-1" });
  const tabs = document.getElementById("tabs");
  tabs.parentNode.insertBefore(card, tabs);

  const send = (message) => bus.send(message).catch((error) => bus.toast(error.message, "error"));
  const start = (id) => {
    seen = [];
    back = 0;
    send({ do: "lesson-start", lesson: id }).then(() => card.focus({ preventScroll: false }));
  };

  /* ---- the list ---- */

  function mark(lesson) {
    const known = progress[lesson.id] || {};
    if (known.done) {
      return el("p", { class: "lesson-mark lesson-good" }, icon("cap"), el("span", { t: "lesson.done" }));
    }
    if (known.step) {
      return el("p", { class: "lesson-mark" }, el("span", { t: "lesson.begun", values: { n: known.step } }));
    }
    return null;
  }

  function drawList() {
    clear(list);
    lessons.forEach((lesson, at) => {
      const known = progress[lesson.id] || {};
      const title = bus.text(lesson.title);
      const running = now?.state === "running" && now.id === lesson.id;
      list.append(el("li", { class: running ? "lesson-row running" : "lesson-row" },
        el("span", { class: "lesson-number", "aria-hidden": "true", text: String(at + 1) }),
        el("div", { class: "lesson-about" },
          el("h3", { text: title }),
          el("p", { text: bus.text(lesson.about) }),
          el("p", { class: "lesson-size" }, el("span", { t: "lesson.minutes", values: { n: lesson.minutes } }), " · ",
            el("span", { t: "lesson.steps", values: { n: lesson.steps } }))),
        el("div", { class: "lesson-go" }, mark(lesson),
          el("button", { type: "button", class: known.done ? "" : "primary", t: known.done ? "lesson.again" : "lesson.start",
            tLabel: "lesson.start.of", values: { title }, data: { lesson: lesson.id },
            on: { click: () => start(lesson.id) } }))));
    });
    none.hidden = lessons.length > 0;
    broken.hidden = errors.length === 0;
    clear(broken);
    if (errors.length) {
      broken.append(el("p", { t: "lesson.broken" }), el("ul", {}, ...errors.map((text) => el("li", { text }))));
    }
  }

  /* ---- the running lesson ---- */

  function paragraphs(text) {
    const nodes = [];
    for (const part of String(text || "").split("\n\n")) {
      const lines = part.split("\n");
      const plain = lines.filter((line) => !line.startsWith("- "));
      const items = lines.filter((line) => line.startsWith("- "));
      if (plain.length) nodes.push(el("p", { text: plain.join(" ") }));
      if (items.length) nodes.push(el("ul", { class: "lesson-items" }, ...items.map((line) => el("li", { text: line.slice(2) }))));
    }
    return nodes;
  }

  function questionBox(question) {
    if (!question) return null;
    const box = el("div", { class: "lesson-question", role: "group", "aria-label": bus.text(question.text) });
    if (question.prediction) box.append(el("p", { class: "lesson-kicker", t: "lesson.predict" }));
    box.append(el("p", { class: "lesson-ask", text: bus.text(question.text) }));
    const choices = el("div", { class: "lesson-choices" });
    question.choices.forEach((choice, number) => {
      const state = choice.right === true ? "right" : choice.right === false ? "wrong" : choice.chosen ? "chosen" : "";
      const button = el("button", { type: "button", class: `lesson-choice ${state}`, text: bus.text(choice.text),
        disabled: !now.offers.choices.includes(number), "aria-pressed": String(choice.chosen), data: { choice: number },
        on: { click: () => send({ do: "answer", choice: number }) } });
      choices.append(button);
      if (choice.because) {
        choices.append(el("p", { class: `lesson-because ${state}` },
          el("strong", { t: choice.right ? "lesson.right" : "lesson.wrong" }), " ", bus.text(choice.because)));
      }
    });
    box.append(choices);
    return box;
  }

  function predictionBox(prediction) {
    if (!prediction) return null;
    const right = prediction.right;
    return el("div", { class: `lesson-because ${right ? "right" : "wrong"}` },
      el("p", {}, el("strong", { t: "lesson.said" }), " ", bus.text(prediction.said), " ",
        el("strong", { t: right ? "lesson.right" : "lesson.wrong" })),
      right ? null : el("p", {}, el("strong", { t: "lesson.so" }), " ", bus.text(prediction.answer)),
      el("p", { text: bus.text(prediction.because) }));
  }

  function drawCard() {
    const focused = card.contains(document.activeElement) ? document.activeElement.dataset.part : null;
    clear(card);
    card.hidden = !now || now.state === "stopped";
    document.body.classList.toggle("with-lesson", !card.hidden);
    if (card.hidden) return;
    const finished = now.state === "finished";
    const stop = el("button", { type: "button", class: "plain lesson-stop", data: { part: "stop" },
      on: { click: () => send({ do: "lesson-stop" }) } },
      icon("x"), el("span", { t: finished ? "lesson.close" : "lesson.stop" }));
    const place = finished ? el("span", { t: "lesson.finished" })
      : now.step ? el("span", { t: "lesson.step", values: { n: now.step, m: now.of } }) : el("span", { t: "lesson.ready" });
    card.append(
      el("header", { class: "lesson-head" }, icon("cap"),
        el("div", {}, el("h2", { text: bus.text(now.title) }), el("p", { class: "lesson-place" }, place)), stop),
      el("progress", { class: "lesson-bar", max: now.of, value: finished ? now.of : Math.max(0, now.step - 1),
        "aria-label": bus.t("lesson.step", { n: now.step, m: now.of }) }));
    const body = el("div", { class: "lesson-body" });
    card.append(body);
    if (finished) {
      body.append(el("p", { t: "lesson.finished.text" }));
      const at = lessons.findIndex((lesson) => lesson.id === now.id);
      const next = at >= 0 ? lessons[at + 1] : null;
      if (next) {
        body.append(el("div", { class: "lesson-acts" }, el("button", { type: "button", class: "primary",
          text: bus.t("lesson.next", { title: bus.text(next.title) }), data: { part: "next" },
          on: { click: () => start(next.id) } })));
      }
    } else if (back > 0) {
      body.append(el("div", { class: "lesson-text lesson-old" }, ...paragraphs(bus.text(seen[seen.length - 1 - back]))));
      body.append(el("div", { class: "lesson-acts" }, before(), el("button", { type: "button", class: "primary",
        t: "lesson.now", data: { part: "now" }, on: { click: () => { back = 0; drawCard(); } } })));
    } else {
      drawStep(body);
    }
    const again = focused && card.querySelector(`[data-part="${focused}"]`);
    if (focused) (again || card).focus({ preventScroll: true });
  }

  function before() {
    if (seen.length - 1 - back < 1) return null;
    return el("button", { type: "button", class: "plain", t: "lesson.before", data: { part: "before" },
      on: { click: () => { back += 1; drawCard(); } } });
  }

  function drawStep(body) {
    const prediction = predictionBox(now.prediction);
    if (prediction) body.append(prediction);
    body.append(el("div", { class: "lesson-text" }, ...paragraphs(bus.text(now.text))));
    if (now.hint) {
      body.append(el("p", { class: "lesson-hint" }, el("strong", { t: "lesson.hint.head" }), " ", bus.text(now.hint)));
    }
    const question = questionBox(now.question);
    if (question) body.append(question);
    const acts = el("div", { class: "lesson-acts" });
    if (now.offers.continue) {
      acts.append(el("button", { type: "button", class: "primary", t: "lesson.continue", data: { part: "continue" },
        on: { click: () => send({ do: "pressed", what: "continue" }) } }));
    }
    if (now.offers.hint) {
      acts.append(el("button", { type: "button", t: "lesson.hint", data: { part: "hint" },
        on: { click: () => send({ do: "lesson-hint" }) } }));
    }
    const older = before();
    if (older) acts.append(older);
    if (now.wants === "act") acts.append(el("p", { class: "hint", t: "lesson.act" }));
    body.append(acts);
  }

  /* ---- what comes ---- */

  function spoken() {
    if (now.state === "finished") return `${bus.t("lesson.finished")}. ${bus.t("lesson.finished.text")}`;
    if (now.state !== "running") return "";
    const said = [now.step ? bus.t("lesson.step", { n: now.step, m: now.of }) : bus.t("lesson.ready")];
    if (now.prediction) said.push(bus.text(now.prediction.because));
    said.push(bus.text(now.text));
    if (now.hint) said.push(`${bus.t("lesson.hint.head")} ${bus.text(now.hint)}`);
    if (now.question) {
      said.push(bus.text(now.question.text));
      const last = now.question.choices.filter((choice) => choice.because).at(-1);
      if (last) said.push(`${bus.t(last.right ? "lesson.right" : "lesson.wrong")} ${bus.text(last.because)}`);
    }
    return said.join(" ");
  }

  function keep() {
    const known = progress[now.id] || {};
    const better = now.done || (now.state === "running" && now.step > (known.step || 0));
    if (!better) return;
    progress[now.id] = { step: Math.max(now.step, known.step || 0), done: Boolean(known.done || now.done) };
    remember("lessons", progress);
  }

  function take(event, fresh) {
    const other = !now || now.id !== event.id || now.state !== event.state;
    if (!now || now.id !== event.id || event.step < now.step) seen = [];
    if (event.state === "running" && seen.at(-1)?.en !== event.text?.en) {
      seen.push(event.text);
      back = 0;
    }
    now = event;
    keep();
    drawCard();
    if (other) drawList();
    if (fresh && event.show && event.show !== bus.tab) bus.showTab(event.show);
    const text = spoken();
    if (fresh && text && text !== told) bus.say(text);
    told = text;
  }

  const look = (message) => {
    if (now?.state === "running") bus.send({ do: "opened", ...message }).catch(() => undefined);   // the step just waits on
  };
  bus.on("lesson", (event) => take(event, true));
  bus.on("hello", (event) => {
    if (event.lesson) take(event.lesson, false);
    else if (now) {
      now = null;
      drawCard();
      drawList();
    }
  });
  bus.on("tab", ({ name }) => look({ what: name }));
  bus.on("opened", ({ entry }) => { if (Number.isInteger(entry?.id)) look({ entry: entry.id }); });
  bus.on("language", () => {
    drawList();
    drawCard();
  });

  try {
    ({ lessons, errors } = await bus.get("/lessons.json"));
  } catch (error) {
    errors = [error.message];
  }
  drawList();
}
