"use strict";
(()=>{function a(){try{let e=localStorage.getItem("theme");return e==="dark"||e==="light"?e:null}catch{return null}}var t=document.documentElement;t.dataset.bsTheme=a()??(matchMedia("(prefers-color-scheme: dark)").matches?"dark":"light");t.classList.add("js");})();
