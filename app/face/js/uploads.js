/*
 * Files are dropped, pasted or chosen, several at once, and sent one after another, each with its progress. Without scripts the form
 * sends what was chosen.
 */

import { find, make } from "./dom.js";

/** Make the line of a file that is on its way. */
function addLine(form, file) {
  const bar = make("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  const line = make("li", "", make("span", "", file.name), bar);
  find("[data-uploads]", form).append(line);
  return { line, bar };
}

function endLine({ line, bar }, text, css) {
  bar.remove();
  line.append(make("p", css, text));
}

/** Return what the server says of a file: nothing when it took it, else a sentence. */
function readAnswer(request, form) {
  if (request.status === 201) return "";
  if (request.status === 413) return form.dataset.tLarge;
  try {
    return JSON.parse(request.responseText).message || form.dataset.tFailed;
  } catch {
    return form.dataset.tFailed;
  }
}

/** Send one file; resolves with the sentence that refuses it, or with nothing. */
function sendFile(form, file, bar) {
  return new Promise((resolve) => {
    const body = new FormData(form);
    body.delete("file");
    body.append("file", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = event.loaded / event.total;
    });
    request.addEventListener("load", () => resolve(readAnswer(request, form)));
    request.addEventListener("error", () => resolve(form.dataset.tFailed));
    request.send(body);
  });
}

async function sendAll(form, files) {
  let refused = 0;
  for (const file of files) {
    const shown = addLine(form, file);
    const said = file.size > Number(form.dataset.max) ? form.dataset.tLarge : await sendFile(form, file, shown.bar);
    endLine(shown, said || form.dataset.tDone, said ? "err" : "hint");
    if (said) refused += 1;
  }
  if (!refused) location.reload();
}

function tieDropping(form) {
  ["dragenter", "dragover"].forEach((name) => {
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.add("is-over");
    });
  });
  form.addEventListener("dragleave", (event) => {
    if (!form.contains(event.relatedTarget)) form.classList.remove("is-over");
  });
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("is-over");
    sendAll(form, event.dataTransfer.files);
  });
}

/** Take what is pasted while the form is on screen; a text goes where the cursor is. */
function takePasted(event) {
  const form = find("[data-upload]");
  const files = event.clipboardData?.files;
  if (!form || !files?.length || form.offsetParent === null || event.target.closest("form:not([data-upload])")) return;
  event.preventDefault();
  sendAll(form, files);
}

/** Tie the form that takes files, where the page has one. */
export function startUploads() {
  const form = find("[data-upload]");
  if (!form) return;
  const choice = find("input[type=file]", form);
  find("[data-upload-send]", form).hidden = true; // what is chosen is sent at once
  choice.required = false;
  choice.addEventListener("change", () => {
    sendAll(form, [...choice.files]);
    choice.value = "";
  });
  tieDropping(form);
  document.addEventListener("paste", takePasted);
}
