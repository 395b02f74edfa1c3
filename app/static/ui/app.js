/*
 * The behaviour of the desk, in one file and without inline handlers (script-src 'self').
 * Everything is tied to data attributes, and every page works without it through plain links and forms.
 * Words come from the data-t-* attributes of <body> or of the element itself: no text lives here.
 */
(() => {
  "use strict";

  const find = (selector, root = document) => root.querySelector(selector);
  const findAll = (selector, root = document) => [...root.querySelectorAll(selector)];
  const words = document.body.dataset;

  /** Make an element with a class and children; strings become text, never markup. */
  const make = (tag, css = "", ...children) => {
    const node = document.createElement(tag);
    if (css) node.className = css;
    node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  };

  const makeBadge = (text, tone) => (text ? make("span", `st st-${tone || "grey"}`, text) : "");

  const makeLink = (url, text) => {
    const link = make("a", "", text);
    link.href = url;
    return link;
  };

  /** Fetch JSON; an ended session answers with the sign-in page, so load the page anew. */
  const fetchJson = async (url, signal) => {
    const response = await fetch(url, { signal, headers: { Accept: "application/json" } });
    if (response.status === 401 || response.redirected) {
      location.reload();
    }
    if (!response.ok) throw new Error(String(response.status));
    return response.json();
  };

  const addParams = (address, params) => {
    const url = new URL(address, location.href);
    Object.entries(params).forEach(([key, value]) => url.searchParams.set(key, value ?? ""));
    return url;
  };

  // ---------- theme ----------

  find("[data-theme-switch]")?.addEventListener("click", () => {
    const root = document.documentElement;
    const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    root.dataset.bsTheme = theme;
    try {
      localStorage.setItem("theme", theme);
    } catch {
      /* storage is switched off: the choice lasts for this page */
    }
    dispatchEvent(new Event("themechange"));
  });

  // ---------- side menu: a named dialog only while it is an open drawer ----------

  const side = find("#side");
  side?.addEventListener("show.bs.offcanvas", () => side.setAttribute("aria-labelledby", "brand"));
  side?.addEventListener("hidden.bs.offcanvas", () => side.removeAttribute("aria-labelledby"));

  // ---------- menus: <details class="menu"> closes on Escape and on a click elsewhere ----------

  const closeMenus = (except) => {
    findAll("details.menu[open]").forEach((menu) => {
      if (menu !== except) menu.open = false;
    });
  };

  // A panel that would leave the window hangs from the other end of its button.
  const turnPanel = (menu) => {
    const panel = find(".menu-panel", menu);
    const spot = panel.getBoundingClientRect();
    if (spot.right > innerWidth) panel.classList.add("menu-end");
    else if (spot.left < 0) panel.classList.remove("menu-end");
  };

  document.addEventListener("toggle", (event) => {
    if (event.target.matches("details.menu[open]")) turnPanel(event.target);
  }, true);

  document.addEventListener("click", (event) => {
    // A dialog gives the focus back to the item of the menu that opened it: both menus wait behind it.
    if (!event.target.closest("dialog")) {
      closeMenus(event.target.closest("details.menu"));
      if (!event.target.closest("[data-row], [data-row-menu]")) closeRowMenu();
    }
    if (event.target.closest("[data-close]")) event.target.closest(".note").remove();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !find("dialog[open]")) {
      const menu = event.target.closest("details.menu[open]");
      closeMenus();
      menu?.querySelector("summary").focus();
      closeRowMenu(true);
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") moveInMenu(event);
  });

  const moveInMenu = (event) => {
    const menu = event.target.closest("details.menu[open], [data-row-menu]");
    const items = menu ? findAll(".menu-item", menu) : [];
    if (!items.length || event.target.matches("input, select")) return;
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    const at = items.indexOf(document.activeElement);
    items[(at + step + items.length) % items.length].focus();
  };

  // ---------- dialogs ----------

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) document.getElementById(opener.dataset.dialog).showModal();
    event.target.closest("[data-dialog-close]")?.closest("dialog").close();
  });

  findAll("dialog[data-open]").forEach((dialog) => dialog.showModal());

  // Any submit button with data-confirm asks first; the dialog's button repeats its words.
  const confirmed = new WeakSet();

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-confirm]");
    if (!button || confirmed.has(button)) return;
    event.preventDefault();
    askFirst(button);
  });

  const askFirst = (button) => {
    const dialog = find("#confirm");
    const ok = find("[value=ok]", dialog);
    const isDanger = button.matches(".danger, .btn-danger");
    find("p", dialog).textContent = button.dataset.confirm;
    ok.textContent = button.textContent.trim();
    ok.classList.toggle("btn-danger", isDanger);
    ok.classList.toggle("btn-primary", !isDanger);
    dialog.returnValue = "";
    dialog.addEventListener(
      "close",
      () => {
        if (dialog.returnValue !== "ok") return;
        confirmed.add(button);
        button.form.requestSubmit(button);
        confirmed.delete(button);
      },
      { once: true },
    );
    dialog.showModal();
  };

  // ---------- lists ----------

  // A click on the row follows the link of its first cell.
  document.addEventListener("click", (event) => {
    const row = event.target.closest(".rows tbody tr");
    if (!row || event.target.closest("a, button, input, label, .sel, .act")) return;
    if (getSelection().toString()) return;
    const link = find("th a", row);
    if (!link) return;
    if (event.ctrlKey || event.metaKey) open(link.href);
    else link.click();
  });

  // Tick boxes and buttons come bare, to keep a long list light.
  const readBoxes = () => findAll(".rows [name=rowid]"); // a page after the list carries the same fields hidden
  readBoxes().forEach((box) => {
    const row = box.closest("tr");
    box.setAttribute("aria-label", row.closest("table").dataset.tSelect.replace("{name}", find("th", row).textContent.trim()));
  });

  findAll("[data-row]").forEach((button) => {
    const row = button.closest("tr");
    const label = row.closest("table").dataset.tActions;
    button.setAttribute("aria-label", label.replace("{name}", find("th", row).textContent.trim()));
    button.setAttribute("aria-expanded", "false");
  });

  let openRow = null;

  const closeRowMenu = (withFocus = false) => {
    if (!openRow) return;
    find("[data-row-menu]", openRow.closest(".listing")).hidden = true;
    openRow.setAttribute("aria-expanded", "false");
    if (withFocus) openRow.focus();
    openRow = null;
  };

  const openRowMenu = (button) => {
    const menu = find("[data-row-menu]", button.closest(".listing"));
    const name = find("th", button.closest("tr")).textContent.trim();
    findAll("[data-base]", menu).forEach((target) => {
      const url = target.dataset.base + encodeURIComponent(button.dataset.row);
      if (target.matches("form")) target.action = url;
      else target.href = url;
    });
    findAll("[data-confirm-t]", menu).forEach((target) => {
      target.dataset.confirm = target.dataset.confirmT.replace("{name}", name);
    });
    menu.hidden = false;
    const spot = button.getBoundingClientRect();
    const below = spot.bottom + menu.offsetHeight + 8 < innerHeight;
    menu.style.top = `${below ? spot.bottom + 2 : spot.top - menu.offsetHeight - 2}px`;
    menu.style.left = `${Math.max(8, spot.right - menu.offsetWidth)}px`;
    button.setAttribute("aria-expanded", "true");
    openRow = button;
    find(".menu-item", menu)?.focus({ focusVisible: true });
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-row]");
    if (!button) return;
    const again = button === openRow;
    closeRowMenu();
    if (!again) openRowMenu(button);
  });

  addEventListener("scroll", () => closeRowMenu(), { passive: true });
  addEventListener("resize", () => closeRowMenu());
  document.addEventListener("focusin", (event) => {
    if (openRow && !event.target.closest("[data-row], [data-row-menu], dialog")) closeRowMenu();
  });

  // Selection for bulk actions.
  const paintBulk = () => {
    const bar = find("[data-bulk]");
    if (!bar) return;
    const boxes = readBoxes();
    const ticked = boxes.filter((box) => box.checked).length;
    const all = find("[data-check-all]");
    bar.classList.toggle("on", ticked > 0);
    find("[data-bulk-count]", bar).textContent = bar.dataset.tCount.replace("{n}", ticked);
    all.checked = ticked > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && !all.checked;
  };

  const tickAll = (on) => {
    readBoxes().forEach((box) => {
      box.checked = on;
    });
    paintBulk();
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-check-all]")) tickAll(event.target.checked);
    else if (event.target.matches("[name=rowid]")) paintBulk();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-bulk-clear]")) tickAll(false);
  });
  addEventListener("pageshow", paintBulk); // the browser keeps ticks over "back"

  // On phones the column heads are gone: name what is only a number or a date.
  const labelCells = () => {
    findAll(".rows").forEach((table) => {
      const heads = findAll("thead tr > *", table).map((cell) => cell.textContent.trim());
      findAll("tbody td", table).forEach((cell) => {
        const label = heads[cell.cellIndex];
        if (label && /^[\d\s:.,¥%+-]+$/.test(cell.textContent)) cell.dataset.label = label;
      });
    });
  };

  const phone = matchMedia("(max-width: 767.98px)");
  if (phone.matches) labelCells();
  else phone.addEventListener("change", labelCells, { once: true });

  // Filters: send on a choice, keep empty ones out of the address, come back to the same control.
  findAll("[data-filters]").forEach((form) => {
    form.addEventListener("change", (event) => {
      if (event.target.matches("[data-auto-submit]")) {
        sessionStorage.setItem("filter", event.target.name);
        form.requestSubmit();
      }
    });
    form.addEventListener("submit", () => {
      findAll("input, select", form).forEach((control) => {
        control.disabled = control.value === "";
      });
    });
    addEventListener("pageshow", () => {
      findAll(":disabled", form).forEach((control) => {
        control.disabled = false;
      });
    });
    const last = sessionStorage.getItem("filter");
    sessionStorage.removeItem("filter");
    if (last) find(`[name="${CSS.escape(last)}"]`, form)?.focus({ preventScroll: true });
  });

  // ---------- quick search ----------

  /** Wait until typing pauses. */
  const debounce = (run, delay) => {
    let timer = 0;
    return (...values) => {
      clearTimeout(timer);
      timer = setTimeout(() => run(...values), delay);
    };
  };

  const startQuickSearch = (form) => {
    const input = find("input", form);
    const list = find("[role=listbox]", form);
    const status = find("[role=status]", form);
    let running = null;
    let at = -1;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", list.id);

    const show = (on) => {
      list.hidden = !on;
      input.setAttribute("aria-expanded", String(on));
      input.removeAttribute("aria-activedescendant");
      at = -1;
    };

    const makeOption = (url, css, ...children) => {
      const option = makeLink(url, "");
      option.className = css;
      option.id = `quick-${list.childElementCount}`;
      option.tabIndex = -1;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.append(...children);
      list.append(option);
    };

    const paint = (answer, text) => {
      list.replaceChildren();
      answer.results.forEach((hit) => {
        makeOption(hit.url, "", make("span", "", hit.text, make("small", "", hit.number ?? "")), makeBadge(hit.status, hit.tone));
      });
      if (answer.more) makeOption(addParams(form.action, { q: text }).href, "quick-all", words.tAll);
      status.textContent = answer.results.length ? "" : words.tNone;
      if (!answer.results.length) {
        makeOption(addParams(form.action, { q: text }).href, "", make("span", "meta", words.tNone));
      }
      show(true);
    };

    const look = debounce(async () => {
      const text = input.value.trim();
      running?.abort();
      if (!text) return show(false);
      running = new AbortController();
      try {
        paint(await fetchJson(addParams(form.dataset.quick, { q: text }), running.signal), text);
      } catch (error) {
        if (error.name === "AbortError") return;
        show(false);
        status.textContent = words.tFailed;
      }
    }, 180);

    input.addEventListener("input", look);
    input.addEventListener("keydown", (event) => {
      const options = findAll("a", list);
      if (event.key === "Escape") show(false);
      if (event.key === "Enter" && !list.hidden && options[at]) {
        event.preventDefault();
        options[at].click();
      }
      if (!["ArrowDown", "ArrowUp"].includes(event.key) || list.hidden || !options.length) return;
      event.preventDefault();
      options[at]?.setAttribute("aria-selected", "false");
      at = (at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length;
      if (at < 0) at = options.length - 1;
      options[at].setAttribute("aria-selected", "true");
      input.setAttribute("aria-activedescendant", options[at].id);
    });
    document.addEventListener("click", (event) => {
      if (!form.contains(event.target)) show(false);
    });
    form.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !form.contains(event.relatedTarget)) show(false);
    });
  };

  const quick = find("[data-quick]");
  if (quick?.dataset.quick) startQuickSearch(quick);
  addEventListener("keydown", (event) => {
    if (!quick || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    find("input", quick).select();
  });

  // ---------- pickers (Tom Select, fetched only when a page has one) ----------

  const pickerBase = () => ({
    maxOptions: null,
    plugins: { remove_button: { title: words.tRemove } },
    render: {
      no_results: () => make("div", "no-results", words.tNone),
    },
  });

  /** Tom Select takes the label over; name the rest it makes, and pass the state of the field on. */
  const describePicker = (picker, select) => {
    const label = `${select.id}-label`;
    select.setAttribute("aria-labelledby", label);
    picker.dropdown_content.setAttribute("aria-labelledby", label);
    ["aria-invalid", "aria-required"].forEach((name) => {
      if (select.hasAttribute(name)) picker.control_input.setAttribute(name, select.getAttribute(name));
    });
  };

  const startMultiPicker = (select) => {
    // What was typed has found its one: the next search begins with an empty box.
    describePicker(new TomSelect(select, { ...pickerBase(), clearAfterSelect: true }), select);
  };

  const makePickerOption = (hit) =>
    make(
      "div",
      "pick-option",
      make("span", "", hit.text),
      make("span", "", make("small", "", hit.disabled ? hit.reason : hit.number), " ", makeBadge(hit.status, hit.tone)),
    );

  /** Show the facts of the chosen one below its picker. */
  const paintCard = (box, card) => {
    if (!box) return;
    box.hidden = !card;
    box.replaceChildren();
    if (!card) return;
    const facts = make("dl");
    const hasFacts = card.badge || card.lines?.length;
    if (card.badge) facts.append(make("div", "", make("dd", "", makeBadge(card.badge.text, card.badge.tone))));
    (card.lines || []).forEach(([label, value]) => {
      if (value) facts.append(make("div", "", make("dt", "", label), make("dd", "", String(value))));
    });
    if (hasFacts) box.append(facts);
    (card.warnings || []).forEach((text) => box.append(make("p", "err", text)));
    if (card.url) {
      const link = makeLink(card.url, words.tOpen);
      link.target = "_blank";
      box.append(link);
    }
  };

  const ADD = "+add"; // the option of an empty result that leads to the add page

  /** Open the add page in a tab of its own, with what is typed by then; search again when one comes back. */
  const offerToAdd = (picker, select) => {
    const choose = picker.onOptionSelect;
    const searchAgain = (text) => {
      picker.focus();
      picker.setTextboxValue(text);
      picker.load(text);
    };
    picker.onOptionSelect = (event, option) => {
      if (option.dataset.value !== ADD) return choose.call(picker, event, option);
      const text = picker.inputValue();
      picker.close();
      open(addParams(select.dataset.add, { name: text }), "_blank", "noopener");
      addEventListener("focus", () => searchAgain(text), { once: true });
    };
  };

  const startRemotePicker = (select) => {
    const box = document.getElementById(select.dataset.card);
    const parent = select.dataset.depends ? document.getElementById(select.dataset.depends) : null;
    const chosen = select.value;
    let found = new Set();
    let running = null;
    const ask = (params, signal) => fetchJson(addParams(select.dataset.remote, parent ? { ...params, parent: parent.value } : params), signal);

    // The list shows a line per hit; the whole card is asked for the chosen one, unless another was chosen meanwhile.
    const showCard = (value, text) =>
      ask({ q: text, id: value })
        .then((answer) => {
          if (select.value === String(value)) paintCard(box, answer.results.find((hit) => String(hit.id) === String(value))?.card);
        })
        .catch(() => {});

    // An option may not contain a link: why a hit is refused, and its address, go to the card.
    const refuse = (hit) => paintCard(box, { warnings: [`${hit.text}: ${hit.reason}`], url: hit.url });

    const options = {
      ...pickerBase(),
      valueField: "id",
      labelField: "text",
      searchField: [],
      disabledField: "disabled",
      // The server has ranked them. The chosen one stays among the options: Enter must not pick it again.
      score: () => (hit) => (found.has(String(hit.id)) ? 1 : 0),
      highlight: false,
      preload: "focus",
      refreshThrottle: 0, // a late refresh would pull the focus back from the next field
      placeholder: words.tSearch,
      maxItems: 1,
      maxOptions: 20,
      shouldLoad: () => true,
      load(text, done) {
        const asked = parent?.value;
        // Only the last question counts, and each is asked anew: Tom Select would not ask twice for the same text.
        running?.abort();
        running = new AbortController();
        this.loadedSearches = {};
        ask({ q: text }, running.signal)
          .then((answer) => {
            if (parent && parent.value !== asked) return done();
            const results = answer.results.length || !text || !select.dataset.add ? answer.results : [{ id: ADD, text: select.dataset.tAdd }];
            found = new Set(results.map((hit) => String(hit.id)));
            this.clearOptions();
            done(results);
            if (text && answer.results.length && answer.results.every((hit) => hit.disabled)) refuse(answer.results[0]);
          })
          .catch(() => done());
      },
      onChange(value) {
        paintCard(box, null);
        if (value) showCard(value, this.options[value]?.text ?? "");
      },
    };
    options.render.option = makePickerOption;
    options.render.item = (hit) => make("div", "", hit.text);
    const picker = new TomSelect(select, options);
    describePicker(picker, select);
    // Enter takes what was found for the words typed, never what had been found before them.
    picker.control_input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !picker.isOpen || !picker.loading) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    }, true);
    if (select.dataset.add) offerToAdd(picker, select);
    picker.dropdown_content.addEventListener("click", (event) => {
      const option = event.target.closest('[aria-disabled="true"]');
      if (option) refuse(picker.options[option.dataset.value]);
    });

    if (chosen) showCard(chosen, picker.options[chosen]?.text ?? "");
    parent?.addEventListener("change", () => {
      picker.clear();
      picker.clearOptions();
      picker.load("");
    });
  };

  const startPickers = () => {
    findAll("select[data-multi]").forEach(startMultiPicker);
    findAll("select[data-remote]").forEach(startRemotePicker);
  };

  if (find("select[data-multi], select[data-remote]")) {
    const style = make("link");
    style.rel = "stylesheet";
    style.href = words.selectCss;
    // before our own style sheet, which corrects it
    document.head.insertBefore(style, find('link[href*="tokens.css"]'));
    const script = make("script");
    script.src = words.selectJs;
    script.addEventListener("load", startPickers);
    document.head.append(script);
  }

  // ---------- forms ----------

  const sent = new WeakSet();
  const dirty = new Set(findAll('form[data-guard="dirty"]'));

  // Each form that changes something goes out once, however often the button is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (sent.has(form)) {
      event.preventDefault();
      return;
    }
    sent.add(form);
    dirty.clear();
  });

  addEventListener("pageshow", (event) => {
    if (event.persisted) findAll("form").forEach((form) => sent.delete(form));
  });

  ["input", "change"].forEach((kind) => {
    document.addEventListener(kind, (event) => {
      const form = event.target.form ?? event.target.closest("form");
      if (form?.matches("[data-guard]") && !event.target.closest(".matrix-tools")) dirty.add(form);
    });
  });

  addEventListener("beforeunload", (event) => {
    if (dirty.size) event.preventDefault();
  });

  // A dialog that was given up does not warn later.
  document.addEventListener("close", (event) => {
    findAll("form", event.target).forEach((form) => dirty.delete(form));
  }, true);

  find("[data-focus]")?.focus();

  // The links of the error summary go to the control that is really there.
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".error-summary a");
    const target = link && document.getElementById(link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    target.scrollIntoView({ block: "center" });
    const inner = target.matches("fieldset") ? find('[aria-invalid="true"], input, select', target) : null;
    (target.tomselect ?? inner ?? target).focus();
  });

  // Repeating rows: one empty row is enough when scripts can add more.
  const isBlank = (row) =>
    !findAll("input, select, textarea", row).some((control) => (control.type === "checkbox" ? control.checked : control.value.trim()));

  findAll("[data-repeat]").forEach((group) => {
    const rows = () => findAll("[data-repeat-row]", group);
    const name = group.dataset.repeat;
    const numbers = rows().map((row) => Number(find("[name]", row).name.slice(name.length + 1).split("-")[0]));
    let next = Math.max(-1, ...numbers) + 1;
    const number = new RegExp(`(^|-)${name}-\\d+-`);

    rows().filter(isBlank).slice(rows().every(isBlank) ? 1 : 0).forEach((row) => row.remove());

    find("[data-repeat-add]", group)?.addEventListener("click", (event) => {
      const row = find("template", group).content.cloneNode(true).firstElementChild;
      findAll("*", row).forEach((node) => {
        ["id", "name", "for", "aria-describedby"].forEach((key) => {
          if (node.hasAttribute(key)) node.setAttribute(key, node.getAttribute(key).replace(number, `$1${name}-${next}-`));
        });
        node.removeAttribute("aria-invalid");
        node.removeAttribute("aria-describedby");
      });
      findAll("input, textarea, select", row).forEach((control) => {
        if (control.type === "checkbox") control.checked = false;
        else if (control.matches("select")) control.selectedIndex = 0;
        else control.value = "";
      });
      find("legend", row).textContent += ` ${rows().length + 1}`;
      next += 1;
      event.currentTarget.before(row);
      find("input:not([type=hidden])", row)?.focus();
    });

    // one of them is the main one
    group.addEventListener("change", (event) => {
      if (!event.target.checked || !event.target.name.endsWith("-is_primary")) return;
      findAll('[name$="-is_primary"]', group).forEach((box) => {
        box.checked = box === event.target;
      });
    });
  });

  // ---------- role editor ----------

  findAll("[data-matrix]").forEach((matrix) => {
    const boxes = findAll("tbody [type=checkbox]", matrix);
    const output = find("[data-matrix-count]", matrix);
    const search = find("[data-matrix-filter]", matrix);
    const granted = find("[data-matrix-granted]", matrix);
    const ticked = (list) => list.filter((box) => box.checked).length;

    const count = () => {
      output.textContent = output.dataset.t.replace("{n}", ticked(boxes)).replace("{m}", boxes.length);
      findAll("details", matrix).forEach((group) => {
        const own = findAll("tbody [type=checkbox]", group);
        find("[data-matrix-group]", group).textContent = `${ticked(own)} / ${own.length}`;
      });
    };

    const filter = () => {
      const text = search.value.trim().toLowerCase();
      findAll("tbody tr", matrix).forEach((row) => {
        const own = findAll("[type=checkbox]", row);
        const all = row.textContent + own.map((box) => box.getAttribute("aria-label")).join(" ");
        row.hidden = (text && !all.toLowerCase().includes(text)) || (granted.checked && !ticked(own));
      });
      findAll("details", matrix).forEach((group) => {
        group.hidden = findAll("tbody tr", group).every((row) => row.hidden);
      });
    };

    const flip = (list) => {
      const on = ticked(list) < list.length;
      list.forEach((box) => {
        box.checked = on;
      });
      list[0]?.dispatchEvent(new Event("change", { bubbles: true }));
    };

    matrix.addEventListener("click", (event) => {
      const column = event.target.closest("[data-matrix-col]");
      const row = event.target.closest("[data-matrix-row]");
      if (column) {
        const cells = findAll(`[data-col="${column.dataset.matrixCol}"]`, column.closest("table"));
        flip(cells.filter((box) => !box.closest("tr").hidden));
      }
      if (row) flip(findAll("[type=checkbox]", row.closest("tr")));
    });
    matrix.addEventListener("change", count);
    search.addEventListener("input", filter);
    granted.addEventListener("change", filter);
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault(); // it would save the form
    });
    count();
  });

  // ---------- handover: only what the chosen way of dividing asks for is shown ----------

  findAll("[data-division]").forEach((part) => {
    const way = find("[data-way]", part);
    const show = () => {
      findAll("[data-only-for]", part).forEach((node) => {
        node.hidden = node.dataset.onlyFor !== way.value;
      });
      findAll("[data-not-for]", part).forEach((node) => {
        node.hidden = node.dataset.notFor.split(" ").includes(way.value);
      });
    };
    way.addEventListener("change", show);
    show();
  });

  find("[data-print]")?.addEventListener("click", () => print());

  // ---------- tabs: the open one stands in the address ----------

  const showTab = () => {
    const tab = document.getElementById(`tab-${decodeURIComponent(location.hash.slice(1))}`);
    if (tab?.matches("[data-bs-toggle=tab]")) bootstrap.Tab.getOrCreateInstance(tab).show();
  };

  // On phones the strip is longer than the window; only the strip moves, never the page.
  const bringTabIntoSight = (tab) => {
    const strip = tab.closest("[data-tabs]");
    const [own, whole] = [tab.getBoundingClientRect(), strip.getBoundingClientRect()];
    strip.scrollLeft += own.left + own.width / 2 - whole.left - whole.width / 2;
  };

  if (find("[data-tabs]")) {
    document.addEventListener("shown.bs.tab", (event) => {
      history.replaceState(null, "", `#${event.target.id.slice("tab-".length)}`);
      bringTabIntoSight(event.target);
    });
    addEventListener("hashchange", showTab);
    showTab();
  }

  // ---------- sign-in: a click on a demonstration account signs in with it ----------

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-demo]");
    if (!button) return;
    find("#username").value = button.dataset.demo;
    find("#password").value = button.dataset.demoPassword;
    find("#password").form.requestSubmit();
  });
})();
