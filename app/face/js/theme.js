/* Blocking, in <head>: sets the theme before the first paint, and tells the style sheet that scripts run. */

/** Return the theme that was chosen in this browser, or null. */
function readChoice() {
  try {
    const theme = localStorage.getItem("theme");
    return theme === "dark" || theme === "light" ? theme : null;
  } catch {
    return null; // storage is switched off: follow the system
  }
}

const root = document.documentElement;
root.dataset.bsTheme = readChoice() ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
root.classList.add("js");
