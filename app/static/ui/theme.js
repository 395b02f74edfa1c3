/* Blocking, in <head>: sets the theme before the first paint, and tells the style sheet that scripts run. */
(() => {
  const root = document.documentElement;
  let theme = null;
  try {
    theme = localStorage.getItem("theme");
  } catch {
    /* storage is switched off: follow the system */
  }
  if (theme !== "dark" && theme !== "light") {
    theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  root.dataset.bsTheme = theme;
  root.classList.add("js");
})();
