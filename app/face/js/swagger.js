/* Starts Swagger UI on the element that carries the address of the description. */

const box = document.getElementById("swagger-ui");
SwaggerUIBundle({
  url: box.dataset.url,
  domNode: box,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  validatorUrl: null, // the description never leaves this server
});
