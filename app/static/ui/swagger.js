"use strict";
(()=>{var e=document.getElementById("swagger-ui");SwaggerUIBundle({url:e.dataset.url,domNode:e,presets:[SwaggerUIBundle.presets.apis],layout:"BaseLayout",deepLinking:!0,validatorUrl:null});})();
